/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "certs/ca_commands.h"
#include "certs/ca_work.h"
#include "certs/pki_file.h"
#include "certs/pki_keys.h"

#define TERMINAL_ZONE "lgwan"
#define HOST_ZONE "internet"

static enum sj_err check_zone(const char *zone, struct sj_pki_why *why)
{
	if (sj_identity_is_zone(zone))
		return SJ_OK;
	return sj_pki_fail(why, SJ_ERR_ARGUMENT,
		"'%s' is no zone: it begins with a letter, then letters, "
		"digits and hyphens in lower case, at most %d in all, such as "
		"lgwan",
		zone, SJ_LIMIT_ZONE_BYTES - 1);
}

/* ---- init ---- */

/* Writes key and certificate of a fresh authority. */
static enum sj_err put_authority(
	struct sj_ca *ca, const struct sj_pki_bytes *key_pem)
{
	struct sj_pki_bytes pem = {NULL, 0};
	enum sj_err err = sj_pki_file_write(
		sj_pki_store_file(&ca->store, "authority.key").text, key_pem,
		0600, ca->why);

	if (err == SJ_OK)
		err = sj_pki_certificate_to_pem(
			ca->authority.certificate, &pem);
	if (err == SJ_OK)
		err = sj_pki_file_write(
			sj_pki_store_file(&ca->store, "authority.pem").text,
			&pem, 0644, ca->why);
	sj_pki_bytes_free(&pem);
	return err;
}

static enum sj_err make_authority(struct sj_ca *ca)
{
	struct sj_pki_bytes key_pem = {NULL, 0};
	struct sj_pki_validity validity;
	char name[96];
	enum sj_err err = sj_ca_validity(ca, SJ_CA_AUTHORITY_DAYS, &validity);

	(void)snprintf(name, sizeof(name), "shoji authority of zone %s",
		ca->store.zone);
	if (err == SJ_OK)
		err = sj_ca_make_key(
			ca->options, &ca->authority.key, &key_pem, ca->why);
	if (err == SJ_OK) {
		ca->authority.certificate =
			sj_pki_issue_authority(ca->authority.key,
				ca->options->name ? ca->options->name : name,
				&validity);
		if (!ca->authority.certificate)
			err = sj_pki_fail(ca->why, SJ_ERR_ARGUMENT,
				"no certificate can be made with this name; "
				"a name has at most 64 characters");
	}
	if (err == SJ_OK)
		err = put_authority(ca, &key_pem);
	sj_pki_bytes_free(&key_pem);
	if (err == SJ_OK)
		printf("authority of zone %s in %s, valid until %s\n",
			ca->store.zone, ca->store.folder,
			sj_ca_time_text(validity.until_s).text);
	return err;
}

/* The first list has the usual time, whatever the authority was given. */
static enum sj_err first_crl(struct sj_ca *ca)
{
	const struct sj_ca_options *given = ca->options;
	struct sj_ca_options plain = *given;
	enum sj_err err;

	plain.days = NULL;
	plain.not_before = NULL;
	plain.not_after = NULL;
	ca->options = &plain;
	err = sj_ca_write_crl(ca);
	ca->options = given;
	return err;
}

enum sj_err sj_ca_run_init(
	const struct sj_ca_options *options, struct sj_pki_why *why)
{
	struct sj_ca ca = {.options = options,
		.why = why,
		.now_s = (int64_t)time(NULL),
		.store = {.lock_fd = -1}};
	const char *zone = options->zone ? options->zone : TERMINAL_ZONE;
	char folder[SJ_LIMIT_CA_PATH_BYTES];
	char pin[SJ_PKI_PIN_BYTES];
	enum sj_err err = check_zone(zone, why);

	if (err == SJ_OK)
		err = sj_ca_folder(options, folder, why);
	if (err == SJ_OK)
		err = sj_pki_store_create(&ca.store, folder, zone, why);
	if (err == SJ_OK)
		err = make_authority(&ca);
	if (err == SJ_OK && sj_pki_key_pin(ca.authority.certificate, pin))
		printf("pin sha256:  %s\n", pin);
	if (err == SJ_OK)
		err = first_crl(&ca);
	if (err == SJ_OK)
		sj_ca_note_zone(zone);
	if (err == SJ_OK)
		printf("Keep a copy of %s/authority.key off this machine. Give "
		       "authority.pem and crl.pem to every host, guard and "
		       "terminal.\n",
			folder);
	sj_ca_close(&ca);
	return err;
}

/* ---- host, viewer, guard, admin ---- */

