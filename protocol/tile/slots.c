/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/tile/slots.h"

#include <string.h>

void sj_slots_init(struct sj_slots *slots)
{
	memset(slots, 0, sizeof(*slots));
	for (uint16_t i = 0; i < SJ_LIMIT_TILE_SLOTS; i++) {
		slots->slot[i].older = i;
		slots->slot[i].newer = (uint16_t)(i + 2);
	}
	slots->slot[SJ_LIMIT_TILE_SLOTS - 1].newer = 0;
	slots->oldest = 1;
	slots->newest = SJ_LIMIT_TILE_SLOTS;
}

static uint16_t *head_of(struct sj_slots *slots, const struct sj_slot_key *key)
{
	return &slots->head[key->low % SJ_SLOT_HEADS];
}

/* Makes slot number at (from 0) the one used last. */
static void touch(struct sj_slots *slots, uint16_t at)
{
	struct sj_slot *slot = &slots->slot[at];

	if (slots->newest == at + 1)
		return;
	if (slot->older != 0)
		slots->slot[slot->older - 1].newer = slot->newer;
	else
		slots->oldest = slot->newer;
	slots->slot[slot->newer - 1].older = slot->older;
	slot->older = slots->newest;
	slot->newer = 0;
	slots->slot[slots->newest - 1].newer = (uint16_t)(at + 1);
	slots->newest = (uint16_t)(at + 1);
}

/* The slot of the cell with key, which then counts as used; NULL if none. */
static struct sj_slot *look_up(
	struct sj_slots *slots, const struct sj_slot_key *key)
{
	uint16_t at = *head_of(slots, key);

	while (at != 0) {
		struct sj_slot *found = &slots->slot[at - 1];

		if (found->key.low == key->low &&
			found->key.high == key->high) {
			touch(slots, (uint16_t)(at - 1));
			return found;
		}
		at = found->chain;
	}
	return NULL;
}

bool sj_slots_find(struct sj_slots *slots, const struct sj_slot_key *key,
	uint16_t place, uint16_t *slot)
{
	struct sj_slot *found = look_up(slots, key);

	slots->kept[place] = 0;
	if (!found)
		return false;
	found->is_hit = true;
	slots->alone[place] = 0;
	*slot = (uint16_t)(found - slots->slot);
	return true;
}

static void forget(struct sj_slots *slots, uint16_t at)
{
	struct sj_slot *slot = &slots->slot[at];
	uint16_t *link = head_of(slots, &slot->key);

	if (!slot->is_known)
		return;
	while (*link != at + 1)
		link = &slots->slot[*link - 1].chain;
	*link = slot->chain;
	slot->is_known = false;
}

/* The slot to give away for a cell from place. */
static uint16_t victim(struct sj_slots *slots, uint16_t place)
{
	uint16_t own = slots->own[place][slots->turn[place]];

	if (slots->alone[place] >= SJ_SLOT_ALONE && own != 0 &&
		slots->slot[own - 1].place == place &&
		!slots->slot[own - 1].is_hit)
		return (uint16_t)(own - 1);
	if (slots->alone[place] < SJ_SLOT_ALONE)
		slots->alone[place]++;
	return (uint16_t)(slots->oldest - 1);
}

static void fill(struct sj_slots *slots, uint16_t at,
	const struct sj_slot_key *key, uint16_t place)
{
	struct sj_slot *slot = &slots->slot[at];
	uint16_t *head = head_of(slots, key);

	forget(slots, at);
	slot->key = *key;
	slot->chain = *head;
	*head = (uint16_t)(at + 1);
	slot->place = place;
	slot->is_known = true;
	slot->is_hit = false;
	touch(slots, at);
}

uint16_t sj_slots_store(
	struct sj_slots *slots, const struct sj_slot_key *key, uint16_t place)
{
	uint16_t at = victim(slots, place);

	fill(slots, at, key, place);
	slots->own[place][slots->turn[place]] = (uint16_t)(at + 1);
	slots->turn[place] =
		(uint8_t)((slots->turn[place] + 1) % SJ_SLOT_ALONE);
	return at;
}

bool sj_slots_keep(struct sj_slots *slots, const struct sj_slot_key *key,
	uint16_t place, uint16_t *slot)
{
	uint16_t kept = slots->kept[place];

	if (look_up(slots, key))
		return false;
	if (kept != 0 && slots->slot[kept - 1].place == place &&
		!slots->slot[kept - 1].is_hit)
		*slot = (uint16_t)(kept - 1);
	else
		*slot = (uint16_t)(slots->oldest - 1);
	fill(slots, *slot, key, place);
	slots->kept[place] = (uint16_t)(*slot + 1);
	return true;
}
