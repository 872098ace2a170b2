/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_paint: the small X program that tests run inside a session.
 *
 * It fills its window with a known pattern and shows all that reaches it as
 * coloured cells (test_cells.h). Some keys draw: p next pattern, b a square of
 * 64x64, n noise, s scroll by CopyArea, a 60 frames of animation, v 90 frames
 * of video beside text, c another pointer shape, w a second window, x closes
 * it, q ends with status 0.
 */
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include <xcb/xcb.h>

#include "tests/support/test_cells.h"

#define LOG_EVENTS 4096
#define BLOCK_PX 64
#define BLOCKS_TOP_PX 128
#define FRAMES_PER_RUN 60
#define FRAME_MS 16
/* The video: thirty frames a second, in strips that fit a request. */
#define VIDEO_FRAMES 90
#define VIDEO_FRAME_MS 33
#define VIDEO_X_PX 300
#define VIDEO_Y_PX 200
#define VIDEO_WIDTH_PX 640
#define VIDEO_STRIP_PX 72
#define VIDEO_STRIPS 5

struct paint {
	xcb_connection_t *conn;
	xcb_screen_t *screen;
	xcb_window_t window;
	xcb_window_t second; /* 0: none */
	xcb_gcontext_t gc;
	xcb_get_keyboard_mapping_reply_t *keys;
	xcb_cursor_t cursors[2];
	uint32_t cell[TEST_CELL_COUNT];
	uint32_t log[LOG_EVENTS][2];
	unsigned frames_left;
	unsigned video_left; /* frames */
	unsigned shape;
	bool is_done;
};

static void set_color(struct paint *paint, uint32_t color)
{
	xcb_change_gc(paint->conn, paint->gc, XCB_GC_FOREGROUND, &color);
}

static void fill(struct paint *paint, uint32_t color, xcb_rectangle_t rect)
{
	set_color(paint, color);
	xcb_poly_fill_rectangle(
		paint->conn, paint->window, paint->gc, 1, &rect);
}

static void draw_cell(
	struct paint *paint, unsigned row, unsigned column, uint32_t value)
{
	fill(paint, value & 0xffffffu,
		(xcb_rectangle_t){(int16_t)(column * TEST_CELL_PX),
			(int16_t)(row * TEST_CELL_PX), TEST_CELL_PX,
			TEST_CELL_PX});
}

static void draw_state(struct paint *paint)
{
	uint32_t sum = 0;

	for (unsigned i = TEST_CELL_tag; i < TEST_CELL_sum; i++)
		sum += paint->cell[i] & 0xffffffu;
	paint->cell[TEST_CELL_sum] = sum;
	for (unsigned i = 0; i < TEST_CELL_COUNT; i++)
		draw_cell(paint, 0, i, paint->cell[i]);
}

static void draw_event(struct paint *paint, uint32_t number)
{
	unsigned per_row = paint->cell[TEST_CELL_width] / TEST_CELL_PX / 2;
	unsigned row, column;

	if (per_row == 0)
		return;
	row = 1 + number / per_row % TEST_CELL_LOG_ROWS;
	column = number % per_row * 2;
	draw_cell(paint, row, column, paint->log[number % LOG_EVENTS][0]);
	draw_cell(paint, row, column + 1, paint->log[number % LOG_EVENTS][1]);
}

static void draw_log(struct paint *paint)
{
	uint32_t count = paint->cell[TEST_CELL_events];
	uint32_t kept = paint->cell[TEST_CELL_width] / TEST_CELL_PX / 2 *
			TEST_CELL_LOG_ROWS;

	if (kept > LOG_EVENTS)
		kept = LOG_EVENTS;
	for (uint32_t i = count > kept ? count - kept : 0; i < count; i++)
		draw_event(paint, i);
}

/* One pixel of a pattern: every fourth one is noise that no codec shrinks. */
static uint32_t pattern_pixel(uint32_t pattern, uint32_t x, uint32_t y)
{
	uint32_t mix =
		(x * 2654435761u) ^ (y * 2246822519u) ^ (pattern * 3266489917u);

	switch (pattern % 4) {
	case 0:
		return (x / 32 + y / 32) % 2 ? 0xf4f1e8 : 0xd8e4ee;
	case 1:
		return ((x & 255) << 16) | ((y & 255) << 8) | ((x + y) & 255);
	case 2:
		return (x / 5 + pattern) % 3 == 0 ? 0x203040 : 0xfffffe;
	default:
		mix ^= mix >> 15;
		mix *= 2246822519u;
		return (mix ^ mix >> 13) & 0xffffffu;
	}
}

