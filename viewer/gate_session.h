/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * gate_session: the connection of this terminal, from connect to its end.
 *
 * The phases of the viewer gate after confinement: RFB and VeNCrypt in clear,
 * TLS, RFB to ServerInit, the inner handshake with libvncclient, the
 * session. Everything that host, decoder and window send is hostile.
 */
#ifndef SJ_VIEWER_GATE_SESSION_H
#define SJ_VIEWER_GATE_SESSION_H

#include "protocol/base/attr.h"
#include "protocol/base/reason.h"
#include "protocol/gate/viewer_gate_ipc.h"

struct sj_tls;

/* What main has opened; all of it stays main's. All non-blocking but control.
 */
struct sj_gate_session_parts {
	const struct sj_viewer_gate_start *start;
	int control_fd;     /* to the launcher */
	int socket_fd;      /* to the host or guard */
	int decoder_fd;     /* RFB stream to libvncclient */
	int input_fd;       /* struct sj_viewer_input from the window */
	struct sj_tls *tls; /* over socket_fd, not yet started */
};

/*
 * Runs the connection to its end and fills *closed for the launcher. Blocks in
 * poll only. Returns the reason, which is also in *closed.
 */
SJ_MUST_USE enum sj_reason sj_gate_session_run(
	const struct sj_gate_session_parts *parts,
	struct sj_viewer_gate_closed *closed);

#endif /* SJ_VIEWER_GATE_SESSION_H */
