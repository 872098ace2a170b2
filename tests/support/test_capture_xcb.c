/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_capture [FILE]: capture and shadow of the session agent against the
 * X server of $DISPLAY, which draws what this program tells it to. FILE is the
 * server's framebuffer file; without it pixels come by MIT-SHM. Prints "ok
 * TEXT" or "not ok TEXT" for each check; the picture is compared with what
 * XGetImage gives.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xcb/xcb.h>

#include "host/capture.h"
#include "host/display_xcb.h"
#include "host/resize.h"
#include "protocol/send/shadow.h"

#define MAX_WIDTH_PX 1920
#define MAX_HEIGHT_PX 1200

struct rig {
	struct sj_display display; /* the agent's side */
	struct sj_capture *capture;
	struct sj_shadow *shadow;
	xcb_connection_t *conn; /* of who draws */
	xcb_window_t root;
	xcb_gcontext_t gc;
	struct sj_size size;
	uint32_t random;
	bool is_shared;
	int failed;
};

static void check(struct rig *rig, bool is_good, const char *text)
{
	printf("%s %s\n", is_good ? "ok" : "not ok", text);
	if (!is_good)
		rig->failed++;
}

static uint32_t draw_number(struct rig *rig, uint32_t below)
{
	rig->random = rig->random * 1664525u + 1013904223u;
	return (rig->random >> 8) % below;
}

/* ---- who draws ---- */

static void sync_drawing(struct rig *rig)
{
	free(xcb_get_input_focus_reply(
		rig->conn, xcb_get_input_focus(rig->conn), NULL));
}

static void fill(struct rig *rig, xcb_window_t window, uint32_t color,
	xcb_rectangle_t rect)
{
	xcb_change_gc(rig->conn, rig->gc, XCB_GC_FOREGROUND, &color);
	xcb_poly_fill_rectangle(rig->conn, window, rig->gc, 1, &rect);
}

static void scatter(struct rig *rig, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		xcb_rectangle_t rect = {
			(int16_t)draw_number(rig, rig->size.width_px),
			(int16_t)draw_number(rig, rig->size.height_px),
			(uint16_t)(1 + draw_number(rig, 90)),
			(uint16_t)(1 + draw_number(rig, 70))};

		fill(rig, rig->root, draw_number(rig, 0x1000000), rect);
	}
}

static xcb_window_t show_window(struct rig *rig)
{
	xcb_window_t window = xcb_generate_id(rig->conn);
	const uint32_t values[] = {0x336699, 1};

	xcb_create_window(rig->conn, XCB_COPY_FROM_PARENT, window, rig->root,
		150, 90, 333, 211, 3, XCB_WINDOW_CLASS_INPUT_OUTPUT,
		XCB_COPY_FROM_PARENT,
		XCB_CW_BACK_PIXEL | XCB_CW_OVERRIDE_REDIRECT, values);
	xcb_map_window(rig->conn, window);
	fill(rig, window, 0xffcc00, (xcb_rectangle_t){5, 6, 77, 88});
	return window;
}

/* ---- the agent's side ---- */

static void read_events(struct rig *rig, const struct sj_rect *unheard)
{
	struct sj_rect rect;
	void *event;

	while ((event = sj_display_next(&rig->display, true)) != NULL) {
		const xcb_generic_event_t *head = event;

		/* What is not told to capture, to see that it is not read. */
		if ((head->response_type & 0x7f) == rig->display.damage_event &&
			unheard != NULL) {
			const int16_t *place =
				(const void *)((uint8_t *)event + 16);

			if (place[0] == unheard->x_px &&
				place[1] == unheard->y_px) {
				free(event);
				continue;
			}
		}
		if (sj_capture_event(rig->capture, event, &rect))
			sj_shadow_damage(rig->shadow, &rect);
		free(event);
	}
}

/* Number of boxes that differed. */
static unsigned take_changes(struct rig *rig)
{
	struct sj_tile_image live = sj_capture_image(rig->capture);
	struct sj_rect rect;
	unsigned count = 0;

	sj_capture_refresh(rig->capture);
	while (sj_shadow_next(rig->shadow, &live, &rect))
		count++;
	return count;
}

/* The server answers in order: what was drawn has been told. */
static unsigned follow(struct rig *rig)
{
	sync_drawing(rig);
	free(xcb_get_input_focus_reply(rig->display.connection,
		xcb_get_input_focus(rig->display.connection), NULL));
	read_events(rig, NULL);
	return take_changes(rig);
}

static bool is_exact(struct rig *rig)
{
	struct sj_tile_image own = sj_shadow_image(rig->shadow);
	xcb_get_image_reply_t *reply = xcb_get_image_reply(rig->conn,
		xcb_get_image(rig->conn, XCB_IMAGE_FORMAT_Z_PIXMAP, rig->root,
			0, 0, rig->size.width_px, rig->size.height_px,
			UINT32_MAX),
		NULL);
	size_t count = (size_t)rig->size.width_px * rig->size.height_px;
	bool is_same = reply != NULL && own.size.width_px == rig->size.width_px;

	for (size_t i = 0; is_same && i < count; i++) {
		uint32_t wanted, got;

		memcpy(&wanted, xcb_get_image_data(reply) + i * 4, 4);
		memcpy(&got, own.pixels + i * 4, 4);
		is_same = (wanted & 0xffffff) == got;
	}
	free(reply);
	return is_same;
}

