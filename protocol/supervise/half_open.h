/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * half_open: who may come in while others have not logged in.
 *
 * Whoever can connect can hold places without a certificate. When none is
 * free, a newcomer gets that of the oldest connection without a user of the
 * address, or /64 of IPv6, that holds most of them: who shuts others out loses
 * what it holds, and who logs in is never touched. An address that holds some
 * takes only from one that holds two more than it, so that this comes to an
 * end. Nothing blocks, allocates or logs.
 */
#ifndef SJ_PROTOCOL_SUPERVISE_HALF_OPEN_H
#define SJ_PROTOCOL_SUPERVISE_HALF_OPEN_H

#include <stdbool.h>
#include <stddef.h>

#include "protocol/base/limits.h"
#include "protocol/supervise/children.h"
#include "protocol/supervise/peer.h"

/* So many that were ended for newcomers may be under way out at once, beyond
 * connections_max: what a listener accepts in one turn. */
#define SJ_HALF_OPEN_GOING 16

struct sj_half_open {
	const struct sj_peer *peer; /* kept */
	void *self;
};

/* What a supervisor knows when somebody has connected. */
struct sj_half_opens {
	size_t half_open_max;   /* of one address */
	size_t connections_max; /* of all */
	size_t connections;     /* all but those that are going */
	size_t going;           /* ended for a newcomer, not gone yet */
	bool is_short_of_uids;  /* see below */
	size_t count;
	struct sj_half_open entry[SJ_LIMIT_CONNECTIONS]; /* newest first */
};

/*
 * One more without a user, older than those before; beyond the last one it is
 * not counted. Nor is one whose gate has said something that is not read yet
 * (control_fd): it may be its user.
 */
void sj_half_opens_add(struct sj_half_opens *opens, const struct sj_peer *peer,
	int control_fd, void *self);

/*
 * True if fewer user ids are free than are kept for newcomers and for users
 * who log in: 24, and a quarter of a small pool (uid_count). Never without
 * root.
 */
SJ_MUST_USE bool sj_half_opens_is_short(
	const struct sj_children *children, size_t uid_count);

/*
 * True if newcomer may come in. *victim is then NULL, or the self of the one
 * that has to go for it.
 */
SJ_MUST_USE bool sj_half_opens_judge(const struct sj_half_opens *opens,
	const struct sj_peer *newcomer, void **victim);

#endif /* SJ_PROTOCOL_SUPERVISE_HALF_OPEN_H */
