/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a report says, and what --redact takes out of it: verify_print.c. */
#include "certs/verify_print.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "certs/verify_select.h"
#include "tests/support/suite.h"
#include "tests/unit/certs/ledger_rig.h"

#define BYTES SJ_LEDGER_RECORD_BYTES
/* Records: SP OPCCCXP CCCDP. */
#define AT_CLOSE 7
#define MONO_AT 24
#define PATH "/somewhere/host.ledger"

static struct ledger_rig host;
static struct sj_verify_findings pairs;
static char report[65536];
static struct sj_verify_selection asked;

/* A host with one session, whose clock stands back at the closing. */
static void judge_clock(void)
{
	const struct sj_ledger_tell_open open =
		ledger_rig_opening(1, SJ_LEDGER_SERVES, 1);
	const struct sj_ledger_tell_close close =
		ledger_rig_closing(1, SJ_LEDGER_SERVES, 3, 5);
	uint8_t *bytes;
	size_t size;

	ledger_rig_open(&host, SJ_LEDGER_PLACE_HOST);
	ledger_rig_start(&host);
	ledger_rig_session(&host, &open, &close);
	ledger_rig_stop(&host);
	bytes = ledger_rig_bytes(&host, &size);
	memset(bytes + AT_CLOSE * BYTES + MONO_AT, 0, 8);
	ledger_rig_forge(&host, bytes, size);
	ledger_rig_judge(&host, bytes, size, NULL);
	free(bytes);
	host.ledger.path = PATH;
	memset(&pairs, 0, sizeof(pairs));
}

/* Fills report with what is printed. */
static void capture(const struct sj_verify_print *print)
{
	FILE *file = tmpfile();
	int before = dup(STDOUT_FILENO);
	size_t size;

	ck_assert_ptr_nonnull(file);
	ck_assert_int_ge(before, 0);
	ck_assert_int_eq(fflush(stdout), 0);
	ck_assert_int_ge(dup2(fileno(file), STDOUT_FILENO), 0);
	sj_verify_print(print);
	ck_assert_int_eq(fflush(stdout), 0);
	ck_assert_int_ge(dup2(before, STDOUT_FILENO), 0);
	(void)close(before);
	rewind(file);
	size = fread(report, 1, sizeof(report) - 1, file);
	report[size] = '\0';
	(void)fclose(file);
}

/* Fills report with what is printed of host. */
static void print(bool is_redacted)
{
	const struct sj_verify_print print = {.ledgers = &host.ledger,
		.count = 1,
		.findings = &pairs,
		.selection = &asked,
		.language = SJ_VERIFY_ENGLISH,
		.is_redacted = is_redacted};

	capture(&print);
}

/* The line of report that has word; ends the test if there is none. */
static const char *line_with(const char *word)
{
	static char line[512];
	const char *at = strstr(report, word);
	const char *begin = at;

	ck_assert_msg(at != NULL, "no \"%s\" in \"%s\"", word, report);
	while (begin > report && begin[-1] != '\n')
		begin--;
	(void)snprintf(
		line, sizeof(line), "%.*s", (int)strcspn(begin, "\n"), begin);
	return line;
}

/* How long the machine has run, in the brackets of the finding. */
static void format_clock(char *text, size_t size)
{
	const struct sj_verify_finding *finding = host.ledger.findings.of;

	ck_assert_uint_eq(host.ledger.findings.times[SJ_VERIFY_CLOCK], 1);
	while (finding->what != SJ_VERIFY_CLOCK)
		finding++;
	ck_assert_uint_gt(finding->one, 0);
	(void)snprintf(text, size, "[%" PRIu64 " / %" PRIu64 "]", finding->one,
		finding->other);
}

START_TEST(a_report_says_paths_keys_and_times)
{
	char clock[64];

	judge_clock();
	format_clock(clock, sizeof(clock));
	print(false);
	(void)line_with(PATH);
	(void)line_with("   key ");
	ck_assert_ptr_nonnull(strstr(line_with("   records "), "Z - "));
	ck_assert_ptr_nonnull(strstr(
		line_with(sj_verify_text(SJ_VERIFY_CLOCK, false)), clock));
	ledger_rig_close(&host);
}
END_TEST

