/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * listener: the TCP socket that a supervisor listens on.
 *
 * Address and port are the administrator's. Who waits for the port finds it in
 * a file that is whole as soon as it is there. Does not block; logs where it
 * listens, and what keeps it from accepting.
 */
#ifndef SJ_PROTOCOL_SUPERVISE_LISTENER_H
#define SJ_PROTOCOL_SUPERVISE_LISTENER_H

#include <stddef.h>
#include <stdint.h>

#include "protocol/base/attr.h"
#include "protocol/base/err.h"
#include "protocol/supervise/loop.h"
#include "protocol/supervise/peer.h"
#include "protocol/supervise/port_file.h"

/* Somebody has connected: socket_fd (non-blocking, close-on-exec, with the
 * options of peer.h) is lent, and closed afterwards. */
typedef void (*sj_listener_fn)(
	void *self, int socket_fd, const struct sj_peer *peer);

/* Texts lent; loop, welcome and self are kept. */
struct sj_listener_plan {
	const char *address;   /* numeric, IPv4 or IPv6 */
	uint16_t port;         /* 0: the kernel chooses */
	const char *port_file; /* "": none */
	struct sj_loop *loop;
	sj_listener_fn welcome;
	void *self;
};

/* Must stay where it is while it listens. */
struct sj_listener {
	struct sj_loop *loop;
	sj_listener_fn welcome;
	void *self;
	int fd;        /* -1: does not listen */
	uint16_t port; /* the actual one */
	struct sj_port_file port_file;
};

/* Does not listen. */
void sj_listener_init(struct sj_listener *listener);

/*
 * Listens as plan says, in an initialised *listener. SJ_ERR_FORMAT when the
 * address is none, SJ_ERR_SYSTEM otherwise; message (size bytes) then holds
 * one line, and the listener is still to be closed.
 */
SJ_MUST_USE enum sj_err sj_listener_open(struct sj_listener *listener,
	const struct sj_listener_plan *plan, char *message, size_t size);

/* Listens no more; the port file stays. Again: does nothing. */
void sj_listener_close(struct sj_listener *listener);

#endif /* SJ_PROTOCOL_SUPERVISE_LISTENER_H */
