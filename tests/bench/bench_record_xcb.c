/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bench-record FRAMEBUFFER OUT WIDTH HEIGHT: writes what the display $DISPLAY
 * shows while a script works on it, as a trace (tests/bench/trace.h).
 *
 * The script is read from stdin: lines of `MS ACTION ARGUMENT`, sorted by
 * MS, milliseconds since the start of the recording:
 *   press KEYSYM / release KEYSYM / tap KEYSYM   hexadecimal
 *   wheel 4 (up) or 5 (down)
 *   move X,Y
 *   end 0
 * FRAMEBUFFER is the file that Xvfb -fbdir maps. A frame is copied while the
 * server is grabbed, after drawing has paused, so that it is whole; frames are
 * at least 16 ms apart. Keysyms that are on no key are put on spare ones
 * first. Blocks; one thread.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <xcb/damage.h>
#include <xcb/xcb.h>
#include <xcb/xfixes.h>
#include <xcb/xtest.h>

#include "host/xwd.h"
#include "protocol/base/attr.h"
#include "tests/bench/trace.h"

#define FRAME_US 16667 /* least time between two frames */
#define QUIET_US 4000  /* without drawing: the frame is whole */
#define BUSY_US 40000  /* drawing without a pause: take it as it is */
#define SETTLE_MS 700  /* for programs to read the new key map */
#define STEPS_MAX 4096
#define KEYS_MAX 256
#define VENDOR_KEYS 0x10000000u /* keysyms from here on */

struct step {
	uint32_t at_ms;
	char action[12];
	char argument[20];
};

struct recorder {
	xcb_connection_t *connection;
	xcb_screen_t *screen;
	uint8_t damage_event;
	struct sj_tile_image image; /* the mapped framebuffer, copied from */
	struct sj_tile_image copy;
	struct sj_rect damage;
	uint64_t start_us, first_us, last_us, frame_us;
	struct sj_trace_writer *writer;
	xcb_keysym_t key[KEYS_MAX]; /* of a key code, unshifted */
	struct step step[STEPS_MAX];
	size_t steps, next;
};

static _Noreturn void fail(const char *what)
{
	fprintf(stderr, "bench-record: %s\n", what);
	exit(SJ_EXIT_LOCAL);
}

static uint64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static void read_script(struct recorder *recorder)
{
	char line[80];

	while (fgets(line, sizeof(line), stdin)) {
		struct step *step = &recorder->step[recorder->steps];

		if (recorder->steps == STEPS_MAX ||
			sscanf(line, "%u %11s %19s", &step->at_ms, step->action,
				step->argument) != 3)
			fail("the script is wrong");
		recorder->steps++;
	}
	if (recorder->steps == 0)
		fail("the script is empty");
}

static void map_framebuffer(
	struct recorder *recorder, const char *path, const struct sj_size *size)
{
	int file = open(path, O_RDONLY | O_CLOEXEC);
	uint8_t head[SJ_XWD_HEAD_BYTES];
	struct sj_xwd layout;
	struct stat status;
	size_t bytes;
	uint8_t *map;

	if (file < 0 || fstat(file, &status) != 0 ||
		pread(file, head, sizeof(head), 0) != (ssize_t)sizeof(head) ||
		sj_xwd_parse(head, (uint64_t)status.st_size, size, &layout) !=
			SJ_OK)
		fail("the framebuffer cannot be read");
	bytes = layout.offset_bytes + layout.stride_bytes * size->height_px;
	map = mmap(NULL, bytes, PROT_READ, MAP_SHARED, file, 0);
	if (map == MAP_FAILED)
		fail("the framebuffer cannot be mapped");
	close(file);
	recorder->image = (struct sj_tile_image){
		map + layout.offset_bytes, layout.stride_bytes, *size};
	recorder->copy = recorder->image;
	recorder->copy.pixels = malloc(layout.stride_bytes * size->height_px);
	if (!recorder->copy.pixels)
		fail("memory");
}

/* ---- the display ---- */

