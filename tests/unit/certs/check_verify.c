/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What shoji-verify sees: verify_read.c, verify_join.c. */
#include "certs/verify_select.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/suite.h"
#include "tests/unit/certs/between_rig.h"
#include "tests/unit/certs/ends_rig.h"

#define BYTES SJ_LEDGER_RECORD_BYTES
/* Records of plain(): SP OPCCCXP OPCCCXP CCCDP. */
#define PLAIN_RECORDS 21
#define AT_OPEN 2
#define AT_COUNTS 4
#define AT_CLOSE 7
#define AT_DAY 19

static uint8_t *bytes; /* of the host, to be changed */
static size_t size;

static void begin(struct ledger_rig *rig, enum sj_ledger_place place)
{
	ledger_rig_open(rig, place);
	ledger_rig_start(rig);
}

/* A host with two sessions that has stopped; its bytes. */
static void plain(void)
{
	begin(&ends.host, SJ_LEDGER_PLACE_HOST);
	ends.host_close = ledger_rig_closing(1, SJ_LEDGER_SERVES, 3, 5);
	ends_session(&ends.host, SJ_LEDGER_SERVES, 1, &ends.host_close);
	ends_session(&ends.host, SJ_LEDGER_SERVES, 2, &ends.host_close);
	ledger_rig_stop(&ends.host);
	bytes = ledger_rig_bytes(&ends.host, &size);
	ck_assert_uint_eq(size, PLAIN_RECORDS * BYTES);
}

static void done(void)
{
	free(bytes);
	bytes = NULL;
	ledger_rig_close(&ends.host);
}

static void judge(void)
{
	ledger_rig_judge(&ends.host, bytes, size, NULL);
}

static uint64_t times(enum sj_verify_what what)
{
	return ends.host.ledger.findings.times[what] + ends.pairs.times[what];
}

/* Removes count records from at on. */
static void cut(size_t at, size_t count)
{
	memmove(bytes + at * BYTES, bytes + (at + count) * BYTES,
		size - (at + count) * BYTES);
	size -= count * BYTES;
}

/* ---- one cause for each finding ---- */

static void cause_record(void)
{
	plain();
	bytes[AT_COUNTS * BYTES] = 'x';
	judge();
	done();
}

static void cause_removed(void)
{
	plain();
	cut(AT_COUNTS, 1);
	judge();
	done();
}

static void cause_altered(void)
{
	plain();
	bytes[AT_COUNTS * BYTES + 23] ^= 1;
	judge();
	done();
}

static void cause_signature(void)
{
	plain();
	bytes[1 * BYTES + SJ_LEDGER_SIGNED_BYTES] ^= 1;
	judge();
	done();
}

static void cause_keys(void)
{
	struct sj_ledger_state other;
	const struct sj_verify_keys keys = {.first = &other};

	plain();
	ck_assert(sj_ledger_state_new(&other));
	ledger_rig_judge(&ends.host, bytes, size, &keys);
	done();
}

static void cause_beginning(void)
{
	plain();
	cut(0, 1);
	ledger_rig_forge(&ends.host, bytes, size);
	judge();
	done();
}

static void cause_session(void)
{
	plain();
	bytes[AT_CLOSE * BYTES + 48 + 7] ^= 1;
	ledger_rig_forge(&ends.host, bytes, size);
	judge();
	done();
}

static void cause_sums(void)
{
	plain();
	bytes[AT_DAY * BYTES + 48 + 47] ^= 1; /* pixels */
	ledger_rig_forge(&ends.host, bytes, size);
	judge();
	done();
}

static void cause_clock(void)
{
	plain();
	memset(bytes + AT_CLOSE * BYTES + 24, 0, 8);
	ledger_rig_forge(&ends.host, bytes, size);
	judge();
	done();
}

static void judge_with_state(void)
{
	uint8_t raw[SJ_LEDGER_STATE_BYTES];
	struct sj_ledger_state state;
	const struct sj_verify_keys keys = {
		.first = &ends.host.first, .state = &state};

	ck_assert_int_eq(
		pread(ends.host.state_fd, raw, sizeof(raw), 0), sizeof(raw));
	ck_assert(sj_ledger_state_parse(raw, &state));
	ledger_rig_judge(&ends.host, bytes, size, &keys);
}

static void cause_cut(void)
{
	plain();
	size -= BYTES;
	judge_with_state();
	done();
}

static void judge_with_witness(uint64_t seq)
{
	struct sj_verify_witness witness = {.seq = seq};
	const struct sj_verify_keys keys = {
		.first = &ends.host.first, .witness = &witness, .witnesses = 1};

	ledger_rig_judge(&ends.host, bytes, size, &keys);
}

