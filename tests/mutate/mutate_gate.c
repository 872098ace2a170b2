/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Every sample of both directions, damaged in every small way, in every
 * profile: the gate ends with MORE, FULL or REFUSE; what it lets through is
 * canonical (a second gate passes it unchanged) and does not depend on the
 * pieces in which the bytes come.
 */
#include <string.h>

#include "tests/support/gate_rig.h"
#include "tests/support/hex.h"
#include "tests/support/mutate.h"
#include "tests/support/samples.h"
#include "tests/support/suite.h"

static struct sj_rig whole, pieces, again;

struct subject {
	const struct sj_sample *sample;
	enum sj_gate_profile profile;
};

static void prepare(struct sj_rig *rig, const struct subject *subject)
{
	sj_rig_open(rig, subject->profile);
	sj_rig_start(rig);
	sj_rig_paint(rig);
}

static void check_canonical(const struct subject *subject)
{
	prepare(&again, subject);
	ck_assert_int_ne(sj_rig_feed(&again, subject->sample->kind, whole.out,
				 whole.out_size),
		SJ_STEP_REFUSE);
	ck_assert_uint_eq(again.left, 0);
	ck_assert_uint_eq(again.out_size, whole.out_size);
	ck_assert_mem_eq(again.out, whole.out, whole.out_size);
	sj_rig_close(&again);
}

static void check_pieces(
	const struct subject *subject, const uint8_t *data, size_t size)
{
	size_t from = 0;

	prepare(&pieces, subject);
	for (size_t to = 1; to <= size; to++) {
		(void)!sj_rig_feed(
			&pieces, subject->sample->kind, data + from, to - from);
		from = to - pieces.left;
	}
	ck_assert_int_eq(
		sj_gate_reason(pieces.gate), sj_gate_reason(whole.gate));
	ck_assert_uint_eq(pieces.out_size, whole.out_size);
	ck_assert_mem_eq(pieces.out, whole.out, whole.out_size);
	sj_rig_close(&pieces);
}

static void try_bytes(void *self, const uint8_t *data, size_t size)
{
	const struct subject *subject = self;
	enum sj_step step;

	prepare(&whole, subject);
	step = sj_rig_feed(&whole, subject->sample->kind, data, size);
	/* Each call that is DONE takes a byte at least, or is an answer. */
	ck_assert_uint_le(whole.calls, size + 8);
	/* Nothing grows: a head is rebuilt at its own length. */
	ck_assert_uint_le(whole.out_size, size);
	ck_assert_int_eq(step == SJ_STEP_REFUSE,
		sj_gate_reason(whole.gate) != SJ_REASON_NONE);
	if (step == SJ_STEP_REFUSE)
		ck_assert_int_eq(sj_gate_is_host_fault(whole.gate),
			subject->sample->kind == SJ_GATE_FROM_HOST);
	check_canonical(subject);
	check_pieces(subject, data, size);
	sj_rig_close(&whole);
}

START_TEST(damage_is_refused_or_harmless)
{
	static uint8_t bytes[SJ_MUTATE_BYTES];
	size_t count;
	const struct sj_sample *sample =
		&sj_samples(&count)[_i / SJ_GATE_PROFILES];
	struct subject subject = {
		sample, (enum sj_gate_profile)(_i % SJ_GATE_PROFILES)};
	const size_t size = sj_hex_bytes(sample->text, bytes, sizeof(bytes));

	ck_assert_uint_gt(
		sj_mutate_each(bytes, size, try_bytes, &subject), 8 * size);
}
END_TEST

int main(void)
{
	size_t count;

	sj_samples(&count);
	const struct sj_suite_loop loops[] = {
		{damage_is_refused_or_harmless, count * SJ_GATE_PROFILES}};

	return sj_suite_run_loops("mutate_gate", NULL, 0, loops, 1);
}
