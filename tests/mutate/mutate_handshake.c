/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The bytes that each end of the handshake reads, damaged in every small way:
 * it waits, refuses, or finishes having said what it always says; the pieces
 * in which the bytes come do not matter.
 */
#include <string.h>

#include "protocol/rfb/handshake.h"
#include "tests/support/hex.h"
#include "tests/support/mutate.h"
#include "tests/support/suite.h"

#define VERSION "\"RFB 003.008\" 0a "
#define INIT                                                                   \
	"0320 0258 20 18 00 01 00ff 00ff 00ff 10 08 00 00*3 00000004 \"name\""

static const struct {
	enum sj_handshake_role role;
	bool has_none, has_plain;
	/* What is read before and behind TLS. */
	const char *clear, *covered;
	size_t written; /* bytes, when it finishes */
} ends[] = {
	{SJ_HANDSHAKE_OUTER_SERVER, true, false, VERSION "13 0002 00000104",
		"01", 12 + 2 + 2 + 6 + 1 + 4 + 29},
	{SJ_HANDSHAKE_OUTER_SERVER, true, true, VERSION "13 0002 00000106",
		"00000004 00000005 \"user\" \"words\" 01",
		12 + 2 + 2 + 10 + 1 + 4 + 29},
	{SJ_HANDSHAKE_OUTER_CLIENT, true, false,
		VERSION "01 13 0002 00 01 00000104 01", "00000000" INIT,
		12 + 1 + 2 + 4 + 1},
	{SJ_HANDSHAKE_OUTER_CLIENT, true, true,
		VERSION "01 13 0002 00 02 00000104 00000106 01",
		"00000000" INIT, 12 + 1 + 2 + 4 + 8 + 4 + 5 + 1},
	{SJ_HANDSHAKE_INNER_CLIENT, false, false, "",
		VERSION "01 01 00000000" INIT, 12 + 1 + 1},
	{SJ_HANDSHAKE_INNER_SERVER, false, false, "", VERSION "01 01",
		12 + 2 + 4 + 29},
};
#define ENDS (sizeof(ends) / sizeof(ends[0]))

struct outcome {
	enum sj_handshake_state state;
	enum sj_reason reason;
	size_t left;
	size_t written;
	uint8_t out[1024];
};

/* The owner's part: TLS always succeeds, everybody may come in. */
static void serve(struct sj_handshake *handshake)
{
	const struct sj_size size = {800, 600};

	switch (sj_handshake_state(handshake)) {
	case SJ_HANDSHAKE_NEED_TLS:
		sj_handshake_tls_done(handshake);
		break;
	case SJ_HANDSHAKE_NEED_VERDICT:
		sj_handshake_verdict(handshake, SJ_REASON_NONE);
		break;
	case SJ_HANDSHAKE_NEED_SIZE:
		sj_handshake_set_size(handshake, &size);
		break;
	case SJ_HANDSHAKE_RUNNING:
	case SJ_HANDSHAKE_FINISHED:
	case SJ_HANDSHAKE_REFUSED:
		break;
	}
}

/* Moves on until bytes are missing; how many of the size were taken. */
static size_t run(struct sj_handshake *handshake, const uint8_t *data,
	size_t size, struct outcome *outcome)
{
	struct sj_reader in = sj_reader_of(data, size);
	struct sj_writer out = sj_writer_of(outcome->out + outcome->written,
		sizeof(outcome->out) - outcome->written);
	enum sj_handshake_state before;
	enum sj_step step;

	do {
		before = sj_handshake_state(handshake);
		serve(handshake);
		step = sj_handshake_next(handshake, &in, &out);
		ck_assert_int_ne(step, SJ_STEP_FULL);
	} while (step == SJ_STEP_DONE ||
		 before != sj_handshake_state(handshake));
	outcome->written += out.at;
	outcome->state = sj_handshake_state(handshake);
	outcome->reason = sj_handshake_reason(handshake);
	return in.at;
}

