/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * gate_rig: a gate with memory around it, for tests and fuzzers.
 *
 * Screen 800x600 of at most 1920x1080; the clock stands still until a test
 * moves now_us. What a feed writes is appended to out.
 */
#ifndef SJ_TESTS_SUPPORT_GATE_RIG_H
#define SJ_TESTS_SUPPORT_GATE_RIG_H

#include <stddef.h>
#include <stdint.h>

#include "protocol/gate/gate.h"

#define SJ_RIG_OUT_BYTES (1 << 20)

struct sj_rig {
	struct sj_gate *gate;
	uint64_t now_us;
	size_t left;  /* bytes of the last feed that were not taken */
	size_t calls; /* of the last feed */
	size_t out_size;
	uint8_t out[SJ_RIG_OUT_BYTES];
};

/* A fresh gate; sj_rig_close frees it. */
void sj_rig_open(struct sj_rig *rig, enum sj_gate_profile profile);
void sj_rig_close(struct sj_rig *rig);

/* Constant format, every encoding of ours and of stock, a full request. */
void sj_rig_start(struct sj_rig *rig);

/* After start: pixels have passed, so that CopyRect is permitted. */
void sj_rig_paint(struct sj_rig *rig);

/*
 * Feeds size bytes of one direction until the gate gives something else than
 * DONE; returns that. kind says the direction.
 */
enum sj_step sj_rig_feed(struct sj_rig *rig, enum sj_gate_kind kind,
	const uint8_t *data, size_t size);

/* The same with text of tests/support/hex.h. */
enum sj_step sj_rig_viewer(struct sj_rig *rig, const char *text);
enum sj_step sj_rig_host(struct sj_rig *rig, const char *text);

/* Fails unless out holds text; empties it. */
void sj_rig_expect(struct sj_rig *rig, const char *text);

#endif /* SJ_TESTS_SUPPORT_GATE_RIG_H */
