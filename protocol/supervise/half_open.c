/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/supervise/half_open.h"

#include <poll.h>

/* One for each that is going, and the programs of a user who logs in. */
#define UIDS_KEPT (SJ_HALF_OPEN_GOING + 8)
#define CROWD 8

void sj_half_opens_add(struct sj_half_opens *opens, const struct sj_peer *peer,
	int control_fd, void *self)
{
	struct pollfd unread = {.fd = control_fd, .events = POLLIN};

	if (poll(&unread, 1, 0) == 1)
		return;
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

typedef bool (*is_same_fn)(const struct sj_peer *, const struct sj_peer *);

/* How many of address are in opens, and the last, oldest, of them. */
static size_t count_of(const struct sj_half_opens *opens,
	const struct sj_peer *address, is_same_fn is_same, size_t *oldest)
{
	size_t count = 0;

	for (size_t i = 0; i < opens->count; i++) {
		if (!is_same(opens->entry[i].peer, address))
			continue;
		count++;
		*oldest = i;
	}
	return count;
}

static bool is_any(const struct sj_peer *one, const struct sj_peer *other)
{
	(void)one;
	(void)other;
	return true;
}

/*
 * The oldest of who holds most of those that are within reach of newcomer;
 * opens->count: nobody does. Who holds some itself takes from nobody who would
 * then hold fewer than it: else those of a crowd send each other away for
 * ever, and are all that is going.
 */
static size_t choose(const struct sj_half_opens *opens,
	const struct sj_peer *newcomer, is_same_fn is_same,
	is_same_fn is_within)
{
	size_t oldest = 0, place = opens->count;
	size_t own = count_of(opens, newcomer, is_same, &oldest);
	size_t most = own > 0 ? own + 1 : 0;

	/* From the oldest on, which goes where two hold most. */
	for (size_t i = opens->count; i-- > 0;) {
		size_t count = 0;

		if (is_within(opens->entry[i].peer, newcomer))
			count = count_of(
				opens, opens->entry[i].peer, is_same, &oldest);
		if (count <= most)
			continue;
		most = count;
		place = oldest;
	}
	return place;
}

bool sj_half_opens_judge(const struct sj_half_opens *opens,
	const struct sj_peer *newcomer, void **victim)
{
	bool is_full = opens->connections >= opens->connections_max;
	/* A few who are just logging in are no crowd. */
	bool is_short =
		opens->is_short_of_uids && opens->count + opens->going >= CROWD;
	size_t oldest, place;

	*victim = NULL;
	if (count_of(opens, newcomer, sj_peer_is_same, &oldest) >=
		opens->half_open_max)
		return false;
	if (!is_full && !is_short)
		return true;
	/* With nobody to send away, the last user ids are for who comes. */
	if (opens->count == 0)
		return !is_full;
	/* A machine may have all of a network of IPv6; within one it is
	 * looked at addresses. */
	place = choose(opens, newcomer, sj_peer_is_near, is_any);
	if (place == opens->count)
		place = choose(
			opens, newcomer, sj_peer_is_same, sj_peer_is_near);
	if (place == opens->count || opens->going >= SJ_HALF_OPEN_GOING)
		return false;
	*victim = opens->entry[place].self;
	return true;
}
