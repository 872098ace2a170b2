/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * gate_session: one connection of a viewer, from its first byte to its last.
 *
 * The phases of the host gate after confinement: RFB and VeNCrypt in clear,
 * TLS, login, the user told to shojid, the inner handshake with the agent, the
 * session itself, the orderly end. Everything the viewer sends is hostile.
 */
#ifndef SJ_HOST_GATE_SESSION_H
#define SJ_HOST_GATE_SESSION_H

#include <stddef.h>
#include <stdint.h>

#include "protocol/base/attr.h"
#include "protocol/base/reason.h"
#include "protocol/gate/host_gate_ipc.h"

struct sj_tls;

/* What main has opened; all of it stays main's. */
struct sj_gate_session_parts {
	const struct sj_host_gate_start *start;
	int control_fd;        /* to shojid */
	int socket_fd;         /* to the viewer, non-blocking */
	struct sj_tls *tls;    /* over socket_fd, not yet started */
	const char *passwords; /* text of the password file, or NULL */
};

/*
 * Runs the connection to its end and fills *closed for shojid. Blocks in poll
 * only. Returns the reason, which is also in *closed.
 */
SJ_MUST_USE enum sj_reason sj_gate_session_run(
	const struct sj_gate_session_parts *parts,
	struct sj_host_gate_closed *closed);

#endif /* SJ_HOST_GATE_SESSION_H */
