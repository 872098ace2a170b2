/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * wm_hints: what a window says about itself, read once and checked.
 *
 * The window belongs to a hostile program: every property may be missing, of
 * another type or full of nonsense, and then counts as not there.
 */
#ifndef SJ_HOST_WM_HINTS_XCB_H
#define SJ_HOST_WM_HINTS_XCB_H

#include <stdbool.h>
#include <stdint.h>

#include "protocol/base/attr.h"
#include "protocol/base/err.h"

struct sj_display;

/* The atoms of ICCCM and EWMH that the window manager uses. */
enum sj_wm_atom {
	SJ_WM_PROTOCOLS,
	SJ_WM_DELETE_WINDOW,
	SJ_WM_TAKE_FOCUS,
	SJ_WM_STATE,
	SJ_WM_ROLE,
	SJ_NET_SUPPORTED,
	SJ_NET_SUPPORTING_WM_CHECK,
	SJ_NET_WM_NAME,
	SJ_NET_ACTIVE_WINDOW,
	SJ_NET_CLOSE_WINDOW,
	SJ_NET_WM_PING,
	SJ_NET_CLIENT_LIST,
	SJ_NET_WORKAREA,
	SJ_NET_FRAME_EXTENTS,
	SJ_NET_WM_STATE,
	SJ_NET_WM_STATE_MAXIMIZED_VERT,
	SJ_NET_WM_STATE_MAXIMIZED_HORZ,
	SJ_NET_WM_STATE_FULLSCREEN,
	SJ_NET_WM_WINDOW_TYPE,
	SJ_NET_WM_WINDOW_TYPE_NORMAL,
	SJ_NET_WM_WINDOW_TYPE_DIALOG,
	SJ_MOTIF_WM_HINTS,
	SJ_UTF8_STRING,
	SJ_WM_ATOMS
};

struct sj_wm_hints {
	bool is_dialog;     /* transient, a dialog, or a page's popup */
	bool wants_bar;     /* a dialog that draws no frame of its own */
	bool takes_focus;   /* wants WM_TAKE_FOCUS */
	bool takes_delete;  /* understands WM_DELETE_WINDOW */
	bool answers_ping;  /* tells when it has done what came before */
	bool has_no_input;  /* never wants the keyboard */
	bool is_fullscreen; /* asks for it before it is mapped */
	uint32_t transient_for;
};

/* Asks for all atoms; SJ_ERR_SYSTEM when the display does not answer. */
SJ_MUST_USE enum sj_err sj_wm_hints_atoms(
	struct sj_display *display, uint32_t atoms[SJ_WM_ATOMS]);

/* What window says; waits for the display. */
struct sj_wm_hints sj_wm_hints_read(struct sj_display *display,
	const uint32_t atoms[SJ_WM_ATOMS], uint32_t window);

#endif /* SJ_HOST_WM_HINTS_XCB_H */
