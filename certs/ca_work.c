/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "certs/ca_work.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "certs/ca_passphrase.h"
#include "certs/pki_crl.h"
#include "certs/pki_file.h"
#include "certs/pki_keys.h"

/* Clocks of closed networks differ; nothing is valid only from now on. */
#define BACKDATE_S 3600
#define DAYS_MAX 36500

struct sj_ca_time sj_ca_time_text(int64_t time_s)
{
	struct sj_ca_time text;
	time_t time = (time_t)time_s;
	struct tm parts;

	if (!gmtime_r(&time, &parts) ||
		strftime(text.text, sizeof(text.text), "%Y-%m-%d %H:%M:%S UTC",
			&parts) == 0)
		(void)snprintf(text.text, sizeof(text.text), "?");
	return text;
}

enum sj_err sj_ca_folder(const struct sj_ca_options *options, char *folder,
	struct sj_pki_why *why)
{
	const char *given = options->dir;
	const char *home = getenv("HOME");
	int size;

	if (!given)
		given = getenv("SHOJI_CA_DIR");
	if (given && given[0] != 0)
		size = snprintf(folder, SJ_LIMIT_CA_PATH_BYTES, "%s", given);
	else if (geteuid() == 0)
		size = snprintf(
			folder, SJ_LIMIT_CA_PATH_BYTES, "/etc/shoji/ca");
	else if (home && home[0] == '/')
		size = snprintf(folder, SJ_LIMIT_CA_PATH_BYTES,
			"%s/.config/shoji/ca", home);
	else
		return sj_pki_fail(why, SJ_ERR_ARGUMENT,
			"name the folder of the authority with --dir");
	if (size >= SJ_LIMIT_CA_PATH_BYTES)
		return sj_pki_fail(why, SJ_ERR_ARGUMENT,
			"the path of the folder is too long");
	/* "DIR/" and "DIR" are one folder, shown in one way. */
	while (size > 1 && folder[size - 1] == '/')
		folder[--size] = 0;
	return SJ_OK;
}

/* All that a command may replace is looked at before it writes anything. */
static enum sj_err check_places(const struct sj_ca *ca)
{
	const struct sj_pki_path index = sj_pki_store_file(&ca->store, "index");
	const struct sj_pki_path list =
		sj_pki_store_file(&ca->store, "crl.pem");
	const char *const paths[] = {
		index.text, list.text, ca->options->install, ca->options->out};
	enum sj_err err = SJ_OK;

	for (size_t i = 0; err == SJ_OK && i < SJ_COUNT(paths); i++) {
		if (paths[i])
			err = sj_pki_file_place(paths[i], ca->why);
	}
	return err;
}

enum sj_err sj_ca_open(struct sj_ca *ca, const struct sj_ca_options *options,
	bool is_writing, struct sj_pki_why *why)
{
	char folder[SJ_LIMIT_CA_PATH_BYTES];
	enum sj_err err;

	memset(ca, 0, sizeof(*ca));
	ca->store.lock_fd = -1;
	ca->options = options;
	ca->why = why;
	ca->now_s = (int64_t)time(NULL);
	err = sj_ca_folder(options, folder, why);
	if (err != SJ_OK)
		return err;
	err = sj_pki_store_open(&ca->store, folder, is_writing, why);
	return err == SJ_OK && is_writing ? check_places(ca) : err;
}

void sj_ca_close(struct sj_ca *ca)
{
	X509_free(ca->authority.certificate);
	EVP_PKEY_free(ca->authority.key);
	sj_pki_store_close(&ca->store);
}

static enum sj_err read_key(struct sj_ca *ca, const struct sj_pki_bytes *pem)
{
	const char *file = ca->options->authority_passphrase_file;
	struct sj_ca_passphrase passphrase = {""};
	enum sj_err err = SJ_OK;

