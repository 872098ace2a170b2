/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bench-paint: the program on the remote display that a latency run looks at.
 *
 * usage: bench-paint [TRACE X,Y,W,H]
 * Shows a page of text. Each press of `s` puts new text into the 64x64 pixels
 * in the middle, each press of `f` a new page into the whole window: one
 * MIT-SHM PutImage each, as a browser does it, of a picture that was drawn
 * before the key came (QUIET_MS after the last one, so that drawing does not
 * stand in the way of what is measured; presses have to be further apart). The
 * pixel in the very middle changes between black and white with each press, and
 * with `f` those MARK_PX from the corners. With a trace, that region of its
 * frames is shown again and again in the right upper corner, 30 a second.
 */
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/shm.h>
#include <time.h>

#include <xcb/shm.h>
#include <xcb/xcb.h>

#include "tests/bench/bench_text.h"
#include "tests/bench/trace.h"

#define BLOCK_PX 64
#define MARK_PX 8
#define QUIET_MS 250
#define FRAMES_MAX 90
#define FRAME_US 33333
#define VIDEO_INSET_PX 40

/* A picture that the server reads from shared memory. */
struct sheet {
	xcb_shm_seg_t segment;
	uint8_t *pixels;
	int size_px[2];
};

struct paint {
	xcb_connection_t *conn;
	xcb_screen_t *screen;
	xcb_window_t window;
	xcb_gcontext_t gc;
	struct bench_text *text;
	struct sheet page, block, video;
	uint32_t frames, frame; /* of the video */
	bool is_light;          /* the middle of what is on the screen */
	bool are_corners_light;
	bool is_stale; /* the pictures have been shown */
	uint64_t pressed_us, frame_us;
};

static void die(const char *what)
{
	fprintf(stderr, "bench-paint: %s\n", what);
	exit(2);
}

static uint64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static void make_sheet(
	struct paint *paint, struct sheet *sheet, int width_px, int height_px)
{
	size_t bytes = (size_t)width_px * (size_t)height_px * 4;
	int id = shmget(IPC_PRIVATE, bytes, IPC_CREAT | 0600);

	sheet->size_px[0] = width_px;
	sheet->size_px[1] = height_px;
	if (id < 0 || (sheet->pixels = shmat(id, NULL, 0)) == (void *)-1)
		die("no shared memory");
	sheet->segment = xcb_generate_id(paint->conn);
	if (xcb_request_check(
		    paint->conn, xcb_shm_attach_checked(paint->conn,
					 sheet->segment, (uint32_t)id, 0)))
		die("the display does not share memory");
	shmctl(id, IPC_RMID, NULL);
}

/* height_px rows of the sheet from row top_px on, to x, y of the window. */
static void put(struct paint *paint, const struct sheet *sheet,
	const int rows_px[2], int x_px, int y_px)
{
	xcb_shm_put_image(paint->conn, paint->window, paint->gc,
		(uint16_t)sheet->size_px[0], (uint16_t)rows_px[1], 0, 0,
		(uint16_t)sheet->size_px[0], (uint16_t)rows_px[1],
		(int16_t)x_px, (int16_t)y_px, paint->screen->root_depth,
		XCB_IMAGE_FORMAT_Z_PIXMAP, 0, sheet->segment,
		(uint32_t)(rows_px[0] * sheet->size_px[0] * 4));
	xcb_flush(paint->conn);
}

static void mark(const struct sheet *sheet, int x_px, int y_px, bool is_light)
{
	for (int y = y_px - MARK_PX / 2; y < y_px + MARK_PX / 2; y++)
		memset(sheet->pixels +
				(y * sheet->size_px[0] + x_px - MARK_PX / 2) *
					4,
			is_light ? 255 : 0, MARK_PX * 4);
}

/* Both pictures for the next press, whichever it is. */
static void prepare(struct paint *paint)
{
	const struct sheet *page = &paint->page, *block = &paint->block;
	int right_px = page->size_px[0] - MARK_PX;
	int low_px = page->size_px[1] - MARK_PX;

	bench_text_draw(
		paint->text, page->pixels, page->size_px, page->size_px[0] * 4);
	bench_text_draw(
		paint->text, block->pixels, block->size_px, BLOCK_PX * 4);
	mark(block, BLOCK_PX / 2, BLOCK_PX / 2, !paint->is_light);
	mark(page, page->size_px[0] / 2, page->size_px[1] / 2,
		!paint->is_light);
	mark(page, MARK_PX, MARK_PX, !paint->are_corners_light);
	mark(page, MARK_PX, low_px, !paint->are_corners_light);
	mark(page, right_px, MARK_PX, !paint->are_corners_light);
	mark(page, right_px, low_px, !paint->are_corners_light);
	paint->is_stale = false;
}

static void show_page(struct paint *paint)
{
	const int rows_px[2] = {0, paint->page.size_px[1]};

	put(paint, &paint->page, rows_px, 0, 0);
}

static void show_block(struct paint *paint)
{
	const int rows_px[2] = {0, BLOCK_PX};

	put(paint, &paint->block, rows_px,
		paint->page.size_px[0] / 2 - BLOCK_PX / 2,
		paint->page.size_px[1] / 2 - BLOCK_PX / 2);
}