static void open_display(struct recorder *recorder)
{
	const xcb_query_extension_reply_t *damage;
	xcb_connection_t *connection = xcb_connect(NULL, NULL);

	if (xcb_connection_has_error(connection))
		fail("no display");
	recorder->connection = connection;
	recorder->screen =
		xcb_setup_roots_iterator(xcb_get_setup(connection)).data;
	damage = xcb_get_extension_data(connection, &xcb_damage_id);
	if (!damage || !damage->present)
		fail("the display has no DAMAGE");
	recorder->damage_event = damage->first_event;
	free(xcb_damage_query_version_reply(
		connection, xcb_damage_query_version(connection, 1, 1), NULL));
	free(xcb_xfixes_query_version_reply(
		connection, xcb_xfixes_query_version(connection, 5, 0), NULL));
	free(xcb_test_get_version_reply(
		connection, xcb_test_get_version(connection, 2, 2), NULL));
	/* Xvfb draws the pointer into its framebuffer. */
	xcb_xfixes_hide_cursor(connection, recorder->screen->root);
	xcb_damage_create(connection, xcb_generate_id(connection),
		recorder->screen->root, XCB_DAMAGE_REPORT_LEVEL_RAW_RECTANGLES);
}

/* There is no window manager: the largest window gets the keys. */
static void focus_largest(struct recorder *recorder)
{
	xcb_connection_t *connection = recorder->connection;
	xcb_query_tree_reply_t *tree = xcb_query_tree_reply(connection,
		xcb_query_tree(connection, recorder->screen->root), NULL);
	xcb_window_t best = XCB_NONE;
	uint32_t best_px = 0;

	for (int i = 0; tree && i < xcb_query_tree_children_length(tree); i++) {
		xcb_window_t window = xcb_query_tree_children(tree)[i];
		xcb_get_geometry_reply_t *geometry = xcb_get_geometry_reply(
			connection, xcb_get_geometry(connection, window), NULL);
		xcb_get_window_attributes_reply_t *attributes =
			xcb_get_window_attributes_reply(connection,
				xcb_get_window_attributes(connection, window),
				NULL);
		uint32_t area_px =
			geometry && attributes &&
					attributes->map_state ==
						XCB_MAP_STATE_VIEWABLE
				? (uint32_t)geometry->width * geometry->height
				: 0;

		if (area_px > best_px) {
			best_px = area_px;
			best = window;
		}
		free(geometry);
		free(attributes);
	}
	free(tree);
	if (best == XCB_NONE)
		fail("there is no window");
	xcb_set_input_focus(connection, XCB_INPUT_FOCUS_POINTER_ROOT, best,
		XCB_CURRENT_TIME);
}

static void read_keys(struct recorder *recorder)
{
	const xcb_setup_t *setup = xcb_get_setup(recorder->connection);
	uint8_t count = (uint8_t)(setup->max_keycode - setup->min_keycode + 1);
	xcb_get_keyboard_mapping_reply_t *keys =
		xcb_get_keyboard_mapping_reply(recorder->connection,
			xcb_get_keyboard_mapping(recorder->connection,
				setup->min_keycode, count),
			NULL);

	if (!keys)
		fail("the display tells no keys");
	for (size_t i = 0; i < count; i++)
		for (size_t level = keys->keysyms_per_keycode; level-- > 0;) {
			xcb_keysym_t symbol = xcb_get_keyboard_mapping_keysyms(
				keys)[i * keys->keysyms_per_keycode + level];

			/* A key with anything on it is not spare. */
			if (symbol != 0)
				recorder->key[setup->min_keycode + i] = symbol;
		}
	free(keys);
}

static xcb_keycode_t code_of(const struct recorder *recorder, uint32_t symbol)
{
	for (size_t code = 8; code < KEYS_MAX; code++)
		if (recorder->key[code] == symbol)
			return (xcb_keycode_t)code;
	return 0;
}