static enum sj_err fill_identity(const struct sj_ca *ca, enum sj_tls_role role,
	const char *name, struct sj_identity *identity)
{
	const char *zone = ca->options->zone;
	enum sj_err err;

	if (!zone)
		zone = role == SJ_TLS_ROLE_HOST ? HOST_ZONE : ca->store.zone;
	err = check_zone(zone, ca->why);
	if (err != SJ_OK)
		return err;
	if (!sj_identity_is_name(name))
		return sj_pki_fail(ca->why, SJ_ERR_ARGUMENT,
			"'%s' cannot be the name in an identity: it begins with "
			"a letter or digit, then letters, digits and . _ - in "
			"lower case, at most %d in all; choose one%s",
			name, SJ_LIMIT_USER_NAME_BYTES,
			sj_pki_role_is_server(role) ? " with --name" : "");
	identity->role = role;
	(void)snprintf(identity->zone, sizeof(identity->zone), "%s", zone);
	(void)snprintf(identity->name, sizeof(identity->name), "%s", name);
	return SJ_OK;
}

/* Refuses a second certificate beside one that is in use. */
static enum sj_err check_new(
	const struct sj_ca *ca, const struct sj_identity *identity)
{
	const struct sj_pki_entry *entry = sj_pki_store_active(
		&ca->store, identity->role, identity->name, ca->now_s);

	if (!entry)
		return SJ_OK;
	return sj_pki_fail(ca->why, SJ_ERR_ARGUMENT,
		"%s %s has a certificate until %s. Use renew %s %s before it "
		"runs out, or revoke %s %s first if its key is lost",
		sj_identity_role_text(identity->role), identity->name,
		sj_ca_time_text(entry->validity.until_s).text,
		sj_identity_role_text(identity->role), identity->name,
		sj_identity_role_text(identity->role), identity->name);
}

/* Names of a server from the arguments, the first at first. */
static enum sj_err fill_names(
	const struct sj_ca *ca, size_t first, struct sj_pki_subject *subject)
{
	enum sj_err err = SJ_OK;

	for (size_t i = first; err == SJ_OK && i < ca->options->argument_count;
		i++)
		err = sj_pki_names_add(
			&subject->names, ca->options->argument[i], ca->why);
	return err;
}

static enum sj_err issue_with_key(
	struct sj_ca *ca, const struct sj_pki_subject *subject)
{
	struct sj_pki_bytes pem = {NULL, 0};
	EVP_PKEY *key = NULL;
	enum sj_err err = sj_ca_make_key(ca->options, &key, &pem, ca->why);

	if (err == SJ_OK)
		err = sj_ca_issue(ca, key, &pem, subject);
	EVP_PKEY_free(key);
	sj_pki_bytes_free(&pem);
	return err;
}

static enum sj_err run_role(const struct sj_ca_options *options,
	enum sj_tls_role role, struct sj_pki_why *why)
{
	struct sj_pki_subject subject;
	struct sj_ca ca;
	const char *name = options->name ? options->name : options->argument[0];
	enum sj_err err = sj_ca_open(&ca, options, true, why);

	memset(&subject, 0, sizeof(subject));
	if (err == SJ_OK && sj_pki_role_is_server(role))
		err = fill_names(&ca, 0, &subject);
	if (err == SJ_OK)
		err = fill_identity(&ca, role, name, &subject.identity);
	if (err == SJ_OK)
		err = check_new(&ca, &subject.identity);
	if (err == SJ_OK)
		err = sj_ca_validity(&ca, SJ_CA_LEAF_DAYS, &subject.validity);
	if (err == SJ_OK)
		err = sj_ca_unlock(&ca);
	if (err == SJ_OK)
		err = issue_with_key(&ca, &subject);
	sj_ca_close(&ca);
	return err;
}

enum sj_err sj_ca_run_host(
	const struct sj_ca_options *options, struct sj_pki_why *why)
{
	return run_role(options, SJ_TLS_ROLE_HOST, why);
}

enum sj_err sj_ca_run_viewer(
	const struct sj_ca_options *options, struct sj_pki_why *why)
{
	return run_role(options, SJ_TLS_ROLE_VIEWER, why);
}

enum sj_err sj_ca_run_guard(
	const struct sj_ca_options *options, struct sj_pki_why *why)
{
	return run_role(options, SJ_TLS_ROLE_GUARD, why);
}

enum sj_err sj_ca_run_admin(
	const struct sj_ca_options *options, struct sj_pki_why *why)
{
	return run_role(options, SJ_TLS_ROLE_ADMIN, why);
}

/* ---- sign, request ---- */

static enum sj_err role_of(
	const char *text, enum sj_tls_role *role, struct sj_pki_why *why)
{
	if (text && sj_identity_parse_role(text, role))
		return SJ_OK;
	return sj_pki_fail(why, SJ_ERR_ARGUMENT,
		"--role is host, viewer, guard or admin: it is your word, not "
		"that of the request");
}

