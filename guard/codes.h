/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * codes: covers 2-D codes in the picture before the viewer gets it.
 *
 * The core's side of shoji-guard-codes, whose answers are judged as foreign.
 * What the host has changed is copied into the shown picture and searched, with
 * a margin around it (a change may complete a code) and at times all of the
 * screen; until the answer has come nothing may be sent, so that fresh pixels
 * are never shown unsearched. Codes are covered until the user clicks on them.
 * Memory is taken in create only; never blocks. The caller gives the time
 * (sj_clock_us) and does what is said to be damaged. Rectangles fit the screen.
 */
#ifndef SJ_GUARD_CODES_H
#define SJ_GUARD_CODES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "guard/codes_ipc.h"
#include "guard/screen.h"
#include "guard/shown.h"
#include "protocol/base/attr.h"
#include "protocol/base/err.h"
#include "protocol/base/rect.h"
#include "protocol/rfb/types.h"

struct sj_codes;

struct sj_codes_parts {
	struct sj_screen *screen; /* kept */
	struct sj_shown *shown;   /* kept; made with covers */
	int fd;        /* to shoji-guard-codes; kept; does not block */
	uint8_t *grey; /* SJ_CODES_BYTES, shared with it; lent */
};

/* What is to be sent again. */
struct sj_codes_damage {
	struct sj_rect rect[SJ_LIMIT_CODES_FOUND + 1];
	size_t count;
};

/* NULL when memory is short. destroy(NULL): nothing. */
SJ_MUST_USE struct sj_codes *sj_codes_create(
	const struct sj_codes_parts *parts);
void sj_codes_destroy(struct sj_codes *codes);

/* The screen has another size: black is shown until all of it is searched. */
void sj_codes_resize(struct sj_codes *codes);

/* The host has changed rect of the screen; it is not shown yet. */
void sj_codes_changed(struct sj_codes *codes, const struct sj_rect *rect);

/* Asks for a search, if one is due and none is under way. SJ_ERR_CLOSED: the
 * program is gone. */
SJ_MUST_USE enum sj_err sj_codes_search(
	struct sj_codes *codes, uint64_t now_us);

/* A message of the program waits: takes it and fills *damage. SJ_ERR_FORMAT,
 * SJ_ERR_CLOSED: nothing may be shown any more. */
SJ_MUST_USE enum sj_err sj_codes_hear(
	struct sj_codes *codes, struct sj_codes_damage *damage);

/* True while the shown picture holds pixels that are not searched. */
bool sj_codes_is_busy(const struct sj_codes *codes);

/* True if an answer has not come in SJ_LIMIT_CODES_MS. */
bool sj_codes_is_late(const struct sj_codes *codes, uint64_t now_us);

/* Microseconds until search or is_late say something else; UINT64_MAX. */
uint64_t sj_codes_wait_us(const struct sj_codes *codes, uint64_t now_us);

/* True if pointer is meant for a cover and not for the host. A press of the
 * first button uncovers. */
SJ_MUST_USE bool sj_codes_point(
	struct sj_codes *codes, const struct sj_rfb_pointer *pointer);

#endif /* SJ_GUARD_CODES_H */
