/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * talk: one end of RFB without security that a test plays, without blocking.
 *
 * The test calls step whenever it likes; the other end may be gone at any
 * moment. Descriptors are the caller's.
 */
#ifndef SJ_TESTS_UNIT_SCARCE_TALK_H
#define SJ_TESTS_UNIT_SCARCE_TALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/rfb/handshake.h"

#define SJ_TALK_BYTES ((size_t)1 << 20)

struct sj_talk {
	int fd; /* -1: not yet there */
	struct sj_handshake handshake;
	struct sj_size size; /* of a server */
	uint8_t in[256];     /* of the handshake */
	size_t in_size;
	bool is_gone;
	const uint8_t *out; /* what is sent behind the handshake, lent */
	size_t out_size, out_at;
	uint8_t got[SJ_TALK_BYTES]; /* what came behind it */
	size_t got_size;
};

/* Begins on fd, as the client or server of a handshake. */
void sj_talk_begin(
	struct sj_talk *talk, int fd, bool is_server, struct sj_size size);

/* Does what can be done at once. */
void sj_talk_step(struct sj_talk *talk);

/* True if the handshake is over. */
bool sj_talk_is_open(const struct sj_talk *talk);

/* Closes the descriptor, if it is there. */
void sj_talk_close(struct sj_talk *talk);

#endif /* SJ_TESTS_UNIT_SCARCE_TALK_H */
