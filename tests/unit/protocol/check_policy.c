/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/gate/policy.h"

#include <stdio.h>
#include <string.h>

#include "protocol/rfb/types.h"
#include "tests/support/gate_rig.h"
#include "tests/support/hex.h"
#include "tests/support/samples.h"
#include "tests/support/suite.h"

#define BEFORE_ALL (SJ_GATE_FRESH | SJ_GATE_FORMATTED | SJ_GATE_ASKED)

static struct sj_rig rig;

static const struct sj_gate_row *row_at(size_t index)
{
	size_t count;
	const struct sj_gate_row *rows = sj_gate_policy_rows(&count);

	ck_assert_uint_lt(index, count);
	return &rows[index];
}

START_TEST(finds_each_row_and_nothing_else)
{
	size_t count;
	const struct sj_gate_row *rows = sj_gate_policy_rows(&count);

	for (size_t i = 0; i < count; i++)
		ck_assert_ptr_eq(
			sj_gate_policy_find(rows[i].kind, rows[i].number),
			&rows[i]);
	ck_assert_ptr_null(sj_gate_policy_find(SJ_GATE_FROM_VIEWER, 1));
	ck_assert_ptr_null(sj_gate_policy_find(SJ_GATE_FROM_VIEWER, 7));
	ck_assert_ptr_null(sj_gate_policy_find(SJ_GATE_FROM_VIEWER, 255));
	ck_assert_ptr_null(sj_gate_policy_find(SJ_GATE_FROM_HOST, 1));
	ck_assert_ptr_null(sj_gate_policy_find(SJ_GATE_FROM_HOST, 4));
	ck_assert_ptr_null(sj_gate_policy_find(SJ_GATE_ENCODING, 5));
	ck_assert_ptr_null(sj_gate_policy_find(SJ_GATE_ENCODING, -224));
}
END_TEST

START_TEST(counters_are_unique_and_named)
{
	size_t count;
	const struct sj_gate_row *rows = sj_gate_policy_rows(&count);

	for (size_t i = 0; i < count; i++) {
		ck_assert_uint_lt(rows[i].counter, SJ_GATE_COUNTERS);
		ck_assert_str_eq(
			sj_gate_counter_name(rows[i].kind, rows[i].counter),
			rows[i].name);
		for (size_t j = 0; j < i; j++)
			ck_assert(rows[i].kind != rows[j].kind ||
				  rows[i].counter != rows[j].counter);
	}
	ck_assert_str_eq(
		sj_gate_counter_name(SJ_GATE_FROM_VIEWER, 14), "keys dropped");
	ck_assert_str_eq(sj_gate_counter_name(SJ_GATE_FROM_VIEWER, 15),
		"pointer motions coalesced");
	ck_assert_ptr_null(sj_gate_counter_name(SJ_GATE_FROM_HOST, 15));
	ck_assert_ptr_null(sj_gate_counter_name(SJ_GATE_ENCODING, 13));
	ck_assert_ptr_null(
		sj_gate_counter_name(SJ_GATE_ENCODING, SJ_GATE_COUNTERS));
}
END_TEST

/* The table of docs/protocol.md: F forwarded, C consumed, - refused. */
static const struct {
	enum sj_gate_kind kind;
	int32_t number;
	const char *fates; /* default, strict, stock */
} document[] = {
	{SJ_GATE_FROM_VIEWER, 0, "FFF"},
	{SJ_GATE_FROM_VIEWER, 2, "FFF"},
	{SJ_GATE_FROM_VIEWER, 3, "FFF"},
	{SJ_GATE_FROM_VIEWER, 4, "FFF"},
	{SJ_GATE_FROM_VIEWER, 5, "FFF"},
	{SJ_GATE_FROM_VIEWER, 6, "--C"},
	{SJ_GATE_FROM_VIEWER, 150, "CCC"},
	{SJ_GATE_FROM_VIEWER, 248, "CCC"},
	{SJ_GATE_FROM_VIEWER, 251, "FFF"},
	{SJ_GATE_FROM_HOST, 0, "FFF"},
	{SJ_GATE_FROM_HOST, 2, "--C"},
	{SJ_GATE_FROM_HOST, 3, "--C"},
	{SJ_GATE_FROM_HOST, 150, "CCC"},
	{SJ_GATE_FROM_HOST, 248, "CCC"},
	{SJ_GATE_ENCODING, 0, "FFF"},
	{SJ_GATE_ENCODING, 1, "FFF"},
	{SJ_GATE_ENCODING, 6, "-F-"},
	{SJ_GATE_ENCODING, 7, "--F"},
	{SJ_GATE_ENCODING, 16, "--F"},
	{SJ_GATE_ENCODING, -239, "F-F"},
	{SJ_GATE_ENCODING, -308, "FFF"},
	{SJ_GATE_ENCODING, 0x534A0000, "F-F"},
	{SJ_GATE_ENCODING, 0x534A0001, "F-F"},
	{SJ_GATE_ENCODING, 0x534A0002, "F-F"},
	{SJ_GATE_ENCODING, 0x534A0003, "FFF"},
	{SJ_GATE_ENCODING, 0x534A0004, "F-F"},
	{SJ_GATE_ENCODING, 0x534A0005, "-F-"},
};
#define ROWS (sizeof(document) / sizeof(document[0]))

