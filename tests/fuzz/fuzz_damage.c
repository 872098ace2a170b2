/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Any messages of a decoder that was taken over, at the window (16 bytes each,
 * in host order). What is accepted lies inside the frame's memory.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "protocol/base/memfd.h"
#include "tests/fuzz/target.h"
#include "viewer/picture.h"

static void require(int is_true)
{
	if (!is_true)
		abort();
}

static void open_link(struct sj_picture *picture, int *sender)
{
	struct sj_ipc_fds fds = {.count = 3};
	int pair[2], input[2];

	require(sj_memfd_create("frame", SJ_VIEWER_FRAME_FILE_BYTES,
			&fds.fd[0]) == SJ_OK);
	require(sj_ipc_pair(pair) == SJ_OK && sj_ipc_pair(input) == SJ_OK);
	fds.fd[1] = pair[0];
	fds.fd[2] = input[0];
	*sender = pair[1];
	close(input[1]);
	sj_picture_init(picture);
	require(sj_picture_link(picture, &fds) == SJ_OK);
}

static void check(
	const struct sj_picture *picture, const struct sj_viewer_damage *damage)
{
	const struct sj_size *size = &picture->next_size;
	const struct sj_rect *rect = &damage->rect;

	require(size->width_px <= SJ_LIMIT_WIDTH_PX &&
		size->height_px <= SJ_LIMIT_HEIGHT_PX);
	require(picture->frame == NULL ||
		(picture->size.width_px <= SJ_LIMIT_WIDTH_PX &&
			picture->size.height_px <= SJ_LIMIT_HEIGHT_PX));
	if (damage->type == SJ_VIEWER_DAMAGE_RECT ||
		damage->type == SJ_VIEWER_DAMAGE_CARET)
		require(rect->x_px + rect->width_px <= size->width_px &&
			rect->y_px + rect->height_px <= size->height_px);
	if (damage->type == SJ_VIEWER_DAMAGE_CURSOR && rect->width_px > 0 &&
		rect->height_px > 0)
		require(rect->width_px <= SJ_LIMIT_CURSOR_PX &&
			rect->height_px <= SJ_LIMIT_CURSOR_PX &&
			rect->x_px < rect->width_px &&
			rect->y_px < rect->height_px);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct sj_picture picture;
	struct sj_viewer_damage message, damage;
	enum sj_err err = SJ_OK;
	int sender = -1;

	open_link(&picture, &sender);
	for (; err == SJ_OK && size >= sizeof(message);
		size -= sizeof(message), data += sizeof(message)) {
		memcpy(&message, data, sizeof(message));
		require(sj_ipc_send(sender, &message, sizeof(message), NULL) ==
			SJ_OK);
		while ((err = sj_picture_next(&picture, &damage)) == SJ_OK)
			check(&picture, &damage);
		err = err == SJ_ERR_AGAIN ? SJ_OK : err;
	}
	sj_picture_finish(&picture);
	close(sender);
	return 0;
}
