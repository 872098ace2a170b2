/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <openssl/crypto.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "certs/ca_commands.h"
#include "certs/ca_options.h"
#include "certs/tls_memory.h"

#define TIMES "dbf"
#define SECRETS "pPA"

static const struct sj_ca_command commands[] = {
	{"init", sj_ca_run_init, 0, 0,
		"[--zone ZONE] [--name TEXT] "
		"[--passphrase]",
		"make an authority in an empty folder", "znpP" TIMES},
	{"host", sj_ca_run_host, 1, SJ_LIMIT_SAN_NAMES, "NAME...",
		"certificate of a rendering host: its DNS names and addresses",
		"zno" SECRETS TIMES},
	{"viewer", sj_ca_run_viewer, 1, 1, "USER",
		"certificate of a member of staff", "zo" SECRETS TIMES},
	{"guard", sj_ca_run_guard, 1, SJ_LIMIT_SAN_NAMES, "NAME...",
		"certificate of a guard: its DNS names and addresses",
		"zno" SECRETS TIMES},
	{"admin", sj_ca_run_admin, 1, 1, "NAME",
		"certificate of an administrator", "zo" SECRETS TIMES},
	{"request", sj_ca_run_request, 1, 1, "NAME [--out BASE]",
		"on a terminal: make BASE.key and BASE.csr", "opP"},
	{"sign", sj_ca_run_sign, 1, SJ_LIMIT_SAN_NAMES + 1,
		"CSR --role ROLE --name NAME [HOSTNAME...]",
		"sign a request, so that its key never leaves the terminal",
		"rnzoA" TIMES},
	{"renew", sj_ca_run_renew, 0, 2, "ROLE NAME | FILE | --due",
		"issue again with new dates and the same key",
		"kuo" SECRETS TIMES},
	{"revoke", sj_ca_run_revoke, 1, 2, "ROLE NAME | FILE | SERIAL",
		"refuse a certificate from now on; writes a new list", "iA"},
	{"crl", sj_ca_run_crl, 0, 0, "[--install FILE]",
		"write a new revocation list (7 days); run daily by a timer",
		"iA" TIMES},
	{"list", sj_ca_run_list, 0, 0, "[--due]",
		"what was issued, with the days left", "u"},
	{"check", sj_ca_run_check, 1, 1, "FILE [--host NAME]",
		"what is wrong with a certificate, list, key or request",
		"ach"},
	{NULL, NULL, 0, 0, NULL, NULL, NULL},
};

static int exit_code(enum sj_err err)
{
	if (err == SJ_OK)
		return SJ_EXIT_ENDED;
	if (err == SJ_ERR_ARGUMENT)
		return SJ_EXIT_USAGE;
	return err == SJ_ERR_DENIED ? SJ_EXIT_PEER : SJ_EXIT_LOCAL;
}

/* Other programs of the same user do not look into our memory. */
static bool hide_memory(void)
{
#ifdef SJ_SANITIZED
	/* The leak checker looks into it. */
	return true;
#else
	return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0;
#endif
}

int main(int argc, char **argv)
{
	const struct rlimit no_core = {0, 0};
	const struct sj_ca_command *command = NULL;
	struct sj_ca_options options;
	struct sj_pki_why why = {""};
	enum sj_err err;

	(void)argc;
	/* Keys pass through our memory and through files that we make. */
	(void)umask(077);
	sj_tls_memory_wipe();
	if (!hide_memory() || setrlimit(RLIMIT_CORE, &no_core) != 0 ||
		OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL) != 1)
		return SJ_EXIT_LOCAL;
	err = sj_ca_options_read(argv, commands, &command, &options, &why);
	if (err == SJ_OK && options.is_version && !options.is_help) {
		printf("shoji-ca " SJ_VERSION "\n");
		return fflush(stdout) == 0 ? SJ_EXIT_ENDED : SJ_EXIT_LOCAL;
	}
	if (err == SJ_OK && !command) {
		sj_ca_options_help(commands);
		return options.is_help ? SJ_EXIT_ENDED : SJ_EXIT_USAGE;
	}
	if (err == SJ_OK)
		err = command->run(&options, &why);
	if (fflush(stdout) != 0 && err == SJ_OK)
		err = SJ_ERR_SYSTEM;
	if (err != SJ_OK)
		fprintf(stderr, "shoji-ca: %s\n",
			why.text[0] ? why.text : sj_err_text(err));
	return exit_code(err);
}
