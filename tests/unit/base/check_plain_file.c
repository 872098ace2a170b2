/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/base/plain_file.h"

#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "tests/support/suite.h"

static char folder[] = "/tmp/check-plain-file-XXXXXX";
static char path[64];

static void setup(void)
{
	ck_assert_ptr_nonnull(mkdtemp(folder));
	(void)snprintf(path, sizeof(path), "%s/there", folder);
}

static void cleanup(void)
{
	(void)remove(path);
	ck_assert_int_eq(rmdir(folder), 0);
}

static void refused(const char *words)
{
	const char *fault = sj_plain_file_fault(path);

	ck_assert_ptr_nonnull(fault);
	ck_assert_ptr_nonnull(strstr(fault, words));
}

START_TEST(nothing_and_a_plain_file_may_be_replaced)
{
	int fd;

	setup();
	ck_assert_ptr_null(sj_plain_file_fault(path));
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	ck_assert_int_ge(fd, 0);
	close(fd);
	ck_assert_ptr_null(sj_plain_file_fault(path));
	cleanup();
}
END_TEST

START_TEST(a_link_is_named_as_one_wherever_it_leads)
{
	setup();
	ck_assert_int_eq(symlink("nowhere", path), 0);
	refused("symbolic link; name the file itself");
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(symlink("/proc/self/status", path), 0);
	refused("symbolic link; name the file itself");
	cleanup();
}
END_TEST

START_TEST(a_folder_is_named_as_one)
{
	setup();
	ck_assert_int_eq(mkdir(path, 0700), 0);
	refused("is a folder; name a file in it");
	cleanup();
}
END_TEST

START_TEST(pipes_and_devices_are_no_files)
{
	setup();
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	refused("is not a file and would be replaced; name another path");
	ck_assert_int_eq(unlink(path), 0);
	/* Only root makes one of those, and not in every container. */
	if (mknod(path, S_IFCHR | 0600, makedev(1, 3)) == 0)
		refused("is not a file and would be replaced");
	cleanup();
}
END_TEST

SJ_SUITE_MAIN("plain_file", nothing_and_a_plain_file_may_be_replaced,
	a_link_is_named_as_one_wherever_it_leads, a_folder_is_named_as_one,
	pipes_and_devices_are_no_files)
