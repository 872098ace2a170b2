/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * link: one connection through the guard: outer gate, core, inner gate.
 *
 * The outer gate is started for the accepted socket; when it has told the
 * user, the host is called and inner gate and core are started; when the
 * host has let the user in, the outer gate is joined with the core. The end
 * of any of the three is the end of that connection, and of no other.
 */
#ifndef SJ_GUARD_LINK_H
#define SJ_GUARD_LINK_H

#include <stdint.h>

#include "guard/guard.h"
#include "guard/keeping.h"
#include "protocol/base/reason.h"

/* Of the listener: somebody has connected; self is the struct sj_guard. */
void sj_links_welcome(void *self, int socket_fd, const struct sj_peer *peer);

/* What the ledger does to connections. */
extern const struct sj_keeping_hooks sj_links_keeping;

/* Tells every viewer that its connection ends for reason. */
void sj_links_end_all(struct sj_guard *guard, enum sj_reason reason);

/* Kills and forgets every connection. */
void sj_links_drop_all(struct sj_guard *guard);

/* Give every outer gate the present revocation list of the viewers, every inner
 * gate that of the hosts. */
void sj_links_send_viewers_crl(struct sj_guard *guard);
void sj_links_send_hosts_crl(struct sj_guard *guard);

/* Ends what is late; returns when to call again, or UINT64_MAX. */
uint64_t sj_links_tick(struct sj_guard *guard, uint64_t now_ms);

#endif /* SJ_GUARD_LINK_H */
