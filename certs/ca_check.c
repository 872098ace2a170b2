/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "certs/ca_commands.h"
#include "certs/ca_work.h"
#include "certs/pki_check.h"
#include "certs/pki_file.h"

/* The file of option, else DIR/name when that exists. */
static enum sj_err read_beside(const struct sj_ca_options *options,
	const char *given, const char *name, struct sj_pki_bytes *bytes,
	struct sj_pki_why *why)
{
	char folder[SJ_LIMIT_CA_PATH_BYTES];
	char path[SJ_LIMIT_CA_PATH_BYTES + 32];
	struct sj_pki_why nothing = {""};

	if (given)
		return sj_pki_file_read(given, SJ_LIMIT_CRL_BYTES, bytes, why);
	if (sj_ca_folder(options, folder, &nothing) != SJ_OK)
		return SJ_OK;
	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	if (access(path, F_OK) != 0)
		return SJ_OK;
	return sj_pki_file_read(path, SJ_LIMIT_CRL_BYTES, bytes, why);
}

/* NAME.key beside NAME.pem, when it is there and ours to read. */
static void read_key(const char *certificate, struct sj_pki_bytes *key)
{
	char path[SJ_LIMIT_CA_PATH_BYTES];
	struct sj_pki_why nothing = {""};
	size_t size = strlen(certificate);

	if (size < 4 || size >= sizeof(path) ||
		strcmp(certificate + size - 4, ".pem") != 0)
		return;
	memcpy(path, certificate, size - 4);
	memcpy(path + size - 4, ".key", 5);
	if (access(path, R_OK) != 0)
		return;
	if (sj_pki_file_read(path, SJ_LIMIT_PEM_BYTES, key, &nothing) != SJ_OK)
		sj_pki_bytes_free(key);
}

static void print_finding(const struct sj_pki_finding *finding)
{
	static const char *const marks[] = {
		[SJ_PKI_GOOD] = "ok",
		[SJ_PKI_WARNING] = "warning",
		[SJ_PKI_BAD] = "WRONG",
	};

	printf("%-8s %s\n", marks[finding->level], finding->text);
	if (finding->advice[0] != 0)
		printf("         -> %s\n", finding->advice);
}

static enum sj_err read_all(const struct sj_ca_options *options,
	struct sj_pki_check *check, struct sj_pki_why *why)
{
	enum sj_err err = sj_pki_file_read(
		options->argument[0], SJ_LIMIT_CRL_BYTES, &check->subject, why);

	if (err == SJ_OK)
		err = read_beside(options, options->authority, "authority.pem",
			&check->authority, why);
	/* The list of another authority would say nothing. */
	if (err == SJ_OK && (options->crl || !options->authority))
		err = read_beside(
			options, options->crl, "crl.pem", &check->crl, why);
	if (err == SJ_OK)
		read_key(options->argument[0], &check->key);
	return err;
}

/* The command that renews the file of options, as it would be typed here. */
static void write_renew(
	const struct sj_ca_options *options, char *text, size_t size)
{
	const char *file = options->argument[0];

	(void)snprintf(text, size, "shoji-ca %s%s%srenew %s%s",
		options->dir ? "--dir " : "", options->dir ? options->dir : "",
		options->dir ? " " : "", file[0] == '-' ? "./" : "", file);
}

enum sj_err sj_ca_run_check(
	const struct sj_ca_options *options, struct sj_pki_why *why)
{
	char renew[SJ_LIMIT_CA_PATH_BYTES];
	struct sj_pki_check check = {.host = options->host,
		.renew = renew,
		.now_s = (int64_t)time(NULL)};
	struct sj_pki_report report = {.count = 0};
	enum sj_err err = read_all(options, &check, why);

	write_renew(options, renew, sizeof(renew));
	if (err == SJ_OK) {
		printf("%s\n", options->argument[0]);
		sj_pki_check(&check, &report);
		for (size_t i = 0; i < report.count; i++)
			print_finding(&report.finding[i]);
		if (sj_pki_report_level(&report) == SJ_PKI_BAD)
			err = sj_pki_fail(why, SJ_ERR_DENIED,
				"%s would be refused", options->argument[0]);
	}
	sj_pki_bytes_free(&check.subject);
	sj_pki_bytes_free(&check.authority);
	sj_pki_bytes_free(&check.crl);
	sj_pki_bytes_free(&check.key);
	return err;
}