static bool set_size(struct rig *rig, uint16_t width_px, uint16_t height_px)
{
	const struct sj_size size = {width_px, height_px};

	if (sj_resize(&rig->display, &size, 60) != SJ_OK ||
		sj_shadow_resize(rig->shadow, &size) != SJ_OK)
		return false;
	sj_capture_resized(rig->capture);
	rig->size = size;
	return true;
}

static bool open_rig(struct rig *rig, const char *path)
{
	const struct sj_size max = {MAX_WIDTH_PX, MAX_HEIGHT_PX};
	int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	xcb_screen_t *screen;
	const uint32_t inferiors = XCB_SUBWINDOW_MODE_CLIP_BY_CHILDREN;

	rig->is_shared = path == NULL;
	rig->random = 7;
	rig->conn = xcb_connect(NULL, NULL);
	rig->display.connection = xcb_connect(NULL, NULL);
	if (xcb_connection_has_error(rig->conn) != 0 ||
		!sj_display_is_alive(&rig->display) || (path && file < 0))
		return false;
	screen =
		xcb_setup_roots_iterator(xcb_get_setup(rig->display.connection))
			.data;
	rig->display.screen = screen;
	rig->root = rig->display.root = screen->root;
	rig->gc = xcb_generate_id(rig->conn);
	xcb_create_gc(rig->conn, rig->gc, rig->root, XCB_GC_SUBWINDOW_MODE,
		&inferiors);
	rig->shadow = sj_shadow_create(&max);
	return rig->shadow != NULL &&
	       sj_display_use_extensions(&rig->display) == SJ_OK &&
	       sj_capture_create(&rig->capture, &rig->display, file, &max) ==
		       SJ_OK;
}

/* ---- the checks ---- */

static void draw_and_compare(struct rig *rig)
{
	xcb_window_t window;
	bool is_good = true;

	for (unsigned i = 0; i < 40; i++) {
		scatter(rig, 1 + draw_number(rig, 30));
		(void)follow(rig);
		is_good = is_good && is_exact(rig);
	}
	check(rig, is_good, "scattered rectangles are exact");
	window = show_window(rig);
	(void)follow(rig);
	check(rig, is_exact(rig), "a window over the root is exact");
	xcb_copy_area(rig->conn, rig->root, rig->root, rig->gc, 10, 120, 10,
		100, (uint16_t)(rig->size.width_px - 20), 300);
	(void)follow(rig);
	check(rig, is_exact(rig), "a scroll by the server is exact");
	xcb_destroy_window(rig->conn, window);
	(void)follow(rig);
	check(rig, is_exact(rig), "what a window uncovers is exact");
	check(rig, follow(rig) == 0, "without drawing nothing differs");
}

static void change_little(struct rig *rig)
{
	const struct sj_rect far = {710, 520, 20, 10};
	struct sj_tile_image own = sj_shadow_image(rig->shadow);
	uint32_t before, after;
	const uint8_t *pixel =
		own.pixels + (size_t)525 * own.stride_bytes + 715 * 4;
	const struct sj_rect all = {
		0, 0, rig->size.width_px, rig->size.height_px};

	fill(rig, rig->root, 0x010203, (xcb_rectangle_t){710, 520, 20, 10});
	(void)follow(rig);
	memcpy(&before, pixel, 4);
	fill(rig, rig->root, 0xaabbcc, (xcb_rectangle_t){710, 520, 20, 10});
	fill(rig, rig->root, 0x112233, (xcb_rectangle_t){30, 40, 9, 9});
	sync_drawing(rig);
	free(xcb_get_input_focus_reply(rig->display.connection,
		xcb_get_input_focus(rig->display.connection), NULL));
	read_events(rig, &far);
	sj_shadow_damage(rig->shadow, &all);
	check(rig, take_changes(rig) == (rig->is_shared ? 1 : 2),
		"only what is damaged is fetched");
	memcpy(&after, pixel, 4);
	check(rig, !rig->is_shared || before == after,
		"and nothing far from it");
	sj_capture_resized(rig->capture);
	sj_shadow_damage(rig->shadow, &all);
	(void)take_changes(rig);
	check(rig, is_exact(rig), "a fetch of all is exact again");
}

int main(int argc, char **argv)
{
	static const uint16_t sizes[][2] = {{1024, 768}, {1366, 700},
		{801, 603}, {1920, 1200}, {1281, 799}};
	static struct rig rig;
	char text[64];

	if (!open_rig(&rig, argc > 1 ? argv[1] : NULL)) {
		printf("not ok the display can be captured\n");
		return 1;
	}
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		(void)snprintf(text, sizeof(text), "the display takes %ux%u",
			sizes[i][0], sizes[i][1]);
		check(&rig, set_size(&rig, sizes[i][0], sizes[i][1]), text);
		/* Before the news of the new size have been read. */
		(void)take_changes(&rig);
		check(&rig, is_exact(&rig), "and is exact at once");
		(void)follow(&rig);
		draw_and_compare(&rig);
	}
	change_little(&rig);
	sj_capture_destroy(rig.capture);
	sj_shadow_destroy(rig.shadow);
	sj_display_close(&rig.display);
	xcb_disconnect(rig.conn);
	return rig.failed != 0;
}