	if (sj_pki_key_is_encrypted(pem))
		err = file ? sj_ca_passphrase_read(file, &passphrase, ca->why)
			   : sj_ca_passphrase_ask(
				     "passphrase of the authority's key",
				     &passphrase, ca->why);
	if (err == SJ_OK) {
		err = sj_pki_key_from_pem(
			pem, passphrase.text, &ca->authority.key);
		if (err == SJ_ERR_DENIED)
			sj_pki_fail(ca->why, err,
				"the passphrase of the authority's key is "
				"wrong; nothing was changed");
		else if (err != SJ_OK)
			sj_pki_fail(ca->why, err,
				"%s/authority.key holds no key; restore it "
				"from your backup",
				ca->store.folder);
	}
	sj_ca_passphrase_erase(&passphrase);
	return err;
}

enum sj_err sj_ca_unlock(struct sj_ca *ca)
{
	struct sj_pki_bytes pem = {NULL, 0};
	enum sj_err err = sj_pki_file_read(
		sj_pki_store_file(&ca->store, "authority.pem").text,
		SJ_LIMIT_PEM_BYTES, &pem, ca->why);

	if (err != SJ_OK)
		return err;
	ca->authority.certificate = sj_pki_certificate_from_pem(&pem);
	sj_pki_bytes_free(&pem);
	if (!ca->authority.certificate)
		return sj_pki_fail(ca->why, SJ_ERR_FORMAT,
			"%s/authority.pem holds no certificate; restore it "
			"from your backup",
			ca->store.folder);
	err = sj_pki_file_read(
		sj_pki_store_file(&ca->store, "authority.key").text,
		SJ_LIMIT_PEM_BYTES, &pem, ca->why);
	if (err == SJ_OK)
		err = read_key(ca, &pem);
	sj_pki_bytes_free(&pem);
	if (err == SJ_OK && X509_check_private_key(ca->authority.certificate,
				    ca->authority.key) != 1)
		err = sj_pki_fail(ca->why, SJ_ERR_FORMAT,
			"%s/authority.key does not belong to authority.pem; "
			"restore both from one backup",
			ca->store.folder);
	return err;
}

static enum sj_err parse_time(
	const char *text, int64_t *time_s, struct sj_pki_why *why)
{
	static const char *const forms[] = {
		"%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d", "%Y%m%d%H%M%SZ"};

	for (size_t i = 0; i < SJ_COUNT(forms); i++) {
		struct tm parts = {.tm_mday = 1};
		const char *end = strptime(text, forms[i], &parts);

		if (!end || *end != 0 || parts.tm_year < 100 ||
			parts.tm_year > 8000)
			continue;
		*time_s = (int64_t)timegm(&parts);
		return SJ_OK;
	}
	return sj_pki_fail(why, SJ_ERR_ARGUMENT,
		"'%s' is no time; write 2026-04-01, 2026-04-01T09:00:00Z or "
		"20260401090000Z",
		text);
}

static enum sj_err parse_days(
	const char *text, int *days, struct sj_pki_why *why)
{
	char *end = NULL;
	long value;

	errno = 0;
	value = strtol(text, &end, 10);
	if (errno != 0 || end == text || *end != 0 || value > DAYS_MAX ||
		value < -DAYS_MAX)
		return sj_pki_fail(why, SJ_ERR_ARGUMENT,
			"--days %s: a number from -%d to %d is wanted", text,
			DAYS_MAX, DAYS_MAX);
	*days = (int)value;
	return SJ_OK;
}

enum sj_err sj_ca_validity(
	const struct sj_ca *ca, int days, struct sj_pki_validity *validity)
{
	const struct sj_ca_options *options = ca->options;
	enum sj_err err = SJ_OK;

	if (options->days && options->not_after)
		return sj_pki_fail(ca->why, SJ_ERR_ARGUMENT,
			"--days and --not-after exclude each other");
	if (options->days)
		err = parse_days(options->days, &days, ca->why);
	validity->from_s = ca->now_s - BACKDATE_S;
	validity->until_s = ca->now_s + (int64_t)days * SJ_CA_DAY_S;
	if (err == SJ_OK && options->not_after)
		err = parse_time(
			options->not_after, &validity->until_s, ca->why);
	/* What has run out was valid before. */
	if (validity->until_s <= validity->from_s)
		validity->from_s = validity->until_s - SJ_CA_DAY_S;
	if (err == SJ_OK && options->not_before)
		err = parse_time(
			options->not_before, &validity->from_s, ca->why);
	if (err == SJ_OK && validity->until_s <= validity->from_s)
		err = sj_pki_fail(ca->why, SJ_ERR_ARGUMENT,
			"the validity ends before it begins");
	return err;
}

