/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "certs/ca_commands.h"
#include "certs/ca_work.h"
#include "certs/pki_crl.h"
#include "certs/pki_file.h"
#include "certs/pki_names.h"

#define DUE_DAYS 60

/* ---- which certificate is meant ---- */

static struct sj_pki_entry *entry_of_file(
	struct sj_ca *ca, const char *path, enum sj_err *err)
{
	struct sj_pki_bytes pem = {NULL, 0};
	char serial[SJ_PKI_SERIAL_BYTES];
	struct sj_pki_entry *entry = NULL;
	X509 *certificate = NULL;

	*err = sj_pki_file_read(path, SJ_LIMIT_PEM_BYTES, &pem, ca->why);
	if (*err != SJ_OK)
		return NULL;
	certificate = sj_pki_certificate_from_pem(&pem);
	if (certificate && sj_pki_certificate_serial(certificate, serial))
		entry = sj_pki_store_find(&ca->store, serial);
	if (!certificate)
		*err = sj_pki_fail(ca->why, SJ_ERR_FORMAT,
			"%s holds no certificate", path);
	else if (!entry)
		*err = sj_pki_fail(ca->why, SJ_ERR_MISSING,
			"%s was not issued by the authority in %s", path,
			ca->store.folder);
	X509_free(certificate);
	sj_pki_bytes_free(&pem);
	return entry;
}

/* The one certificate in use of that name, whatever its role. */
static struct sj_pki_entry *entry_of_name(
	struct sj_ca *ca, const char *name, enum sj_err *err)
{
	struct sj_pki_entry *entry = NULL;
	size_t count = 0;

	for (unsigned role = 0; role <= SJ_TLS_ROLE_ADMIN; role++) {
		struct sj_pki_entry *found = sj_pki_store_active(
			&ca->store, (enum sj_tls_role)role, name, ca->now_s);

		if (found) {
			entry = found;
			count++;
		}
	}
	*err = SJ_OK;
	if (count == 0)
		*err = sj_pki_fail(ca->why, SJ_ERR_MISSING,
			"%s has no certificate in use; see shoji-ca list",
			name);
	else if (count > 1)
		*err = sj_pki_fail(ca->why, SJ_ERR_ARGUMENT,
			"%s has certificates of several roles; say which, such "
			"as: viewer %s",
			name, name);
	return count == 1 ? entry : NULL;
}

/* From ROLE NAME, or one of: path of a certificate, serial, name. */
static enum sj_err select_entry(
	struct sj_ca *ca, struct sj_pki_entry **entry, bool *is_named)
{
	const char *const *argument = ca->options->argument;
	enum sj_tls_role role;
	enum sj_err err = SJ_OK;

	*is_named = true;
	if (ca->options->argument_count == 2) {
		if (!sj_identity_parse_role(argument[0], &role))
			return sj_pki_fail(ca->why, SJ_ERR_ARGUMENT,
				"'%s' is no role; roles are host, viewer, "
				"guard, admin",
				argument[0]);
		*entry = sj_pki_store_active(
			&ca->store, role, argument[1], ca->now_s);
		if (!*entry)
			return sj_pki_fail(ca->why, SJ_ERR_MISSING,
				"%s %s has no certificate in use; see "
				"shoji-ca list",
				argument[0], argument[1]);
		return SJ_OK;
	}
	*is_named = false;
	if (strchr(argument[0], '/') || access(argument[0], F_OK) == 0) {
		*entry = entry_of_file(ca, argument[0], &err);
	} else if (!(*entry = sj_pki_store_find(&ca->store, argument[0]))) {
		*entry = entry_of_name(ca, argument[0], &err);
		*is_named = true;
	}
	return err;
}

/* ---- revoke, crl ---- */

/*
 * Revokes entry. When a name was given, the older certificates of that name
 * go, too: a renewal has the same key.
 */
static void mark_revoked(
	struct sj_ca *ca, struct sj_pki_entry *entry, bool is_named)
{
	for (size_t i = 0; i < ca->store.count; i++) {
		struct sj_pki_entry *other = &ca->store.entries[i];
		bool is_same =
			other->identity.role == entry->identity.role &&
			strcmp(other->identity.name, entry->identity.name) == 0;

		if (other->revoked_s != 0 ||
			(other != entry && !(is_named && is_same)))
			continue;
		other->revoked_s = ca->now_s;
		printf("revoked:     %s %s, serial %s\n",
			sj_identity_role_text(other->identity.role),
			other->identity.name, other->serial);
	}
}

