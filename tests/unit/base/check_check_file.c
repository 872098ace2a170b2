/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/base/check_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/suite.h"

#define BLOCK(label)                                                           \
	"-----BEGIN " label "-----\nAAAA\nBBBBBB==\n-----END " label "-----\n"

static const struct {
	const char *text;
	enum sj_check_kind kind;
	const char *word; /* of the fault; NULL: good */
} rows[] = {
	{BLOCK("CERTIFICATE"), SJ_CHECK_CERTIFICATES, NULL},
	{"Subject: x\r\n" BLOCK("CERTIFICATE") BLOCK("CERTIFICATE"),
		SJ_CHECK_CERTIFICATES, NULL},
	{BLOCK("X509 CRL"), SJ_CHECK_CRL, NULL},
	{BLOCK("PRIVATE KEY"), SJ_CHECK_OPEN_KEY, NULL},
	{BLOCK("EC PARAMETERS") BLOCK("EC PRIVATE KEY"), SJ_CHECK_OPEN_KEY,
		NULL},
	{BLOCK("ENCRYPTED PRIVATE KEY"), SJ_CHECK_KEY, NULL},
	{BLOCK("ENCRYPTED PRIVATE KEY"), SJ_CHECK_OPEN_KEY, "encrypted"},
	{"-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nAAAA\n"
	 "-----END RSA PRIVATE KEY-----\n",
		SJ_CHECK_OPEN_KEY, "encrypted"},
	{BLOCK("CERTIFICATE"), SJ_CHECK_CRL, "X509 CRL"},
	{BLOCK("CERTIFICATE"), SJ_CHECK_KEY, "PRIVATE KEY"},
	{BLOCK("X509 CRL"), SJ_CHECK_CERTIFICATES, "CERTIFICATE"},
	{"", SJ_CHECK_CERTIFICATES, "CERTIFICATE"},
	{"-----BEGIN CERTIFICATE-----\nAAAA\n", SJ_CHECK_CERTIFICATES,
		"no end"},
	{"-----BEGIN CERTIFICATE-----\nAAA\n-----END CERTIFICATE-----\n",
		SJ_CHECK_CERTIFICATES, "cut"},
	{"-----BEGIN CERTIFICATE-----\nA*AA\n-----END CERTIFICATE-----\n",
		SJ_CHECK_CERTIFICATES, "base64"},
	{"-----BEGIN CERTIFICATE-----\nAAAA\n-----END X509 CRL-----\n",
		SJ_CHECK_CERTIFICATES, "ends as another"},
	{"open sesame\n", SJ_CHECK_FIRST_LINE, NULL},
	{"\n", SJ_CHECK_FIRST_LINE, "no password"},
	{"", SJ_CHECK_PORT, NULL},
	{"65535\n", SJ_CHECK_PORT, NULL},
	{"655350\n", SJ_CHECK_PORT, "something else"},
	{"6553", SJ_CHECK_PORT, "something else"},
	{BLOCK("PRIVATE KEY"), SJ_CHECK_PORT, "something else"},
	{"", SJ_CHECK_EVENTS, NULL},
	{"{\"event\":\"start\"}\n", SJ_CHECK_EVENTS, NULL},
	{BLOCK("CERTIFICATE"), SJ_CHECK_EVENTS, "something else"},
	{"", SJ_CHECK_LEDGER, NULL},
	{"SJ", SJ_CHECK_LEDGER, NULL},
	{"SJLG and more", SJ_CHECK_LEDGER, NULL},
	{BLOCK("PRIVATE KEY"), SJ_CHECK_LEDGER, "something else"},
};

START_TEST(a_file_is_what_its_frame_says)
{
	char path[] = "/tmp/check-file-XXXXXX", why[512] = "";
	int fd = mkstemp(path);
	bool is_good;

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, rows[_i].text, strlen(rows[_i].text)),
		(ssize_t)strlen(rows[_i].text));
	(void)close(fd);
	is_good = sj_check_path(path, rows[_i].kind, why, sizeof(why));
	(void)unlink(path);
	ck_assert_msg(is_good == (rows[_i].word == NULL), "%s", why);
	if (rows[_i].word)
		ck_assert_msg(strstr(why, rows[_i].word) && strchr(why, ';') &&
				      strstr(why, path),
			"%s", why);
}
END_TEST