static void draw_pattern(struct paint *paint)
{
	uint32_t width = paint->cell[TEST_CELL_width];
	uint32_t height = paint->cell[TEST_CELL_height];
	uint32_t rows = 1;
	uint32_t *pixels;

	while (rows < 32 && (rows + 1) * width * 4 < 200000)
		rows++;
	pixels = calloc((size_t)rows * width, 4);
	if (pixels == NULL)
		abort();
	for (uint32_t top = 0; top < height; top += rows) {
		uint32_t now = height - top < rows ? height - top : rows;

		for (uint32_t i = 0; i < now * width; i++)
			pixels[i] =
				pattern_pixel(paint->cell[TEST_CELL_pattern],
					i % width, top + i / width);
		xcb_put_image(paint->conn, XCB_IMAGE_FORMAT_Z_PIXMAP,
			paint->window, paint->gc, (uint16_t)width,
			(uint16_t)now, 0, (int16_t)top, 0,
			paint->screen->root_depth, now * width * 4,
			(const uint8_t *)pixels);
	}
	free(pixels);
}

static void draw_block(struct paint *paint)
{
	uint32_t number = paint->cell[TEST_CELL_blocks]++;
	uint32_t columns = paint->cell[TEST_CELL_width] / BLOCK_PX;

	if (columns == 0)
		columns = 1;
	fill(paint, (number * 0x3779b1u + 0x102030u) & 0xffffffu,
		(xcb_rectangle_t){(int16_t)(number % columns * BLOCK_PX),
			(int16_t)(BLOCKS_TOP_PX +
				  number / columns % 4 * BLOCK_PX),
			BLOCK_PX, BLOCK_PX});
}

static void draw_frame(struct paint *paint)
{
	uint32_t number = paint->cell[TEST_CELL_frames]++;

	fill(paint, (number * 0x050b11u) & 0xffffffu,
		(xcb_rectangle_t){
			(int16_t)(20 + number % 60 * 3), 400, 160, 60});
	paint->frames_left--;
}

/* Smooth colours that move, with some grain: what a camera makes. */
static uint32_t video_pixel(uint32_t number, uint32_t x, uint32_t y)
{
	uint32_t grain =
		(x * 2654435761u) ^ (y * 2246822519u) ^ (number * 3266489917u);
	uint32_t left = x + 3 * number;

	grain ^= grain >> 15;
	grain *= 2246822519u;
	grain ^= grain >> 13;
	return (((left / 2 + y / 3) & 127) + 40 + (grain & 7)) << 16 |
	       (((left / 3 + y) & 127) + 60 + (grain >> 8 & 7)) << 8 |
	       ((left * y / 700 & 127) + 50 + (grain >> 16 & 7));
}

/* Some lines that stand, up to the video's edge and in its tiles. */
static void draw_text(struct paint *paint)
{
	static const char line[] = "The quick brown fox 0123456789";
	uint32_t colours[] = {0x101020, 0xffffff};

	xcb_change_gc(paint->conn, paint->gc,
		XCB_GC_FOREGROUND | XCB_GC_BACKGROUND, colours);
	for (int16_t y = VIDEO_Y_PX; y < VIDEO_Y_PX + 360; y += 16)
		xcb_image_text_8(paint->conn, sizeof(line) - 1, paint->window,
			paint->gc, VIDEO_X_PX - 6 * 31, y, line);
}

static void draw_video(struct paint *paint)
{
	static uint32_t pixels[VIDEO_WIDTH_PX * VIDEO_STRIP_PX];
	uint32_t number = paint->cell[TEST_CELL_frames]++;

	for (uint32_t strip = 0; strip < VIDEO_STRIPS; strip++) {
		uint32_t top = strip * VIDEO_STRIP_PX;

		for (uint32_t i = 0; i < sizeof(pixels) / 4; i++)
			pixels[i] = video_pixel(number, i % VIDEO_WIDTH_PX,
				top + i / VIDEO_WIDTH_PX);
		xcb_put_image(paint->conn, XCB_IMAGE_FORMAT_Z_PIXMAP,
			paint->window, paint->gc, VIDEO_WIDTH_PX,
			VIDEO_STRIP_PX, VIDEO_X_PX, (int16_t)(VIDEO_Y_PX + top),
			0, paint->screen->root_depth, sizeof(pixels),
			(const uint8_t *)pixels);
	}
	paint->video_left--;
}