/* Writes the copy that was asked for; the list itself is there already. */
static enum sj_err install(struct sj_ca *ca, const struct sj_pki_bytes *pem)
{
	enum sj_err err =
		sj_pki_file_write(ca->options->install, pem, 0644, ca->why);

	if (err != SJ_OK)
		fprintf(stderr,
			"shoji-ca: note: list %llu was made and is in %s; only "
			"its copy is missing\n",
			(unsigned long long)ca->store.crl_number,
			sj_pki_store_file(&ca->store, "crl.pem").text);
	return err;
}

enum sj_err sj_ca_write_crl(struct sj_ca *ca)
{
	struct sj_pki_bytes pem = {NULL, 0};
	struct sj_pki_validity validity = {0, 0};
	X509_CRL *list = NULL;
	enum sj_err err = sj_ca_validity(ca, SJ_CA_CRL_DAYS, &validity);

	if (err != SJ_OK)
		return err;
	ca->store.crl_number++;
	list = sj_pki_crl_make(&ca->authority, &ca->store, &validity);
	err = list ? sj_pki_crl_to_pem(list, &pem) : SJ_ERR_MEMORY;
	X509_CRL_free(list);
	if (err != SJ_OK)
		return sj_pki_fail(ca->why, err,
			"the revocation list cannot be made: %s",
			sj_err_text(err));
	err = sj_pki_store_save(&ca->store, ca->why);
	if (err == SJ_OK)
		err = sj_pki_file_write(
			sj_pki_store_file(&ca->store, "crl.pem").text, &pem,
			0644, ca->why);
	if (err == SJ_OK && ca->options->install)
		err = install(ca, &pem);
	sj_pki_bytes_free(&pem);
	if (err == SJ_OK)
		printf("revocation list %llu, valid until %s\n",
			(unsigned long long)ca->store.crl_number,
			sj_ca_time_text(validity.until_s).text);
	return err;
}

enum sj_err sj_ca_make_key(const struct sj_ca_options *options, EVP_PKEY **key,
	struct sj_pki_bytes *pem, struct sj_pki_why *why)
{
	struct sj_ca_passphrase passphrase = {""};
	enum sj_err err = SJ_OK;

	*key = NULL;
	if (options->is_passphrase_asked || options->passphrase_file)
		err = sj_ca_passphrase_choose(
			options->passphrase_file, &passphrase, why);
	if (err == SJ_OK) {
		*key = sj_pki_key_generate();
		err = *key ? sj_pki_key_to_pem(*key, passphrase.text, pem)
			   : SJ_ERR_MEMORY;
		if (err != SJ_OK)
			sj_pki_fail(why, err, "no key can be made: %s",
				sj_err_text(err));
	}
	sj_ca_passphrase_erase(&passphrase);
	return err;
}

void sj_ca_note_zone(const char *zone)
{
	if (strcmp(zone, SJ_IDENTITY_FORBIDDEN_ZONE) == 0)
		fprintf(stderr,
			"shoji-ca: note: every part of shoji refuses "
			"certificates of zone %s\n",
			zone);
}

