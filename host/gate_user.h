/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * gate_user: who the viewer of a connection is.
 *
 * By the certificate that TLS has verified and, where the configuration allows
 * one, by a login of VeNCrypt Plain (a viewer's own, or the name that a guard
 * states for its user). The login is hostile. protocol.md section 2.
 */
#ifndef SJ_HOST_GATE_USER_H
#define SJ_HOST_GATE_USER_H

#include "host/gate_session.h"
#include "protocol/base/attr.h"
#include "protocol/base/reason.h"
#include "protocol/gate/host_gate_ipc.h"
#include "protocol/rfb/handshake.h"

/*
 * Fills *user from certificate and login (NULL: none); a reason refuses. To be
 * called after the TLS handshake of parts. Does not block, but for the work of
 * a password's hash.
 */
SJ_MUST_USE enum sj_reason sj_gate_user(
	const struct sj_gate_session_parts *parts,
	const struct sj_handshake_login *login, struct sj_host_gate_user *user);

#endif /* SJ_HOST_GATE_USER_H */
