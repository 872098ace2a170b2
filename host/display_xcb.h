/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * display: the one connection of a process to the session's X server.
 *
 * The server is not trusted: it shares the jail with the browser. What it
 * replies is checked by who asked; a reply that never comes hangs this
 * session only. Opened before confinement; afterwards it is one socket.
 * Not thread-safe. Only files named *_xcb.c look inside.
 */
#ifndef SJ_HOST_DISPLAY_XCB_H
#define SJ_HOST_DISPLAY_XCB_H

#include <stdbool.h>
#include <stdint.h>

#include "protocol/base/attr.h"
#include "protocol/base/err.h"
#include "protocol/base/rect.h"

struct xcb_connection_t;
struct xcb_screen_t;

struct sj_display {
	struct xcb_connection_t *connection;
	struct xcb_screen_t *screen;
	uint32_t root;
	uint8_t damage_event; /* number of DamageNotify */
	uint8_t fixes_event;  /* first event number of XFixes */
	uint8_t randr_event;  /* first event number of RandR */
	uint8_t xkb_event;    /* the event number of XKB */
	void *held;           /* read already, for sj_display_next */
};

/*
 * Connects to display :0 with a MIT-MAGIC-COOKIE-1 of 16 bytes. Blocks.
 * SJ_ERR_SYSTEM when there is no display, SJ_ERR_MISSING when it has no
 * screen of depth 24.
 */
SJ_MUST_USE enum sj_err sj_display_open(
	struct sj_display *display, const uint8_t cookie[16]);

/*
 * Asks for the extensions that the agent needs: DAMAGE, XFIXES, RANDR, XTEST,
 * XKEYBOARD; fills the event numbers. Blocks. SJ_ERR_MISSING when one is not
 * there.
 */
SJ_MUST_USE enum sj_err sj_display_use_extensions(struct sj_display *display);

/* Closes what open has made; a zeroed display is ignored. */
void sj_display_close(struct sj_display *display);

/* The socket, for poll. */
int sj_display_fd(const struct sj_display *display);

/* False when the server is gone. */
bool sj_display_is_alive(const struct sj_display *display);

/*
 * The next event that is there, or NULL; never blocks. With is_readable (poll
 * said so) the socket is read, else only what was read before is looked
 * at. The caller frees it with free(). Its first byte & 0x7f is the event
 * number.
 */
SJ_MUST_USE void *sj_display_next(struct sj_display *display, bool is_readable);

/*
 * True if an event has been read from the socket already, while an answer was
 * waited for: poll would not tell of it. Reads nothing.
 */
SJ_MUST_USE bool sj_display_has_event(struct sj_display *display);

/* Sends what is queued. May block until the server reads. */
void sj_display_flush(struct sj_display *display);

/* An atom by its name; 0 when the server does not answer. Blocks. */
uint32_t sj_display_atom(struct sj_display *display, const char *name);

#endif /* SJ_HOST_DISPLAY_XCB_H */