START_TEST(a_secret_is_not_for_every_user)
{
	static const enum sj_check_kind secrets[] = {SJ_CHECK_KEY,
		SJ_CHECK_OPEN_KEY, SJ_CHECK_FIRST_LINE, SJ_CHECK_SECRET,
		SJ_CHECK_STATE};
	char path[] = "/tmp/check-file-XXXXXX", why[512] = "";
	int fd = mkstemp(path);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_gt(write(fd, BLOCK("PRIVATE KEY"),
				 sizeof(BLOCK("PRIVATE KEY")) - 1),
		0);
	for (size_t i = 0; i < SJ_COUNT(secrets); i++) {
		ck_assert_int_eq(fchmod(fd, 0604), 0);
		ck_assert(!sj_check_path(path, secrets[i], why, sizeof(why)));
		ck_assert_ptr_nonnull(strstr(why, "chmod o="));
		ck_assert(sj_check_content(path, secrets[i], why, sizeof(why)));
		/* A group of the administrator's choice may read it. */
		ck_assert_int_eq(fchmod(fd, 0640), 0);
		ck_assert(sj_check_path(path, secrets[i], why, sizeof(why)));
		ck_assert_int_eq(fchmod(fd, 0660), 0);
		ck_assert(!sj_check_path(path, secrets[i], why, sizeof(why)));
		ck_assert_ptr_nonnull(strstr(why, "chmod g-w"));
		/* Only root can give a file away. */
		ck_assert_int_eq(fchmod(fd, 0600), 0);
		if (geteuid() != 0 || fchown(fd, 1234, 0) != 0)
			continue;
		ck_assert(!sj_check_path(path, secrets[i], why, sizeof(why)));
		ck_assert_ptr_nonnull(strstr(why, "chown it"));
		ck_assert_int_eq(fchown(fd, 0, 0), 0);
	}
	ck_assert_int_eq(fchmod(fd, 0644), 0);
	ck_assert(sj_check_path(path, SJ_CHECK_FILE, why, sizeof(why)));
	(void)close(fd);
	(void)unlink(path);
}
END_TEST

START_TEST(what_is_no_file_is_refused_at_once)
{
	char path[] = "/tmp/check-file-XXXXXX", why[512];

	ck_assert(!sj_check_path(
		"/dev/zero", SJ_CHECK_CERTIFICATES, why, sizeof(why)));
	ck_assert(!sj_check_path("/tmp", SJ_CHECK_FILE, why, sizeof(why)));
	ck_assert(!sj_check_path("/nowhere/x", SJ_CHECK_CRL, why, sizeof(why)));
	ck_assert_ptr_nonnull(mkdtemp(path));
	ck_assert_int_eq(rmdir(path), 0);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	ck_assert(!sj_check_path(path, SJ_CHECK_KEY, why, sizeof(why)));
	ck_assert_ptr_nonnull(strstr(why, "is not a file"));
	ck_assert(!sj_check_path(path, SJ_CHECK_PLACE, why, sizeof(why)));
	ck_assert_ptr_nonnull(strstr(why, "is not a file"));
	ck_assert(
		!sj_check_path("/dev/null", SJ_CHECK_PLACE, why, sizeof(why)));
	ck_assert_int_eq(unlink(path), 0);
}
END_TEST

START_TEST(folders_and_programs_are_what_they_are)
{
	char why[512];

	ck_assert(sj_check_path("/tmp", SJ_CHECK_FOLDER, why, sizeof(why)));
	ck_assert(!sj_check_path("/bin/sh", SJ_CHECK_FOLDER, why, sizeof(why)));
	ck_assert(sj_check_path("/bin/sh", SJ_CHECK_PROGRAM, why, sizeof(why)));
	ck_assert(!sj_check_path("/tmp", SJ_CHECK_PROGRAM, why, sizeof(why)));
	ck_assert(sj_check_path("/tmp/new", SJ_CHECK_PLACE, why, sizeof(why)));
	ck_assert(sj_check_path("/new", SJ_CHECK_PLACE, why, sizeof(why)));
	ck_assert(!sj_check_path("/tmp", SJ_CHECK_PLACE, why, sizeof(why)));
	ck_assert(!sj_check_path(
		"/nowhere/new", SJ_CHECK_PLACE, why, sizeof(why)));
	ck_assert(sj_check_path("/dev", SJ_CHECK_THERE, why, sizeof(why)));
}
END_TEST

