/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "viewer/files.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "protocol/base/log.h"
#include "tests/support/suite.h"

#define BLOCK(label)                                                           \
	"-----BEGIN " label "-----\nAAAA\nBBBBBB==\n-----END " label "-----\n"

static struct sj_viewer_options options;
static char folder[32], message[1200];

static void put(const char *name, const char *text, mode_t mode)
{
	char path[64];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	ck_assert_int_eq(fchmod(fd, mode), 0);
	(void)close(fd);
}

static void name_file(char *option, const char *name)
{
	(void)snprintf(option, SJ_VIEWER_PATH_BYTES, "%s/%s", folder, name);
}

/* A viewer with a ledger, all of whose files are as they should be. */
static void begin(void)
{
	memset(&options, 0, sizeof(options));
	strcpy(folder, "/tmp/viewer-files-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	put("cert", BLOCK("CERTIFICATE"), 0644);
	put("key", BLOCK("PRIVATE KEY"), 0600);
	put("ca", BLOCK("CERTIFICATE"), 0644);
	put("crl", BLOCK("X509 CRL"), 0644);
	put("pass", "open sesame\n", 0600);
	put("keys.key", BLOCK("PRIVATE KEY"), 0600);
	put("keys.state", "state", 0600);
	put("viewer.ini", "[certificates]\nkey = x\n[ledger]\nkeys = y\n",
		0644);
	name_file(options.config, "viewer.ini");
	name_file(options.cert, "cert");
	name_file(options.key, "key");
	name_file(options.ca, "ca");
	name_file(options.crl, "crl");
	name_file(options.passphrase_file, "pass");
	name_file(options.ledger_file, "ledger");
	name_file(options.ledger_keys, "keys");
}

static void finish(void)
{
	static const char *const names[] = {"cert", "key", "ca", "crl", "pass",
		"keys.key", "keys.state", "viewer.ini", "ledger"};
	char path[64];

	for (size_t i = 0; i < SJ_COUNT(names); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		(void)unlink(path);
	}
	ck_assert_int_eq(rmdir(folder), 0);
}

/* text NULL: the file is not there. */
static const struct {
	const char *name, *text;
	mode_t mode;
	const char *words[3];
} rows[] = {
	{"cert", "", 0644, {"[certificates] certificate", "CERTIFICATE"}},
	{"cert", NULL, 0644, {"[certificates] certificate", "No such file"}},
	{"key", "words\n", 0600,
		{"viewer.ini:2: [certificates] key", "PRIVATE KEY"}},
	{"key", BLOCK("PRIVATE KEY"), 0644, {"[certificates] key", "chmod o="}},
	{"key", BLOCK("PRIVATE KEY"), 0660,
		{"[certificates] key", "chmod g-w"}},
	{"ca", BLOCK("X509 CRL"), 0644,
		{"[certificates] authority", "CERTIFICATE"}},
	{"crl", BLOCK("CERTIFICATE"), 0644, {"[certificates] crl", "X509 CRL"}},
	{"pass", "\n", 0600, {"[certificates] passphrase_file", "password"}},
	{"pass", "a\n", 0604, {"[certificates] passphrase_file", "chmod o="}},
	{"keys.key", NULL, 0600,
		{"viewer.ini:4: [ledger] keys", "keys.key", "No such file"}},
	{"keys.key", BLOCK("PRIVATE KEY"), 0604,
		{"[ledger] keys", "keys.key", "chmod o="}},
	{"keys.state", NULL, 0600,
		{"[ledger] keys", "keys.state", "No such file"}},
};

START_TEST(a_check_names_the_place_and_what_to_do)
{
	char path[64];

	begin();
	ck_assert_msg(sj_files_check(&options, message, sizeof(message)), "%s",
		message);
	if (rows[_i].text) {
		put(rows[_i].name, rows[_i].text, rows[_i].mode);
	} else {
		(void)snprintf(
			path, sizeof(path), "%s/%s", folder, rows[_i].name);
		ck_assert_int_eq(unlink(path), 0);
	}
	ck_assert(!sj_files_check(&options, message, sizeof(message)));
	for (size_t i = 0; i < 3 && rows[_i].words[i]; i++)
		ck_assert_msg(strstr(message, rows[_i].words[i]) != NULL,
			"%s: %s", rows[_i].words[i], message);
	ck_assert_msg(strchr(message, ';') != NULL, "%s", message);
	finish();
}
END_TEST

START_TEST(what_an_option_named_is_said_by_that_option)
{
	begin();
	put("key", "", 0600);
	options.named = 1u << SJ_VIEWER_FILE_KEY;
	ck_assert(!sj_files_check(&options, message, sizeof(message)));
	ck_assert_msg(strncmp(message, "--key: /tmp/", 12) == 0, "%s", message);
	/* Without a ledger its keys are not looked for. */
	put("key", BLOCK("PRIVATE KEY"), 0600);
	put("keys.state", "", 0644);
	options.ledger_file[0] = '\0';
	ck_assert_msg(sj_files_check(&options, message, sizeof(message)), "%s",
		message);
	finish();
}
END_TEST

START_TEST(a_start_asks_what_the_files_hold)
{
	static const char *const names[] = {"cert", "key", "ca", "crl"};
	const char *option = NULL;
	char why[700];

	begin();
	/* Whose a key is gets a warning of its own. */
	put("key", BLOCK("PRIVATE KEY"), 0644);
	ck_assert_msg(
		sj_files_are_material(&options, &option, why, sizeof(why)),
		"%s", why);
	for (size_t i = SJ_COUNT(names); i-- > 0;) {
		put(names[i], i % 2 ? "" : "garbage\n", 0600);
		ck_assert(!sj_files_are_material(
			&options, &option, why, sizeof(why)));
		ck_assert_str_eq(option, names[i]);
		ck_assert_ptr_nonnull(strstr(why, "holds no PEM block"));
		ck_assert_ptr_nonnull(strstr(why, names[i]));
	}
	put("key", BLOCK("ENCRYPTED PRIVATE KEY"), 0600);
	put("cert", BLOCK("CERTIFICATE"), 0600);
	options.passphrase_file[0] = '\0';
	ck_assert(!sj_files_are_material(&options, &option, why, sizeof(why)));
	ck_assert_ptr_nonnull(strstr(why, "encrypted"));
	finish();
}
END_TEST

START_TEST(a_start_warns_of_each_secret_that_others_can_read)
{
	static const char *const names[] = {
		"key", "pass", "keys.key", "keys.state"};
	char text[4096] = "";
	int ends[2];

	begin();
	sj_log_open("viewer", SJ_LOG_WARNING);
	ck_assert_int_eq(pipe2(ends, O_NONBLOCK | O_CLOEXEC), 0);
	ck_assert_int_ge(dup2(ends[1], STDERR_FILENO), 0);
	sj_files_warn(&options);
	ck_assert_int_lt(read(ends[0], text, sizeof(text) - 1), 0);
	for (size_t i = 0; i < SJ_COUNT(names); i++) {
		char path[64];

		(void)snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		ck_assert_int_eq(chmod(path, 0644), 0);
		memset(text, 0, sizeof(text));
		sj_files_warn(&options);
		ck_assert_int_gt(read(ends[0], text, sizeof(text) - 1), 0);
		ck_assert_ptr_nonnull(strstr(text, "warning viewer secret"));
		ck_assert_ptr_nonnull(strstr(text, path));
		ck_assert_ptr_nonnull(strstr(text, "chmod o="));
		ck_assert_int_eq(chmod(path, 0600), 0);
	}
	finish();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		what_an_option_named_is_said_by_that_option,
		a_start_asks_what_the_files_hold,
		a_start_warns_of_each_secret_that_others_can_read};
	const struct sj_suite_loop loops[] = {
		{a_check_names_the_place_and_what_to_do, SJ_COUNT(rows)}};

	return sj_suite_run_loops(
		"viewer_files", tests, SJ_COUNT(tests), loops, SJ_COUNT(loops));
}
