/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a report says, and what --redact takes out of it: verify_print.c. */
#include "certs/verify.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/support/suite.h"
#include "tests/unit/certs/ledger_rig.h"

#define BYTES SJ_LEDGER_RECORD_BYTES
/* Records: SP OPCCCXP CCCDP. */
#define AT_CLOSE 7
#define MONO_AT 24
#define PATH "/somewhere/host.ledger"

static struct ledger_rig host;
static struct sj_verify_findings pairs;
static char report[16384];

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

/* Fills report with what is printed of host. */
static void print(bool is_redacted)
{
	const struct sj_verify_print print = {.ledgers = &host.ledger,
		.count = 1,
		.findings = &pairs,
		.language = SJ_VERIFY_ENGLISH,
		.is_redacted = is_redacted};
	FILE *file = tmpfile();
	int before = dup(STDOUT_FILENO);
	size_t size;

	ck_assert_ptr_nonnull(file);
	ck_assert_int_ge(before, 0);
	ck_assert_int_eq(fflush(stdout), 0);
	ck_assert_int_ge(dup2(fileno(file), STDOUT_FILENO), 0);
	sj_verify_print(&print);
	ck_assert_int_eq(fflush(stdout), 0);
	ck_assert_int_ge(dup2(before, STDOUT_FILENO), 0);
	(void)close(before);
	rewind(file);
	size = fread(report, 1, sizeof(report) - 1, file);
	report[size] = '\0';
	(void)fclose(file);
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

SJ_SUITE_MAIN("verify_print", a_report_says_paths_keys_and_times,
	a_redacted_report_has_dates_and_no_times,
	a_redacted_finding_of_the_clock_has_no_numbers)