START_TEST(content_is_judged_whoever_can_read_it)
{
	char path[] = "/tmp/check-file-XXXXXX", why[512] = "";
	int fd = mkstemp(path);

	ck_assert_int_ge(fd, 0);
	ck_assert(!sj_check_content(path, SJ_CHECK_KEY, why, sizeof(why)));
	ck_assert_ptr_nonnull(strstr(why, "PRIVATE KEY"));
	(void)close(fd);
	ck_assert_int_eq(unlink(path), 0);
}
END_TEST

START_TEST(a_ledger_is_named_itself)
{
	static const enum sj_check_kind kinds[] = {
		SJ_CHECK_LEDGER, SJ_CHECK_STATE};
	char folder[] = "/tmp/check-file-XXXXXX", why[512];
	char path[64], link[64];
	FILE *file;

	ck_assert_ptr_nonnull(mkdtemp(folder));
	(void)snprintf(path, sizeof(path), "%s/ledger", folder);
	(void)snprintf(link, sizeof(link), "%s/link", folder);
	ck_assert(sj_check_path(path, SJ_CHECK_LEDGER, why, sizeof(why)));
	ck_assert(!sj_check_path(folder, SJ_CHECK_LEDGER, why, sizeof(why)));
	ck_assert(
		!sj_check_path("/dev/null", SJ_CHECK_LEDGER, why, sizeof(why)));
	ck_assert_ptr_nonnull(strstr(why, "is not a file"));
	/* Also one to nowhere. */
	ck_assert_int_eq(symlink(path, link), 0);
	for (int turn = 0; turn < 2; turn++) {
		for (size_t i = 0; i < SJ_COUNT(kinds); i++) {
			ck_assert(!sj_check_path(
				link, kinds[i], why, sizeof(why)));
			ck_assert_ptr_nonnull(strstr(why, SJ_CHECK_IS_LINK));
		}
		file = fopen(path, "we");
		ck_assert_ptr_nonnull(file);
		ck_assert_int_eq(fchmod(fileno(file), 0600), 0);
		(void)fclose(file);
	}
	for (size_t i = 0; i < SJ_COUNT(kinds); i++)
		ck_assert_msg(sj_check_path(path, kinds[i], why, sizeof(why)),
			"%s", why);
	ck_assert_int_eq(unlink(link), 0);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(rmdir(folder), 0);
}
END_TEST

START_TEST(zones_and_user_ids_have_bounds)
{
	ck_assert(sj_check_zone("lgwan"));
	ck_assert(sj_check_zone("a-2345678901234"));
	ck_assert(!sj_check_zone("a-23456789012345"));
	ck_assert(!sj_check_zone(""));
	ck_assert(!sj_check_zone("1a"));
	ck_assert(!sj_check_zone("LGWAN"));
	ck_assert(!sj_check_zone("mynumber"));
	ck_assert(sj_check_uids(4294967290u, 4));
	ck_assert(!sj_check_uids(4294967290u, 5));
	ck_assert(!sj_check_uids(4294960000u, 65536));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {a_secret_is_not_for_every_user,
		what_is_no_file_is_refused_at_once,
		folders_and_programs_are_what_they_are,
		content_is_judged_whoever_can_read_it, a_ledger_is_named_itself,
		zones_and_user_ids_have_bounds};
	const struct sj_suite_loop loops[] = {
		{a_file_is_what_its_frame_says, SJ_COUNT(rows)}};

	return sj_suite_run_loops(
		"check_file", tests, SJ_COUNT(tests), loops, SJ_COUNT(loops));
}