START_TEST(rows_are_those_of_the_document)
{
	const struct sj_gate_row *row =
		sj_gate_policy_find(document[_i].kind, document[_i].number);
	size_t count;

	sj_gate_policy_rows(&count);
	ck_assert_uint_eq(count, ROWS);
	ck_assert_ptr_nonnull(row);
	for (int profile = 0; profile < SJ_GATE_PROFILES; profile++) {
		const char fate = document[_i].fates[profile];

		ck_assert_int_eq(row->profile[profile].fate,
			fate == 'F'   ? SJ_GATE_FORWARD
			: fate == 'C' ? SJ_GATE_CONSUME
				      : SJ_GATE_REFUSE);
		ck_assert_int_eq(
			row->profile[profile].states == 0, fate == '-');
	}
}
END_TEST

/* A sample that contains number in this direction, in a given profile. */
static const struct sj_sample *sample_of(const struct sj_gate_row *row)
{
	size_t count;
	const struct sj_sample *samples = sj_samples(&count);
	static uint8_t bytes[4096];

	for (size_t i = 0; i < count; i++) {
		const size_t size =
			sj_hex_bytes(samples[i].text, bytes, sizeof(bytes));
		uint32_t encoding;

		if (row->kind != SJ_GATE_ENCODING) {
			if (samples[i].kind == row->kind &&
				bytes[0] == row->number)
				return &samples[i];
			continue;
		}
		if (samples[i].kind != SJ_GATE_FROM_HOST || size < 16 ||
			bytes[0] != SJ_RFB_UPDATE)
			continue;
		encoding = (uint32_t)bytes[12] << 24 |
			   (uint32_t)bytes[13] << 16 |
			   (uint32_t)bytes[14] << 8 | bytes[15];
		if ((int32_t)encoding == row->number)
			return &samples[i];
	}
	return NULL;
}

static enum sj_gate_kind direction_of(const struct sj_gate_row *row)
{
	return row->kind == SJ_GATE_FROM_VIEWER ? SJ_GATE_FROM_VIEWER
						: SJ_GATE_FROM_HOST;
}

/* Every row: the same bytes pass where the table says so, and are refused
 * by a profile or a state that does not permit them. */
START_TEST(each_row_has_a_case_that_passes_and_one_that_is_refused)
{
	static uint8_t bytes[4096];
	const struct sj_gate_row *row = row_at((size_t)_i);
	const struct sj_sample *sample = sample_of(row);
	const bool is_late = row->kind == SJ_GATE_FROM_VIEWER &&
			     (row->number == SJ_RFB_SET_PIXEL_FORMAT ||
				     row->number == SJ_RFB_SET_ENCODINGS);
	size_t size;

	ck_assert_msg(sample != NULL, "no sample of %s", row->name);
	size = sj_hex_bytes(sample->text, bytes, sizeof(bytes));
	for (int profile = 0; profile < SJ_GATE_PROFILES; profile++) {
		const unsigned states = row->profile[profile].states;
		const bool is_permitted =
			(states & SJ_GATE_PAINTED) != 0 && !is_late;

		sj_rig_open(&rig, (enum sj_gate_profile)profile);
		sj_rig_start(&rig);
		sj_rig_paint(&rig);
		if (profile == SJ_GATE_STOCK || !is_late)
			ck_assert_msg(sj_rig_feed(&rig, direction_of(row),
					      bytes, size) ==
					      (is_permitted || is_late
							      ? SJ_STEP_MORE
							      : SJ_STEP_REFUSE),
				"%s in profile %d", row->name, profile);
		sj_rig_close(&rig);
		/* A session that has just begun permits little. */
		sj_rig_open(&rig, (enum sj_gate_profile)profile);
		if ((states & BEFORE_ALL) == 0) {
			ck_assert_msg(sj_rig_feed(&rig, direction_of(row),
					      bytes, size) == SJ_STEP_REFUSE,
				"%s fresh in profile %d", row->name, profile);
		}
		sj_rig_close(&rig);
	}
}
END_TEST

START_TEST(encodings_may_be_announced_where_they_may_come)
{
	size_t count;
	const struct sj_gate_row *rows = sj_gate_policy_rows(&count);

	for (size_t i = 0; i < count; i++) {
		for (int p = 0; p < SJ_GATE_PROFILES; p++) {
			if (rows[i].kind == SJ_GATE_ENCODING)
				ck_assert_int_eq(
					sj_gate_policy_may_announce(
						(enum sj_gate_profile)p,
						rows[i].number),
					rows[i].profile[p].fate ==
						SJ_GATE_FORWARD);
		}
	}
	ck_assert(sj_gate_policy_may_announce(SJ_GATE_STOCK, -256));
	ck_assert(sj_gate_policy_may_announce(SJ_GATE_STOCK, -247));
	ck_assert(!sj_gate_policy_may_announce(SJ_GATE_STOCK, -257));
	ck_assert(!sj_gate_policy_may_announce(SJ_GATE_STOCK, -246));
	ck_assert(!sj_gate_policy_may_announce(SJ_GATE_DEFAULT, -256));
	/* JPEG quality, LastRect, fence, clipboard */
	ck_assert(!sj_gate_policy_may_announce(SJ_GATE_STOCK, -32));
	ck_assert(!sj_gate_policy_may_announce(SJ_GATE_STOCK, -224));
	ck_assert(!sj_gate_policy_may_announce(SJ_GATE_STOCK, -312));
	ck_assert(!sj_gate_policy_may_announce(
		SJ_GATE_STOCK, (int32_t)0xC0A1E5CE));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		finds_each_row_and_nothing_else,
		counters_are_unique_and_named,
		encodings_may_be_announced_where_they_may_come,
	};
	const struct sj_suite_loop loops[] = {
		{rows_are_those_of_the_document, ROWS},
		{each_row_has_a_case_that_passes_and_one_that_is_refused, ROWS},
	};

	return sj_suite_run_loops("policy", tests,
		sizeof(tests) / sizeof(tests[0]), loops,
		sizeof(loops) / sizeof(loops[0]));
}
