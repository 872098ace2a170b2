/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "certs/ca_options.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* One option; a letter stands for it in the table of commands. */
struct row {
	const char *name;
	char letter;
	const char *value; /* what to call its value; NULL: a switch */
	size_t offset;
	const char *help;
};

#define AT(member) offsetof(struct sj_ca_options, member)

static const struct row rows[] = {
	{"dir", 'D', "DIR", AT(dir),
		"folder of the authority (else $SHOJI_CA_DIR, else "
		"/etc/shoji/ca for root and ~/.config/shoji/ca)"},
	{"zone", 'z', "ZONE", AT(zone),
		"zone in the certificate; init: of terminals (default lgwan); "
		"hosts: internet"},
	{"name", 'n', "TEXT", AT(name),
		"init: name of the authority; else: name in the identity"},
	{"role", 'r', "ROLE", AT(role), "sign: host, viewer, guard or admin"},
	{"out", 'o', "FILE", AT(out), "also write the certificate here"},
	{"install", 'i', "FILE", AT(install),
		"also write the revocation list here"},
	{"authority", 'a', "FILE", AT(authority),
		"check: authority to check against"},
	{"crl", 'c', "FILE", AT(crl), "check: list to check against"},
	{"host", 'h', "NAME", AT(host),
		"check: the name or address that viewers connect to"},
	{"days", 'd', "N", AT(days),
		"validity from now; may be negative, for tests"},
	{"not-before", 'b', "TIME", AT(not_before),
		"2026-04-01, 2026-04-01T09:00:00Z or 20260401090000Z"},
	{"not-after", 'f', "TIME", AT(not_after), "the same forms"},
	{"passphrase", 'p', NULL, AT(is_passphrase_asked),
		"ask for a passphrase that protects the new key"},
	{"passphrase-file", 'P', "FILE", AT(passphrase_file),
		"first line is that passphrase; - is standard input"},
	{"authority-passphrase-file", 'A', "FILE",
		AT(authority_passphrase_file),
		"first line is the passphrase of the authority's key"},
	{"new-key", 'k', NULL, AT(is_key_new),
		"renew: with a new key instead of the same one"},
	{"due", 'u', NULL, AT(is_due_only),
		"renew: all that run out within 60 days; list: only those"},
	{"help", '?', NULL, AT(is_help), "this text"},
	{"version", 'v', NULL, AT(is_version), "the version"},
};

static const struct row *find_row(const char *name, size_t size)
{
	for (size_t i = 0; i < SJ_COUNT(rows); i++) {
		if (strlen(rows[i].name) == size &&
			strncmp(rows[i].name, name, size) == 0)
			return &rows[i];
	}
	return NULL;
}

static void set(
	struct sj_ca_options *options, const struct row *row, const char *value)
{
	void *member = (uint8_t *)options + row->offset;
	const bool is_on = true;

	if (row->value)
		memcpy(member, &value, sizeof(value));
	else
		memcpy(member, &is_on, sizeof(is_on));
}

/* What one run of the reading knows. */
struct reading {
	struct sj_ca_options *options;
	struct sj_pki_why *why;
	const struct row *given[SJ_COUNT(rows)];
	size_t given_count;
};

/* Takes the option at *argv and its value; moves *argv to the last used. */
static enum sj_err take_option(struct reading *reading, char ***argv)
{
	const char *name = **argv + 2;
	size_t size = strcspn(name, "=");
	const struct row *row = find_row(name, size);
	const char *value = name[size] == '=' ? name + size + 1 : NULL;

	if (strcmp(**argv, "-h") == 0)
		row = find_row("help", 4);
	if (!row)
		return sj_pki_fail(reading->why, SJ_ERR_ARGUMENT,
			"unknown option %s; see shoji-ca --help", **argv);
	for (size_t i = 0; i < reading->given_count; i++) {
		if (reading->given[i] == row)
			return sj_pki_fail(reading->why, SJ_ERR_ARGUMENT,
				"--%s is given twice", row->name);
	}
	if (row->value && !value)
		value = *++*argv;
	if (row->value && (!value || value[0] == 0))
		return sj_pki_fail(reading->why, SJ_ERR_ARGUMENT,
			"--%s needs a value: %s", row->name, row->value);
	if (!row->value && value)
		return sj_pki_fail(reading->why, SJ_ERR_ARGUMENT,
			"--%s takes no value", row->name);
	set(reading->options, row, value);
	reading->given[reading->given_count++] = row;
	return SJ_OK;
}

static enum sj_err take_argument(struct reading *reading, const char *argument)
{
	struct sj_ca_options *options = reading->options;

	if (options->argument_count == SJ_COUNT(options->argument))
		return sj_pki_fail(reading->why, SJ_ERR_ARGUMENT,
			"more than %d names", SJ_LIMIT_SAN_NAMES);
	options->argument[options->argument_count++] = argument;
	return SJ_OK;
}

static enum sj_err judge(
	const struct reading *reading, const struct sj_ca_command *command)
{
	size_t count = reading->options->argument_count;

	for (size_t i = 0; i < reading->given_count; i++) {
		char letter = reading->given[i]->letter;

		if (letter != 'D' && !strchr(command->options, letter))
			return sj_pki_fail(reading->why, SJ_ERR_ARGUMENT,
				"shoji-ca %s does not take --%s", command->name,
				reading->given[i]->name);
	}
	if (count < command->arguments_min || count > command->arguments_max)
		return sj_pki_fail(reading->why, SJ_ERR_ARGUMENT,
			"usage: shoji-ca [--dir DIR] %s %s", command->name,
			command->usage);
	return SJ_OK;
}

static const struct sj_ca_command *find_command(
	const struct sj_ca_command *commands, const char *name)
{
	for (; commands->name; commands++) {
		if (strcmp(commands->name, name) == 0)
			return commands;
	}
	return NULL;
}

enum sj_err sj_ca_options_read(char **argv,
	const struct sj_ca_command *commands,
	const struct sj_ca_command **command, struct sj_ca_options *options,
	struct sj_pki_why *why)
{
	struct reading reading = {.options = options, .why = why};
	enum sj_err err = SJ_OK;
	bool is_ended = false;

	*command = NULL;
	memset(options, 0, sizeof(*options));
	for (argv++; err == SJ_OK && *argv; argv++) {
		if (!is_ended && strcmp(*argv, "--") == 0)
			is_ended = true;
		else if (!is_ended && (*argv)[0] == '-' && (*argv)[1] != 0)
			err = take_option(&reading, &argv);
		else if (*command)
			err = take_argument(&reading, *argv);
		else if (!(*command = find_command(commands, *argv)))
			err = sj_pki_fail(why, SJ_ERR_ARGUMENT,
				"unknown command %s; see shoji-ca --help",
				*argv);
		/* take_option may have moved to the end. */
		if (!*argv)
			break;
	}
	if (err == SJ_OK && (options->is_help || options->is_version))
		*command = NULL;
	else if (err == SJ_OK && *command)
		err = judge(&reading, *command);
	return err;
}

void sj_ca_options_help(const struct sj_ca_command *commands)
{
	printf("usage: shoji-ca [--dir DIR] COMMAND ...\n\ncommands:\n");
	for (; commands->name; commands++)
		printf("  %s %s\n      %s\n", commands->name, commands->usage,
			commands->help);
	printf("\noptions:\n");
	for (size_t i = 0; i < SJ_COUNT(rows); i++)
		printf("  --%s%s%s\n      %s\n", rows[i].name,
			rows[i].value ? " " : "",
			rows[i].value ? rows[i].value : "", rows[i].help);
}
