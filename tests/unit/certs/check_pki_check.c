/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "certs/pki_check.h"

#include <check.h>
#include <string.h>
#include <time.h>

#include "certs/pki_keys.h"
#include "certs/pki_report.h"
#include "tests/support/suite.h"
#include "tests/unit/certs/certs_rig.h"

#define DAY_S 86400
#define VIEWER "URI:urn:shoji:lgwan:viewer:a"
#define HOST "DNS:host1.city.example,URI:urn:shoji:internet:host:h"

static struct sj_pki_report report;

/* Checks leaf against authority, after days from now. */
static void look(const struct rig_authority *authority,
	const struct rig_leaf *leaf, int days)
{
	struct sj_pki_check check = {
		.subject = leaf->pem,
		.authority = authority->pem,
		.crl = authority->crl,
		.key = leaf->key,
		.now_s = (int64_t)time(NULL) + (int64_t)days * DAY_S,
	};

	memset(&report, 0, sizeof(report));
	sj_pki_check(&check, &report);
}

/* The finding of level that holds word; fails without one. */
static const struct sj_pki_finding *find(
	enum sj_pki_level level, const char *word)
{
	for (size_t i = 0; i < report.count; i++) {
		if (report.finding[i].level == level &&
			strstr(report.finding[i].text, word))
			return &report.finding[i];
	}
	ck_abort_msg("no finding says: %s", word);
	return NULL;
}

static size_t count_bad(void)
{
	size_t count = 0;

	for (size_t i = 0; i < report.count; i++)
		count += report.finding[i].level == SJ_PKI_BAD;
	return count;
}

START_TEST(good_certificates_have_no_fault)
{
	struct rig_authority *authority = rig_authority();
	struct rig_leaf leaf = rig_leaf(authority, (enum sj_tls_role)_i,
		"lgwan", "a", _i % 2 == 0 ? "a.example" : "");

	look(authority, &leaf, 0);
	ck_assert_int_eq(sj_pki_report_level(&report), SJ_PKI_GOOD);
	(void)find(SJ_PKI_GOOD, "accepted");
	(void)find(SJ_PKI_GOOD, "its key fits");
}
END_TEST

struct row {
	const char *name;
	struct rig_odd odd;
	const char *word; /* of the one fault */
};

static const struct row rows[] = {
	{"expired", {VIEWER, "clientAuth", NULL, -30, -3, 0, 0},
		"it ran out 3 days ago"},
	{"not yet valid", {VIEWER, "clientAuth", NULL, 3, 30, 0, 0},
		"not valid yet: only in 3 days"},
	{"no identity", {"DNS:a.example", "clientAuth", NULL, 0, 0, 0, 0},
		"exactly one identity"},
	{"two identities",
		{VIEWER "," VIEWER "b", "clientAuth", NULL, 0, 0, 0, 0},
		"exactly one identity"},
	{"mynumber",
		{"URI:urn:shoji:mynumber:viewer:a", "clientAuth", NULL, 0, 0, 0,
			0},
		"exactly one identity"},
	{"a viewer as server", {VIEWER, "serverAuth", NULL, 0, 0, 0, 0},
		"does not allow a TLS client"},
	{"a host as client", {HOST, "clientAuth", NULL, 0, 0, 0, 0},
		"does not allow a TLS server"},
	{"a host without a name",
		{"URI:urn:shoji:internet:host:h", "serverAuth",
			"host1.city.example", 0, 0, 0, 0},
		"no DNS name"},
	{"a wildcard",
		{"DNS:*.city.example,URI:urn:shoji:internet:host:h",
			"serverAuth", NULL, 0, 0, 0, 0},
		"wildcard"},
};

START_TEST(each_fault_is_named_once_with_what_to_do)
{
	struct rig_authority *authority = rig_authority();
	struct rig_leaf leaf = rig_odd(authority, &rows[_i].odd);

	look(authority, &leaf, 0);
	ck_assert_msg(
		find(SJ_PKI_BAD, rows[_i].word)->advice[0] != 0, "no advice");
	ck_assert_uint_eq(count_bad(), 1);
}
END_TEST