START_TEST(a_redacted_report_has_dates_and_no_times)
{
	char clock[64], date[32];
	time_t seconds;
	struct tm when;

	judge_clock();
	seconds = (time_t)(host.ledger.first_us / 1000000);
	ck_assert_ptr_nonnull(gmtime_r(&seconds, &when));
	ck_assert_uint_gt(strftime(date, sizeof(date), "%Y-%m-%d", &when), 0);
	format_clock(clock, sizeof(clock));
	print(true);
	ck_assert_ptr_null(strstr(report, PATH));
	ck_assert_ptr_null(strstr(report, "   key "));
	ck_assert_ptr_nonnull(strstr(line_with("   records "), date));
	for (char hour = '0'; hour < '3'; hour++) {
		char time_of_day[] = {'T', hour, '\0'};

		ck_assert_ptr_null(strstr(report, time_of_day));
	}
	ledger_rig_close(&host);
}
END_TEST

/* Beside the time that is known of another line it would be the time of day. */
START_TEST(a_redacted_finding_of_the_clock_has_no_numbers)
{
	char clock[64];

	judge_clock();
	format_clock(clock, sizeof(clock));
	print(true);
	ck_assert_ptr_null(strstr(report, clock));
	ck_assert_ptr_null(
		strchr(line_with(sj_verify_text(SJ_VERIFY_CLOCK, false)), '['));
	ledger_rig_close(&host);
}
END_TEST

/* What is asked about is judged and printed; the closing sentences of it. */
static void print_asked(const char *user, const char *day, bool is_redacted)
{
	memset(&asked, 0, sizeof(asked));
	if (user)
		ck_assert_int_eq(sj_verify_select_user(&asked, user), SJ_OK);
	if (day)
		ck_assert_int_eq(sj_verify_select_day(&asked, day), SJ_OK);
	judge_clock();
	sj_verify_select(&host.ledger, 1, &asked);
	print(is_redacted);
	ledger_rig_close(&host);
}

/* SHA-256 of urn:shoji:lgwan:viewer:tanaka begins so. */
#define USER "f4f99be0acaf"

START_TEST(a_session_names_its_user_by_the_hash_or_as_asked)
{
	print_asked(NULL, NULL, false);
	ck_assert_ptr_nonnull(strstr(line_with("   1  A  "), "Z  user " USER));
	ck_assert_ptr_null(strstr(report, "This is about"));
	print_asked("tanaka", NULL, false);
	ck_assert_ptr_nonnull(
		strstr(line_with("   1  A  "), "Z  user lgwan:tanaka  "));
}
END_TEST

START_TEST(a_report_says_what_it_was_asked_about)
{
	print_asked("tanaka", "2026-11-26", false);
	(void)line_with(
		"This is about the connections of user lgwan:tanaka "
		"that were there on 2026-11-26 (UTC) alone. Others, left "
		"out of the list and the sums: 0.");
	(void)line_with("of 0 of 1 connections of user lgwan:tanaka on "
			"2026-11-26 UTC");
	print_asked("suzuki", NULL, false);
	(void)line_with(
		"of user lgwan:suzuki alone. Others, left out of the list and the sums: 1.");
	(void)line_with("of 0 of 0 connections of user lgwan:suzuki");
	ck_assert_ptr_null(strstr(report, "   1  A  "));
	print_asked(NULL, "2026-11-25", false);
	(void)line_with(
		"connections that were there on 2026-11-25 (UTC) alone.");
}
END_TEST

START_TEST(a_redacted_report_names_no_user)
{
	for (int i = 0; i < 2; i++) {
		print_asked(i == 0 ? NULL : "tanaka", NULL, true);
		ck_assert_ptr_null(strstr(report, "tanaka"));
		ck_assert_ptr_null(strstr(report, USER));
		ck_assert_ptr_null(
			strstr(line_with("   1  A  2026-11-26  "), "user"));
	}
	(void)line_with("of one user alone.");
	(void)line_with("of 0 of 1 connections of one user");
}
END_TEST

START_TEST(ledgers_have_letters_and_then_more_of_them)
{
	static const struct {
		uint16_t index;
		const char *letters;
	} rows[] = {{0, "\nA  "}, {25, "\nZ  "}, {26, "\nAA  "},
		{701, "\nZZ  "}, {702, "\nAAA  "}, {4095, "\nFAN  "}};

	for (size_t i = 0; i < SJ_COUNT(rows); i++) {
		judge_clock();
		host.ledger.index = rows[i].index;
		print(false);
		memmove(report + 1, report, sizeof(report) - 2);
		report[0] = '\n';
		ck_assert_msg(strncmp(report, rows[i].letters,
				      strlen(rows[i].letters)) == 0,
			"%.20s", report);
		ledger_rig_close(&host);
	}
}
END_TEST

