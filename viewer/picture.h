/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * picture: the receiving end of one connection: frame, damage and input.
 *
 * Shared by window and headless. What the decoder sends is judged as
 * foreign. The picture of the last connection stays until the next one has
 * a whole update, so that a lost connection does not blank the screen.
 * Never blocks.
 */
#ifndef SJ_VIEWER_PICTURE_H
#define SJ_VIEWER_PICTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/base/attr.h"
#include "protocol/base/err.h"
#include "protocol/base/ipc.h"
#include "protocol/base/rect.h"
#include "viewer/input_queue.h"
#include "viewer/viewer_ipc.h"

struct sj_picture {
	/* What is shown: NULL and 0x0 before the first whole update, NULL
	 * after the end of a session. */
	const uint8_t *frame;
	struct sj_size size;
	/* The connection that runs: mapping, size, descriptors. */
	const uint8_t *next;
	struct sj_size next_size;
	bool has_pixels; /* the connection has drawn something */
	int frame_fd;    /* the caller may take it; -1 when taken */
	int damage_fd;
	int input_fd;
	struct sj_input_queue input;
};

/* An empty picture; descriptors -1. */
void sj_picture_init(struct sj_picture *picture);

/* Unmaps and closes everything. */
void sj_picture_finish(struct sj_picture *picture);

/*
 * Takes frame memfd, damage and input of a LINK message out of fds. The link
 * before is left first. SJ_ERR_FORMAT when they are not what LINK has.
 */
SJ_MUST_USE enum sj_err sj_picture_link(
	struct sj_picture *picture, struct sj_ipc_fds *fds);

/* Closes damage and input; what is shown stays. */
void sj_picture_unlink(struct sj_picture *picture);

/*
 * After the end of a session: unlinks, and lets go of what was shown. Its size
 * stays, which tells that there was a picture.
 */
void sj_picture_forget(struct sj_picture *picture);

/*
 * Receives one damage message, checked: rectangles lie inside the screen, a
 * cursor inside its image, an end has a known reason. The first UPDATE
 * with pixels makes the frame of a link the one that is shown; those
 * before it are left out. SJ_ERR_AGAIN when
 * there is none, SJ_ERR_CLOSED at the end, SJ_ERR_FORMAT when it is none
 * of ours (the caller unlinks).
 */
SJ_MUST_USE enum sj_err sj_picture_next(
	struct sj_picture *picture, struct sj_viewer_damage *damage);

/* The cursor image of the running link; NULL without one. Lent. */
const uint8_t *sj_picture_cursor(const struct sj_picture *picture);

/* True if input can reach a gate now. */
bool sj_picture_is_linked(const struct sj_picture *picture);

#endif /* SJ_VIEWER_PICTURE_H */