static void cause_witness(void)
{
	plain();
	judge_with_witness(3);
	done();
}

static void cause_witness_gone(void)
{
	plain();
	judge_with_witness(PLAIN_RECORDS);
	done();
}

static void cause_before(void)
{
	plain();
	cut(0, 9);
	judge();
	done();
}

static void cause_no_stop(void)
{
	plain();
	size -= 3 * BYTES;
	judge();
	done();
}

static void cause_part(void)
{
	plain();
	size -= 100;
	judge();
	done();
}

static void cause_no_keys(void)
{
	const struct sj_verify_keys keys = {.first = NULL};

	plain();
	ledger_rig_judge(&ends.host, bytes, size, &keys);
	done();
}

static void judge_rest(void)
{
	bytes = ledger_rig_bytes(&ends.host, &size);
	judge();
	(void)ends_join_judged(&ends.host.ledger, 1);
	done();
}

static void cause_crash(void)
{
	begin(&ends.host, SJ_LEDGER_PLACE_HOST);
	ledger_rig_start(&ends.host);
	judge_rest();
}

static void cause_silence(void)
{
	begin(&ends.host, SJ_LEDGER_PLACE_HOST);
	ends.host.now.mono_us += 36 * LEDGER_RIG_SECOND;
	ledger_rig_commit(&ends.host, SJ_LEDGER_CAUSE_HEARTBEAT);
	judge_rest();
}

static void cause_open(void)
{
	const struct sj_ledger_tell_open open =
		ledger_rig_opening(1, SJ_LEDGER_SERVES, 1);

	begin(&ends.host, SJ_LEDGER_PLACE_HOST);
	ck_assert_int_eq(
		sj_ledger_desk_open(&ends.host.desk, &open, &ends.host.now),
		SJ_OK);
	ledger_rig_stop(&ends.host);
	judge_rest();
}

static void cause_no_counts(void)
{
	begin(&ends.host, SJ_LEDGER_PLACE_HOST);
	ends.host_close = ledger_rig_closing(1, SJ_LEDGER_SERVES, 3, 5);
	ends.host_close.has_counts = 0;
	ends_session(&ends.host, SJ_LEDGER_SERVES, 1, &ends.host_close);
	ledger_rig_stop(&ends.host);
	judge_rest();
}

static void cause_torn(void)
{
	begin(&ends.host, SJ_LEDGER_PLACE_HOST);
	ck_assert_int_eq(pwrite(ends.host.file_fd, "SJ", 2, 2 * BYTES), 2);
	ledger_rig_start(&ends.host);
	judge_rest();
}

/* ---- two ends ---- */

static void cause_more(void)
{
	ends_begin();
	ends.host_close.table[0].count[3]++;
	ends_both(1);
	ck_assert_int_eq(ends_finish(), SJ_VERIFY_DAMAGED);
}

static void cause_uncounted(void)
{
	ends_begin();
	ends.viewer_close.sent_bytes = 44 + SJ_VERIFY_HANDSHAKE_BYTES;
	ends.host_close.received_bytes = ends.viewer_close.sent_bytes;
	ends.viewer_close.table[0].bytes[3] = 43;
	ends_both(1);
	ck_assert_int_eq(ends_finish(), SJ_VERIFY_DAMAGED);
}

static void cause_left_out(void)
{
	ends_begin();
	ends_both(1);
	ends_session(&ends.viewer, SJ_LEDGER_SHOWS, 2, &ends.viewer_close);
	ck_assert_int_eq(ends_finish(), SJ_VERIFY_DAMAGED);
}

static void cause_never(void)
{
	ends_begin();
	ends_both(1);
	ends_refuse(&ends.host_close);
	ends_session(&ends.host, SJ_LEDGER_SERVES, 2, &ends.host_close);
	ck_assert_int_eq(ends_finish(), SJ_VERIFY_AGREES);
}

static void cause_twice(void)
{
	ends_begin();
	ends_both(1);
	ends_session(&ends.host, SJ_LEDGER_SERVES, 1, &ends.host_close);
	ck_assert_int_eq(ends_finish(), SJ_VERIFY_DAMAGED);
}

static void cause_no_other(void)
{
	ends_begin();
	ends_session(&ends.viewer, SJ_LEDGER_SHOWS, 2, &ends.viewer_close);
	ck_assert_int_eq(ends_finish(), SJ_VERIFY_INCOMPLETE);
}

