/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/supervise/port_file.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/suite.h"

static char folder[64], path[96];
static struct sj_port_file file;

static void begin(void)
{
	(void)snprintf(folder, sizeof(folder), "/tmp/shoji-port-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	(void)snprintf(path, sizeof(path), "%s/port", folder);
	memset(&file, 0, sizeof(file));
}

/* Nothing may be left but what is told. */
static void end(void)
{
	ck_assert_int_eq(rmdir(folder), 0);
}

static void put(const char *text)
{
	FILE *other = fopen(path, "we");

	ck_assert_ptr_nonnull(other);
	ck_assert_int_ge(fputs(text, other), 0);
	ck_assert_int_eq(fclose(other), 0);
}

static void expect(const char *text)
{
	char found[64] = "";
	FILE *other = fopen(path, "re");

	ck_assert_ptr_nonnull(other);
	(void)!fread(found, 1, sizeof(found) - 1, other);
	ck_assert_int_eq(fclose(other), 0);
	ck_assert_str_eq(found, text);
}

START_TEST(it_is_there_and_gone_with_its_writer)
{
	begin();
	ck_assert_ptr_null(sj_port_file_write(&file, path, 5900));
	expect("5900\n");
	sj_port_file_remove(&file);
	sj_port_file_remove(&file);
	end();
}
END_TEST

START_TEST(an_older_one_is_replaced)
{
	begin();
	put("123\n");
	ck_assert_ptr_null(sj_port_file_write(&file, path, 65535));
	expect("65535\n");
	sj_port_file_remove(&file);
	end();
}
END_TEST

START_TEST(what_is_no_port_file_is_neither_replaced_nor_removed)
{
	static const char *const texts[] = {
		"-----BEGIN PRIVATE KEY-----\n", "12", "123456\n", "\n\n"};

	begin();
	for (size_t i = 0; i < SJ_COUNT(texts); i++) {
		put(texts[i]);
		ck_assert_ptr_nonnull(sj_port_file_write(&file, path, 5900));
		sj_port_file_remove(&file);
		sj_port_file_remove_left(path);
		expect(texts[i]);
	}
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	ck_assert_ptr_nonnull(sj_port_file_write(&file, path, 5900));
	sj_port_file_remove_left(path);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(symlink("other", path), 0);
	ck_assert_ptr_nonnull(sj_port_file_write(&file, path, 5900));
	ck_assert_int_eq(unlink(path), 0);
	end();
}
END_TEST

START_TEST(that_of_another_supervisor_stays)
{
	struct sj_port_file other = {.path = ""};

	begin();
	ck_assert_ptr_null(sj_port_file_write(&file, path, 1));
	ck_assert_ptr_null(sj_port_file_write(&other, path, 2));
	sj_port_file_remove(&file);
	expect("2\n");
	sj_port_file_remove(&other);
	end();
}
END_TEST

START_TEST(what_a_killed_one_left_is_removed)
{
	begin();
	sj_port_file_remove_left("");
	sj_port_file_remove_left(path);
	ck_assert_ptr_null(sj_port_file_write(&file, path, 1));
	sj_port_file_remove_left(path);
	end();
}
END_TEST

SJ_SUITE_MAIN("supervise_port_file", it_is_there_and_gone_with_its_writer,
	an_older_one_is_replaced,
	what_is_no_port_file_is_neither_replaced_nor_removed,
	that_of_another_supervisor_stays, what_a_killed_one_left_is_removed)
