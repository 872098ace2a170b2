/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * reach: which render host a user goes to, and the socket on the way to it.
 *
 * A user always goes to the same host while that can be reached, so that the
 * session is found again. A host that nobody can reach is passed over by all
 * for a while; one that lets a user down, by that user (misses.h).
 * Never blocks; addresses are numeric.
 */
#ifndef SJ_GUARD_REACH_H
#define SJ_GUARD_REACH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "guard/guard.h"
#include "protocol/base/attr.h"
#include "protocol/base/reason.h"

/* The index of the host for user at now_ms: where that user is already, if
 * that has not failed. */
SJ_MUST_USE size_t sj_reach_choose(
	const struct sj_guard *guard, const char *user, uint64_t now_ms);

/*
 * True if one more may call host number index: a host bounds how many of one
 * address have not logged in yet, and takes a guard for one address.
 */
SJ_MUST_USE bool sj_reach_has_room(const struct sj_guard *guard, size_t index);

/* True if the end of link before its ServerInit, for reason, says that its
 * host cannot be reached by others either. */
SJ_MUST_USE bool sj_reach_is_fault(
	const struct sj_link *link, enum sj_reason reason);

/* Host number index did not answer: others are tried for a while. */
void sj_reach_failed(struct sj_guard *guard, size_t index, uint64_t now_ms);

/*
 * Gives a socket that connects, or has connected, to host in *fd: what reads
 * from it learns how that went. SJ_ERR_SYSTEM when it cannot even begin.
 */
SJ_MUST_USE enum sj_err sj_reach_begin(
	const struct sj_guard_host *host, int *fd);

#endif /* SJ_GUARD_REACH_H */
