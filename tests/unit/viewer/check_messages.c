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
		a_line_that_does_not_fit_is_cut, an_unknown_reason_has_a_text};
	const struct sj_suite_loop loops[] = {
		{every_reason_has_both_languages, SJ_COUNT(reasons)},
		{every_fixed_text_has_both_languages, SJ_MESSAGE_COUNT}};

	return sj_suite_run_loops("viewer messages", tests, SJ_COUNT(tests),
		loops, SJ_COUNT(loops));
}