static void cause_begins_later(void)
{
	ends_begin();
	ends.host.now.wall_us -= 2 * LEDGER_RIG_SECOND;
	ends_session(&ends.host, SJ_LEDGER_SERVES, 2, &ends.host_close);
	ends_both(1);
	ck_assert_int_eq(ends_finish(), SJ_VERIFY_INCOMPLETE);
}

static void cause_ends_earlier(void)
{
	struct sj_verify_ledger two[2];

	ends_begin();
	ends_both(1);
	ends_session(&ends.host, SJ_LEDGER_SERVES, 2, &ends.host_close);
	ledger_rig_judge_file(&ends.host);
	ledger_rig_judge_file(&ends.viewer);
	two[0] = ends.host.ledger;
	two[1] = ends.viewer.ledger;
	two[1].index = 1;
	ck_assert_int_eq(ends_join_judged(two, 2), SJ_VERIFY_INCOMPLETE);
	ledger_rig_close(&ends.host);
	ledger_rig_close(&ends.viewer);
}

static void cause_far_under_way(void)
{
	ends_begin();
	ends.host_close.table[1].bytes[0] += SJ_VERIFY_UNDER_WAY_BYTES + 1;
	ends.host_close.sent_bytes += SJ_VERIFY_UNDER_WAY_BYTES + 1;
	ends_both(1);
	ck_assert_int_eq(ends_finish(), SJ_VERIFY_INCOMPLETE);
}

static void cause_under_way(void)
{
	ends_begin();
	ends.host_close.table[1].count[0]++;
	ends.host_close.table[1].bytes[0] += SJ_VERIFY_UNDER_WAY_BYTES;
	ends.host_close.sent_bytes += SJ_VERIFY_UNDER_WAY_BYTES;
	ends.host_close.pixels++;
	ends_both(1);
	ck_assert_int_eq(ends_finish(), SJ_VERIFY_AGREES);
}

static void cause_nothing(void)
{
	ends_begin();
	ck_assert_int_eq(ends_finish(), SJ_VERIFY_INCOMPLETE);
}

static void cause_invented(void)
{
	ck_assert_int_eq(between_keys(7, 2), SJ_VERIFY_DAMAGED);
	ck_assert_uint_eq(ends.pairs.of[0].one, 7);
	ck_assert_uint_eq(ends.pairs.of[0].other, 3);
}

static void cause_other_user(void)
{
	ck_assert_int_eq(
		between_users("tanaka", "lgwan", "suzuki"), SJ_VERIFY_DAMAGED);
	ck_assert_uint_eq(ends.pairs.count, 1);
	ck_assert_uint_eq(ends.pairs.of[0].ledger, 1);
	ck_assert_uint_eq(ends.pairs.of[0].peer, 0);
}

static void cause_unlinked(void)
{
	ck_assert_int_eq(between_keys(3, 0), SJ_VERIFY_INCOMPLETE);
}

/* A copy of the first session's records beside the whole. */
static void cause_forked(void)
{
	struct sj_verify_ledger two[2];

	plain();
	judge();
	two[0] = two[1] = ends.host.ledger;
	two[1].index = 1;
	two[1].sessions = 0;
	two[0].first_seq = 5;
	two[1].next_seq = 5;
	(void)ends_join_judged(two, 2);
	ck_assert_uint_eq(times(SJ_VERIFY_FORKED), 0);
	two[1].id[0] ^= 1;
	two[1].next_seq = 6;
	(void)ends_join_judged(two, 2);
	ck_assert_uint_eq(times(SJ_VERIFY_FORKED), 0);
	two[1].id[0] ^= 1;
	ck_assert_int_eq(ends_join_judged(two, 2), SJ_VERIFY_DAMAGED);
	ck_assert_uint_eq(times(SJ_VERIFY_FORKED), 1);
	done();
}

/* Of a host that was there for seconds. */
static void cause_part_of_day(void)
{
	struct sj_verify_selection day = {.has_user = false};

	plain();
	judge();
	ck_assert_int_eq(sj_verify_select_day(&day, "2026-11-26"), SJ_OK);
	ends.selection = &day;
	(void)ends_join_judged(&ends.host.ledger, 1);
	ends.selection = NULL;
	done();
}

