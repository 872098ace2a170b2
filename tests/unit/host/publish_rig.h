/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * publish_rig: a publisher with a small picture, and the viewer at the other
 * end of its stream. One at a time.
 */
#ifndef SJ_TESTS_UNIT_HOST_PUBLISH_RIG_H
#define SJ_TESTS_UNIT_HOST_PUBLISH_RIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/publish.h"

#define SJ_RIG_WIDTH 400
#define SJ_RIG_HEIGHT 300
#define SJ_RIG_TURNS 200
#define SJ_RIG_OURS 5

extern uint32_t sj_rig_live[SJ_RIG_WIDTH * SJ_RIG_HEIGHT];
extern uint32_t sj_rig_seen[SJ_RIG_WIDTH * SJ_RIG_HEIGHT];
extern struct sj_shadow *sj_rig_shadow;
extern struct sj_publish *sj_rig_publish;
extern int sj_rig_fd; /* of the viewer */

/* What arrived and is not parsed yet. */
extern uint8_t sj_rig_inbox[4 * 1024 * 1024];
extern size_t sj_rig_inbox_size;

/* What the viewer reads at most in one turn. */
extern size_t sj_rig_gulp_bytes;

/* What the hooks were told, and what they answer. */
struct sj_rig_told {
	uint32_t keysym[8];
	size_t keys;
	uint8_t buttons;
	uint16_t x_px, y_px;
	struct sj_size wish;
	uint16_t status;
	int has_room;
};
extern struct sj_rig_told sj_rig_told;

/* Encodings of our viewer, and of one that knows only Raw. */
extern const int32_t sj_rig_ours[SJ_RIG_OURS];
extern const int32_t sj_rig_stock[1];

/* One rectangle head. */
struct sj_rig_head {
	uint16_t x, y, width, height;
	int32_t encoding;
};

/* Makes and frees everything but the connection. */
void sj_rig_open_all(bool is_stock_allowed);
void sj_rig_close_all(void);

/* Lets the server do what there is to do; false when it has no viewer. */
bool sj_rig_turn(void);

/* Sends bytes of data as the viewer. */
void sj_rig_say(const void *data, size_t bytes);

/* Forgets the first bytes of the inbox. */
void sj_rig_drop(size_t bytes);

/* Waits for bytes, for silence, for the end of the viewer; or fails. */
void sj_rig_expect_bytes(size_t bytes);
void sj_rig_expect_silence(void);
void sj_rig_expect_end(void);

/* Connects a viewer that says nothing. */
void sj_rig_attach(void);

/* Asks for the whole picture, or what has changed. */
void sj_rig_request(int is_incremental);

/* Connects a viewer and goes up to its SetEncodings. */
void sj_rig_come_in(const int32_t *number, size_t count);

/* Takes one update of tiles; returns its rectangles, the last in *last. */
size_t sj_rig_take_tiles(struct sj_rig_head *last);

/* Waits for an update whose first rectangle has encoding and payload bytes. */
struct sj_rig_head sj_rig_take_head(int32_t encoding, size_t payload);

/* Whether the viewer has the live picture; fails unless it has. */
bool sj_rig_is_all_seen(void);
void sj_rig_check_seen(void);

/* Connects our viewer and takes the whole picture. */
void sj_rig_show_all(void);

/* As many updates of tiles as the whole picture takes. */
void sj_rig_take_all(void);

#endif /* SJ_TESTS_UNIT_HOST_PUBLISH_RIG_H */
