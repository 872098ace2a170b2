/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "viewer/messages.h"

#include <string.h>

#include "tests/support/suite.h"
#include "viewer/typing.h"

static const enum sj_reason reasons[] = {
#define REASON_ROW(name, number, text) name,
	SJ_REASON_TABLE(REASON_ROW)
#undef REASON_ROW
};

static bool is_ascii(const char *text)
{
	for (; *text; text++) {
		if ((unsigned char)*text >= 0x80)
			return false;
	}
	return true;
}

START_TEST(every_reason_has_both_languages)
{
	const char *unknown =
		sj_messages_reason((enum sj_reason)9999, false, false);
	int by_peer;

	for (by_peer = 0; by_peer < 2; by_peer++) {
		const char *ja = sj_messages_reason(reasons[_i], by_peer, true);
		const char *en =
			sj_messages_reason(reasons[_i], by_peer, false);

		ck_assert_str_ne(ja, "");
		ck_assert_str_ne(en, unknown);
		ck_assert(sj_typing_is_utf8(ja));
		ck_assert(!is_ascii(ja));
		ck_assert(is_ascii(en));
	}
}
END_TEST

START_TEST(every_fixed_text_has_both_languages)
{
	const char *ja = sj_messages_text((enum sj_message)_i, true);
	const char *en = sj_messages_text((enum sj_message)_i, false);

	ck_assert_str_ne(ja, "");
	ck_assert(!is_ascii(ja));
	ck_assert_str_ne(en, "");
	ck_assert(is_ascii(en));
}
END_TEST

static const struct sj_viewer_options options = {
	.screenshot = "/nowhere/picture.png"};

START_TEST(every_end_of_the_window_has_both_languages_and_a_code)
{
	const struct sj_viewer_failure failure = {
		.what = (uint32_t)_i, .number = 2};
	char ja[1024], en[1024];

	sj_messages_failure(ja, sizeof(ja), &failure, &options, true);
	sj_messages_failure(en, sizeof(en), &failure, &options, false);
	ck_assert(!is_ascii(ja));
	ck_assert(is_ascii(en));
	ck_assert(sj_typing_is_utf8(ja));
	ck_assert_ptr_nonnull(strstr(ja, "E600"));
	ck_assert_ptr_nonnull(strstr(en, " (Code E600)"));
	ck_assert((strstr(en, "DISPLAY") != NULL) ==
		  (_i == SJ_VIEWER_FAILED_DISPLAY));
	ck_assert((strstr(en, "/nowhere/picture.png: No such file") != NULL) ==
		  (_i == SJ_VIEWER_FAILED_SCREENSHOT));
}
END_TEST

START_TEST(an_end_that_nobody_knows_is_called_unexpected)
{
	static const uint32_t foreign[] = {SJ_VIEWER_FAILED_NOTHING,
		SJ_VIEWER_FAILED_COUNT, 1000, UINT32_MAX};
	char line[1024];

	for (size_t i = 0; i < SJ_COUNT(foreign); i++) {
		const struct sj_viewer_failure failure = {
			.what = foreign[i], .number = -1};

		sj_messages_failure(
			line, sizeof(line), &failure, &options, false);
		ck_assert_ptr_nonnull(strstr(line, "unexpectedly"));
	}
}
END_TEST

START_TEST(a_certificate_reason_says_whose_certificate)
{
	ck_assert_ptr_nonnull(
		strstr(sj_messages_reason(SJ_REASON_CERT_EXPIRED, false, false),
			"of the host"));
	ck_assert_ptr_nonnull(
		strstr(sj_messages_reason(SJ_REASON_CERT_EXPIRED, true, false),
			"of this terminal"));
}
END_TEST

START_TEST(the_line_names_whom_to_call_and_the_code)
{
	char line[512];

	sj_messages_line(line, sizeof(line), SJ_REASON_CERT_REVOKED, false,
		true, "情報システム課 1234");
	ck_assert_ptr_nonnull(strstr(line, "失効"));
	ck_assert_ptr_nonnull(strstr(line, "情報システム課 1234"));
	ck_assert_ptr_nonnull(strstr(line, "E114"));
	sj_messages_line(
		line, sizeof(line), SJ_REASON_CERT_REVOKED, false, false, "");
	ck_assert_ptr_nonnull(strstr(line, "information systems section"));
	/* An end on purpose needs no help. */
	sj_messages_line(
		line, sizeof(line), SJ_REASON_END_IDLE, false, false, "Tanaka");
	ck_assert_ptr_null(strstr(line, "Tanaka"));
	ck_assert_ptr_nonnull(strstr(line, "E401"));
}
END_TEST

START_TEST(a_line_that_does_not_fit_is_cut)
{
	char line[16];

	memset(line, 'x', sizeof(line));
	sj_messages_line(line, sizeof(line), SJ_REASON_LOCAL, false, false, "");
	ck_assert_uint_eq(strlen(line), sizeof(line) - 1);
}
END_TEST

START_TEST(an_unknown_reason_has_a_text)
{
	ck_assert_str_ne(
		sj_messages_reason((enum sj_reason)9999, false, true), "");
	ck_assert(sj_messages_is_call_wanted((enum sj_reason)9999));
	ck_assert_str_eq(sj_messages_text(SJ_MESSAGE_COUNT, true), "");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_certificate_reason_says_whose_certificate,
		the_line_names_whom_to_call_and_the_code,
		an_end_that_nobody_knows_is_called_unexpected,
		a_line_that_does_not_fit_is_cut, an_unknown_reason_has_a_text};
	const struct sj_suite_loop loops[] = {
		{every_reason_has_both_languages, SJ_COUNT(reasons)},
		{every_end_of_the_window_has_both_languages_and_a_code,
			SJ_VIEWER_FAILED_COUNT},
		{every_fixed_text_has_both_languages, SJ_MESSAGE_COUNT}};

	return sj_suite_run_loops("viewer messages", tests, SJ_COUNT(tests),
		loops, SJ_COUNT(loops));
}
