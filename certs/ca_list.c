/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <string.h>

#include "certs/ca_commands.h"
#include "certs/ca_work.h"
#include "certs/pki_check.h"
#include "certs/pki_crl.h"
#include "certs/pki_file.h"

/* What to say of a certificate with so many seconds left. */
static const char *state_of(
	const struct sj_ca *ca, const struct sj_pki_entry *entry, bool *is_due)
{
	int64_t left_s = entry->validity.until_s - ca->now_s;

	*is_due = false;
	if (entry->revoked_s != 0)
		return "revoked";
	if (sj_pki_store_active(&ca->store, entry->identity.role,
		    entry->identity.name, ca->now_s) != entry &&
		left_s >= 0)
		return "replaced";
	*is_due = left_s < (int64_t)SJ_PKI_WARNING_DAYS_1 * SJ_CA_DAY_S;
	if (left_s < 0)
		return "EXPIRED";
	if (entry->validity.from_s > ca->now_s)
		return "not yet valid";
	if (left_s < (int64_t)SJ_PKI_WARNING_DAYS_3 * SJ_CA_DAY_S)
		return "URGENT: under 7 days";
	if (left_s < (int64_t)SJ_PKI_WARNING_DAYS_2 * SJ_CA_DAY_S)
		return "WARNING: under 30 days";
	if (*is_due)
		return "warning: under 60 days";
	return "valid";
}

static void print_entry(
	const struct sj_ca *ca, const struct sj_pki_entry *entry)
{
	bool is_due;
	const char *state = state_of(ca, entry, &is_due);

	if (ca->options->is_due_only && !is_due)
		return;
	printf("%-6s  %-15s  %-32s  %.10s  %5lld  %s  %s\n",
		sj_identity_role_text(entry->identity.role),
		entry->identity.zone, entry->identity.name,
		sj_ca_time_text(entry->validity.until_s).text,
		(long long)((entry->validity.until_s - ca->now_s) /
			    SJ_CA_DAY_S),
		entry->serial, state);
}

/* Prints the findings about one file that are more than good news. */
static void print_report(const struct sj_pki_report *report)
{
	for (size_t i = 0; i < report->count; i++) {
		const struct sj_pki_finding *finding = &report->finding[i];

		if (finding->level == SJ_PKI_GOOD)
			continue;
		printf("%s: %s%s%s\n",
			finding->level == SJ_PKI_BAD ? "WRONG" : "warning",
			finding->text, finding->advice[0] ? ". " : "",
			finding->advice);
	}
}

/* The authority and its list; no key is needed to look at them. */
static enum sj_err print_authority(struct sj_ca *ca)
{
	static const char *const files[] = {"authority.pem", "crl.pem"};
	enum sj_err err = SJ_OK;

	for (size_t i = 0; err == SJ_OK && i < SJ_COUNT(files); i++) {
		struct sj_pki_path path =
			sj_pki_store_file(&ca->store, files[i]);
		struct sj_pki_bytes pem = {NULL, 0};
		struct sj_pki_check check = {.now_s = ca->now_s};
		struct sj_pki_report report = {.count = 0};

		err = sj_pki_file_read(
			path.text, SJ_LIMIT_CRL_BYTES, &pem, ca->why);
		check.subject = pem;
		if (err == SJ_OK)
			sj_pki_check(&check, &report);
		print_report(&report);
		sj_pki_bytes_free(&pem);
	}
	return err;
}

enum sj_err sj_ca_run_list(
	const struct sj_ca_options *options, struct sj_pki_why *why)
{
	struct sj_ca ca;
	enum sj_err err = sj_ca_open(&ca, options, false, why);

	if (err == SJ_OK) {
		printf("%-6s  %-15s  %-32s  %-10s  %5s  %-32s  %s\n", "ROLE",
			"ZONE", "NAME", "UNTIL", "DAYS", "SERIAL", "STATE");
		for (size_t i = 0; i < ca.store.count; i++)
			print_entry(&ca, &ca.store.entries[i]);
		err = print_authority(&ca);
	}
	sj_ca_close(&ca);
	return err;
}
