/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * capture_shm: pixels that the X server copies into memory shared with it.
 *
 * A pixmap as large as the largest screen lies in a sealed memfd that is passed
 * to the server (MIT-SHM 1.2). XCopyArea from the root window puts each
 * damaged run of 64x64 tiles at its own place, so nothing has to be
 * unpacked as after XShmGetImage, and one answer is waited for however
 * many runs there are. SysV segments are left out: every server with
 * MIT-SHM since X.Org 1.15 takes descriptors over its local socket,
 * while a segment would need an IPC namespace in common with the jail.
 * The server may be hostile: it can write into the memory at any time and no
 * more. Not thread-safe.
 */
#ifndef SJ_HOST_CAPTURE_SHM_XCB_H
#define SJ_HOST_CAPTURE_SHM_XCB_H

#include "protocol/base/attr.h"
#include "protocol/base/err.h"
#include "protocol/base/rect.h"
#include "protocol/tile/tile.h"

struct sj_capture_shm;
struct sj_display;

/*
 * Shares memory for a picture of size max with display (keeps), all of it
 * still to be copied. Blocks. SJ_ERR_MISSING when the server does not take
 * the memory or has no pixmaps in it.
 */
SJ_MUST_USE enum sj_err sj_capture_shm_create(struct sj_capture_shm **shm,
	struct sj_display *display, const struct sj_size *max);
void sj_capture_shm_destroy(struct sj_capture_shm *shm);

/* The shared picture, as large as max; only a refresh should change it. */
struct sj_tile_image sj_capture_shm_image(const struct sj_capture_shm *shm);

/* What rect covers has to be copied; parts outside max are ignored. */
void sj_capture_shm_damage(
	struct sj_capture_shm *shm, const struct sj_rect *rect);

/* Has everything copied that is due. Blocks for one answer if anything is. */
void sj_capture_shm_refresh(struct sj_capture_shm *shm);

#endif /* SJ_HOST_CAPTURE_SHM_XCB_H */