/* Its mac and its signature are gone with it. */
START_TEST(what_an_overwritten_record_had_is_not_called_ok)
{
	static const struct sj_verify_finding record = {
		.what = SJ_VERIFY_RECORD, .peer = SJ_VERIFY_NO_PEER};

	judge_clock();
	print(false);
	(void)line_with("chain ok  mac ok  signatures ok");
	sj_verify_add(&host.ledger.findings, &record);
	print(false);
	(void)line_with("chain BROKEN  mac NOT ALL  signatures NOT ALL");
	host.ledger.has_first = false;
	print(false);
	(void)line_with("mac not checked  signatures NOT ALL");
	ledger_rig_close(&host);
}
END_TEST

static void add_pair(enum sj_verify_what what, uint16_t ledger, uint64_t seq)
{
	const struct sj_verify_finding finding = {.what = what,
		.ledger = ledger,
		.peer = SJ_VERIFY_NO_PEER,
		.seq = seq};

	sj_verify_add(&pairs, &finding);
}

/* Fills report with the findings of two ledgers, and of pairs. */
static void print_two(enum sj_verify_language language)
{
	static struct sj_verify_ledger two[2];
	const struct sj_verify_print print = {.ledgers = two,
		.count = 2,
		.findings = &pairs,
		.language = language};
	const struct sj_verify_finding silence = {.what = SJ_VERIFY_SILENCE,
		.ledger = 1,
		.seq = 4,
		.peer = SJ_VERIFY_NO_PEER};

	memset(two, 0, sizeof(two));
	two[1].index = 1;
	two[0].path = two[1].path = PATH;
	sj_verify_add(&two[1].findings, &silence);
	capture(&print);
}

/* Fails if not all of words stand in report, one behind the other. */
static void check_order(const char *const *words, size_t count)
{
	const char *at = report;

	for (size_t i = 0; i < count; i++) {
		const char *next = strstr(at, words[i]);

		ck_assert_msg(next != NULL, "no \"%s\" in its place in \"%s\"",
			words[i], report);
		at = next + 1;
	}
}

START_TEST(findings_stand_by_mark_then_ledger_then_record)
{
	static const char *const words[] = {"!! A record 9:", "!! B record 1:",
		"!! B record 7:", "?  A record 3:", "?  B record 2:",
		"?  B record 4:", "-  A record 1:"};

	memset(&pairs, 0, sizeof(pairs));
	add_pair(SJ_VERIFY_NEVER, 0, 1);
	add_pair(SJ_VERIFY_NO_OTHER, 1, 2);
	add_pair(SJ_VERIFY_LEFT_OUT, 1, 7);
	add_pair(SJ_VERIFY_NO_OTHER, 0, 3);
	add_pair(SJ_VERIFY_MORE, 1, 1);
	add_pair(SJ_VERIFY_LEFT_OUT, 0, 9);
	print_two(SJ_VERIFY_ENGLISH);
	check_order(words, SJ_COUNT(words));
	ck_assert_ptr_null(strstr(report, " more:"));
}
END_TEST

START_TEST(what_there_is_no_room_for_is_counted_by_mark)
{
	static const char *const words[] = {"!! A record 9000:",
		"   ... ほか 54 件: !! 0 件、? 4 件、- 50 件\n",
		"   ... 54 more: 0 !!, 4 ?, 50 -\n"};

	memset(&pairs, 0, sizeof(pairs));
	for (size_t i = 0; i < SJ_VERIFY_FINDINGS; i++)
		add_pair(SJ_VERIFY_NO_OTHER, 0, i);
	for (size_t i = 0; i < 50; i++)
		add_pair(SJ_VERIFY_NEVER, 1, i);
	add_pair(SJ_VERIFY_NO_OTHER, 1, 1);
	add_pair(SJ_VERIFY_NO_OTHER, 1, 2);
	add_pair(SJ_VERIFY_NO_OTHER, 1, 3);
	add_pair(SJ_VERIFY_LEFT_OUT, 0, 9000);
	print_two(SJ_VERIFY_BOTH);
	check_order(words, SJ_COUNT(words));
}
END_TEST

SJ_SUITE_MAIN("verify_print", a_report_says_paths_keys_and_times,
	a_session_names_its_user_by_the_hash_or_as_asked,
	a_report_says_what_it_was_asked_about, a_redacted_report_names_no_user,
	ledgers_have_letters_and_then_more_of_them,
	what_an_overwritten_record_had_is_not_called_ok,
	a_redacted_report_has_dates_and_no_times,
	a_redacted_finding_of_the_clock_has_no_numbers,
	findings_stand_by_mark_then_ledger_then_record,
	what_there_is_no_room_for_is_counted_by_mark)
