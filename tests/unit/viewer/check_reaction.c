/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "viewer/reaction.h"

#include <signal.h>

#include "tests/support/suite.h"
#include "viewer/session_vnc.h"

/* As wait(2) gives them on Linux. */
#define EXITED(status) ((status) << 8)
#define KILLED(signal) (signal)

static const enum sj_reason reasons[] = {
#define REASON_ROW(name, number, text) name,
	SJ_REASON_TABLE(REASON_ROW)
#undef REASON_ROW
};

START_TEST(only_transport_and_reach_are_tried_again)
{
	enum sj_reason reason = reasons[_i];
	bool is_retry = sj_reaction_is_retry(reason);

	if (reason == SJ_REASON_CLOSED || reason == SJ_REASON_IO)
		ck_assert(is_retry);
	/* TLS, certificates and clear text. */
	if (reason >= SJ_REASON_TLS && reason <= SJ_REASON_CLEAR_BYTES)
		ck_assert(!is_retry);
	/* Violations, ends on purpose, refusals. */
	if (reason >= SJ_REASON_VIEWER_VERSION && reason < SJ_REASON_LOCAL)
		ck_assert(!is_retry);
	if (reason == SJ_REASON_LOCAL || reason == SJ_REASON_DECODER_GONE ||
		reason == SJ_REASON_LEDGER)
		ck_assert(!is_retry);
}
END_TEST

START_TEST(exit_statuses_follow_the_classes)
{
	ck_assert_int_eq(sj_reaction_exit(SJ_REASON_NONE), SJ_EXIT_ENDED);
	ck_assert_int_eq(sj_reaction_exit(SJ_REASON_END_IDLE), SJ_EXIT_ENDED);
	ck_assert_int_eq(sj_reaction_exit(SJ_REASON_CERT_NAME), SJ_EXIT_PEER);
	ck_assert_int_eq(sj_reaction_exit(SJ_REASON_HOST_RECT), SJ_EXIT_PEER);
	ck_assert_int_eq(
		sj_reaction_exit(SJ_REASON_REFUSED_FULL), SJ_EXIT_PEER);
	ck_assert_int_eq(sj_reaction_exit(SJ_REASON_IO), SJ_EXIT_LOCAL);
	ck_assert_int_eq(
		sj_reaction_exit(SJ_REASON_UNREACHABLE), SJ_EXIT_LOCAL);
	ck_assert_int_eq(sj_reaction_exit(SJ_REASON_LOCAL), SJ_EXIT_LOCAL);
}
END_TEST

static const struct {
	enum sj_reason gate;
	int decoder;
	enum sj_reason shown;
} judgements[] = {
	{SJ_REASON_IO, EXITED(0), SJ_REASON_IO},
	{SJ_REASON_END_ADMIN, EXITED(0), SJ_REASON_END_ADMIN},
	{SJ_REASON_END_ADMIN, KILLED(SIGKILL), SJ_REASON_END_ADMIN},
	{SJ_REASON_DECODER_GONE, KILLED(SIGSYS), SJ_REASON_DECODER_GONE},
	{SJ_REASON_DECODER_GONE, EXITED(SJ_VNC_EXIT_BASE + SJ_VNC_TILE),
		SJ_REASON_HOST_PIXELS},
	{SJ_REASON_NONE, EXITED(SJ_VNC_EXIT_BASE + SJ_VNC_CURSOR),
		SJ_REASON_HOST_PIXELS},
	{SJ_REASON_LOCAL, EXITED(SJ_EXIT_CONFINE), SJ_REASON_LOCAL},
	{SJ_REASON_DECODER_GONE, EXITED(SJ_EXIT_CONFINE), SJ_REASON_LOCAL},
	{SJ_REASON_NONE, EXITED(0), SJ_REASON_LOCAL},
	{SJ_REASON_HOST_RECT, KILLED(SIGSEGV), SJ_REASON_HOST_RECT},
};

START_TEST(gate_and_decoder_are_judged_together)
{
	ck_assert_int_eq(
		sj_reaction_judge(judgements[_i].gate, judgements[_i].decoder),
		judgements[_i].shown);
}
END_TEST

START_TEST(the_back_off_doubles_up_to_its_maximum)
{
	static const uint32_t waits[] = {
		500, 1000, 2000, 4000, 8000, 15000, 15000};
	uint32_t wait = 0;
	size_t i;

	for (i = 0; i < SJ_COUNT(waits); i++) {
		wait = sj_reaction_backoff_ms(wait);
		ck_assert_uint_eq(wait, waits[i]);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {exit_statuses_follow_the_classes,
		the_back_off_doubles_up_to_its_maximum};
	const struct sj_suite_loop loops[] = {
		{only_transport_and_reach_are_tried_again, SJ_COUNT(reasons)},
		{gate_and_decoder_are_judged_together, SJ_COUNT(judgements)}};

	return sj_suite_run_loops("viewer reaction", tests, SJ_COUNT(tests),
		loops, SJ_COUNT(loops));
}
