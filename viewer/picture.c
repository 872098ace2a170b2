/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "viewer/picture.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "protocol/base/memfd.h"
#include "protocol/base/reason.h"

void sj_picture_init(struct sj_picture *picture)
{
	memset(picture, 0, sizeof(*picture));
	picture->frame_fd = -1;
	picture->damage_fd = -1;
	picture->input_fd = -1;
}

static void unmap(const uint8_t **frame)
{
	/* munmap takes what mmap gave; nothing is written through it. */
	if (*frame)
		(void)munmap(
			(void *)(uintptr_t)*frame, SJ_VIEWER_FRAME_FILE_BYTES);
	*frame = NULL;
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
}

void sj_picture_unlink(struct sj_picture *picture)
{
	close_fd(&picture->frame_fd);
	close_fd(&picture->damage_fd);
	close_fd(&picture->input_fd);
	sj_input_queue_clear(&picture->input);
	if (picture->next != picture->frame)
		unmap(&picture->next);
	picture->next = NULL;
	picture->next_size = (struct sj_size){0, 0};
	picture->has_pixels = false;
}

void sj_picture_forget(struct sj_picture *picture)
{
	sj_picture_unlink(picture);
	unmap(&picture->frame);
}

void sj_picture_finish(struct sj_picture *picture)
{
	sj_picture_forget(picture);
	picture->size = (struct sj_size){0, 0};
}

enum sj_err sj_picture_link(struct sj_picture *picture, struct sj_ipc_fds *fds)
{
	sj_picture_unlink(picture);
	if (fds->count != 3) {
		sj_ipc_close(fds);
		return SJ_ERR_FORMAT;
	}
	picture->frame_fd = sj_ipc_take(fds, 0);
	picture->damage_fd = sj_ipc_take(fds, 1);
	picture->input_fd = sj_ipc_take(fds, 2);
	picture->next =
		sj_memfd_map(picture->frame_fd, SJ_VIEWER_FRAME_FILE_BYTES, 0);
	if (!picture->next ||
		fcntl(picture->damage_fd, F_SETFL, O_NONBLOCK) != 0 ||
		fcntl(picture->input_fd, F_SETFL, O_NONBLOCK) != 0) {
		sj_picture_unlink(picture);
		return SJ_ERR_FORMAT;
	}
	return SJ_OK;
}

static bool is_size_good(const struct sj_rect *rect)
{
	return rect->width_px >= SJ_LIMIT_WIDTH_MIN_PX &&
	       rect->width_px <= SJ_LIMIT_WIDTH_PX &&
	       rect->height_px >= SJ_LIMIT_HEIGHT_MIN_PX &&
	       rect->height_px <= SJ_LIMIT_HEIGHT_PX;
}

static bool is_cursor_good(const struct sj_rect *rect)
{
	if (rect->width_px == 0 || rect->height_px == 0)
		return true;
	return rect->width_px <= SJ_LIMIT_CURSOR_PX &&
	       rect->height_px <= SJ_LIMIT_CURSOR_PX &&
	       rect->x_px < rect->width_px && rect->y_px < rect->height_px;
}

static bool accept_damage(
	struct sj_picture *picture, const struct sj_viewer_damage *damage)
{
	switch ((enum sj_viewer_damage_type)damage->type) {
	case SJ_VIEWER_DAMAGE_RECT:
		picture->has_pixels = true;
		return sj_rect_fits(&damage->rect, &picture->next_size);
	case SJ_VIEWER_DAMAGE_CARET:
		return sj_rect_fits(&damage->rect, &picture->next_size);
	case SJ_VIEWER_DAMAGE_SIZE:
		if (!is_size_good(&damage->rect))
			return false;
		picture->next_size.width_px = damage->rect.width_px;
		picture->next_size.height_px = damage->rect.height_px;
		if (picture->next == picture->frame)
			picture->size = picture->next_size;
		return true;
	case SJ_VIEWER_DAMAGE_CURSOR:
		return is_cursor_good(&damage->rect);
	case SJ_VIEWER_DAMAGE_END:
		return sj_reason_is_known(damage->number);
	case SJ_VIEWER_DAMAGE_UPDATE:
		if (picture->next_size.width_px == 0)
			return false;
		if (!picture->has_pixels)
			return true;
		if (picture->next != picture->frame)
			unmap(&picture->frame);
		picture->frame = picture->next;
		picture->size = picture->next_size;
		return true;
	}
	return false;
}

enum sj_err sj_picture_next(
	struct sj_picture *picture, struct sj_viewer_damage *damage)
{
	struct sj_viewer_damage wire_damage;
	enum sj_err err;

	if (picture->damage_fd < 0)
		return SJ_ERR_CLOSED;
	do {
		err = sj_ipc_receive(picture->damage_fd, &wire_damage,
			sizeof(wire_damage), NULL);
		if (err != SJ_OK)
			return err;
		if (!accept_damage(picture, &wire_damage))
			return SJ_ERR_FORMAT;
	} while (wire_damage.type == SJ_VIEWER_DAMAGE_UPDATE &&
		 !picture->has_pixels);
	*damage = wire_damage;
	return SJ_OK;
}

const uint8_t *sj_picture_cursor(const struct sj_picture *picture)
{
	return picture->next ? picture->next + (size_t)SJ_VIEWER_CURSOR_OFFSET
			     : NULL;
}

bool sj_picture_is_linked(const struct sj_picture *picture)
{
	return picture->input_fd >= 0;
}