static const struct {
	int days_left;
	enum sj_pki_level level;
	const char *word;
} warnings[] = {
	{61, SJ_PKI_GOOD, "valid for 60 more days"},
	{60, SJ_PKI_WARNING, "it runs out in 59 days"},
	{30, SJ_PKI_WARNING, "soon: it runs out in 29 days"},
	{7, SJ_PKI_WARNING, "URGENT: it runs out in 6 days"},
};

START_TEST(warnings_rise_at_60_30_and_7_days)
{
	struct rig_authority *authority = rig_authority();
	struct rig_leaf leaf =
		rig_leaf(authority, SJ_TLS_ROLE_VIEWER, "lgwan", "a", "");
	struct sj_pki_check check = {
		.subject = leaf.pem,
		.now_s = (int64_t)time(NULL) + 300 * DAY_S - 60 -
			 (int64_t)(warnings[_i].days_left - 1) * DAY_S,
	};

	memset(&report, 0, sizeof(report));
	sj_pki_check(&check, &report);
	(void)find(warnings[_i].level, warnings[_i].word);
	ck_assert_int_eq(sj_pki_report_level(&report), warnings[_i].level);
}
END_TEST

START_TEST(a_revoked_certificate_is_called_so)
{
	struct rig_authority *authority = rig_authority();
	struct rig_leaf leaf =
		rig_leaf(authority, SJ_TLS_ROLE_VIEWER, "lgwan", "a", "");

	rig_revoke(authority, &leaf);
	look(authority, &leaf, 0);
	(void)find(SJ_PKI_BAD, "code 114");
	ck_assert_uint_eq(count_bad(), 1);
}
END_TEST

START_TEST(another_authority_is_called_so)
{
	struct rig_authority *authority = rig_authority();
	struct rig_leaf leaf =
		rig_leaf(rig_authority(), SJ_TLS_ROLE_VIEWER, "lgwan", "a", "");

	look(authority, &leaf, 0);
	(void)find(SJ_PKI_BAD, "code 111");
	ck_assert_uint_eq(count_bad(), 1);
}
END_TEST

START_TEST(a_list_that_ran_out_or_is_missing_is_called_so)
{
	struct rig_authority *authority = rig_authority();
	struct rig_leaf leaf =
		rig_leaf(authority, SJ_TLS_ROLE_VIEWER, "lgwan", "a", "");

	look(authority, &leaf, 0);
	ck_assert_uint_eq(count_bad(), 0);
	rig_list(authority, -1);
	look(authority, &leaf, 0);
	(void)find(SJ_PKI_BAD, "code 121");
	authority->crl.size = 0;
	look(authority, &leaf, 0);
	(void)find(SJ_PKI_BAD, "code 120");
}
END_TEST

START_TEST(the_name_that_viewers_use_is_looked_for)
{
	struct rig_authority *authority = rig_authority();
	struct rig_leaf leaf = rig_leaf(authority, SJ_TLS_ROLE_HOST, "internet",
		"h", "h.example 192.0.2.1");
	struct sj_pki_check check = {.subject = leaf.pem,
		.authority = authority->pem,
		.crl = authority->crl,
		.host = "h.example",
		.now_s = (int64_t)time(NULL)};

	memset(&report, 0, sizeof(report));
	sj_pki_check(&check, &report);
	ck_assert_uint_eq(count_bad(), 0);
	check.host = "192.0.2.1";
	sj_pki_check(&check, &report);
	ck_assert_uint_eq(count_bad(), 0);
	check.host = "192.0.2.2";
	memset(&report, 0, sizeof(report));
	sj_pki_check(&check, &report);
	(void)find(SJ_PKI_BAD, "does not state the name 192.0.2.2");
	ck_assert_uint_eq(count_bad(), 1);
}
END_TEST

START_TEST(a_key_of_another_certificate_is_noticed)
{
	struct rig_authority *authority = rig_authority();
	struct rig_leaf leaf =
		rig_leaf(authority, SJ_TLS_ROLE_VIEWER, "lgwan", "a", "");
	struct rig_leaf other =
		rig_leaf(authority, SJ_TLS_ROLE_VIEWER, "lgwan", "b", "");

	leaf.key = other.key;
	look(authority, &leaf, 0);
	(void)find(SJ_PKI_BAD, "another certificate");
}
END_TEST

