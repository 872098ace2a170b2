/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/password.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/password_store.h"
#include "protocol/base/limits.h"
#include "tests/support/suite.h"

static char line[SJ_PASSWORD_LINE_BYTES];

static void make(const char *user, const char *password)
{
	ck_assert_int_eq(
		sj_password_line(user, password, line, sizeof(line)), SJ_OK);
}

START_TEST(the_right_password_fits)
{
	make("tanaka", "sesame");
	ck_assert(sj_password_check(line, "tanaka", "sesame"));
	ck_assert(!sj_password_check(line, "tanaka", "sesam"));
	ck_assert(!sj_password_check(line, "tanaka", "sesame "));
	ck_assert(!sj_password_check(line, "tanaka", ""));
	ck_assert(!sj_password_check(line, "suzuki", "sesame"));
	ck_assert(!sj_password_check(line, "tanak", "sesame"));
	ck_assert(!sj_password_check(line, "", "sesame"));
}
END_TEST

START_TEST(the_same_password_makes_another_line)
{
	char first[sizeof(line)];

	make("tanaka", "sesame");
	memcpy(first, line, sizeof(first));
	make("tanaka", "sesame");
	ck_assert_str_ne(first, line);
	ck_assert_ptr_null(strstr(line, "sesame"));
}
END_TEST

START_TEST(refuses_users_that_a_certificate_could_not_name)
{
	static const char *const users[] = {"", "Tanaka", "a:b", ".a", "-a",
		"a b", "a\n", "a23456789012345678901234567890123"};

	for (size_t i = 0; i < SJ_COUNT(users); i++)
		ck_assert_int_eq(sj_password_line(users[i], "sesame", line,
					 sizeof(line)),
			SJ_ERR_ARGUMENT);
	ck_assert_int_eq(sj_password_line("a2345678901234567890123456789012",
				 "x", line, sizeof(line)),
		SJ_OK);
}
END_TEST

START_TEST(passwords_end_at_their_limit)
{
	char password[SJ_LIMIT_PASSWORD_BYTES + 2];

	memset(password, 'p', sizeof(password));
	password[SJ_LIMIT_PASSWORD_BYTES + 1] = '\0';
	ck_assert_int_eq(sj_password_line("a", password, line, sizeof(line)),
		SJ_ERR_ARGUMENT);
	password[SJ_LIMIT_PASSWORD_BYTES] = '\0';
	make("a", password);
	ck_assert(sj_password_check(line, "a", password));
	ck_assert_int_eq(
		sj_password_line("a", "", line, sizeof(line)), SJ_ERR_ARGUMENT);
}
END_TEST

START_TEST(broken_files_let_nobody_in)
{
	static const char *const files[] = {"", "\n", "a", "a:", "a:\n", "a:x",
		"a:$y$", "a:*0\n", ":$y$j9T$x$y\n", "a:*1"};

	for (size_t i = 0; i < SJ_COUNT(files); i++) {
		ck_assert(!sj_password_check(files[i], "a", "x"));
		ck_assert(!sj_password_check(files[i], "a", ""));
		ck_assert(!sj_password_check(files[i], "", "x"));
	}
}
END_TEST

START_TEST(a_hash_that_was_cut_short_lets_nobody_in)
{
	size_t size;

	make("tanaka", "sesame");
	ck_assert(sj_password_check(line, "tanaka", "sesame"));
	/* In few places: each costs what a password costs. */
	for (size = strlen(line) - 2; size > strlen("tanaka:") + 16;
		size -= 16) {
		line[size] = 0;
		ck_assert(!sj_password_check(line, "tanaka", "sesame"));
	}
}
END_TEST

START_TEST(a_line_that_has_no_room_is_refused)
{
	char room[32];

	ck_assert_int_eq(
		sj_password_line("tanaka", "sesame", room, sizeof(room)),
		SJ_ERR_LIMIT);
}
END_TEST

static char *read_all(const char *path)
{
	static char text[4096];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = read(fd, text, sizeof(text) - 1);

	ck_assert_int_ge(n, 0);
	text[n] = '\0';
	close(fd);
	return text;
}

START_TEST(storing_replaces_one_line_and_keeps_the_others)
{
	char folder[] = "/tmp/check-password-XXXXXX";
	char path[64];
	struct stat info;
	char *text;

	ck_assert_ptr_nonnull(mkdtemp(folder));
	(void)snprintf(path, sizeof(path), "%s/users", folder);
	make("tanaka", "old");
	ck_assert_int_eq(sj_password_store(path, line), SJ_OK);
	make("tanaka2", "other");
	ck_assert_int_eq(sj_password_store(path, line), SJ_OK);
	make("tanaka", "new");
	ck_assert_int_eq(sj_password_store(path, line), SJ_OK);
	text = read_all(path);
	ck_assert(sj_password_check(text, "tanaka", "new"));
	ck_assert(!sj_password_check(text, "tanaka", "old"));
	ck_assert(sj_password_check(text, "tanaka2", "other"));
	ck_assert_int_eq(stat(path, &info), 0);
	ck_assert_uint_eq(info.st_mode & 0777, 0600);
	unlink(path);
	ck_assert_int_eq(rmdir(folder), 0);
}
END_TEST

START_TEST(what_stands_beside_is_removed_only_if_it_is_a_file)
{
	char folder[] = "/tmp/check-password-XXXXXX";
	char path[64], fresh[72];
	struct stat info;
	int fd;

	ck_assert_ptr_nonnull(mkdtemp(folder));
	(void)snprintf(path, sizeof(path), "%s/users", folder);
	(void)snprintf(fresh, sizeof(fresh), "%s.new", path);
	make("tanaka", "x");
	/* A run that was killed leaves one. */
	fd = open(fresh, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	ck_assert_int_ge(fd, 0);
	close(fd);
	ck_assert_int_eq(sj_password_store(path, line), SJ_OK);
	ck_assert_int_ne(lstat(fresh, &info), 0);
	ck_assert_int_eq(mkfifo(fresh, 0600), 0);
	ck_assert_int_eq(sj_password_store(path, line), SJ_ERR_SYSTEM);
	ck_assert_int_eq(lstat(fresh, &info), 0);
	ck_assert(S_ISFIFO(info.st_mode));
	ck_assert(sj_password_check(read_all(path), "tanaka", "x"));
	unlink(fresh);
	unlink(path);
	ck_assert_int_eq(rmdir(folder), 0);
}
END_TEST

START_TEST(storing_where_nothing_can_be_written_is_told)
{
	make("tanaka", "x");
	ck_assert_int_eq(
		sj_password_store("/not/there/users", line), SJ_ERR_SYSTEM);
}
END_TEST

SJ_SUITE_MAIN("host_password", the_right_password_fits,
	the_same_password_makes_another_line,
	refuses_users_that_a_certificate_could_not_name,
	passwords_end_at_their_limit, broken_files_let_nobody_in,
	a_hash_that_was_cut_short_lets_nobody_in,
	a_line_that_has_no_room_is_refused,
	storing_replaces_one_line_and_keeps_the_others,
	what_stands_beside_is_removed_only_if_it_is_a_file,
	storing_where_nothing_can_be_written_is_told)
