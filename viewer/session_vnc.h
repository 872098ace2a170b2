/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * session_vnc: libvncclient, fed over a socketpair, drawing into shared memory.
 *
 * The only file of the viewer that touches libvncclient. The library
 * sees no network, no TLS and no key; what it reads has passed the gate
 * and is still treated as hostile: sizes, pixels, cursor, caret
 * and session end are checked here again. Blocking, bounded by
 * SJ_LIMIT_HANDSHAKE_MS and SJ_LIMIT_MESSAGE_MS. One at a time: the
 * library keeps its extensions and its logger in globals.
 */
#ifndef SJ_VIEWER_SESSION_VNC_H
#define SJ_VIEWER_SESSION_VNC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/base/attr.h"
#include "viewer/viewer_ipc.h"

struct sj_vnc;

/* How a call ended; the decoder's exit status is SJ_VNC_EXIT_BASE + this. */
enum sj_vnc_end {
	SJ_VNC_RUNNING,   /* all is well */
	SJ_VNC_CLOSED,    /* the gate closed the stream between messages */
	SJ_VNC_HANDSHAKE, /* version, security or ServerInit refused */
	SJ_VNC_SIZE,      /* a size outside the limits */
	SJ_VNC_TYPE,      /* a message that is no FramebufferUpdate */
	SJ_VNC_MESSAGE,   /* the library refused or did not get the rest */
	SJ_VNC_ENCODING,  /* an encoding that nobody negotiated */
	SJ_VNC_TILE,      /* pixels that do not decode */
	SJ_VNC_CURSOR,    /* a cursor beyond its limits */
	SJ_VNC_CARET,     /* a caret hint outside the screen */
	SJ_VNC_END,       /* a session end with an unknown number */
	SJ_VNC_SINK       /* the receiver of damage is gone */
};

/* Beyond every enum sj_exit. */
#define SJ_VNC_EXIT_BASE 32

/* Receives damage in the order of drawing; false: the receiver is gone. */
typedef bool sj_vnc_damage_fn(
	void *self, const struct sj_viewer_damage *damage);

struct sj_vnc_settings {
	int stream_fd;  /* non-blocking; closed by destroy */
	uint8_t *frame; /* SJ_VIEWER_FRAME_FILE_BYTES, writable; kept */
	sj_vnc_damage_fn *damage;
	void *damage_self;
	bool is_strict; /* Zlib and shapes instead of tiles and cursors */
};

/* NULL when memory is short; stream_fd is then still the caller's. */
SJ_MUST_USE struct sj_vnc *sj_vnc_create(
	const struct sj_vnc_settings *settings);

/* Frees vnc and closes its stream; NULL does nothing. */
void sj_vnc_destroy(struct sj_vnc *vnc);

/*
 * Does the RFB handshake and takes the size of ServerInit (one SIZE damage).
 * Blocks at most SJ_LIMIT_HANDSHAKE_MS a read. RUNNING when done.
 */
SJ_MUST_USE enum sj_vnc_end sj_vnc_open(struct sj_vnc *vnc);

/*
 * Reads and draws messages until nothing more is buffered. Called when the
 * stream is readable. After any result but RUNNING vnc can only be
 * destroyed.
 */
SJ_MUST_USE enum sj_vnc_end sj_vnc_step(struct sj_vnc *vnc);

/* Lines that the library wanted to log so far; their text is dropped. */
unsigned sj_vnc_log_count(void);

/* One English sentence part for end. Never NULL; static. */
const char *sj_vnc_end_text(enum sj_vnc_end end);

#endif /* SJ_VIEWER_SESSION_VNC_H */