static const struct {
	enum sj_verify_what what;
	void (*cause)(void);
} causes[] = {
	{SJ_VERIFY_RECORD, cause_record},
	{SJ_VERIFY_SEQ, cause_removed},
	{SJ_VERIFY_PREV, cause_altered},
	{SJ_VERIFY_MAC, cause_altered},
	{SJ_VERIFY_SIGNATURE, cause_signature},
	{SJ_VERIFY_KEYS, cause_keys},
	{SJ_VERIFY_BEGINNING, cause_beginning},
	{SJ_VERIFY_SESSION, cause_session},
	{SJ_VERIFY_SUMS, cause_sums},
	{SJ_VERIFY_CLOCK, cause_clock},
	{SJ_VERIFY_CUT, cause_cut},
	{SJ_VERIFY_WITNESS, cause_witness},
	{SJ_VERIFY_WITNESS_GONE, cause_witness_gone},
	{SJ_VERIFY_MORE, cause_more},
	{SJ_VERIFY_UNCOUNTED, cause_uncounted},
	{SJ_VERIFY_LEFT_OUT, cause_left_out},
	{SJ_VERIFY_TWICE, cause_twice},
	{SJ_VERIFY_INVENTED, cause_invented},
	{SJ_VERIFY_OTHER_USER, cause_other_user},
	{SJ_VERIFY_FORKED, cause_forked},
	{SJ_VERIFY_NO_FIRST, cause_no_keys},
	{SJ_VERIFY_NO_PUBLIC, cause_no_keys},
	{SJ_VERIFY_BEFORE, cause_before},
	{SJ_VERIFY_NO_STOP, cause_no_stop},
	{SJ_VERIFY_CRASH, cause_crash},
	{SJ_VERIFY_TAIL, cause_no_stop},
	{SJ_VERIFY_PART, cause_part},
	{SJ_VERIFY_SILENCE, cause_silence},
	{SJ_VERIFY_OPEN, cause_open},
	{SJ_VERIFY_NO_COUNTS, cause_no_counts},
	{SJ_VERIFY_NO_OTHER, cause_no_other},
	{SJ_VERIFY_BEGINS_LATER, cause_begins_later},
	{SJ_VERIFY_ENDS_EARLIER, cause_ends_earlier},
	{SJ_VERIFY_FAR_UNDER_WAY, cause_far_under_way},
	{SJ_VERIFY_NOTHING, cause_nothing},
	{SJ_VERIFY_UNLINKED, cause_unlinked},
	{SJ_VERIFY_PART_OF_DAY, cause_part_of_day},
	{SJ_VERIFY_UNDER_WAY, cause_under_way},
	{SJ_VERIFY_TORN, cause_torn},
	{SJ_VERIFY_NEVER, cause_never},
};

/* Findings of host outlive its close: they hold no memory. */
START_TEST(each_finding_is_caused)
{
	causes[_i].cause();
	ck_assert_msg(times(causes[_i].what) > 0, "%s",
		sj_verify_text(causes[_i].what, false));
	ck_assert_str_ne(sj_verify_text(causes[_i].what, true), "");
}
END_TEST

START_TEST(no_finding_is_without_a_cause)
{
	ck_assert_uint_eq(SJ_COUNT(causes), SJ_VERIFY_WHAT_COUNT);
	for (size_t i = 0; i < SJ_COUNT(causes); i++)
		ck_assert_int_eq(causes[i].what, i);
}
END_TEST

/* ---- what is right ---- */

START_TEST(a_ledger_that_nobody_touched_has_no_finding)
{
	plain();
	judge();
	ck_assert_uint_eq(ends.host.ledger.findings.count, 0);
	ck_assert_uint_eq(ends.host.ledger.trusted, PLAIN_RECORDS);
	ck_assert_uint_eq(ends.host.ledger.sessions, 2);
	judge_with_state();
	ck_assert_uint_eq(times(SJ_VERIFY_CUT), 0);
	done();
}
END_TEST

START_TEST(two_ends_that_say_the_same_agree)
{
	ends_begin();
	ends_both(1);
	ends_both(2);
	ck_assert_int_eq(ends_finish(), SJ_VERIFY_AGREES);
	ck_assert_uint_eq(ends.pairs.count, 0);
}
END_TEST

START_TEST(three_machines_in_a_row_agree)
{
	ck_assert_int_eq(between_keys(3, 2), SJ_VERIFY_AGREES);
	ck_assert_int_eq(between_keys(0, 2), SJ_VERIFY_AGREES);
	/* All that was pressed is let go of. */
	ck_assert_int_eq(between_keys(6, 2), SJ_VERIFY_AGREES);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {no_finding_is_without_a_cause,
		a_ledger_that_nobody_touched_has_no_finding,
		two_ends_that_say_the_same_agree,
		three_machines_in_a_row_agree};
	const struct sj_suite_loop loops[] = {
		{each_finding_is_caused, SJ_COUNT(causes)}};

	return sj_suite_run_loops(
		"verify", tests, SJ_COUNT(tests), loops, SJ_COUNT(loops));
}
