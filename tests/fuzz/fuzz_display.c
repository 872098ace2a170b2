/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Any answers of a hostile display: the head of its framebuffer file, its
 * table of keys, the place a window wishes (byte 0 chooses).
 */
#include <stdlib.h>
#include <string.h>

#include "host/keymap.h"
#include "host/place.h"
#include "host/xwd.h"
#include "tests/fuzz/target.h"

static void require(int is_true)
{
	if (!is_true)
		abort();
}

static void read_head(const uint8_t *data, size_t size)
{
	const struct sj_size wanted = {800, 600};
	uint8_t head[SJ_XWD_HEAD_BYTES] = {0};
	uint64_t file_bytes = 0;
	struct sj_xwd xwd;

	if (size < sizeof(file_bytes))
		return;
	memcpy(&file_bytes, data, sizeof(file_bytes));
	size -= sizeof(file_bytes);
	memcpy(head, data + sizeof(file_bytes),
		size < sizeof(head) ? size : sizeof(head));
	if (sj_xwd_parse(head, file_bytes, &wanted, &xwd) != SJ_OK)
		return;
	require(xwd.size.width_px == 800 && xwd.size.height_px == 600);
	require(xwd.stride_bytes >= 800 * 4 && xwd.offset_bytes <= file_bytes);
	require(xwd.stride_bytes <= (file_bytes - xwd.offset_bytes) / 600);
}

static void read_keys(const uint8_t *data, size_t size)
{
	static struct sj_keymap keymap;
	uint32_t *keysyms;
	size_t count = size > 2 ? (size - 2) / 4 : 0;

	if (count == 0)
		return;
	keysyms = malloc(count * 4);
	if (!keysyms)
		abort();
	memcpy(keysyms, data + 2, count * 4);
	sj_keymap_load(&keymap, data[0], data[1], keysyms, count);
	for (size_t i = 0; i < count; i++) {
		struct sj_keymap_stroke stroke;
		char utf8[4];

		(void)!sj_keymap_find(&keymap, keysyms[i], &stroke);
		require(sj_keymap_utf8(keysyms[i], utf8) <= 4);
		(void)sj_keymap_is_modifier(keysyms[i]);
		(void)sj_keymap_is_lock(keysyms[i]);
	}
	free(keysyms);
}

static void place(const uint8_t *data, size_t size, uint8_t choice)
{
	struct sj_rect wish, got;
	struct sj_size screen;

	if (size < sizeof(wish) + sizeof(screen))
		return;
	memcpy(&wish, data, sizeof(wish));
	memcpy(&screen, data + sizeof(wish), sizeof(screen));
	if (screen.width_px == 0 || screen.height_px == 0)
		return;
	got = sj_place(&wish, &screen, (choice & 4) != 0, (choice & 8) != 0);
	require(got.width_px > 0 && got.height_px > 0);
	require(got.x_px + got.width_px <= screen.width_px &&
		got.y_px + got.height_px <= screen.height_px);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	if ((data[0] & 3) == 0)
		read_head(data + 1, size - 1);
	else if ((data[0] & 3) == 1)
		read_keys(data + 1, size - 1);
	else
		place(data + 1, size - 1, data[0]);
	return 0;
}