static void draw_all(struct paint *paint)
{
	draw_pattern(paint);
	draw_log(paint);
	draw_state(paint);
}

static void scroll(struct paint *paint)
{
	uint32_t height = paint->cell[TEST_CELL_height];

	if (height <= BLOCKS_TOP_PX + 40)
		return;
	xcb_copy_area(paint->conn, paint->window, paint->window, paint->gc, 0,
		BLOCKS_TOP_PX + 40, 0, BLOCKS_TOP_PX,
		(uint16_t)paint->cell[TEST_CELL_width],
		(uint16_t)(height - BLOCKS_TOP_PX - 40));
}

static void next_shape(struct paint *paint)
{
	paint->shape = !paint->shape;
	xcb_change_window_attributes(paint->conn, paint->window, XCB_CW_CURSOR,
		&paint->cursors[paint->shape]);
}

static void open_second(struct paint *paint)
{
	uint32_t values[] = {0x40a060, XCB_EVENT_MASK_KEY_PRESS};

	if (paint->second != 0)
		return;
	paint->second = xcb_generate_id(paint->conn);
	xcb_create_window(paint->conn, XCB_COPY_FROM_PARENT, paint->second,
		paint->screen->root, 60, 300, 200, 120, 0,
		XCB_WINDOW_CLASS_INPUT_OUTPUT, XCB_COPY_FROM_PARENT,
		XCB_CW_BACK_PIXEL | XCB_CW_EVENT_MASK, values);
	xcb_change_property(paint->conn, XCB_PROP_MODE_REPLACE, paint->second,
		XCB_ATOM_WM_TRANSIENT_FOR, XCB_ATOM_WINDOW, 32, 1,
		&paint->window);
	xcb_map_window(paint->conn, paint->second);
}

static void close_second(struct paint *paint)
{
	if (paint->second != 0)
		xcb_destroy_window(paint->conn, paint->second);
	paint->second = 0;
}

static void log_event(struct paint *paint, enum test_event type, uint32_t value)
{
	uint32_t number = paint->cell[TEST_CELL_events]++;

	paint->log[number % LOG_EVENTS][0] =
		(uint32_t)type << 20 | (number & 0xfffffu);
	paint->log[number % LOG_EVENTS][1] = value & 0xffffffu;
	draw_event(paint, number);
}

/* The keysym of the core map; Unicode ones carry bit 23 to fit a cell. */
static uint32_t keysym_of(struct paint *paint, const xcb_key_press_event_t *key)
{
	uint8_t low = xcb_get_setup(paint->conn)->min_keycode;
	unsigned width = paint->keys->keysyms_per_keycode;
	const xcb_keysym_t *row =
		xcb_get_keyboard_mapping_keysyms(paint->keys) +
		(size_t)(key->detail - low) * width;
	bool is_shifted = (key->state & XCB_MOD_MASK_SHIFT) != 0;
	bool is_locked = (key->state & XCB_MOD_MASK_LOCK) != 0;
	xcb_keysym_t symbol = row[0];

	if (is_locked && row[0] >= 'a' && row[0] <= 'z')
		is_shifted = !is_shifted;
	if (is_shifted && width > 1 && row[1] != 0)
		symbol = row[1];
	if ((key->state & XCB_MOD_MASK_5) != 0 && width > 4 && row[4] != 0)
		symbol = row[4];
	if ((symbol & 0xff000000u) == 0x01000000u)
		return (symbol & 0x1fffffu) | 0x800000u;
	return symbol & 0x7fffffu;
}

static void act_on(struct paint *paint, uint32_t symbol)
{
	switch (symbol) {
	case 'p':
		paint->cell[TEST_CELL_pattern]++;
		draw_all(paint);
		break;
	case 'n':
		paint->cell[TEST_CELL_pattern] |= 3;
		draw_all(paint);
		break;
	case 'b':
		draw_block(paint);
		break;
	case 's':
		scroll(paint);
		break;
	case 'a':
		paint->frames_left += FRAMES_PER_RUN;
		break;
	case 'v':
		draw_text(paint);
		paint->video_left = VIDEO_FRAMES;
		break;
	case 'c':
		next_shape(paint);
		break;
	case 'w':
		open_second(paint);
		break;
	case 'x':
		close_second(paint);
		break;
	case 'q':
		paint->is_done = true;
		break;
	default:
		break;
	}
}