/* A key that has nothing on it, or a word for a media key; 0: none left. */
static xcb_keycode_t spare_code(const struct recorder *recorder)
{
	const xcb_setup_t *setup = xcb_get_setup(recorder->connection);

	for (size_t code = setup->max_keycode; code >= setup->min_keycode;
		code--)
		if (recorder->key[code] == 0 ||
			recorder->key[code] >= VENDOR_KEYS)
			return (xcb_keycode_t)code;
	return 0;
}

/* Each keysym of the script gets a key before the recording starts. */
static void assign_keys(struct recorder *recorder)
{
	for (size_t i = 0; i < recorder->steps; i++) {
		const struct step *step = &recorder->step[i];
		uint32_t symbol = (uint32_t)strtoul(step->argument, NULL, 16);
		xcb_keycode_t code;

		if (strcmp(step->action, "press") != 0 &&
			strcmp(step->action, "tap") != 0)
			continue;
		if (code_of(recorder, symbol) != 0)
			continue;
		code = spare_code(recorder);
		if (code == 0)
			fail("the script needs too many keys");
		xcb_change_keyboard_mapping(
			recorder->connection, 1, code, 1, &symbol);
		recorder->key[code] = symbol;
	}
	xcb_flush(recorder->connection);
}

static void fake(struct recorder *recorder, uint8_t type, uint8_t detail,
	const char *place)
{
	unsigned x = 0, y = 0;

	if (place)
		sscanf(place, "%u,%u", &x, &y);
	xcb_test_fake_input(recorder->connection, type, detail,
		XCB_CURRENT_TIME, recorder->screen->root, (int16_t)x,
		(int16_t)y, 0);
}

/* False at the end of the script. */
static bool do_step(struct recorder *recorder, const struct step *step)
{
	uint32_t symbol = (uint32_t)strtoul(step->argument, NULL, 16);
	xcb_keycode_t code = code_of(recorder, symbol);
	uint8_t button = (uint8_t)symbol;

	if (strcmp(step->action, "end") == 0)
		return false;
	if (strcmp(step->action, "move") == 0) {
		fake(recorder, XCB_MOTION_NOTIFY, 0, step->argument);
	} else if (strcmp(step->action, "wheel") == 0) {
		fake(recorder, XCB_BUTTON_PRESS, button, NULL);
		fake(recorder, XCB_BUTTON_RELEASE, button, NULL);
	} else {
		if (strcmp(step->action, "release") != 0)
			fake(recorder, XCB_KEY_PRESS, code, NULL);
		if (strcmp(step->action, "press") != 0)
			fake(recorder, XCB_KEY_RELEASE, code, NULL);
	}
	xcb_flush(recorder->connection);
	return true;
}

/* ---- frames ---- */

/* While the server is grabbed nobody draws. */
static void capture(struct recorder *recorder, const struct sj_rect *part)
{
	xcb_connection_t *connection = recorder->connection;
	bool is_new;

	xcb_grab_server(connection);
	free(xcb_get_input_focus_reply(
		connection, xcb_get_input_focus(connection), NULL));
	for (size_t y = part->y_px; y < (size_t)part->y_px + part->height_px;
		y++) {
		size_t at = y * recorder->image.stride_bytes +
			    (size_t)part->x_px * 4;

		memcpy(recorder->copy.pixels + at, recorder->image.pixels + at,
			(size_t)part->width_px * 4);
	}
	xcb_ungrab_server(connection);
	xcb_flush(connection);
	recorder->frame_us = now_us();
	if (sj_trace_writer_add(recorder->writer,
		    (uint32_t)(recorder->frame_us - recorder->start_us),
		    &recorder->copy, part, &is_new) != SJ_OK)
		fail("the trace cannot be written");
	recorder->damage = (struct sj_rect){0};
}

