/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * many: what the runs of very many mutated messages share.
 *
 * A run is repeated by its seed. Everything is counted in messages that were
 * mutated; unchanged ones between them, which carry a session on, are counted
 * apart. What must hold ends the program (sj_many_require) with the seed, the
 * number of the message and what it was.
 */
#ifndef SJ_TESTS_MUTATE_MANY_H
#define SJ_TESTS_MUTATE_MANY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/base/reason.h"
#include "protocol/gate/policy.h"

#define SJ_MANY_REASONS 1000

struct sj_many {
	uint64_t seed;
	uint64_t wanted; /* mutated messages */
	uint64_t state;  /* of the random numbers */
	uint64_t messages, unchanged, sessions;
	uint64_t accepted;                  /* the session went on */
	uint64_t refused[SJ_MANY_REASONS];  /* by reason */
	uint64_t bytes_in, bytes_out;       /* all messages; what passed */
	uint64_t updates_out, pixels_exact; /* guard: made, compared */
};

/* A number of 64 bits that looks random. */
uint64_t sj_many_random(struct sj_many *many);

/* One of 0 to count - 1. */
size_t sj_many_pick(struct sj_many *many, size_t count);

/* Changes data (size of room bytes) in one to three places; the new size. */
size_t sj_many_mutate(
	struct sj_many *many, uint8_t *data, size_t size, size_t room);

/* Counts one message of size bytes after which the session has reason. */
void sj_many_count(struct sj_many *many, bool is_mutated, size_t size,
	enum sj_reason reason);

/* Ends the program unless is_true; text says what should have held. */
void sj_many_require(
	const struct sj_many *many, bool is_true, const char *text);

/* Messages of one side at a gate in every profile. */
void sj_many_gate(struct sj_many *many, enum sj_gate_kind kind);

/* Messages of a host at the core of a guard. */
void sj_many_guard(struct sj_many *many);

/*
 * True if out is messages as docs/protocol.md has them, with every byte that
 * has no meaning 0; the last may be cut. Written from that page, without the
 * parsers of protocol/rfb. Behind a Tight rectangle nothing is looked at.
 */
bool sj_many_is_clean_host(const uint8_t *out, size_t size);
bool sj_many_is_clean_viewer(const uint8_t *out, size_t size);

#endif /* SJ_TESTS_MUTATE_MANY_H */
