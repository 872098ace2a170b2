/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/support/samples.h"

#include <string.h>

#include "tests/support/gate_rig.h"
#include "tests/support/hex.h"
#include "tests/support/suite.h"

static struct sj_rig rig, other;
static uint8_t bytes[4096];

static const struct sj_sample *sample_at(int index, size_t *size)
{
	size_t count;
	const struct sj_sample *sample = &sj_samples(&count)[index];

	*size = sj_hex_bytes(sample->text, bytes, sizeof(bytes));
	return sample;
}

static void prepare(struct sj_rig *fresh, const struct sj_sample *sample)
{
	sj_rig_open(fresh, sample->profile);
	sj_rig_start(fresh);
	sj_rig_paint(fresh);
}

START_TEST(passes_in_its_canonical_form)
{
	size_t size;
	const struct sj_sample *sample = sample_at(_i, &size);

	prepare(&rig, sample);
	ck_assert_msg(
		sj_rig_feed(&rig, sample->kind, bytes, size) == SJ_STEP_MORE,
		"%s", sample->name);
	ck_assert_msg(rig.left == 0, "%s", sample->name);
	ck_assert_msg(
		sj_gate_reason(rig.gate) == SJ_REASON_NONE, "%s", sample->name);
	sj_rig_expect(&rig,
		sample->canonical != NULL ? sample->canonical : sample->text);
	sj_rig_close(&rig);
}
END_TEST

START_TEST(its_canonical_form_passes_unchanged)
{
	size_t size;
	const struct sj_sample *sample = sample_at(_i, &size);

	prepare(&rig, sample);
	ck_assert_int_eq(
		sj_rig_feed(&rig, sample->kind, bytes, size), SJ_STEP_MORE);
	prepare(&other, sample);
	ck_assert_int_eq(
		sj_rig_feed(&other, sample->kind, rig.out, rig.out_size),
		SJ_STEP_MORE);
	ck_assert_uint_eq(other.out_size, rig.out_size);
	ck_assert_mem_eq(other.out, rig.out, rig.out_size);
	sj_rig_close(&rig);
	sj_rig_close(&other);
}
END_TEST

START_TEST(gives_the_same_when_it_comes_byte_by_byte)
{
	size_t size, held = 0;
	const struct sj_sample *sample = sample_at(_i, &size);
	uint8_t waiting[4096];

	prepare(&rig, sample);
	for (size_t i = 0; i < size; i++) {
		waiting[held++] = bytes[i];
		ck_assert_int_eq(sj_rig_feed(&rig, sample->kind, waiting, held),
			SJ_STEP_MORE);
		memmove(waiting, waiting + held - rig.left, rig.left);
		held = rig.left;
	}
	sj_rig_expect(&rig,
		sample->canonical != NULL ? sample->canonical : sample->text);
	sj_rig_close(&rig);
}
END_TEST

START_TEST(gives_the_same_when_the_output_drains_slowly)
{
	size_t size, got = 0, stuck = 0;
	const struct sj_sample *sample = sample_at(_i, &size);
	struct sj_reader in = sj_reader_of(bytes, size);
	uint8_t all[4096];

	prepare(&rig, sample);
	/* Room grows from nothing until a unit fits, then starts again. */
	for (size_t room = 0; stuck < 2 && room < 512;) {
		struct sj_writer out = sj_writer_of(all + got, room);
		const enum sj_step step =
			sample->kind == SJ_GATE_FROM_VIEWER
				? sj_gate_viewer_next(
					  rig.gate, &in, &out, rig.now_us)
				: sj_gate_host_next(
					  rig.gate, &in, &out, rig.now_us);

		ck_assert_int_ne(step, SJ_STEP_REFUSE);
		got += out.at;
		stuck = step == SJ_STEP_MORE ? stuck + 1 : 0;
		room = step == SJ_STEP_FULL ? room + 1 : 0;
	}
	ck_assert_uint_eq(sj_reader_left(&in), 0);
	sj_hex_expect(all, got,
		sample->canonical != NULL ? sample->canonical : sample->text);
	sj_rig_close(&rig);
}
END_TEST

int main(void)
{
	size_t count;

	sj_samples(&count);
	const struct sj_suite_loop loops[] = {
		{passes_in_its_canonical_form, count},
		{its_canonical_form_passes_unchanged, count},
		{gives_the_same_when_it_comes_byte_by_byte, count},
		{gives_the_same_when_the_output_drains_slowly, count},
	};

	return sj_suite_run_loops(
		"samples", NULL, 0, loops, sizeof(loops) / sizeof(loops[0]));
}