static void show_video(struct paint *paint)
{
	int height_px = paint->video.size_px[1] / (int)paint->frames;
	const int rows_px[2] = {(int)paint->frame * height_px, height_px};

	put(paint, &paint->video, rows_px,
		paint->page.size_px[0] - paint->video.size_px[0] -
			VIDEO_INSET_PX,
		VIDEO_INSET_PX);
	paint->frame = (paint->frame + 1) % paint->frames;
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

static void press(struct paint *paint, uint32_t symbol)
{
	if (symbol != 's' && symbol != 'f')
		return;
	if (paint->is_stale)
		prepare(paint); /* too early: it takes its time now */
	if (symbol == 'f') {
		show_page(paint);
		paint->are_corners_light = !paint->are_corners_light;
	} else {
		show_block(paint);
	}
	paint->is_light = !paint->is_light;
	paint->is_stale = true;
	paint->pressed_us = now_us();
}

static void handle(struct paint *paint, const xcb_generic_event_t *event)
{
	const xcb_key_press_event_t *key = (const void *)event;

	if ((event->response_type & 0x7f) == XCB_EXPOSE)
		press(paint, 'f');
	else if ((event->response_type & 0x7f) == XCB_KEY_PRESS)
		press(paint, symbol_of(paint, key->detail));
}

static void open_window(struct paint *paint)
{
	const uint32_t values[] = {
		XCB_EVENT_MASK_EXPOSURE | XCB_EVENT_MASK_KEY_PRESS};
	const uint32_t exposures = 0;
	uint16_t width_px, height_px;

	paint->conn = xcb_connect(NULL, NULL);
	if (xcb_connection_has_error(paint->conn))
		die("no display");
	paint->screen =
		xcb_setup_roots_iterator(xcb_get_setup(paint->conn)).data;
	width_px = paint->screen->width_in_pixels;
	height_px = paint->screen->height_in_pixels;
	paint->window = xcb_generate_id(paint->conn);
	xcb_create_window(paint->conn, XCB_COPY_FROM_PARENT, paint->window,
		paint->screen->root, 0, 0, width_px, height_px, 0,
		XCB_WINDOW_CLASS_INPUT_OUTPUT, paint->screen->root_visual,
		XCB_CW_EVENT_MASK, values);
	paint->gc = xcb_generate_id(paint->conn);
	xcb_create_gc(paint->conn, paint->gc, paint->window,
		XCB_GC_GRAPHICS_EXPOSURES, &exposures);
	make_sheet(paint, &paint->page, width_px, height_px);
	make_sheet(paint, &paint->block, BLOCK_PX, BLOCK_PX);
	prepare(paint);
	xcb_map_window(paint->conn, paint->window);
	xcb_set_input_focus(paint->conn, XCB_INPUT_FOCUS_POINTER_ROOT,
		paint->window, XCB_CURRENT_TIME);
	xcb_flush(paint->conn);
}

/* The region of the last frames of the trace, below each other. */
static void load_video(struct paint *paint, const char *path, const char *where)
{
	struct sj_trace_reader *trace;
	struct sj_trace_frame frame;
	unsigned part[4];
	uint32_t total, skipped;
	uint8_t *to;

	if (sj_trace_reader_open(&trace, path) != SJ_OK ||
		sscanf(where, "%u,%u,%u,%u", &part[0], &part[1], &part[2],
			&part[3]) != 4)
		die("no trace");
	total = sj_trace_reader_frames(trace);
	skipped = total > FRAMES_MAX ? total - FRAMES_MAX : 0;
	paint->frames = total - skipped;
	make_sheet(paint, &paint->video, (int)part[2],
		(int)(part[3] * paint->frames));
	to = paint->video.pixels;
	for (uint32_t i = 0; sj_trace_reader_next(trace, &frame) == SJ_OK;
		i++) {
		const struct sj_tile_image *image =
			sj_trace_reader_image(trace);

		for (size_t y = 0; i >= skipped && y < part[3]; y++) {
			memcpy(to,
				image->pixels +
					(part[1] + y) * image->stride_bytes +
					(size_t)part[0] * 4,
				(size_t)part[2] * 4);
			to += (size_t)part[2] * 4;
		}
	}
	sj_trace_reader_destroy(trace);
	paint->frame_us = now_us();
}

/* Milliseconds until there is something to do; -1: nothing. */
static int work(struct paint *paint)
{
	uint64_t time_us = now_us();
	int wait_ms = -1;

	if (paint->frames > 0) {
		if (time_us >= paint->frame_us) {
			show_video(paint);
			paint->frame_us += FRAME_US;
		}
		wait_ms = paint->frame_us <= time_us
				  ? 0
				  : (int)((paint->frame_us - time_us) / 1000);
	}
	if (paint->is_stale) {
		uint64_t due_us = paint->pressed_us + QUIET_MS * 1000;
		int left_ms;

		if (time_us >= due_us) {
			prepare(paint);
			return 0;
		}
		left_ms = (int)((due_us - time_us) / 1000) + 1;
		if (wait_ms < 0 || left_ms < wait_ms)
			wait_ms = left_ms;
	}
	return wait_ms;
}

int main(int argc, char **argv)
{
	struct paint paint = {0};
	struct pollfd polled = {.events = POLLIN};
	xcb_generic_event_t *event;

	if (argc != 1 && argc != 3) {
		fprintf(stderr, "usage: bench-paint [TRACE X,Y,W,H]\n");
		return 1;
	}
	paint.text = bench_text_create(1);
	if (!paint.text)
		die("no memory");
	open_window(&paint);
	if (argc == 3)
		load_video(&paint, argv[1], argv[2]);
	polled.fd = xcb_get_file_descriptor(paint.conn);
	while (!xcb_connection_has_error(paint.conn)) {
		int wait_ms;

		while ((event = xcb_poll_for_event(paint.conn))) {
			handle(&paint, event);
			free(event);
		}
		wait_ms = work(&paint);
		/* What was read while that was written wakes no poll. */
		event = xcb_poll_for_queued_event(paint.conn);
		if (!event) {
			poll(&polled, 1, wait_ms);
			continue;
		}
		handle(&paint, event);
		free(event);
	}
	return 0;
}
