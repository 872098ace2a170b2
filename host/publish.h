/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * publish: shows a picture to one viewer at a time, as an RFB server.
 *
 * A viewer that announces SJ_RFB_ENCODING_TILE gets updates of our own; a
 * foreign one, when allowed, what the library encodes. Either way the pixels
 * come from the shadow. What arrives has passed the gate, and is still judged
 * here. One stream, no listening socket, no threads; the stream is written to
 * only when its queue has room, so that nothing blocks and nothing
 * stale is queued. Not thread-safe.
 */
#ifndef SJ_HOST_PUBLISH_H
#define SJ_HOST_PUBLISH_H

#include <stdbool.h>
#include <stdint.h>

#include "protocol/base/attr.h"
#include "protocol/base/rect.h"
#include "protocol/send/sender.h"
#include "protocol/send/shadow.h"
#include "protocol/send/update.h"

struct sj_publish;

/* What the viewer does; called from sj_publish_readable. */
struct sj_publish_hooks {
	void *self;
	/* False: nothing more can be taken now; the viewer has to wait. */
	bool (*has_room)(void *self);
	void (*key)(void *self, bool is_down, uint32_t keysym);
	void (*pointer)(
		void *self, uint8_t buttons, uint16_t x_px, uint16_t y_px);
	/* The viewer wants size. The status of ExtendedDesktopSize: on 0 the
	 * hook has called sj_publish_resized. */
	uint16_t (*resize)(void *self, const struct sj_size *size);
};

struct sj_publish_settings {
	bool is_stock_allowed; /* else foreign viewers see nothing */
	struct sj_sender_settings sender;
};

/*
 * A server for the picture of shadow (keeps). hooks and settings are copied.
 * NULL when memory is short. One per process.
 */
SJ_MUST_USE struct sj_publish *sj_publish_create(struct sj_shadow *shadow,
	const struct sj_publish_hooks *hooks,
	const struct sj_publish_settings *settings);
void sj_publish_destroy(struct sj_publish *publish);

/*
 * Takes fd, the connected stream to a gate, and serves it once the gate has
 * written its first bytes. The viewer before is closed without a word.
 */
void sj_publish_attach(struct sj_publish *publish, int fd);

/* The stream to poll for reading, or -1. */
int sj_publish_fd(const struct sj_publish *publish);

/* True if the stream should also be polled for writing: something waits. */
bool sj_publish_wants_write(const struct sj_publish *publish);

/* Microseconds until sj_publish_frame is to be called although nothing has
 * happened; UINT64_MAX: there is nothing to wait for. */
uint64_t sj_publish_wait_us(const struct sj_publish *publish);

/* The display has drawn in rect; parts outside the picture are ignored. */
void sj_publish_damage(struct sj_publish *publish, const struct sj_rect *rect);

/*
 * Reads what the viewer sent; call it when the stream is readable. False when
 * the stream has ended: there is no viewer any more.
 */
SJ_MUST_USE bool sj_publish_readable(struct sj_publish *publish);

/*
 * Sends what live has changed, and other news, as far as the viewer has asked
 * and the stream has room. False when the stream has ended.
 */
SJ_MUST_USE bool sj_publish_frame(
	struct sj_publish *publish, const struct sj_tile_image *live);

/* The shadow has been resized; is_by_viewer: because the viewer asked. */
void sj_publish_resized(struct sj_publish *publish, bool is_by_viewer);

/* The pointer's image has changed. */
void sj_publish_set_cursor(
	struct sj_publish *publish, const struct sj_update_cursor *cursor);

/* The text cursor is at rect, inside the picture. */
void sj_publish_set_caret(
	struct sj_publish *publish, const struct sj_rect *rect);

#endif /* SJ_HOST_PUBLISH_H */