static void take_events(struct recorder *recorder)
{
	xcb_generic_event_t *event;

	while ((event = xcb_poll_for_event(recorder->connection))) {
		const xcb_damage_notify_event_t *damage = (const void *)event;

		if ((event->response_type & 0x7f) == recorder->damage_event) {
			const struct sj_rect rect = {
				(uint16_t)(damage->area.x < 0 ? 0
							      : damage->area.x),
				(uint16_t)(damage->area.y < 0 ? 0
							      : damage->area.y),
				damage->area.width, damage->area.height};

			recorder->last_us = now_us();
			if (sj_rect_area(&recorder->damage) == 0)
				recorder->first_us = recorder->last_us;
			recorder->damage =
				sj_rect_join(&recorder->damage, &rect);
			recorder->damage = sj_rect_clip(
				&recorder->damage, &recorder->image.size);
		}
		free(event);
	}
	if (xcb_connection_has_error(recorder->connection))
		fail("the display is gone");
}

/* When the next frame is due; UINT64_MAX: nothing has changed. */
static uint64_t frame_due_us(const struct recorder *recorder)
{
	uint64_t due_us = recorder->last_us + QUIET_US;

	if (sj_rect_area(&recorder->damage) == 0)
		return UINT64_MAX;
	if (due_us > recorder->first_us + BUSY_US)
		due_us = recorder->first_us + BUSY_US;
	if (due_us < recorder->frame_us + FRAME_US)
		due_us = recorder->frame_us + FRAME_US;
	return due_us;
}

static void wait_until(const struct recorder *recorder, uint64_t due_us)
{
	struct pollfd fd = {
		xcb_get_file_descriptor(recorder->connection), POLLIN, 0};
	uint64_t now = now_us();
	uint64_t left_us = due_us > now ? due_us - now : 0;
	const struct timespec limit = {
		(time_t)(left_us / 1000000), (long)(left_us % 1000000) * 1000};

	if (left_us > 0 && ppoll(&fd, 1, &limit, NULL) < 0 && errno != EINTR)
		fail("poll");
}

static void record(struct recorder *recorder)
{
	const struct sj_rect all = {0, 0, recorder->image.size.width_px,
		recorder->image.size.height_px};

	take_events(recorder);
	recorder->start_us = now_us();
	capture(recorder, &all);
	while (recorder->next < recorder->steps) {
		const struct step *step = &recorder->step[recorder->next];
		uint64_t step_us =
			recorder->start_us + (uint64_t)step->at_ms * 1000;
		uint64_t frame_us = frame_due_us(recorder);

		wait_until(recorder, frame_us < step_us ? frame_us : step_us);
		take_events(recorder);
		if (frame_due_us(recorder) <= now_us()) {
			const struct sj_rect part = recorder->damage;

			capture(recorder, &part);
		}
		if (step_us <= now_us()) {
			recorder->next++;
			if (!do_step(recorder, step))
				break;
		}
	}
	/* What a damage without a pause may have hidden. */
	take_events(recorder);
	recorder->damage = all;
	capture(recorder, &all);
}

int main(int argc, char **argv)
{
	static struct recorder recorder;
	const struct timespec settle = {0, SETTLE_MS * 1000000L};
	struct sj_size size;

	if (argc != 5) {
		fprintf(stderr, "usage: bench-record FRAMEBUFFER OUT "
				"WIDTH HEIGHT < SCRIPT\n");
		return SJ_EXIT_USAGE;
	}
	size.width_px = (uint16_t)atoi(argv[3]);
	size.height_px = (uint16_t)atoi(argv[4]);
	read_script(&recorder);
	map_framebuffer(&recorder, argv[1], &size);
	open_display(&recorder);
	focus_largest(&recorder);
	read_keys(&recorder);
	assign_keys(&recorder);
	nanosleep(&settle, NULL);
	if (sj_trace_writer_create(&recorder.writer, argv[2], &size) != SJ_OK)
		fail(argv[2]);
	record(&recorder);
	if (sj_trace_writer_finish(recorder.writer) != SJ_OK)
		fail(argv[2]);
	printf("%u\n", sj_trace_writer_frames(recorder.writer));
	sj_trace_writer_destroy(recorder.writer);
	xcb_disconnect(recorder.connection);
	return SJ_EXIT_ENDED;
}
