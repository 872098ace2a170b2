/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every small change of a ledger is seen: verify_read.c. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/suite.h"
#include "tests/unit/certs/ledger_rig.h"

#define BYTES SJ_LEDGER_RECORD_BYTES
/* Records of plain(): SP OPCCCXP OPCCCXP CCCDP. */
#define PLAIN_RECORDS 21
#define AT_COUNTS 4

static struct ledger_rig host;
static uint8_t *bytes; /* of host, to be changed */
static size_t size;

/* A host with two sessions that has stopped; its bytes. */
static void plain(void)
{
	ledger_rig_open(&host, SJ_LEDGER_PLACE_HOST);
	ledger_rig_start(&host);
	for (uint8_t i = 1; i <= 2; i++) {
		const struct sj_ledger_tell_open open =
			ledger_rig_opening(i, SJ_LEDGER_SERVES, i);
		const struct sj_ledger_tell_close close =
			ledger_rig_closing(i, SJ_LEDGER_SERVES, 3, 5);

		ledger_rig_session(&host, &open, &close);
	}
	ledger_rig_stop(&host);
	bytes = ledger_rig_bytes(&host, &size);
	ck_assert_uint_eq(size, PLAIN_RECORDS * BYTES);
}

static void done(void)
{
	free(bytes);
	bytes = NULL;
	ledger_rig_close(&host);
}

static void judge(void)
{
	ledger_rig_judge(&host, bytes, size, NULL);
}

static void judge_with_state(void)
{
	uint8_t raw[SJ_LEDGER_STATE_BYTES];
	struct sj_ledger_state state;
	const struct sj_verify_keys keys = {
		.first = &host.first, .state = &state};

	ck_assert_int_eq(
		pread(host.state_fd, raw, sizeof(raw), 0), sizeof(raw));
	ck_assert(sj_ledger_state_parse(raw, &state));
	ledger_rig_judge(&host, bytes, size, &keys);
}

static uint64_t times(enum sj_verify_what what)
{
	return host.ledger.findings.times[what];
}

/* Removes count records from at on. */
static void cut(size_t at, size_t count)
{
	memmove(bytes + at * BYTES, bytes + (at + count) * BYTES,
		size - (at + count) * BYTES);
	size -= count * BYTES;
}

START_TEST(a_flipped_bit_is_seen_wherever_it_is)
{
	plain();
	for (size_t i = (size_t)_i; i < size; i += 257) {
		bytes[i] ^= (uint8_t)(1u << i % 8);
		judge();
		ck_assert(host.ledger.is_damaged);
		ck_assert_uint_le(host.ledger.trusted, i / BYTES);
		bytes[i] ^= (uint8_t)(1u << i % 8);
	}
	judge();
	ck_assert(!host.ledger.is_damaged);
	done();
}
END_TEST

START_TEST(a_removed_record_is_seen_whichever_it_is)
{
	for (size_t i = 0; i < PLAIN_RECORDS; i++) {
		plain();
		cut(i, 1);
		judge_with_state();
		/* The first one may be in a file that was not shown. */
		ck_assert_int_eq(host.ledger.is_damaged, i > 0);
		ck_assert_uint_eq(times(SJ_VERIFY_BEFORE), i > 0 ? 0 : 1);
		done();
	}
}
END_TEST

START_TEST(a_record_that_is_there_twice_is_seen)
{
	for (size_t i = 0; i < PLAIN_RECORDS; i++) {
		uint8_t *more;

		plain();
		more = realloc(bytes, size + BYTES);
		ck_assert_ptr_nonnull(more);
		bytes = more;
		memmove(bytes + (i + 1) * BYTES, bytes + i * BYTES,
			size - i * BYTES);
		size += BYTES;
		judge();
		ck_assert(host.ledger.is_damaged);
		done();
	}
}
END_TEST

START_TEST(records_in_another_order_are_seen)
{
	uint8_t swap[BYTES];

	for (size_t i = 0; i + 1 < PLAIN_RECORDS; i++) {
		plain();
		memcpy(swap, bytes + i * BYTES, BYTES);
		memmove(bytes + i * BYTES, bytes + (i + 1) * BYTES, BYTES);
		memcpy(bytes + (i + 1) * BYTES, swap, BYTES);
		judge();
		ck_assert(host.ledger.is_damaged);
		done();
	}
}
END_TEST

/* Without the state a cut is a gap, never peace. */
START_TEST(a_tail_that_was_cut_off_is_never_peace)
{
	for (size_t i = 1; i < PLAIN_RECORDS; i++) {
		plain();
		size = i * BYTES;
		judge();
		ck_assert_uint_gt(times(SJ_VERIFY_NO_STOP), 0);
		judge_with_state();
		ck_assert_uint_gt(times(SJ_VERIFY_CUT), 0);
		done();
	}
}
END_TEST

/* The signing key alone does not help: the macs are of the past. */
START_TEST(a_chain_that_was_made_again_without_the_first_key_is_seen)
{
	struct sj_ledger_state mine;

	plain();
	mine = host.first;
	bytes[AT_COUNTS * BYTES + 48 + 16 + 3 * 16 + 7] ^= 1;
	ck_assert(sj_ledger_next_key(&host.first)); /* of later */
	ledger_rig_forge(&host, bytes, size);
	host.first = mine;
	judge();
	ck_assert_uint_eq(times(SJ_VERIFY_MAC), PLAIN_RECORDS);
	ck_assert_uint_eq(times(SJ_VERIFY_PREV), 0);
	ck_assert_uint_eq(times(SJ_VERIFY_SIGNATURE), 0);
	done();
}
END_TEST

/* A leap costs the judge steps of the key: they are bounded in all. */
START_TEST(leaps_to_and_fro_cost_no_more_than_they_may)
{
	struct sj_verify_keys keys = {.first = &host.first};

	plain();
	bytes[1 * BYTES + 14] = 3; /* record 1 says that it is 769 */
	keys.steps_max = 800;
	ledger_rig_judge(&host, bytes, size, &keys);
	ck_assert_uint_eq(times(SJ_VERIFY_MAC), 1);
	/* The leap, and no way back. */
	keys.steps_max = 769;
	ledger_rig_judge(&host, bytes, size, &keys);
	ck_assert_uint_eq(times(SJ_VERIFY_MAC), PLAIN_RECORDS - 1);
	done();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {a_removed_record_is_seen_whichever_it_is,
		a_record_that_is_there_twice_is_seen,
		records_in_another_order_are_seen,
		a_tail_that_was_cut_off_is_never_peace,
		a_chain_that_was_made_again_without_the_first_key_is_seen,
		leaps_to_and_fro_cost_no_more_than_they_may};
	const struct sj_suite_loop loops[] = {
		{a_flipped_bit_is_seen_wherever_it_is, 3}};

	return sj_suite_run_loops("verify_tamper", tests, SJ_COUNT(tests),
		loops, SJ_COUNT(loops));
}
