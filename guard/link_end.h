/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * link_end: what the end of a connection means to its viewer, and says of its
 * host (docs/protocol.md section 14).
 *
 * Never blocks. Logs which host has let somebody down.
 */
#ifndef SJ_GUARD_LINK_END_H
#define SJ_GUARD_LINK_END_H

#include <stdbool.h>

#include "guard/link_start.h"
#include "protocol/base/attr.h"
#include "protocol/base/reason.h"

/* True if both are logins of one user that are not over. */
SJ_MUST_USE bool sj_link_is_same_user(
	const struct sj_link *one, const struct sj_link *other);

/* True if the user of link has logged in again at this guard. */
SJ_MUST_USE bool sj_link_has_newer(const struct sj_link *link);

/*
 * What the viewer of link, which ends for reason, is told. Remembers the host
 * that is to blame for an end before its ServerInit.
 */
SJ_MUST_USE enum sj_reason sj_link_end_word(
	struct sj_link *link, enum sj_reason reason);

/*
 * The viewer of link has left, or its user logs in again. A host that let it
 * wait for its ServerInit is to blame.
 */
void sj_link_end_left(struct sj_link *link);

#endif /* SJ_GUARD_LINK_END_H */
