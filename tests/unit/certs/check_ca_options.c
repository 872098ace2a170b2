/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "certs/ca_options.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "tests/support/suite.h"

static sj_ca_run_fn run;

static enum sj_err run(
	const struct sj_ca_options *options, struct sj_pki_why *why)
{
	(void)options;
	(void)why;
	return SJ_OK;
}

static const struct sj_ca_command commands[] = {
	{"make", run, 1, 2, "NAME...", "makes", "zdp"},
	{"show", run, 0, 0, "", "shows", ""},
	{NULL, NULL, 0, 0, NULL, NULL, NULL},
};

static struct sj_ca_options options;
static const struct sj_ca_command *command;
static struct sj_pki_why why;

/* Reads a command line given as words with blanks between. */
static enum sj_err read_line(const char *line)
{
	static char copy[256];
	char *argv[32] = {NULL};
	size_t count = 0;

	(void)snprintf(copy, sizeof(copy), "shoji-ca %s", line);
	for (char *at = strtok(copy, " "); at; at = strtok(NULL, " "))
		argv[count++] = at;
	why.text[0] = 0;
	return sj_ca_options_read(argv, commands, &command, &options, &why);
}

START_TEST(options_may_stand_anywhere)
{
	ck_assert_int_eq(
		read_line("--dir D make a --zone=z b --days -3"), SJ_OK);
	ck_assert_ptr_eq(command, &commands[0]);
	ck_assert_str_eq(options.dir, "D");
	ck_assert_str_eq(options.zone, "z");
	ck_assert_str_eq(options.days, "-3");
	ck_assert_uint_eq(options.argument_count, 2);
	ck_assert_str_eq(options.argument[1], "b");
	ck_assert(!options.is_passphrase_asked);
	ck_assert_int_eq(read_line("make a --passphrase"), SJ_OK);
	ck_assert(options.is_passphrase_asked);
}
END_TEST

START_TEST(behind_two_hyphens_everything_is_an_argument)
{
	ck_assert_int_eq(read_line("make -- --zone -"), SJ_OK);
	ck_assert_str_eq(options.argument[0], "--zone");
	ck_assert_str_eq(options.argument[1], "-");
}
END_TEST

START_TEST(help_needs_no_command)
{
	ck_assert_int_eq(read_line("--help"), SJ_OK);
	ck_assert_ptr_null(command);
	ck_assert(options.is_help);
	ck_assert_int_eq(read_line("make -h"), SJ_OK);
	ck_assert_ptr_null(command);
	ck_assert_int_eq(read_line(""), SJ_OK);
	ck_assert_ptr_null(command);
	ck_assert(!options.is_help);
}
END_TEST

START_TEST(the_version_needs_no_command)
{
	ck_assert_int_eq(read_line("--version"), SJ_OK);
	ck_assert_ptr_null(command);
	ck_assert(options.is_version);
	ck_assert_int_eq(read_line("make --version"), SJ_OK);
	ck_assert_ptr_null(command);
	ck_assert_int_eq(read_line("make a"), SJ_OK);
	ck_assert(!options.is_version);
}
END_TEST

static const struct {
	const char *line, *word;
} bads[] = {
	{"destroy", "unknown command destroy"},
	{"make a --colour red", "unknown option --colour"},
	{"make a --zon z", "unknown option"},
	{"make a -z", "unknown option"},
	{"make a --zone", "--zone needs a value"},
	{"make a --zone=", "--zone needs a value"},
	{"make a --passphrase=x", "takes no value"},
	{"make a --zone x --zone y", "given twice"},
	{"show --zone x", "does not take --zone"},
	{"make", "usage: shoji-ca [--dir DIR] make NAME..."},
	{"make a b c", "usage:"},
	{"show a", "usage:"},
	{"make 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19", "more than"},
};

START_TEST(wrong_lines_are_refused_with_what_is_wrong)
{
	ck_assert_int_eq(read_line(bads[_i].line), SJ_ERR_ARGUMENT);
	ck_assert_msg(strstr(why.text, bads[_i].word) != NULL, "%s", why.text);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		options_may_stand_anywhere,
		behind_two_hyphens_everything_is_an_argument,
		help_needs_no_command,
		the_version_needs_no_command,
	};
	const struct sj_suite_loop loops[] = {
		{wrong_lines_are_refused_with_what_is_wrong, SJ_COUNT(bads)},
	};

	return sj_suite_run_loops(
		"ca_options", tests, SJ_COUNT(tests), loops, SJ_COUNT(loops));
}
