/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * reach: resolves a host and connects to one of its addresses, without waiting.
 */
#ifndef SJ_VIEWER_REACH_H
#define SJ_VIEWER_REACH_H

#include <stdbool.h>
#include <stdint.h>

#include "protocol/base/attr.h"
#include "protocol/base/reason.h"

#define SJ_REACH_MS 10000     /* for all addresses together */
#define SJ_REACH_EACH_MS 3000 /* for one, when there are others */

struct addrinfo;

/* fd is -1 when nothing is under way. */
struct sj_reach {
	struct addrinfo *list;
	struct addrinfo *at;
	int fd;               /* poll it for writing */
	uint64_t deadline_ms; /* of this address */
	uint64_t end_ms;      /* of all */
};

enum sj_reach_step {
	SJ_REACH_WAIT, /* poll fd until deadline_ms, then sj_reach_next */
	SJ_REACH_DONE, /* fd is connected: sj_reach_take */
	SJ_REACH_FAILED
};

/*
 * Resolves host (the resolver may block) and begins to connect. On FAILED
 * *reason is UNRESOLVED or UNREACHABLE and reach is finished.
 */
SJ_MUST_USE enum sj_reach_step sj_reach_start(struct sj_reach *reach,
	const char *host, uint32_t port, enum sj_reason *reason);

/* Goes on after fd became writable or time has passed. */
SJ_MUST_USE enum sj_reach_step sj_reach_next(
	struct sj_reach *reach, enum sj_reason *reason);

/* Gives the connected non-blocking socket and finishes reach. */
SJ_MUST_USE int sj_reach_take(struct sj_reach *reach);

/* Gives up; may be called at any time after start. */
void sj_reach_finish(struct sj_reach *reach);

#endif /* SJ_VIEWER_REACH_H */