static void take_key(
	struct paint *paint, const xcb_key_press_event_t *key, bool is_down)
{
	uint32_t symbol = keysym_of(paint, key);

	if (is_down) {
		paint->cell[TEST_CELL_presses]++;
		paint->cell[TEST_CELL_held]++;
		paint->cell[TEST_CELL_hash] =
			(paint->cell[TEST_CELL_hash] * 31 + symbol) & 0xffffffu;
		log_event(paint, TEST_EVENT_KEY_DOWN, symbol);
		act_on(paint, symbol);
	} else {
		paint->cell[TEST_CELL_releases]++;
		paint->cell[TEST_CELL_held]--;
		log_event(paint, TEST_EVENT_KEY_UP, symbol);
	}
}

static void take_button(struct paint *paint,
	const xcb_button_press_event_t *event, bool is_down)
{
	paint->cell[is_down ? TEST_CELL_buttons_down : TEST_CELL_buttons_up]++;
	paint->cell[TEST_CELL_x] = (uint32_t)event->event_x & 0xffffu;
	paint->cell[TEST_CELL_y] = (uint32_t)event->event_y & 0xffffu;
	log_event(paint,
		is_down ? TEST_EVENT_BUTTON_DOWN : TEST_EVENT_BUTTON_UP,
		event->detail);
	if (is_down && event->detail == 1)
		fill(paint, 0xc02040,
			(xcb_rectangle_t){(int16_t)(event->event_x - 4),
				(int16_t)(event->event_y - 4), 9, 9});
}

static void take_size(
	struct paint *paint, const xcb_configure_notify_event_t *event)
{
	if (event->window != paint->window)
		return;
	paint->cell[TEST_CELL_width] = event->width;
	paint->cell[TEST_CELL_height] = event->height;
}

static void load_keys(struct paint *paint)
{
	const xcb_setup_t *setup = xcb_get_setup(paint->conn);

	free(paint->keys);
	paint->keys = xcb_get_keyboard_mapping_reply(paint->conn,
		xcb_get_keyboard_mapping(paint->conn, setup->min_keycode,
			(uint8_t)(setup->max_keycode - setup->min_keycode + 1)),
		NULL);
	if (paint->keys == NULL)
		exit(2);
}

static void take_event(struct paint *paint, xcb_generic_event_t *event)
{
	switch (event->response_type & 0x7f) {
	case XCB_EXPOSE:
		if (((xcb_expose_event_t *)event)->count == 0)
			draw_all(paint);
		return;
	case XCB_CONFIGURE_NOTIFY:
		take_size(paint, (xcb_configure_notify_event_t *)event);
		draw_all(paint);
		return;
	case XCB_MAPPING_NOTIFY:
		load_keys(paint);
		return;
	case XCB_KEY_PRESS:
		take_key(paint, (xcb_key_press_event_t *)event, true);
		break;
	case XCB_KEY_RELEASE:
		take_key(paint, (xcb_key_press_event_t *)event, false);
		break;
	case XCB_BUTTON_PRESS:
		take_button(paint, (xcb_button_press_event_t *)event, true);
		break;
	case XCB_BUTTON_RELEASE:
		take_button(paint, (xcb_button_press_event_t *)event, false);
		break;
	case XCB_MOTION_NOTIFY:
		paint->cell[TEST_CELL_motions]++;
		paint->cell[TEST_CELL_x] =
			(uint32_t)((xcb_motion_notify_event_t *)event)
				->event_x &
			0xffffu;
		paint->cell[TEST_CELL_y] =
			(uint32_t)((xcb_motion_notify_event_t *)event)
				->event_y &
			0xffffu;
		break;
	case XCB_FOCUS_IN:
		paint->cell[TEST_CELL_focused] = 1;
		break;
	case XCB_FOCUS_OUT:
		paint->cell[TEST_CELL_focused] = 0;
		break;
	default:
		return;
	}
	draw_state(paint);
}

static void make_cursors(struct paint *paint)
{
	static const uint16_t glyphs[2] = {68, 34}; /* left_ptr, crosshair */
	xcb_font_t font = xcb_generate_id(paint->conn);

	xcb_open_font(paint->conn, font, 6, "cursor");
	for (unsigned i = 0; i < 2; i++) {
		paint->cursors[i] = xcb_generate_id(paint->conn);
		xcb_create_glyph_cursor(paint->conn, paint->cursors[i], font,
			font, glyphs[i], (uint16_t)(glyphs[i] + 1), 0, 0, 0,
			0xffff, 0xffff, 0xffff);
	}
	xcb_close_font(paint->conn, font);
}

