/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/base/log.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "protocol/base/clock.h"
#include "protocol/base/limits.h"
#include "tests/support/suite.h"

/* Runs with stderr as a pipe; what was logged is read from its other end. */
static int log_end = -1;

static void capture(void)
{
	int ends[2];

	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_ge(dup2(ends[1], STDERR_FILENO), 0);
	close(ends[1]);
	log_end = ends[0];
}

static const char *logged(void)
{
	static char text[65536];
	ssize_t n;

	close(STDERR_FILENO);
	n = read(log_end, text, sizeof(text) - 1);
	ck_assert_int_ge(n, 0);
	text[n] = '\0';
	return text;
}

START_TEST(one_event_is_one_line)
{
	capture();
	sj_log_open("tester", SJ_LOG_INFO);
	sj_log(SJ_LOG_WARNING, "started port=%d", 5900);
	ck_assert_str_eq(logged(), "warning tester started port=5900\n");
}
END_TEST

START_TEST(levels_below_the_chosen_one_are_silent)
{
	capture();
	sj_log_open("t", SJ_LOG_WARNING);
	sj_log(SJ_LOG_INFO, "unseen");
	sj_log(SJ_LOG_DEBUG, "unseen");
	sj_log(SJ_LOG_ERROR, "seen");
	ck_assert_str_eq(logged(), "error t seen\n");
}
END_TEST

START_TEST(errno_survives)
{
	capture();
	sj_log_open("t", SJ_LOG_INFO);
	close(STDERR_FILENO);
	errno = ENOTTY;
	sj_log(SJ_LOG_ERROR, "nowhere");
	ck_assert_int_eq(errno, ENOTTY);
}
END_TEST

START_TEST(a_control_character_cannot_make_a_second_line)
{
	capture();
	sj_log_open("t", SJ_LOG_INFO);
	sj_log(SJ_LOG_INFO, "%s", "a\nerror t forged\033[2J\x7f");
	ck_assert_str_eq(logged(), "info t a?error t forged?[2J?\n");
}
END_TEST

START_TEST(a_long_line_is_cut_and_ended)
{
	char text[5000];
	const char *line;

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	capture();
	sj_log_open("t", SJ_LOG_INFO);
	sj_log(SJ_LOG_INFO, "%s", text);
	line = logged();
	ck_assert_uint_le(strlen(line), 1024);
	ck_assert_uint_gt(strlen(line), 1000);
	ck_assert_int_eq(line[strlen(line) - 1], '\n');
}
END_TEST

START_TEST(a_flood_is_cut_and_counted)
{
	const char *text;
	unsigned lines = 0;

	capture();
	sj_log_open("t", SJ_LOG_INFO);
	/* The bucket refills meanwhile: the next line that gets in tells. */
	for (uint64_t end_ms = sj_clock_ms() + 300; sj_clock_ms() < end_ms;)
		sj_log(SJ_LOG_INFO, "x");
	text = logged();
	for (const char *at = text; *at; at++)
		lines += *at == '\n';
	ck_assert_uint_ge(lines, 200);
	ck_assert_uint_lt(lines, 400);
	ck_assert_ptr_nonnull(strstr(text, " dropped="));
}
END_TEST

START_TEST(an_account_is_written_in_a_flood_too)
{
	const char *text;

	capture();
	sj_log_open("t", SJ_LOG_INFO);
	for (int i = 0; i < 400; i++)
		sj_log(SJ_LOG_INFO, "x");
	sj_log_account("account number=%d", 7);
	sj_log_open("t", SJ_LOG_WARNING);
	sj_log_account("unseen");
	text = logged();
	ck_assert_ptr_nonnull(strstr(text, "info t account number=7 dropped="));
	ck_assert_ptr_null(strstr(text, "unseen"));
}
END_TEST

START_TEST(foreign_text_is_escaped)
{
	char out[300];

	ck_assert_str_eq(sj_log_text("a b\"\\\n\x80~", 8, out, sizeof(out)),
		"a\\x20b\\x22\\x5c\\x0a\\x80~");
	ck_assert_str_eq(sj_log_text("", 0, out, sizeof(out)), "");
}
END_TEST

START_TEST(foreign_text_is_cut)
{
	char out[300], text[SJ_LIMIT_LOG_TEXT_BYTES + 10];

	memset(text, 'y', sizeof(text));
	ck_assert_uint_eq(
		strlen(sj_log_text(text, sizeof(text), out, sizeof(out))),
		SJ_LIMIT_LOG_TEXT_BYTES);
}
END_TEST

START_TEST(a_small_buffer_never_holds_half_an_escape)
{
	char out[6];

	ck_assert_str_eq(sj_log_text("ab\n", 3, out, sizeof(out)), "ab");
	ck_assert_str_eq(sj_log_text("a\n", 2, out, sizeof(out)), "a\\x0a");
	ck_assert_str_eq(sj_log_text("abc", 3, out, 1), "");
	ck_assert_str_eq(sj_log_text("abc", 3, out, 0), "");
}
END_TEST

SJ_SUITE_MAIN("log", one_event_is_one_line,
	levels_below_the_chosen_one_are_silent, errno_survives,
	a_control_character_cannot_make_a_second_line,
	a_long_line_is_cut_and_ended, a_flood_is_cut_and_counted,
	an_account_is_written_in_a_flood_too, foreign_text_is_escaped,
	foreign_text_is_cut, a_small_buffer_never_holds_half_an_escape)
