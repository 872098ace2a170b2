/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * from_host: reads what the host sends and makes pixels and numbers of it.
 *
 * The bytes have passed the inner gate and are hostile all the same. They are
 * decoded into a screen of our own, and nothing of them is kept: what leaves
 * are pixels, a cursor image, sizes and small numbers, all checked. Pure but
 * for the memory of create; not thread-safe.
 */
#ifndef SJ_GUARD_FROM_HOST_H
#define SJ_GUARD_FROM_HOST_H

#include <stdbool.h>
#include <stdint.h>

#include "guard/screen.h"
#include "protocol/base/attr.h"
#include "protocol/base/bytes.h"
#include "protocol/base/reason.h"
#include "protocol/base/rect.h"
#include "protocol/base/step.h"
#include "protocol/rfb/types.h"
#include "protocol/send/update.h"

struct sj_from_host; /* opaque */

enum sj_news_kind {
	SJ_NEWS_NONE,
	SJ_NEWS_PIXELS, /* parts of the screen have new pixels */
	SJ_NEWS_SIZE,   /* size: as the host says; the screen has it already */
	SJ_NEWS_CURSOR, /* cursor */
	SJ_NEWS_CARET,  /* rect */
	SJ_NEWS_END     /* reason: the session ends on purpose */
};

/* What one step has brought. */
struct sj_news {
	enum sj_news_kind kind;
	bool is_update_over; /* it was the last of its update */
	bool is_motion;      /* the pixels came as motion: they are not exact */
	bool is_moved;       /* they were on the screen before */
	struct sj_rect rect; /* of pixels: around all parts */
	const struct sj_rect *parts; /* lent until the next step */
	size_t part_count;
	struct sj_rfb_screen_size size;
	const struct sj_update_cursor *cursor; /* lent until the next step */
	enum sj_reason reason;
};

/* Decodes to screen (keeps). NULL when memory is short. */
SJ_MUST_USE struct sj_from_host *sj_from_host_create(struct sj_screen *screen);
void sj_from_host_destroy(struct sj_from_host *from);

/* The stream of another host begins: nothing of the one before is left. */
void sj_from_host_begin(struct sj_from_host *from);

/*
 * Takes the next unit of in and fills *news. DONE; MORE: nothing was taken;
 * REFUSE: see sj_from_host_reason, every later call refuses. A unit is at most
 * SJ_LIMIT_UPDATE_BYTES and a head: in has to have room for that.
 */
SJ_MUST_USE enum sj_step sj_from_host_next(
	struct sj_from_host *from, struct sj_reader *in, struct sj_news *news);

/* Why it refused; SJ_REASON_NONE while all is well. */
enum sj_reason sj_from_host_reason(const struct sj_from_host *from);

#endif /* SJ_GUARD_FROM_HOST_H */