/* After one of several was revoked by its file or serial. */
static void note_others(
	const struct sj_ca *ca, const struct sj_pki_entry *entry)
{
	const struct sj_identity *identity = &entry->identity;
	const char *role = sj_identity_role_text(identity->role);

	if (sj_pki_store_active(
		    &ca->store, identity->role, identity->name, ca->now_s))
		fprintf(stderr,
			"shoji-ca: note: %s %s has another certificate in use; "
			"revoke %s %s would revoke it, too\n",
			role, identity->name, role, identity->name);
}

enum sj_err sj_ca_run_revoke(
	const struct sj_ca_options *options, struct sj_pki_why *why)
{
	struct sj_pki_entry *entry = NULL;
	bool is_named = false;
	struct sj_ca ca;
	enum sj_err err = sj_ca_open(&ca, options, true, why);

	if (err == SJ_OK)
		err = select_entry(&ca, &entry, &is_named);
	if (err == SJ_OK && entry && entry->revoked_s != 0)
		err = sj_pki_fail(why, SJ_ERR_ARGUMENT,
			"this certificate of %s %s was revoked at %s already; "
			"shoji-ca crl writes the list that says so again",
			sj_identity_role_text(entry->identity.role),
			entry->identity.name,
			sj_ca_time_text(entry->revoked_s).text);
	if (err == SJ_OK)
		err = sj_ca_unlock(&ca);
	if (err == SJ_OK && entry) {
		mark_revoked(&ca, entry, is_named);
		err = sj_ca_write_crl(&ca);
		/* Told again, it would be refused: the index has it. */
		if (err != SJ_OK)
			fprintf(stderr,
				"shoji-ca: note: not every list says so yet; "
				"when the cause is mended, run shoji-ca crl, "
				"and shoji-ca list to see that it is "
				"revoked\n");
	}
	if (err == SJ_OK && entry) {
		note_others(&ca, entry);
		if (options->install)
			printf("list:        %s\n", options->install);
		printf("Copy %s to every host, guard and terminal now: it "
		       "takes effect where the new list is.\n",
			sj_pki_store_file(&ca.store, "crl.pem").text);
	}
	sj_ca_close(&ca);
	return err;
}

/* Says when the list before had little time left: the timer failed. */
static void warn_of_late_list(const struct sj_ca *ca)
{
	struct sj_pki_bytes pem = {NULL, 0};
	struct sj_pki_why nothing = {""};
	X509_CRL *list = NULL;
	int64_t left_s;

	if (sj_pki_file_read(sj_pki_store_file(&ca->store, "crl.pem").text,
		    SJ_LIMIT_CRL_BYTES, &pem, &nothing) == SJ_OK)
		list = sj_pki_crl_from_pem(&pem);
	if (list &&
		sj_pki_time_left(
			X509_CRL_get0_nextUpdate(list), ca->now_s, &left_s) &&
		left_s < SJ_CA_CRL_WARNING_S)
		fprintf(stderr,
			"shoji-ca: warning: the list before %s %lld hours; run "
			"this daily from a timer\n",
			left_s < 0 ? "has been out of date for" : "had only",
			(long long)(llabs(left_s) / 3600));
	X509_CRL_free(list);
	sj_pki_bytes_free(&pem);
}

enum sj_err sj_ca_run_crl(
	const struct sj_ca_options *options, struct sj_pki_why *why)
{
	struct sj_ca ca;
	enum sj_err err = sj_ca_open(&ca, options, true, why);

	if (err == SJ_OK)
		warn_of_late_list(&ca);
	if (err == SJ_OK)
		err = sj_ca_unlock(&ca);
	if (err == SJ_OK)
		err = sj_ca_write_crl(&ca);
	if (err == SJ_OK)
		printf("list:        %s\n",
			options->install
				? options->install
				: sj_pki_store_file(&ca.store, "crl.pem").text);
	sj_ca_close(&ca);
	return err;
}

/* ---- renew ---- */

/* The key of the new certificate: that of the old one, or a fresh one. */
static enum sj_err key_for(
	struct sj_ca *ca, X509 *old, EVP_PKEY **key, struct sj_pki_bytes *pem)
{
	if (ca->options->is_key_new)
		return sj_ca_make_key(ca->options, key, pem, ca->why);
	*key = X509_get_pubkey(old);
	return *key ? SJ_OK : SJ_ERR_FORMAT;
}

