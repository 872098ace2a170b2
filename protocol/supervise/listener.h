/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * listener: the TCP socket that a supervisor listens on.
 *
 * Address and port are the administrator's. Who waits for the port finds it in
 * a file that is whole as soon as it is there. Does not block.
 */
#ifndef SJ_PROTOCOL_SUPERVISE_LISTENER_H
#define SJ_PROTOCOL_SUPERVISE_LISTENER_H

#include <stddef.h>
#include <stdint.h>

#include "protocol/base/attr.h"
#include "protocol/base/err.h"
#include "protocol/supervise/loop.h"

/* All lent; nothing is kept but loop, accept and self by the loop. */
struct sj_listener_plan {
	const char *address;   /* numeric, IPv4 or IPv6 */
	uint16_t port;         /* 0: the kernel chooses */
	const char *port_file; /* "": none */
	struct sj_loop *loop;
	sj_loop_fn accept; /* called when somebody connects */
	void *self;
};

/*
 * Listens as plan says; gives the socket (the caller's, also after a failure
 * unless -1) and its actual port. SJ_ERR_FORMAT when the address is none,
 * SJ_ERR_SYSTEM otherwise; message (size bytes) then holds one line.
 */
SJ_MUST_USE enum sj_err sj_listener_open(const struct sj_listener_plan *plan,
	int *fd, uint16_t *port, char *message, size_t size);

#endif /* SJ_PROTOCOL_SUPERVISE_LISTENER_H */
