/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ca_options: the command line of shoji-ca, from one table.
 */
#ifndef SJ_CERTS_CA_OPTIONS_H
#define SJ_CERTS_CA_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "certs/pki_why.h"
#include "protocol/base/attr.h"
#include "protocol/base/err.h"
#include "protocol/base/limits.h"

/* NULL: not given. The strings live in argv. */
struct sj_ca_options {
	const char *dir;
	const char *zone;
	const char *name;
	const char *role;
	const char *out;
	const char *install;
	const char *authority;
	const char *crl;
	const char *host;
	const char *days;
	const char *not_before;
	const char *not_after;
	const char *passphrase_file;
	const char *authority_passphrase_file;
	bool is_passphrase_asked;
	bool is_key_new;
	bool is_due_only;
	bool is_help;
	bool is_version;
	const char *argument[SJ_LIMIT_SAN_NAMES + 2];
	size_t argument_count;
};

/* Does one command; SJ_OK or an error with why. */
typedef enum sj_err sj_ca_run_fn(
	const struct sj_ca_options *options, struct sj_pki_why *why);

/* One row of the table of commands. */
struct sj_ca_command {
	const char *name;
	sj_ca_run_fn *run;
	size_t arguments_min;
	size_t arguments_max;
	const char *usage;   /* arguments, for people */
	const char *help;    /* one line */
	const char *options; /* the options it takes, one letter each */
};

/*
 * Reads the command line by commands, which ends with a row without a name.
 * Gives the row in *command (NULL with --help, with --version or without a
 * command) and fills *options. SJ_ERR_ARGUMENT with why.
 */
SJ_MUST_USE enum sj_err sj_ca_options_read(char **argv,
	const struct sj_ca_command *commands,
	const struct sj_ca_command **command, struct sj_ca_options *options,
	struct sj_pki_why *why);

/* Prints the commands and options to standard output. */
void sj_ca_options_help(const struct sj_ca_command *commands);

#endif /* SJ_CERTS_CA_OPTIONS_H */
