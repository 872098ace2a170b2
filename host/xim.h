/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * xim: the input method of a session: commits text and sees no keys.
 *
 * Its clients are the programs of the jail, which are hostile. It knows no
 * text but what it is told to commit. Not thread-safe.
 */
#ifndef SJ_HOST_XIM_H
#define SJ_HOST_XIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/base/attr.h"
#include "protocol/base/err.h"
#include "protocol/base/rect.h"

struct sj_display;
struct sj_xim;

/* News; called from sj_xim_serve. */
struct sj_xim_hooks {
	void *self;
	/* The program has taken the text of the last commit. */
	void (*taken)(void *self);
	/* A field takes text now, or none does. */
	void (*focus)(void *self, bool has_focus);
	/* The text cursor is there, in root coordinates, cut to the screen. */
	void (*caret)(void *self, const struct sj_rect *rect);
};

/*
 * Announces the input method `shoji` on display (keeps): programs started from
 * now on find it. hooks are copied. Blocks. SJ_ERR_SYSTEM when the display
 * refuses.
 */
SJ_MUST_USE enum sj_err sj_xim_create(struct sj_xim **xim,
	struct sj_display *display, const struct sj_xim_hooks *hooks);
void sj_xim_destroy(struct sj_xim *xim);

/* Serves all events that are there. False when the display is gone. */
SJ_MUST_USE bool sj_xim_serve(struct sj_xim *xim);

/*
 * Commits size bytes of UTF-8 (at most SJ_LIMIT_COMMIT_BYTES) to the field
 * that has the focus; `taken` follows. False, nothing done, when there is
 * none.
 */
SJ_MUST_USE bool sj_xim_commit(
	struct sj_xim *xim, const char *text, size_t size);

#endif /* SJ_HOST_XIM_H */
