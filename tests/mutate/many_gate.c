/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Mutated messages of one side at a gate. What passes is clean (many_clean.c),
 * a further gate passes it unchanged, it is never longer than what came, and
 * towards the side that sent only answers of the gate's own go.
 */
#include <string.h>

#include "protocol/base/bytes.h"
#include "protocol/gate/gate_state.h"
#include "tests/mutate/many.h"
#include "tests/support/gate_rig.h"
#include "tests/support/hex.h"
#include "tests/support/mutate.h"
#include "tests/support/samples.h"

enum { SAMPLES = 64, MESSAGES = 16, ROUNDS = 200 };

struct bytes {
	uint8_t data[SJ_MUTATE_BYTES];
	size_t size;
};

static struct bytes samples[SAMPLES];
static size_t sample_count;
static struct sj_rig first, second;
static struct sj_gate fresh[SJ_GATE_PROFILES][2]; /* begun or not */
static uint64_t start_us;
static uint8_t in[2 * MESSAGES * SJ_MUTATE_BYTES];

static void read_samples(enum sj_gate_kind kind)
{
	size_t count;
	const struct sj_sample *all = sj_samples(&count);

	sample_count = 0;
	for (size_t i = 0; i < count && sample_count < SAMPLES; i++) {
		struct bytes *sample = &samples[sample_count];

		if (all[i].kind != kind)
			continue;
		sample->size = sj_hex_bytes(
			all[i].text, sample->data, sizeof(sample->data));
		sample_count++;
	}
}

static void open_gates(void)
{
	for (int profile = 0; profile < SJ_GATE_PROFILES; profile++) {
		for (int begun = 0; begun < 2; begun++) {
			sj_rig_open(&first, (enum sj_gate_profile)profile);
			if (begun) {
				sj_rig_start(&first);
				sj_rig_paint(&first);
			}
			fresh[profile][begun] = *first.gate;
			sj_rig_close(&first);
		}
	}
	sj_rig_open(&first, SJ_GATE_DEFAULT);
	sj_rig_open(&second, SJ_GATE_DEFAULT);
	start_us = first.now_us;
}

/* A gate has no pointers to anything outside: to copy one is to begin anew. */
static void prepare(struct sj_rig *rig, const struct sj_gate *gate)
{
	*rig->gate = *gate;
	rig->now_us = start_us;
	rig->out_size = 0;
}

/* What goes back to the side that sends: fences and ends, 0 in between. */
static bool is_answer(const uint8_t *data, size_t size, enum sj_gate_kind kind)
{
	size_t at = 0;

	while (at < size) {
		if (kind == SJ_GATE_FROM_VIEWER && data[at] == 150) {
			at++;
			continue;
		}
		if (size - at < 9 || data[at] != 248 || data[at + 1] != 0 ||
			data[at + 2] != 0 || data[at + 3] != 0 ||
			(data[at + 4] & 0x80) != 0 || data[at + 8] > 64)
			return false;
		at += (size_t)9 + data[at + 8];
	}
	return at == size;
}

static void drain_answers(struct sj_many *many, enum sj_gate_kind kind)
{
	uint8_t data[1024];
	struct sj_writer out = sj_writer_of(data, sizeof(data));
	struct sj_reader none = sj_reader_of(data, 0);
	enum sj_step step;

	do {
		step = kind == SJ_GATE_FROM_HOST
			       ? sj_gate_viewer_next(
					 first.gate, &none, &out, first.now_us)
			       : sj_gate_host_next(
					 first.gate, &none, &out, first.now_us);
	} while (step == SJ_STEP_DONE);
	sj_many_require(many, is_answer(data, out.at, kind),
		"an answer of the gate's own");
}

/* Feeds until more bytes are wanted; time passes while it is full. */
static size_t feed(
	struct sj_many *many, enum sj_gate_kind kind, size_t at, size_t size)
{
	enum sj_step step = SJ_STEP_FULL;

	for (int i = 0; i < ROUNDS && step == SJ_STEP_FULL; i++) {
		step = sj_rig_feed(&first, kind, in + at, size - at);
		at = size - first.left;
		sj_many_require(many, first.calls <= size + 64, "an end");
		drain_answers(many, kind);
		if (step == SJ_STEP_FULL)
			first.now_us += 20000;
	}
	sj_many_require(many, step != SJ_STEP_FULL, "room after four seconds");
	sj_many_require(many,
		(step == SJ_STEP_REFUSE) ==
			(sj_gate_reason(first.gate) != SJ_REASON_NONE),
		"a reason with each refusal");
	return at;
}

static void check(struct sj_many *many, enum sj_gate_kind kind)
{
	const uint8_t *out = first.out;
	size_t at = 0;
	enum sj_step step = SJ_STEP_FULL;

	sj_many_require(many,
		kind == SJ_GATE_FROM_HOST
			? sj_many_is_clean_host(out, first.out_size)
			: sj_many_is_clean_viewer(out, first.out_size),
		"clean");
	for (int i = 0; i < ROUNDS && step == SJ_STEP_FULL; i++) {
		step = sj_rig_feed(
			&second, kind, out + at, first.out_size - at);
		at = first.out_size - second.left;
		second.now_us += 20000;
	}
	sj_many_require(many, step == SJ_STEP_MORE && second.left == 0,
		"taken by a further gate");
	sj_many_require(many,
		second.out_size == first.out_size &&
			memcmp(second.out, out, first.out_size) == 0,
		"the same behind a further gate");
}

static void session(struct sj_many *many, enum sj_gate_kind kind)
{
	const struct sj_gate *gate = &fresh[sj_many_pick(
		many, SJ_GATE_PROFILES)][sj_many_pick(many, 16) != 0];
	size_t at = 0, size = 0;

	prepare(&first, gate);
	prepare(&second, gate);
	for (int i = 0; i < MESSAGES && many->messages < many->wanted; i++) {
		const struct bytes *sample =
			&samples[sj_many_pick(many, sample_count)];
		const bool is_mutated = sj_many_pick(many, 8) != 0;
		size_t added = sample->size;

		memcpy(in + size, sample->data, added);
		if (is_mutated)
			added = sj_many_mutate(many, in + size, added,
				2 * (size_t)SJ_MUTATE_BYTES);
		size += added;
		at = feed(many, kind, at, size);
		sj_many_count(
			many, is_mutated, added, sj_gate_reason(first.gate));
		if (sj_gate_reason(first.gate) != SJ_REASON_NONE)
			break;
		first.now_us += sj_many_pick(many, 20000);
	}
	sj_many_require(many, first.out_size <= size, "no longer than it came");
	if (sj_gate_reason(first.gate) != SJ_REASON_NONE)
		sj_many_require(many,
			sj_gate_is_host_fault(first.gate) ==
				(kind == SJ_GATE_FROM_HOST),
			"the fault of who sent it");
	many->bytes_out += first.out_size;
	many->sessions++;
	check(many, kind);
}

void sj_many_gate(struct sj_many *many, enum sj_gate_kind kind)
{
	read_samples(kind);
	open_gates();
	while (many->messages < many->wanted)
		session(many, kind);
	sj_rig_close(&first);
	sj_rig_close(&second);
}