/* Says what was made and where it is. */
static void report(const struct sj_ca *ca, X509 *certificate,
	const struct sj_pki_subject *subject, const char *path)
{
	char pin[SJ_PKI_PIN_BYTES] = "?";
	struct sj_pki_validity authority = {0, 0};
	int64_t left_s = subject->validity.until_s - ca->now_s;

	printf("%s %s of zone %s, valid until %s (%lld days)\n",
		sj_identity_role_text(subject->identity.role),
		subject->identity.name, subject->identity.zone,
		sj_ca_time_text(subject->validity.until_s).text,
		(long long)(left_s / SJ_CA_DAY_S));
	printf("certificate: %s\n", path);
	for (size_t i = 0; i < subject->names.count; i++)
		printf("name:        %s\n", subject->names.name[i].text);
	if (sj_pki_key_pin(certificate, pin))
		printf("pin sha256:  %s\n", pin);
	if (sj_pki_time_left(X509_get0_notAfter(ca->authority.certificate),
		    ca->now_s, &authority.until_s) &&
		authority.until_s < left_s)
		fprintf(stderr,
			"shoji-ca: note: the authority itself runs out "
			"earlier, in %lld days\n",
			(long long)(authority.until_s / SJ_CA_DAY_S));
	sj_ca_note_zone(subject->identity.zone);
}

/* Enters the certificate, then writes it everywhere. */
static enum sj_err put(struct sj_ca *ca, const struct sj_pki_entry *entry,
	const struct sj_pki_bytes *pem, const struct sj_pki_bytes *key_pem)
{
	struct sj_pki_path issued =
		sj_pki_store_issued(&ca->store, entry->serial);
	struct sj_pki_path key =
		sj_pki_store_leaf(&ca->store, &entry->identity, ".key");
	struct sj_pki_path leaf =
		sj_pki_store_leaf(&ca->store, &entry->identity, ".pem");
	enum sj_err err = sj_pki_file_place(leaf.text, ca->why);

	if (err == SJ_OK && key_pem)
		err = sj_pki_file_place(key.text, ca->why);
	if (err != SJ_OK)
		return err;
	err = sj_pki_store_add(&ca->store, entry);
	if (err != SJ_OK)
		return sj_pki_fail(ca->why, err, "out of memory");
	err = sj_pki_store_save(&ca->store, ca->why);
	if (err == SJ_OK)
		err = sj_pki_file_write(issued.text, pem, 0644, ca->why);
	if (err == SJ_OK && key_pem)
		err = sj_pki_file_write(key.text, key_pem, 0600, ca->why);
	if (err == SJ_OK)
		err = sj_pki_file_write(leaf.text, pem, 0644, ca->why);
	if (err == SJ_OK && ca->options->out)
		err = sj_pki_file_write(ca->options->out, pem, 0644, ca->why);
	return err;
}

enum sj_err sj_ca_issue(struct sj_ca *ca, EVP_PKEY *key,
	const struct sj_pki_bytes *key_pem,
	const struct sj_pki_subject *subject)
{
	struct sj_pki_entry entry = {
		.identity = subject->identity, .validity = subject->validity};
	struct sj_pki_bytes pem = {NULL, 0};
	struct sj_pki_path leaf =
		sj_pki_store_leaf(&ca->store, &subject->identity, ".pem");
	X509 *certificate =
		sj_pki_issue_leaf(&ca->authority, key, subject, entry.serial);
	enum sj_err err = certificate
				  ? sj_pki_certificate_to_pem(certificate, &pem)
				  : SJ_ERR_MEMORY;

	if (err != SJ_OK)
		err = sj_pki_fail(ca->why, err,
			"the certificate cannot be made: %s", sj_err_text(err));
	else
		err = put(ca, &entry, &pem, key_pem);
	if (err == SJ_OK)
		report(ca, certificate, subject,
			ca->options->out ? ca->options->out : leaf.text);
	if (err == SJ_OK && key_pem)
		printf("key:         %s\n", sj_pki_store_leaf(&ca->store,
						    &subject->identity, ".key")
						    .text);
	sj_pki_bytes_free(&pem);
	X509_free(certificate);
	return err;
}

X509 *sj_ca_issued(struct sj_ca *ca, const char *serial)
{
	struct sj_pki_bytes pem = {NULL, 0};
	X509 *certificate = NULL;

	if (sj_pki_file_read(sj_pki_store_issued(&ca->store, serial).text,
		    SJ_LIMIT_PEM_BYTES, &pem, ca->why) == SJ_OK)
		certificate = sj_pki_certificate_from_pem(&pem);
	sj_pki_bytes_free(&pem);
	return certificate;
}
