/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * enter: who may come in beside those who are there.
 *
 * Of the peer its address is looked at, nothing else. Never blocks; logs whom
 * it sends away.
 */
#ifndef SJ_HOST_ENTER_H
#define SJ_HOST_ENTER_H

#include <stdbool.h>

#include "host/supervisor.h"
#include "protocol/base/attr.h"
#include "protocol/supervise/peer.h"

/*
 * True if newcomer may come in. The gate of one who has not logged in may have
 * been killed for it (protocol/supervise/half_open.h); its end comes back by
 * its socket.
 */
SJ_MUST_USE bool sj_enter_try(
	struct sj_supervisor *supervisor, const struct sj_peer *newcomer);

#endif /* SJ_HOST_ENTER_H */