static enum sj_err fill_signed(struct sj_ca *ca, struct sj_pki_subject *subject)
{
	enum sj_tls_role role = SJ_TLS_ROLE_VIEWER;
	enum sj_err err = role_of(ca->options->role, &role, ca->why);

	if (err != SJ_OK)
		return err;
	if (!ca->options->name)
		return sj_pki_fail(ca->why, SJ_ERR_ARGUMENT,
			"--name is wanted: the name in a request is not used");
	err = fill_identity(ca, role, ca->options->name, &subject->identity);
	if (err != SJ_OK)
		return err;
	if (sj_pki_role_is_server(role) && ca->options->argument_count < 2)
		return sj_pki_fail(ca->why, SJ_ERR_ARGUMENT,
			"give the DNS names and addresses of the %s after the "
			"request",
			ca->options->role);
	if (!sj_pki_role_is_server(role) && ca->options->argument_count > 1)
		return sj_pki_fail(ca->why, SJ_ERR_ARGUMENT,
			"a %s has no DNS names or addresses",
			ca->options->role);
	err = fill_names(ca, 1, subject);
	if (err == SJ_OK)
		err = check_new(ca, &subject->identity);
	if (err == SJ_OK)
		err = sj_ca_validity(ca, SJ_CA_LEAF_DAYS, &subject->validity);
	return err;
}

enum sj_err sj_ca_run_sign(
	const struct sj_ca_options *options, struct sj_pki_why *why)
{
	struct sj_pki_bytes request = {NULL, 0};
	struct sj_pki_subject subject;
	EVP_PKEY *key = NULL;
	struct sj_ca ca;
	enum sj_err err = sj_ca_open(&ca, options, true, why);

	memset(&subject, 0, sizeof(subject));
	if (err == SJ_OK)
		err = fill_signed(&ca, &subject);
	if (err == SJ_OK)
		err = sj_pki_file_read(options->argument[0], SJ_LIMIT_CSR_BYTES,
			&request, why);
	if (err == SJ_OK)
		err = sj_pki_request_key(&request, &key, why);
	if (err == SJ_OK)
		err = sj_ca_unlock(&ca);
	if (err == SJ_OK)
		err = sj_ca_issue(&ca, key, NULL, &subject);
	EVP_PKEY_free(key);
	sj_pki_bytes_free(&request);
	sj_ca_close(&ca);
	return err;
}

/* BASE.key and BASE.csr. */
static enum sj_err put_request(const struct sj_ca_options *options,
	const char *base, struct sj_pki_why *why)
{
	struct sj_pki_bytes key_pem = {NULL, 0};
	struct sj_pki_bytes pem = {NULL, 0};
	char key_path[SJ_LIMIT_CA_PATH_BYTES + 8];
	char path[SJ_LIMIT_CA_PATH_BYTES + 8];
	EVP_PKEY *key = NULL;
	enum sj_err err;

	(void)snprintf(key_path, sizeof(key_path), "%s.key", base);
	(void)snprintf(path, sizeof(path), "%s.csr", base);
	if (access(key_path, F_OK) == 0)
		return sj_pki_fail(why, SJ_ERR_ARGUMENT,
			"%s exists; it is left as it is. Name another base "
			"with --out",
			key_path);
	err = sj_pki_file_place(path, why);
	if (err == SJ_OK)
		err = sj_ca_make_key(options, &key, &key_pem, why);
	if (err == SJ_OK)
		err = sj_pki_request_make(key, options->argument[0], &pem);
	if (err == SJ_OK)
		err = sj_pki_file_write(key_path, &key_pem, 0600, why);
	if (err == SJ_OK)
		err = sj_pki_file_write(path, &pem, 0644, why);
	if (err == SJ_OK)
		printf("key:         %s (stays here)\nrequest:     %s\n"
		       "On the authority: shoji-ca sign %s --role viewer --name "
		       "%s\n",
			key_path, path, path, options->argument[0]);
	EVP_PKEY_free(key);
	sj_pki_bytes_free(&key_pem);
	sj_pki_bytes_free(&pem);
	return err;
}

enum sj_err sj_ca_run_request(
	const struct sj_ca_options *options, struct sj_pki_why *why)
{
	const char *name = options->argument[0];
	const char *base = options->out ? options->out : name;

	if (!sj_identity_is_name(name))
		return sj_pki_fail(why, SJ_ERR_ARGUMENT,
			"'%s' cannot be the name in an identity: it begins with "
			"a letter or digit, then letters, digits and . _ - in "
			"lower case, at most %d in all",
			name, SJ_LIMIT_USER_NAME_BYTES);
	if (strlen(base) >= SJ_LIMIT_CA_PATH_BYTES)
		return sj_pki_fail(
			why, SJ_ERR_ARGUMENT, "the path is too long");
	return put_request(options, base, why);
}
