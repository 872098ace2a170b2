/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * session_network: what little network a session has: lo and one listener.
 */
#ifndef SJ_HOST_SESSION_NETWORK_H
#define SJ_HOST_SESSION_NETWORK_H

#include "protocol/base/attr.h"
#include "protocol/base/err.h"

/* Where the forwarder listens inside a session's network namespace. */
#define SJ_SESSION_PROXY_PORT 3128

/*
 * Brings lo up in the network namespace of this process and gives in *fd a
 * non-blocking socket that listens on 127.0.0.1:SJ_SESSION_PROXY_PORT there.
 * SJ_ERR_SYSTEM with errno on failure.
 */
SJ_MUST_USE enum sj_err sj_session_network_up(int *fd);

#endif /* SJ_HOST_SESSION_NETWORK_H */
