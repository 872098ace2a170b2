/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/base/secret.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/suite.h"

enum { ROOM = 8 };

static const struct {
	const char *file;
	size_t size; /* of file; 0: its length */
	enum sj_err err;
	const char *line;
} rows[] = {
	{"open it", 0, SJ_OK, "open it"},
	{"open\nnot this\n", 0, SJ_OK, "open"},
	{"open\r\nnot this", 0, SJ_OK, "open"},
	{"1234567\r\n", 0, SJ_OK, "1234567"},
	{"12345678\n", 0, SJ_ERR_LIMIT, ""},
	{"1234567\r8\n", 0, SJ_ERR_LIMIT, ""},
	{"", 0, SJ_ERR_FORMAT, ""},
	{"\nopen\n", 0, SJ_ERR_FORMAT, ""},
	{"\r\n", 0, SJ_ERR_FORMAT, ""},
	{"op\0en\n", 6, SJ_ERR_FORMAT, ""},
};

START_TEST(takes_the_first_line_and_nothing_else)
{
	char path[] = "/tmp/check-secret-XXXXXX";
	char wanted[ROOM] = "";
	char out[ROOM];
	int fd = mkstemp(path);
	size_t size = rows[_i].size ? rows[_i].size : strlen(rows[_i].file);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, rows[_i].file, size), (ssize_t)size);
	(void)close(fd);
	memset(out, 'x', sizeof(out));
	ck_assert_int_eq(
		sj_secret_read_line(path, out, sizeof(out)), rows[_i].err);
	/* The room behind the line, too. */
	memcpy(wanted, rows[_i].line, strlen(rows[_i].line));
	ck_assert_mem_eq(out, wanted, sizeof(out));
	(void)unlink(path);
}
END_TEST

START_TEST(tells_why_a_file_cannot_be_read)
{
	char folder[] = "/tmp/check-secret-XXXXXX", fifo[64];
	char out[ROOM];

	ck_assert_int_eq(
		sj_secret_read_line("/nonexistent/secret", out, sizeof(out)),
		SJ_ERR_SYSTEM);
	ck_assert_int_eq(errno, ENOENT);
	ck_assert_int_eq(
		sj_secret_read_line("/tmp", out, sizeof(out)), SJ_ERR_SYSTEM);
	ck_assert_int_eq(errno, EISDIR);
	ck_assert_str_eq(out, "");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	(void)snprintf(fifo, sizeof(fifo), "%s/fifo", folder);
	ck_assert_int_eq(mkfifo(fifo, 0600), 0);
	ck_assert_int_eq(
		sj_secret_read_line(fifo, out, sizeof(out)), SJ_ERR_FORMAT);
	ck_assert_int_eq(unlink(fifo), 0);
	ck_assert_int_eq(rmdir(folder), 0);
}
END_TEST

/* In a child: a sanitiser could not look into this process, either. */
START_TEST(hides_the_memory_of_a_process)
{
	pid_t pid = fork();
	int status = -1;

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		struct rlimit core = {1, 1};
		bool is_hidden = sj_secret_hide_memory() &&
				 prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0 &&
				 getrlimit(RLIMIT_CORE, &core) == 0 &&
				 core.rlim_cur == 0 && core.rlim_max == 0;

		sj_suite_leave(is_hidden ? 0 : 1);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		tells_why_a_file_cannot_be_read, hides_the_memory_of_a_process};
	const struct sj_suite_loop loops[] = {
		{takes_the_first_line_and_nothing_else, SJ_COUNT(rows)}};

	return sj_suite_run_loops(
		"secret", tests, SJ_COUNT(tests), loops, SJ_COUNT(loops));
}
