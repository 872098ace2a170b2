/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bench_latency: from a key press to a changed pixel, as a person has it.
 *
 * usage: bench_latency KEYCHAR COUNT X Y
 * Presses a key COUNT times by XTEST in the viewer's own display ($DISPLAY) and
 * polls the pixel at X, Y of that display's root until it changes. Prints one
 * time in microseconds per line; `timeout` where nothing came within two
 * seconds. The same method serves every viewer, ours and foreign.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <xcb/xcb.h>
#include <xcb/xtest.h>

#define TIMEOUT_US 2000000
#define PAUSE_MS 60

struct probe {
	xcb_connection_t *conn;
	xcb_screen_t *screen;
	int16_t x_px, y_px;
};

static uint64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static bool read_pixel(struct probe *probe, uint32_t *value)
{
	xcb_get_image_reply_t *image = xcb_get_image_reply(probe->conn,
		xcb_get_image(probe->conn, XCB_IMAGE_FORMAT_Z_PIXMAP,
			probe->screen->root, probe->x_px, probe->y_px, 1, 1,
			0xffffffff),
		NULL);

	if (!image || xcb_get_image_data_length(image) < 4) {
		free(image);
		return false;
	}
	*value = *(const uint32_t *)(const void *)xcb_get_image_data(image) &
		 0xffffff;
	free(image);
	return true;
}

static xcb_keycode_t find_code(struct probe *probe, uint32_t symbol)
{
	const xcb_setup_t *setup = xcb_get_setup(probe->conn);
	xcb_get_keyboard_mapping_reply_t *keys = xcb_get_keyboard_mapping_reply(
		probe->conn,
		xcb_get_keyboard_mapping(probe->conn, setup->min_keycode,
			(uint8_t)(setup->max_keycode - setup->min_keycode + 1)),
		NULL);
	xcb_keycode_t code = 0;

	if (!keys)
		return 0;
	for (int i = 0; i < xcb_get_keyboard_mapping_keysyms_length(keys);
		i += keys->keysyms_per_keycode) {
		if (code == 0 &&
			xcb_get_keyboard_mapping_keysyms(keys)[i] == symbol)
			code = (xcb_keycode_t)(setup->min_keycode +
					       i / keys->keysyms_per_keycode);
	}
	free(keys);
	return code;
}

static void press(struct probe *probe, xcb_keycode_t code, uint8_t type)
{
	xcb_test_fake_input(
		probe->conn, type, code, XCB_CURRENT_TIME, XCB_NONE, 0, 0, 0);
	xcb_flush(probe->conn);
}

/* Microseconds until the pixel differs from what it was; 0 on time-out. */
static uint64_t measure(struct probe *probe, xcb_keycode_t code)
{
	uint32_t before = 0, after = 0;
	uint64_t start_us, taken_us = 0;

	if (!read_pixel(probe, &before))
		return 0;
	start_us = now_us();
	press(probe, code, XCB_KEY_PRESS);
	while (now_us() - start_us < TIMEOUT_US) {
		if (!read_pixel(probe, &after))
			break;
		if (after != before) {
			taken_us = now_us() - start_us;
			break;
		}
	}
	press(probe, code, XCB_KEY_RELEASE);
	return taken_us;
}

int main(int argc, char **argv)
{
	struct probe probe;
	struct timespec pause = {0, PAUSE_MS * 1000000L};
	xcb_keycode_t code;

	if (argc != 5) {
		fprintf(stderr, "usage: bench_latency KEYCHAR COUNT X Y\n");
		return 1;
	}
	probe.conn = xcb_connect(NULL, NULL);
	if (xcb_connection_has_error(probe.conn)) {
		fprintf(stderr, "bench_latency: no display\n");
		return 2;
	}
	probe.screen = xcb_setup_roots_iterator(xcb_get_setup(probe.conn)).data;
	probe.x_px = (int16_t)atoi(argv[3]);
	probe.y_px = (int16_t)atoi(argv[4]);
	code = find_code(&probe, (uint32_t)(unsigned char)argv[1][0]);
	for (int i = 0; code != 0 && i < atoi(argv[2]); i++) {
		uint64_t taken_us = measure(&probe, code);

		if (taken_us > 0)
			printf("%llu\n", (unsigned long long)taken_us);
		else
			printf("timeout\n");
		/* Between two presses, not for a result: lets all come to
		 * rest, so that each press is a lone one. */
		pause.tv_nsec = (PAUSE_MS + i % 17) * 1000000L;
		nanosleep(&pause, NULL);
	}
	xcb_disconnect(probe.conn);
	return code != 0 ? 0 : 2;
}
