/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * session_root: the file system that a session sees.
 *
 * A tmpfs with read-only binds of /usr and the few files that X and
 * Chromium need, a /proc of the session's pid namespace, a minimal /dev and
 * private writable places. Called by session init as pid 1 in fresh mount and
 * pid namespaces; afterwards nothing of the host's own root can be reached.
 */
#ifndef SJ_HOST_SESSION_ROOT_H
#define SJ_HOST_SESSION_ROOT_H

#include <stdint.h>

#include "host/host_ipc.h"
#include "protocol/base/attr.h"
#include "protocol/base/err.h"

/* Places inside the root that several files of session init name. */
#define SJ_SESSION_LIBEXEC "/shoji/libexec"
#define SJ_SESSION_FRAMEBUFFER_DIR "/run/shoji/framebuffer"
#define SJ_SESSION_XAUTHORITY "/run/shoji/xauthority"
#define SJ_SESSION_HOME "/home/user"
#define SJ_SESSION_X11_DIR "/tmp/.X11-unix"

/* X-cookie of one session: MIT-MAGIC-COOKIE-1. */
#define SJ_SESSION_COOKIE_BYTES 16

/*
 * Builds the root that start (lent, texts terminated) asks for, moves this
 * process into it and detaches the old one. On failure SJ_ERR_SYSTEM with
 * errno, and *step names what could not be done (static text or lent from
 * start).
 */
SJ_MUST_USE enum sj_err sj_session_root_enter(
	const struct sj_host_init_start *start, const char **step);

/*
 * Writes the X cookie where server and clients read it, owned by the jail's
 * uid. After sj_session_root_enter. SJ_ERR_SYSTEM with errno on failure.
 */
SJ_MUST_USE enum sj_err sj_session_root_write_cookie(
	const struct sj_host_init_start *start,
	const uint8_t cookie[SJ_SESSION_COOKIE_BYTES]);

#endif /* SJ_HOST_SESSION_ROOT_H */
