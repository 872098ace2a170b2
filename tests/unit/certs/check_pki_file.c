/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "certs/pki_file.h"

#include <check.h>
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/suite.h"
#include "tests/unit/certs/certs_rig.h"

static const char *folder;
static char path[128];

static void setup(void)
{
	folder = rig_folder();
	(void)snprintf(path, sizeof(path), "%s/file", folder);
}

static struct sj_pki_bytes lend(const char *text)
{
	static char copy[4096];
	struct sj_pki_bytes bytes = {(uint8_t *)copy, strlen(text)};

	strcpy(copy, text);
	return bytes;
}

static int entries(void)
{
	DIR *dir = opendir(folder);
	int count = 0;

	while (readdir(dir))
		count++;
	closedir(dir);
	return count - 2;
}

START_TEST(a_file_is_written_with_its_mode_and_read_back)
{
	struct sj_pki_bytes bytes = lend("hello");
	struct sj_pki_bytes back;
	struct sj_pki_why why = {""};
	struct stat state;

	setup();
	(void)umask(0);
	ck_assert_int_eq(sj_pki_file_write(path, &bytes, 0600, &why), SJ_OK);
	ck_assert_int_eq(stat(path, &state), 0);
	ck_assert_uint_eq(state.st_mode & 0777, 0600);
	ck_assert_int_eq(sj_pki_file_read(path, 5, &back, &why), SJ_OK);
	ck_assert_uint_eq(back.size, 5);
	ck_assert_str_eq((char *)back.data, "hello");
	sj_pki_bytes_free(&back);
	ck_assert_ptr_null(back.data);
	(void)umask(077);
	ck_assert_int_eq(sj_pki_file_write(path, &bytes, 0644, &why), SJ_OK);
	ck_assert_int_eq(stat(path, &state), 0);
	ck_assert_uint_eq(state.st_mode & 0777, 0644);
	ck_assert_int_eq(entries(), 1);
	rig_remove(folder);
}
END_TEST

START_TEST(a_file_beyond_the_limit_is_refused)
{
	struct sj_pki_bytes bytes = lend("hello");
	struct sj_pki_bytes back;
	struct sj_pki_why why = {""};

	setup();
	ck_assert_int_eq(sj_pki_file_write(path, &bytes, 0600, &why), SJ_OK);
	ck_assert_int_eq(sj_pki_file_read(path, 4, &back, &why), SJ_ERR_LIMIT);
	ck_assert_ptr_null(back.data);
	/* Devices have no size of their own. */
	ck_assert_int_eq(
		sj_pki_file_read("/dev/zero", 1000, &back, &why), SJ_ERR_LIMIT);
	rig_remove(folder);
}
END_TEST

START_TEST(a_missing_file_is_named)
{
	struct sj_pki_bytes back;
	struct sj_pki_why why = {""};

	setup();
	ck_assert_int_eq(
		sj_pki_file_read(path, 10, &back, &why), SJ_ERR_MISSING);
	ck_assert_ptr_nonnull(strstr(why.text, path));
	ck_assert_int_eq(
		sj_pki_file_read(folder, 10, &back, &why), SJ_ERR_SYSTEM);
	rig_remove(folder);
}
END_TEST

START_TEST(a_failed_write_leaves_the_older_file_and_nothing_else)
{
	const struct rlimit small = {2, 2};
	struct sj_pki_bytes bytes = lend("older");
	struct sj_pki_bytes back;
	struct sj_pki_why why = {""};

	setup();
	ck_assert_int_eq(sj_pki_file_write(path, &bytes, 0600, &why), SJ_OK);
	/* As a full disk would: no file may grow beyond two bytes. */
	(void)signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &small), 0);
	bytes = lend("newer");
	ck_assert_int_eq(
		sj_pki_file_write(path, &bytes, 0600, &why), SJ_ERR_SYSTEM);
	ck_assert_ptr_nonnull(strstr(why.text, path));
	ck_assert_int_eq(sj_pki_file_read(path, 10, &back, &why), SJ_OK);
	ck_assert_str_eq((char *)back.data, "older");
	ck_assert_int_eq(entries(), 1);
	sj_pki_bytes_free(&back);
	rig_remove(folder);
}
END_TEST

START_TEST(what_is_no_file_is_not_replaced)
{
	struct sj_pki_bytes bytes = lend("hello");
	struct sj_pki_why why = {""};
	struct stat state;

	setup();
	ck_assert_int_eq(sj_pki_file_place(path, &why), SJ_OK);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	ck_assert_int_eq(sj_pki_file_place(path, &why), SJ_ERR_SYSTEM);
	ck_assert_ptr_nonnull(strstr(why.text, path));
	why.text[0] = 0;
	ck_assert_int_eq(
		sj_pki_file_write(path, &bytes, 0600, &why), SJ_ERR_SYSTEM);
	ck_assert_ptr_nonnull(strstr(why.text, path));
	ck_assert_int_eq(lstat(path, &state), 0);
	ck_assert(S_ISFIFO(state.st_mode));
	ck_assert_int_eq(entries(), 1);
	rig_remove(folder);
}
END_TEST

START_TEST(folders_are_made_with_those_above_and_are_private)
{
	struct sj_pki_why why = {""};
	struct stat state;
	char deep[128];

	setup();
	(void)umask(0);
	(void)snprintf(deep, sizeof(deep), "%s/a/b/c", folder);
	ck_assert_int_eq(sj_pki_folder_make(deep, &why), SJ_OK);
	ck_assert_int_eq(sj_pki_folder_make(deep, &why), SJ_OK);
	ck_assert_int_eq(stat(deep, &state), 0);
	ck_assert_uint_eq(state.st_mode & 0777, 0700);
	ck_assert_int_eq(sj_pki_folder_make("", &why), SJ_ERR_ARGUMENT);
	ck_assert_int_eq(
		sj_pki_folder_make("/proc/nothing/here", &why), SJ_ERR_SYSTEM);
	rig_remove(folder);
}
END_TEST

START_TEST(a_path_that_is_too_long_is_refused)
{
	static char longest[PATH_MAX + 2];
	struct sj_pki_bytes bytes = lend("x");
	struct sj_pki_why why = {""};

	memset(longest, 'a', sizeof(longest) - 1);
	ck_assert_int_eq(sj_pki_file_write(longest, &bytes, 0600, &why),
		SJ_ERR_ARGUMENT);
	ck_assert_int_eq(sj_pki_folder_make(longest, &why), SJ_ERR_ARGUMENT);
}
END_TEST

SJ_SUITE_MAIN("pki_file", a_file_is_written_with_its_mode_and_read_back,
	a_file_beyond_the_limit_is_refused, a_missing_file_is_named,
	a_failed_write_leaves_the_older_file_and_nothing_else,
	what_is_no_file_is_not_replaced,
	folders_are_made_with_those_above_and_are_private,
	a_path_that_is_too_long_is_refused)