START_TEST(a_list_is_checked_as_a_list)
{
	struct rig_authority *authority = rig_authority();
	struct rig_authority *other = rig_authority();
	struct rig_leaf list = {.pem = authority->crl};

	look(authority, &list, 0);
	(void)find(SJ_PKI_GOOD, "revocation list of 0");
	ck_assert_int_eq(sj_pki_report_level(&report), SJ_PKI_GOOD);
	/* 72 hours before the end the warnings begin. */
	look(authority, &list, 3);
	ck_assert_int_eq(sj_pki_report_level(&report), SJ_PKI_GOOD);
	look(authority, &list, 5);
	(void)find(SJ_PKI_WARNING, "runs out in 4");
	look(authority, &list, 8);
	(void)find(SJ_PKI_BAD, "ran out 24 hours ago");
	look(other, &list, 0);
	(void)find(SJ_PKI_BAD, "not one of this authority");
}
END_TEST

START_TEST(requests_keys_and_garbage_are_told_apart)
{
	struct rig_authority *authority = rig_authority();
	EVP_PKEY *key = sj_pki_key_generate();
	struct rig_leaf thing = {.serial = ""};
	uint8_t text[] = "hello";

	ck_assert_int_eq(sj_pki_request_make(key, "a", &thing.pem), SJ_OK);
	rig_keep(thing.pem.data);
	look(authority, &thing, 0);
	(void)find(SJ_PKI_GOOD, "signing request");
	ck_assert_int_eq(sj_pki_key_to_pem(key, NULL, &thing.pem), SJ_OK);
	rig_keep(thing.pem.data);
	look(authority, &thing, 0);
	(void)find(SJ_PKI_GOOD, "private key without a passphrase");
	ck_assert_int_eq(
		sj_pki_key_to_pem(key, "correct horse", &thing.pem), SJ_OK);
	rig_keep(thing.pem.data);
	look(authority, &thing, 0);
	(void)find(SJ_PKI_GOOD, "private key with a passphrase");
	thing.pem = (struct sj_pki_bytes){text, sizeof(text) - 1};
	look(authority, &thing, 0);
	(void)find(SJ_PKI_BAD, "no certificate, list, request or key");
	EVP_PKEY_free(key);
}
END_TEST

START_TEST(an_authority_is_checked_as_one)
{
	struct rig_authority *authority = rig_authority();
	struct rig_leaf thing = {.pem = authority->pem};

	look(authority, &thing, 0);
	(void)find(SJ_PKI_GOOD, "certificate of an authority");
	ck_assert_int_eq(sj_pki_report_level(&report), SJ_PKI_GOOD);
	look(authority, &thing, 1001);
	(void)find(SJ_PKI_BAD, "ran out");
}
END_TEST

START_TEST(a_report_never_overflows)
{
	memset(&report, 0, sizeof(report));
	for (int i = 0; i < 2 * SJ_PKI_FINDINGS; i++)
		sj_pki_warn(&report, "do", "thing %d", i);
	ck_assert_uint_eq(report.count, SJ_PKI_FINDINGS);
	ck_assert_int_eq(sj_pki_report_level(&report), SJ_PKI_WARNING);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_revoked_certificate_is_called_so,
		another_authority_is_called_so,
		a_list_that_ran_out_or_is_missing_is_called_so,
		the_name_that_viewers_use_is_looked_for,
		a_key_of_another_certificate_is_noticed,
		a_list_is_checked_as_a_list,
		requests_keys_and_garbage_are_told_apart,
		an_authority_is_checked_as_one,
		a_report_never_overflows,
	};
	const struct sj_suite_loop loops[] = {
		{good_certificates_have_no_fault, 4},
		{each_fault_is_named_once_with_what_to_do, SJ_COUNT(rows)},
		{warnings_rise_at_60_30_and_7_days, SJ_COUNT(warnings)},
	};

	return sj_suite_run_loops(
		"pki_check", tests, SJ_COUNT(tests), loops, SJ_COUNT(loops));
}
