/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/supervise/child_log.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/suite.h"

static const struct {
	const char *line;
	const char *clean;
} lines[] = {
	{"info gate closed", "info gate closed"},
	{"a\tb\rc", "a?b?c"},
	{"\x1b[31mred", "?[31mred"},
	{"\x7f", "?"},
	{"上越市", "上越市"},
	{"\xc2\x9b"
	 "31m",
		"??31m"},
	{"\xff\xfe", "??"},
	{"\xe4\xb8", "??"},
	{"\xc0\xaf", "??"},
	{"\xe0\x82\x9b", "???"},
	{"\xed\xa0\x80", "???"},
	{"\xf0\x80\x82\x9b", "????"},
	{"\xf4\x90\x80\x80", "????"},
	{"\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80"},
};

START_TEST(text_of_a_child_cannot_steer_a_terminal)
{
	char line[64];

	(void)snprintf(line, sizeof(line), "%s", lines[_i].line);
	sj_child_log_clean(line, strlen(line));
	ck_assert_str_eq(line, lines[_i].clean);
}
END_TEST

/* Sends data through a pipe of a child; what came to standard error. */
static char *pass_of(bool is_ledger, const char *data, size_t size)
{
	static char seen[65536];
	char path[] = "/tmp/check-child-log-XXXXXX";
	int file = mkstemp(path);
	int before = dup(STDERR_FILENO);
	struct sj_loop *loop = sj_loop_create();
	struct sj_child_logs *logs = sj_child_logs_create(loop);
	ssize_t n;
	int fd;

	ck_assert_ptr_nonnull(logs);
	ck_assert_int_ge(file, 0);
	ck_assert_int_ge(dup2(file, STDERR_FILENO), 0);
	ck_assert_int_eq(sj_child_logs_add(logs, is_ledger, &fd), SJ_OK);
	ck_assert_int_eq(write(fd, data, size), (ssize_t)size);
	close(fd);
	for (size_t i = 0; i <= size / 4096 + 1; i++)
		ck_assert_int_eq(sj_loop_turn(loop, 0), SJ_OK);
	sj_child_logs_destroy(logs);
	sj_loop_destroy(loop);
	ck_assert_int_ge(dup2(before, STDERR_FILENO), 0);
	close(before);
	n = pread(file, seen, sizeof(seen) - 1, 0);
	ck_assert_int_ge(n, 0);
	seen[n] = '\0';
	close(file);
	unlink(path);
	return seen;
}

static char *pass(const char *data, size_t size)
{
	return pass_of(false, data, size);
}

START_TEST(no_child_speaks_as_its_supervisor_or_as_the_ledger)
{
	static const char data[] =
		"info host-gate closed code=100\n"
		"info shojid stop signal=15\n"
		"warning shoji-guard bound number=1 to_host_bits=0\n"
		"info ledger head seq=5 hash=00\n"
		"info host-gate text=\"info ledger head seq=5 hash=00\"\n"
		"head seq=5 hash=00\n"
		"info   shojid stop\n"
		"  shoji-guard closed\n"
		"info shojidx\nledger\n";
	static const char ledger[] = "info ledger head seq=5 hash=00\n";

	ck_assert_str_eq(pass(data, sizeof(data) - 1),
		"info host-gate closed code=100\n"
		"info ?hojid stop signal=15\n"
		"warning ?hoji-guard bound number=1 to_host_bits=0\n"
		"info ?edger ?ead seq=5 hash=00\n"
		"info host-gate text=\"info ledger ?ead seq=5 hash=00\"\n"
		"?ead seq=5 hash=00\n"
		"info   ?hojid stop\n"
		"  ?hoji-guard closed\n"
		"info shojidx\nledger\n");
	ck_assert_str_eq(pass_of(true, ledger, sizeof(ledger) - 1), ledger);
}
END_TEST

START_TEST(lines_are_passed_on)
{
	static const char data[] = "one\ntwo\n\nthree";

	ck_assert_str_eq(pass(data, sizeof(data) - 1), "one\ntwo\nthree\n");
}
END_TEST

START_TEST(a_long_line_is_cut)
{
	static const char next[] = {'\n', 'n', 'e', 'x', 't', '\n'};
	char data[SJ_CHILD_LOG_LINE_BYTES * 3];
	char *seen;

	memset(data, 'x', sizeof(data));
	for (size_t i = 0; i < sizeof(next); i++)
		data[sizeof(data) - sizeof(next) + i] = next[i];
	seen = pass(data, sizeof(data));
	ck_assert_uint_eq(strcspn(seen, "\n"), SJ_CHILD_LOG_LINE_BYTES);
	ck_assert_str_eq(seen + SJ_CHILD_LOG_LINE_BYTES, "\nnext\n");
}
END_TEST

START_TEST(a_flood_is_dropped)
{
	char data[8000];
	char *seen;
	unsigned count = 0;

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = i % 2 == 0 ? 'x' : '\n';
	seen = pass(data, sizeof(data));
	for (char *at = seen; *at; at++)
		count += *at == '\n';
	ck_assert_uint_ge(count, SJ_CHILD_LOG_BURST);
	ck_assert_uint_le(count, SJ_CHILD_LOG_BURST + SJ_CHILD_LOG_PER_SECOND);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		no_child_speaks_as_its_supervisor_or_as_the_ledger,
		lines_are_passed_on, a_long_line_is_cut, a_flood_is_dropped};
	const struct sj_suite_loop loops[] = {
		{text_of_a_child_cannot_steer_a_terminal, SJ_COUNT(lines)}};

	return sj_suite_run_loops("supervise_child_log", tests, SJ_COUNT(tests),
		loops, SJ_COUNT(loops));
}