static enum sj_err renew_one(struct sj_ca *ca, const struct sj_pki_entry *entry)
{
	struct sj_pki_subject subject = {.identity = entry->identity};
	struct sj_pki_bytes pem = {NULL, 0};
	EVP_PKEY *key = NULL;
	X509 *old = sj_ca_issued(ca, entry->serial);
	enum sj_err err;

	if (!old)
		return sj_pki_fail(ca->why, SJ_ERR_MISSING,
			"%s/issued/%s.pem cannot be read; restore it from your "
			"backup, or revoke the certificate and issue another",
			ca->store.folder, entry->serial);
	err = sj_pki_names_of(old, &subject.names, ca->why);
	if (err == SJ_OK)
		err = sj_ca_validity(ca, SJ_CA_LEAF_DAYS, &subject.validity);
	if (err == SJ_OK)
		err = key_for(ca, old, &key, &pem);
	if (err == SJ_OK)
		err = sj_ca_issue(ca, key, pem.data ? &pem : NULL, &subject);
	EVP_PKEY_free(key);
	sj_pki_bytes_free(&pem);
	X509_free(old);
	return err;
}

/* All that run out soon; one that was renewed already is not due. */
static enum sj_err renew_due(struct sj_ca *ca)
{
	size_t count = ca->store.count;
	size_t renewed = 0;
	enum sj_err err = SJ_OK;

	for (size_t i = 0; err == SJ_OK && i < count; i++) {
		struct sj_pki_entry entry = ca->store.entries[i];

		if (&ca->store.entries[i] != sj_pki_store_active(&ca->store,
						     entry.identity.role,
						     entry.identity.name,
						     ca->now_s) ||
			entry.validity.until_s >=
				ca->now_s + (int64_t)DUE_DAYS * SJ_CA_DAY_S)
			continue;
		err = renew_one(ca, &entry);
		renewed++;
	}
	if (err == SJ_OK)
		printf("renewed:     %zu\n", renewed);
	return err;
}

/* Of ROLE NAME none is in use: one that has run out may be renewed still. */
static void note_file(const struct sj_ca *ca)
{
	const char *const *argument = ca->options->argument;
	struct sj_identity identity = {.name = ""};
	struct sj_pki_path leaf;

	if (ca->options->argument_count != 2 ||
		!sj_identity_parse_role(argument[0], &identity.role) ||
		strchr(argument[1], '/') ||
		strlen(argument[1]) >= sizeof(identity.name))
		return;
	memcpy(identity.name, argument[1], strlen(argument[1]) + 1);
	leaf = sj_pki_store_leaf(&ca->store, &identity, ".pem");
	if (access(leaf.text, F_OK) == 0)
		fprintf(stderr,
			"shoji-ca: note: if it has run out, name its file: "
			"shoji-ca renew %s\n",
			leaf.text);
}

enum sj_err sj_ca_run_renew(
	const struct sj_ca_options *options, struct sj_pki_why *why)
{
	struct sj_pki_entry *entry = NULL;
	struct sj_pki_entry copy;
	bool is_named;
	struct sj_ca ca;
	enum sj_err err = sj_ca_open(&ca, options, true, why);

	if (err == SJ_OK &&
		options->is_due_only == (options->argument_count > 0))
		err = sj_pki_fail(why, SJ_ERR_ARGUMENT,
			"usage: shoji-ca renew ROLE NAME, renew FILE, or renew "
			"--due");
	if (err == SJ_OK && !options->is_due_only) {
		err = select_entry(&ca, &entry, &is_named);
		if (err == SJ_ERR_MISSING)
			note_file(&ca);
	}
	if (err == SJ_OK && entry && entry->revoked_s != 0)
		err = sj_pki_fail(why, SJ_ERR_ARGUMENT,
			"this certificate was revoked; issue a new one instead");
	if (err == SJ_OK)
		err = sj_ca_unlock(&ca);
	if (err == SJ_OK && entry) {
		copy = *entry; /* the table may move */
		err = renew_one(&ca, &copy);
	} else if (err == SJ_OK) {
		err = renew_due(&ca);
	}
	sj_ca_close(&ca);
	return err;
}
