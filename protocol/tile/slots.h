/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * slots: what the encoder knows about the cells that the decoder stores.
 *
 * The encoder owns the slots: it says where a cell goes and which one is
 * drawn again. It keeps hashes of 128 bits (keyed for one session) instead of
 * the pixels. The slot that was used least recently is given away first; a
 * place on the screen whose stored cells never return keeps few of them.
 * Pure, no allocation.
 */
#ifndef SJ_PROTOCOL_TILE_SLOTS_H
#define SJ_PROTOCOL_TILE_SLOTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/base/attr.h"
#include "protocol/base/limits.h"

/* Cells of one place that nobody came back to: more are not kept. */
#define SJ_SLOT_ALONE 4
#define SJ_SLOT_HEADS 4096u
#define SJ_SLOT_PLACES                                                         \
	((size_t)(SJ_LIMIT_WIDTH_PX + SJ_LIMIT_TILE_PX - 1) /                  \
		SJ_LIMIT_TILE_PX *                                             \
		((SJ_LIMIT_HEIGHT_PX + SJ_LIMIT_TILE_PX - 1) /                 \
			SJ_LIMIT_TILE_PX))

struct sj_slot_key {
	uint64_t low, high;
};

/* Links are slot + 1; 0 is none. */
struct sj_slot {
	struct sj_slot_key key;
	uint16_t chain; /* next with the same hash head */
	uint16_t older, newer;
	uint16_t place;
	bool is_known; /* the key is that of a stored cell */
	bool is_hit;
};

struct sj_slots {
	struct sj_slot slot[SJ_LIMIT_TILE_SLOTS];
	uint16_t head[SJ_SLOT_HEADS];
	uint16_t oldest, newest;
	/* Slots + 1 stored last from each place, and the oldest of them. */
	uint16_t own[SJ_SLOT_PLACES][SJ_SLOT_ALONE];
	uint8_t turn[SJ_SLOT_PLACES];
	uint8_t alone[SJ_SLOT_PLACES]; /* cells from it since one came back */
	/* Slot + 1 kept last of each place, 0 if it was drawn since. */
	uint16_t kept[SJ_SLOT_PLACES];
};

/* All slots are free. */
void sj_slots_init(struct sj_slots *slots);

/* True if a cell with key is stored; *slot is where, and counts as used. */
SJ_MUST_USE bool sj_slots_find(struct sj_slots *slots,
	const struct sj_slot_key *key, uint16_t place, uint16_t *slot);

/* Gives a slot for a cell with key, which is not stored yet. */
uint16_t sj_slots_store(
	struct sj_slots *slots, const struct sj_slot_key *key, uint16_t place);

/*
 * Gives a slot for what is shown already. False, and *slot is undefined, if a
 * cell with key is stored. What was kept of the same place is given away
 * first, unless something else was drawn there since: a page that is scrolled
 * on and on takes no more slots than it has cells.
 */
SJ_MUST_USE bool sj_slots_keep(struct sj_slots *slots,
	const struct sj_slot_key *key, uint16_t place, uint16_t *slot);

#endif /* SJ_PROTOCOL_TILE_SLOTS_H */
