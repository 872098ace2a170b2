/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/supervise/half_open.h"

/* One for each that is going, and the programs of a user who logs in. */
#define UIDS_KEPT (SJ_HALF_OPEN_GOING + 8)

void sj_half_opens_add(
	struct sj_half_opens *opens, const struct sj_peer *peer, void *self)
{
	if (opens->count < SJ_COUNT(opens->entry))
		opens->entry[opens->count++] =
			(struct sj_half_open){.peer = peer, .self = self};
}

bool sj_half_opens_is_short(
	const struct sj_children *children, size_t uid_count)
{
	size_t kept = uid_count / 4 < UIDS_KEPT ? uid_count / 4 : UIDS_KEPT;

	return sj_children_count_free_uids(children) < kept;
}

/* How many of address are in opens, and the last, oldest, of them. */
static size_t count_of(const struct sj_half_opens *opens,
	const struct sj_peer *address, size_t *oldest)
{
	size_t count = 0;

	for (size_t i = 0; i < opens->count; i++) {
		if (!sj_peer_is_same(opens->entry[i].peer, address))
			continue;
		count++;
		*oldest = i;
	}
	return count;
}

bool sj_half_opens_judge(const struct sj_half_opens *opens,
	const struct sj_peer *newcomer, void **victim)
{
	bool is_full = opens->connections >= opens->connections_max;
	size_t oldest = 0, place = 0;
	size_t own = count_of(opens, newcomer, &oldest);
	size_t most = own;

	*victim = NULL;
	if (own >= opens->half_open_max)
		return false;
	if (!is_full && !opens->is_short_of_uids)
		return true;
	/* With nobody to send away, the last user ids are for who comes. */
	if (opens->count == 0)
		return !is_full;
	/* From the oldest on, which goes where two addresses hold most. */
	for (size_t i = opens->count; i-- > 0;) {
		size_t count = count_of(opens, opens->entry[i].peer, &oldest);

		if (count <= most)
			continue;
		most = count;
		place = oldest;
	}
	if (most == own || opens->going >= SJ_HALF_OPEN_GOING)
		return false;
	*victim = opens->entry[place].self;
	return true;
}