static void start(struct sj_handshake *handshake, size_t index)
{
	const struct sj_handshake_settings settings = {
		.role = ends[index].role,
		.has_x509_none = ends[index].has_none,
		.has_x509_plain = ends[index].has_plain,
		.login = {"user", "words"},
		.size_max = {1920, 1080},
	};

	sj_handshake_init(handshake, &settings);
}

struct subject {
	size_t index;
	const uint8_t *clear; /* not damaged, when covered is */
	size_t clear_size;
};

/* All of data at once, or byte by byte, behind the clear part. */
static void play(const struct subject *subject, const uint8_t *data,
	size_t size, bool is_bytewise, struct outcome *outcome)
{
	struct sj_handshake handshake;
	size_t from = 0;

	memset(outcome, 0, sizeof(*outcome));
	start(&handshake, subject->index);
	(void)run(&handshake, subject->clear, subject->clear_size, outcome);
	for (size_t to = is_bytewise ? 1 : size; to <= size; to++)
		from += run(&handshake, data + from, to - from, outcome);
	outcome->left = size - from;
}

static void try_bytes(void *self, const uint8_t *data, size_t size)
{
	const struct subject *subject = self;
	static struct outcome whole, pieces;

	play(subject, data, size, false, &whole);
	play(subject, data, size, true, &pieces);
	ck_assert_int_eq(whole.state == SJ_HANDSHAKE_REFUSED,
		whole.reason != SJ_REASON_NONE);
	if (whole.state == SJ_HANDSHAKE_FINISHED)
		ck_assert_uint_eq(whole.written, ends[subject->index].written);
	ck_assert_uint_le(whole.written, ends[subject->index].written);
	/* That clear bytes came early can be seen only if they came in one
	 * piece with what they follow. */
	if (whole.reason == SJ_REASON_CLEAR_BYTES)
		return;
	ck_assert_int_eq(pieces.state, whole.state);
	ck_assert_int_eq(pieces.reason, whole.reason);
	ck_assert_uint_eq(pieces.written, whole.written);
	ck_assert_mem_eq(pieces.out, whole.out, whole.written);
}

START_TEST(undamaged_it_finishes)
{
	uint8_t clear[256], covered[256];
	const size_t clear_size =
		sj_hex_bytes(ends[_i].clear, clear, sizeof(clear));
	const size_t size =
		sj_hex_bytes(ends[_i].covered, covered, sizeof(covered));
	const struct subject subject = {(size_t)_i, clear, clear_size};
	struct outcome outcome;

	play(&subject, covered, size, false, &outcome);
	ck_assert_int_eq(outcome.state, SJ_HANDSHAKE_FINISHED);
	ck_assert_uint_eq(outcome.left, 0);
	ck_assert_uint_eq(outcome.written, ends[_i].written);
}
END_TEST

START_TEST(damage_before_tls_is_refused_or_waits)
{
	uint8_t clear[256];
	const size_t size = sj_hex_bytes(ends[_i].clear, clear, sizeof(clear));
	struct subject subject = {(size_t)_i, clear, 0};

	ck_assert_uint_gt(
		sj_mutate_each(clear, size, try_bytes, &subject), size);
}
END_TEST

START_TEST(damage_behind_tls_is_refused_or_harmless)
{
	uint8_t clear[256], covered[256];
	const size_t clear_size =
		sj_hex_bytes(ends[_i].clear, clear, sizeof(clear));
	const size_t size =
		sj_hex_bytes(ends[_i].covered, covered, sizeof(covered));
	struct subject subject = {(size_t)_i, clear, clear_size};

	ck_assert_uint_gt(
		sj_mutate_each(covered, size, try_bytes, &subject), 8 * size);
}
END_TEST

int main(void)
{
	const struct sj_suite_loop loops[] = {
		{undamaged_it_finishes, ENDS},
		{damage_before_tls_is_refused_or_waits, ENDS},
		{damage_behind_tls_is_refused_or_harmless, ENDS},
	};

	return sj_suite_run_loops("mutate_handshake", NULL, 0, loops,
		sizeof(loops) / sizeof(loops[0]));
}
