/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bench_paint: the program on the remote display that a latency run looks at.
 *
 * Fills the screen with lines of glyph-like marks. Each press of `s` paints
 * the 64x64 pixels in the middle anew, each press of `f` the whole window. In
 * both pictures the pixel in the very middle changes between dark and light, so
 * that whoever looks at that one pixel sees the change arrive.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <xcb/xcb.h>

#define BLOCK_PX 64
#define MARK_PX 2
#define LINE_PX 20
#define BATCH 512

struct paint {
	xcb_connection_t *conn;
	xcb_screen_t *screen;
	xcb_window_t window;
	xcb_gcontext_t gc;
	uint32_t random;
	bool is_light;
	uint16_t width_px, height_px;
};

static uint32_t next_random(struct paint *paint)
{
	paint->random = paint->random * 1664525u + 1013904223u;
	return paint->random >> 8;
}

static void fill(struct paint *paint, uint32_t color, size_t count,
	const xcb_rectangle_t *rects)
{
	xcb_change_gc(paint->conn, paint->gc, XCB_GC_FOREGROUND, &color);
	xcb_poly_fill_rectangle(
		paint->conn, paint->window, paint->gc, (uint32_t)count, rects);
}

/* Marks in lines, as text has them: about one pixel of eight. */
static void fill_text(struct paint *paint, xcb_rectangle_t area)
{
	xcb_rectangle_t marks[BATCH];
	size_t count = 0;

	fill(paint, 0xffffff, 1, &area);
	for (int y = 0; y < area.height; y += MARK_PX) {
		if (y % LINE_PX >= LINE_PX - 6)
			continue;
		for (int x = 0; x < area.width; x += MARK_PX) {
			if (next_random(paint) % 6 != 0)
				continue;
			marks[count++] = (xcb_rectangle_t){
				(int16_t)(area.x + x), (int16_t)(area.y + y),
				MARK_PX, MARK_PX};
			if (count == BATCH) {
				fill(paint, 0x202020, count, marks);
				count = 0;
			}
		}
	}
	fill(paint, 0x202020, count, marks);
}

static void repaint(struct paint *paint, bool is_whole)
{
	xcb_rectangle_t area = {0, 0, paint->width_px, paint->height_px};
	xcb_rectangle_t middle = {(int16_t)(paint->width_px / 2 - 4),
		(int16_t)(paint->height_px / 2 - 4), 8, 8};

	if (!is_whole)
		area = (xcb_rectangle_t){
			(int16_t)(paint->width_px / 2 - BLOCK_PX / 2),
			(int16_t)(paint->height_px / 2 - BLOCK_PX / 2),
			BLOCK_PX, BLOCK_PX};
	fill_text(paint, area);
	paint->is_light = !paint->is_light;
	fill(paint, paint->is_light ? 0xffffff : 0x000000, 1, &middle);
	xcb_flush(paint->conn);
}

static uint32_t symbol_of(struct paint *paint, xcb_keycode_t code)
{
	xcb_get_keyboard_mapping_reply_t *keys =
		xcb_get_keyboard_mapping_reply(paint->conn,
			xcb_get_keyboard_mapping(paint->conn, code, 1), NULL);
	uint32_t symbol = 0;

	if (keys && keys->keysyms_per_keycode > 0)
		symbol = xcb_get_keyboard_mapping_keysyms(keys)[0];
	free(keys);
	return symbol;
}

static bool handle(struct paint *paint, const xcb_generic_event_t *event)
{
	switch (event->response_type & 0x7f) {
	case XCB_CONFIGURE_NOTIFY: {
		const xcb_configure_notify_event_t *now = (const void *)event;

		if (now->window == paint->window) {
			paint->width_px = now->width;
			paint->height_px = now->height;
		}
		return true;
	}
	case XCB_EXPOSE:
		repaint(paint, true);
		return true;
	case XCB_KEY_PRESS: {
		const xcb_key_press_event_t *press = (const void *)event;
		uint32_t symbol = symbol_of(paint, press->detail);

		if (symbol == 's' || symbol == 'f')
			repaint(paint, symbol == 'f');
		return symbol != 'q';
	}
	default:
		return true;
	}
}

static void open_window(struct paint *paint)
{
	const uint32_t values[] = {XCB_EVENT_MASK_EXPOSURE |
				   XCB_EVENT_MASK_KEY_PRESS |
				   XCB_EVENT_MASK_STRUCTURE_NOTIFY};
	const uint32_t exposures = 0;

	paint->width_px = paint->screen->width_in_pixels;
	paint->height_px = paint->screen->height_in_pixels;
	paint->window = xcb_generate_id(paint->conn);
	xcb_create_window(paint->conn, XCB_COPY_FROM_PARENT, paint->window,
		paint->screen->root, 0, 0, paint->width_px, paint->height_px, 0,
		XCB_WINDOW_CLASS_INPUT_OUTPUT, paint->screen->root_visual,
		XCB_CW_EVENT_MASK, values);
	paint->gc = xcb_generate_id(paint->conn);
	xcb_create_gc(paint->conn, paint->gc, paint->window,
		XCB_GC_GRAPHICS_EXPOSURES, &exposures);
	xcb_map_window(paint->conn, paint->window);
	xcb_set_input_focus(paint->conn, XCB_INPUT_FOCUS_POINTER_ROOT,
		paint->window, XCB_CURRENT_TIME);
	xcb_flush(paint->conn);
}

int main(void)
{
	struct paint paint = {.random = 1};
	xcb_generic_event_t *event;
	bool is_running = true;

	paint.conn = xcb_connect(NULL, NULL);
	if (xcb_connection_has_error(paint.conn)) {
		fprintf(stderr, "bench_paint: no display\n");
		return 2;
	}
	paint.screen = xcb_setup_roots_iterator(xcb_get_setup(paint.conn)).data;
	open_window(&paint);
	while (is_running && (event = xcb_wait_for_event(paint.conn))) {
		is_running = handle(&paint, event);
		free(event);
	}
	xcb_disconnect(paint.conn);
	return 0;
}