static void use_font(struct paint *paint)
{
	xcb_font_t font = xcb_generate_id(paint->conn);

	xcb_open_font(paint->conn, font, 5, "fixed");
	xcb_change_gc(paint->conn, paint->gc, XCB_GC_FONT, &font);
	xcb_close_font(paint->conn, font);
}

static void open_window(struct paint *paint)
{
	uint32_t values[] = {XCB_GRAVITY_NORTH_WEST,
		XCB_EVENT_MASK_EXPOSURE | XCB_EVENT_MASK_STRUCTURE_NOTIFY |
			XCB_EVENT_MASK_KEY_PRESS | XCB_EVENT_MASK_KEY_RELEASE |
			XCB_EVENT_MASK_BUTTON_PRESS |
			XCB_EVENT_MASK_BUTTON_RELEASE |
			XCB_EVENT_MASK_POINTER_MOTION |
			XCB_EVENT_MASK_FOCUS_CHANGE};
	uint32_t off = 0;

	paint->cell[TEST_CELL_width] = paint->screen->width_in_pixels;
	paint->cell[TEST_CELL_height] = paint->screen->height_in_pixels;
	paint->window = xcb_generate_id(paint->conn);
	xcb_create_window(paint->conn, XCB_COPY_FROM_PARENT, paint->window,
		paint->screen->root, 0, 0, paint->screen->width_in_pixels,
		paint->screen->height_in_pixels, 0,
		XCB_WINDOW_CLASS_INPUT_OUTPUT, XCB_COPY_FROM_PARENT,
		XCB_CW_BIT_GRAVITY | XCB_CW_EVENT_MASK, values);
	xcb_change_property(paint->conn, XCB_PROP_MODE_REPLACE, paint->window,
		XCB_ATOM_WM_NAME, XCB_ATOM_STRING, 8, 5, "paint");
	paint->gc = xcb_generate_id(paint->conn);
	xcb_create_gc(paint->conn, paint->gc, paint->window,
		XCB_GC_GRAPHICS_EXPOSURES, &off);
	make_cursors(paint);
	use_font(paint);
	xcb_change_window_attributes(
		paint->conn, paint->window, XCB_CW_CURSOR, &paint->cursors[0]);
	xcb_map_window(paint->conn, paint->window);
}

static int wait_ms(const struct paint *paint)
{
	if (paint->video_left > 0)
		return VIDEO_FRAME_MS;
	return paint->frames_left ? FRAME_MS : -1;
}

static void run(struct paint *paint)
{
	struct pollfd poller = {
		.fd = xcb_get_file_descriptor(paint->conn), .events = POLLIN};

	while (!paint->is_done && xcb_connection_has_error(paint->conn) == 0) {
		xcb_generic_event_t *event = xcb_poll_for_event(paint->conn);

		/* What waits for room to be written reads meanwhile: of such
		 * events poll knows nothing. */
		if (event == NULL) {
			xcb_flush(paint->conn);
			event = xcb_poll_for_queued_event(paint->conn);
		}
		if (event != NULL) {
			take_event(paint, event);
			free(event);
			continue;
		}
		if (poll(&poller, 1, wait_ms(paint)) == 0) {
			if (paint->video_left > 0)
				draw_video(paint);
			else
				draw_frame(paint);
			draw_state(paint);
		}
	}
}

int main(int argc, char **argv)
{
	static struct paint paint;

	paint.conn = xcb_connect(NULL, NULL);
	if (xcb_connection_has_error(paint.conn) != 0) {
		fprintf(stderr, "test-paint: no display\n");
		return 2;
	}
	paint.screen = xcb_setup_roots_iterator(xcb_get_setup(paint.conn)).data;
	paint.cell[TEST_CELL_magic0] = TEST_CELL_MAGIC0;
	paint.cell[TEST_CELL_magic1] = TEST_CELL_MAGIC1;
	if (getrandom(&paint.cell[TEST_CELL_tag], 3, 0) != 3)
		return 2;
	if (argc == 3 && strcmp(argv[1], "--pattern") == 0)
		paint.cell[TEST_CELL_pattern] = (uint32_t)atoi(argv[2]);
	load_keys(&paint);
	open_window(&paint);
	run(&paint);
	xcb_disconnect(paint.conn);
	free(paint.keys);
	return paint.is_done ? 0 : 1;
}
