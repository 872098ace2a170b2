/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The real LibVNCServer behind a socketpair; this file is the viewer. */
#include "host/publish.h"

#include <dirent.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "protocol/base/bytes.h"
#include "protocol/base/limits.h"
#include "protocol/rfb/encodings.h"
#include "tests/support/suite.h"

#ifdef SJ_SANITIZED
/* LibVNCServer 0.9.14 loses an iterator of 24 bytes at each SetDesktopSize. */
__attribute__((visibility("default"))) const char *__lsan_default_suppressions(
	void);

const char *__lsan_default_suppressions(void)
{
	return "leak:rfbGetClientIterator\n";
}
#endif

#define WIDTH 400
#define HEIGHT 300
#define TURNS 200

static const struct sj_size size = {WIDTH, HEIGHT};
static uint32_t live_pixels[WIDTH * HEIGHT];
static uint32_t seen_pixels[WIDTH * HEIGHT];
static struct sj_shadow *shadow;
static struct sj_publish *publish;
static struct sj_tile_decoder *decoder;
static int viewer_fd;

/* What arrived and is not parsed yet. */
static uint8_t inbox[4 * 1024 * 1024];
static size_t inbox_size;

/* What the hooks were told. */
static struct {
	uint32_t keysym[8];
	size_t keys;
	uint8_t buttons;
	uint16_t x_px, y_px;
	struct sj_size wish;
	uint16_t status;
	int has_room;
} told;

static bool on_room(void *self)
{
	(void)self;
	return told.has_room != 0;
}

static void on_key(void *self, bool is_down, uint32_t keysym)
{
	(void)self;
	if (is_down && told.keys < 8)
		told.keysym[told.keys++] = keysym;
}

static void on_pointer(void *self, uint8_t buttons, uint16_t x, uint16_t y)
{
	(void)self;
	told.buttons = buttons;
	told.x_px = x;
	told.y_px = y;
}

static uint16_t on_resize(void *self, const struct sj_size *wish)
{
	(void)self;
	told.wish = *wish;
	if (told.status == 0) {
		ck_assert_int_eq(sj_shadow_resize(shadow, wish), SJ_OK);
		sj_publish_resized(publish, true);
	}
	return told.status;
}

static void open_all(bool is_stock_allowed)
{
	const struct sj_publish_hooks hooks = {
		NULL, on_room, on_key, on_pointer, on_resize};

	memset(&told, 0, sizeof(told));
	told.has_room = 1;
	for (size_t i = 0; i < WIDTH * HEIGHT; i++)
		live_pixels[i] = 0xff000000u | (uint32_t)(i * 77777);
	shadow = sj_shadow_create(&size);
	decoder = sj_tile_decoder_create();
	ck_assert_ptr_nonnull(shadow);
	ck_assert_ptr_nonnull(decoder);
	publish = sj_publish_create(shadow, &hooks, is_stock_allowed);
	ck_assert_ptr_nonnull(publish);
	viewer_fd = -1;
}

static void close_all(void)
{
	sj_publish_destroy(publish);
	sj_shadow_destroy(shadow);
	sj_tile_decoder_destroy(decoder);
	if (viewer_fd >= 0)
		close(viewer_fd);
}

/* Lets the server do what there is to do; false when it has no viewer. */
static bool turn(void)
{
	struct sj_tile_image live = {
		(uint8_t *)live_pixels, WIDTH * 4, {WIDTH, HEIGHT}};
	struct pollfd server = {sj_publish_fd(publish), POLLIN, 0};
	ssize_t got;

	if (server.fd < 0)
		return false;
	(void)poll(&server, 1, 1);
	if ((server.revents & (POLLIN | POLLHUP)) != 0 &&
		!sj_publish_readable(publish))
		return false;
	if (!sj_publish_frame(publish, &live))
		return false;
	got = recv(viewer_fd, inbox + inbox_size, sizeof(inbox) - inbox_size,
		MSG_DONTWAIT);
	if (got > 0)
		inbox_size += (size_t)got;
	return true;
}

static void say(const void *data, size_t bytes)
{
	ck_assert_int_eq(
		send(viewer_fd, data, bytes, MSG_NOSIGNAL), (ssize_t)bytes);
}

static void drop(size_t bytes)
{
	memmove(inbox, inbox + bytes, inbox_size - bytes);
	inbox_size -= bytes;
}

static void expect_bytes(size_t bytes)
{
	for (int i = 0; i < TURNS && inbox_size < bytes; i++)
		ck_assert(turn());
	ck_assert_uint_ge(inbox_size, bytes);
}

/* Nothing more comes for a while. */
static void expect_silence(void)
{
	for (int i = 0; i < 20; i++)
		ck_assert(turn());
	ck_assert_uint_eq(inbox_size, 0);
}

static void expect_end(void)
{
	for (int i = 0; i < TURNS; i++)
		if (!turn()) {
			ck_assert_int_eq(sj_publish_fd(publish), -1);
			return;
		}
	ck_abort_msg("the viewer is still there");
}

static void attach(void)
{
	int pair[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	sj_publish_attach(publish, pair[0]);
	viewer_fd = pair[1];
	inbox_size = 0;
	memset(seen_pixels, 0, sizeof(seen_pixels));
}

static void set_encodings(const int32_t *number, size_t count)
{
	uint8_t message[4 + 4 * 8];
	struct sj_writer out = sj_writer_of(message, sizeof(message));
	bool is_good = sj_write_u16(&out, 0x0200) &&
		       sj_write_u16(&out, (uint16_t)count);

	for (size_t i = 0; i < count; i++)
		is_good = is_good && sj_write_s32(&out, number[i]);
	ck_assert(is_good);
	say(message, out.at);
}

static void request(int is_incremental)
{
	const uint8_t message[] = {3, (uint8_t)is_incremental, 0, 0, 0, 0,
		WIDTH >> 8, WIDTH & 0xff, HEIGHT >> 8, HEIGHT & 0xff};

	say(message, sizeof(message));
}

/* Handshake up to SetEncodings. */
static void come_in(const int32_t *number, size_t count)
{
	static const uint8_t format[] = {
		32, 24, 0, 1, 0, 255, 0, 255, 0, 255, 16, 8, 0, 0, 0, 0};

	attach();
	say("RFB 003.008\n", 12);
	expect_bytes(12 + 2);
	ck_assert_mem_eq(inbox, "RFB 003.008\n\1\1", 14);
	drop(14);
	say("\1", 1);
	expect_bytes(4);
	drop(4);
	say("\0", 1);
	expect_bytes(24 + 5);
	ck_assert_mem_eq(inbox + 4, format, sizeof(format));
	ck_assert_mem_eq(inbox + 24, "shoji", 5);
	drop(29);
	set_encodings(number, count);
}

static const int32_t ours[] = {SJ_RFB_ENCODING_TILE,
	SJ_RFB_ENCODING_ALPHA_CURSOR, SJ_RFB_ENCODING_CARET,
	SJ_RFB_ENCODING_EXTENDED_DESKTOP_SIZE, SJ_RFB_ENCODING_RAW};
#define OURS (sizeof(ours) / sizeof(ours[0]))
static const int32_t stock[] = {SJ_RFB_ENCODING_RAW};

/* One rectangle head at the reader. */
struct head {
	uint16_t x, y, width, height;
	int32_t encoding;
};

static struct head read_head(struct sj_reader *in)
{
	struct head head = {0};

	ck_assert(sj_read_u16(in, &head.x) && sj_read_u16(in, &head.y) &&
		  sj_read_u16(in, &head.width) &&
		  sj_read_u16(in, &head.height) &&
		  sj_read_s32(in, &head.encoding));
	return head;
}

static void read_tile(struct sj_reader *in, const struct head *head)
{
	struct sj_tile_image image = {
		(uint8_t *)seen_pixels, WIDTH * 4, {WIDTH, HEIGHT}};
	const struct sj_rect rect = {
		head->x, head->y, head->width, head->height};
	const uint8_t *payload = NULL;
	uint32_t bytes = 0;

	ck_assert(sj_read_u32(in, &bytes) && sj_read_view(in, &payload, bytes));
	ck_assert_int_eq(sj_tile_decode(decoder, payload, bytes, &rect, &image),
		SJ_STEP_DONE);
}

/* Takes one update of tiles; returns its rectangles, the last in *last. */
static size_t take_tiles(struct head *last)
{
	struct sj_reader in;
	uint16_t count = 0, type = 1;

	expect_bytes(4);
	in = sj_reader_of(inbox, inbox_size);
	ck_assert(sj_read_u16(&in, &type) && sj_read_u16(&in, &count));
	ck_assert_uint_eq(type, 0);
	for (size_t i = 0; i < count; i++) {
		*last = read_head(&in);
		ck_assert_int_eq(last->encoding, SJ_RFB_ENCODING_TILE);
		read_tile(&in, last);
	}
	ck_assert_uint_le(in.at, SJ_LIMIT_UPDATE_BYTES);
	drop(in.at);
	return count;
}

/* An update that holds one rectangle without payload. */
static struct head take_head(int32_t encoding, size_t payload)
{
	struct sj_reader in;
	struct head head;

	expect_bytes(16 + payload);
	in = sj_reader_of(inbox, inbox_size);
	ck_assert(sj_read_skip(&in, 4));
	head = read_head(&in);
	ck_assert_int_eq(head.encoding, encoding);
	return head;
}

static void check_seen(void)
{
	for (size_t i = 0; i < WIDTH * HEIGHT; i++)
		if (seen_pixels[i] != (live_pixels[i] & 0xffffff))
			ck_abort_msg("pixel %zu differs", i);
}

/* Our viewer, past the size, with the whole picture. */
static void show_all(void)
{
	struct head head;
	size_t tiles = 0;

	come_in(ours, OURS);
	request(0);
	head = take_head(SJ_RFB_ENCODING_EXTENDED_DESKTOP_SIZE, 20);
	ck_assert_uint_eq(head.width, WIDTH);
	ck_assert_uint_eq(head.height, HEIGHT);
	drop(36);
	/* The pointer, which is none. */
	expect_bytes(4 + 12);
	ck_assert_uint_ge(inbox[3], 2);
	memmove(inbox + 4, inbox + 16, inbox_size - 16);
	inbox_size -= 12;
	inbox[3]--;
	while (tiles < 7 * 5)
		tiles += take_tiles(&head);
	ck_assert_uint_eq(tiles, 7 * 5);
	check_seen();
}

static size_t count_fds(void)
{
	DIR *folder = opendir("/proc/self/fd");
	size_t count = 0;

	ck_assert_ptr_nonnull(folder);
	while (readdir(folder))
		count++;
	closedir(folder);
	return count;
}

START_TEST(opens_no_descriptor_of_its_own)
{
	size_t before = count_fds();

	open_all(true);
	ck_assert_uint_eq(count_fds(), before);
	close_all();
}
END_TEST

START_TEST(waits_for_the_first_bytes_before_it_says_anything)
{
	open_all(false);
	attach();
	expect_silence();
	say("RFB 003.008\n", 12);
	expect_bytes(12);
	close_all();
}
END_TEST

START_TEST(shows_our_viewer_every_pixel_in_small_updates)
{
	open_all(false);
	show_all();
	close_all();
}
END_TEST

START_TEST(sends_a_change_only_when_asked_and_trimmed)
{
	const struct sj_rect damage = {0, 0, WIDTH, HEIGHT};
	struct head head;

	open_all(false);
	show_all();
	live_pixels[20 * WIDTH + 30] ^= 1;
	sj_shadow_damage(shadow, &damage);
	expect_silence();
	request(1);
	ck_assert_uint_eq(take_tiles(&head), 1);
	ck_assert_uint_eq(head.x, 30);
	ck_assert_uint_eq(head.y, 20);
	ck_assert_uint_eq(head.width, 1);
	ck_assert_uint_eq(head.height, 1);
	check_seen();
	/* And the other way round: asked first. */
	request(1);
	expect_silence();
	live_pixels[5] ^= 0x100;
	sj_shadow_damage(shadow, &damage);
	ck_assert_uint_eq(take_tiles(&head), 1);
	check_seen();
	close_all();
}
END_TEST

START_TEST(sends_everything_again_when_asked_for_all)
{
	struct head head;
	size_t tiles = 0;

	open_all(false);
	show_all();
	memset(seen_pixels, 0, sizeof(seen_pixels));
	request(0);
	while (tiles < 7 * 5)
		tiles += take_tiles(&head);
	check_seen();
	close_all();
}
END_TEST

START_TEST(tells_our_viewer_of_pointer_and_caret)
{
	static struct sj_update_cursor cursor;
	const struct sj_rect caret = {7, 8, 2, 20};
	struct head head;

	open_all(false);
	show_all();
	cursor.size = (struct sj_size){16, 24};
	cursor.hot_x_px = 3;
	cursor.hot_y_px = 4;
	sj_publish_set_cursor(publish, &cursor);
	request(1);
	head = take_head(SJ_RFB_ENCODING_ALPHA_CURSOR, 16 * 24 * 4);
	ck_assert_uint_eq(head.x, 3);
	ck_assert_uint_eq(head.height, 24);
	drop(16 + 16 * 24 * 4);
	sj_publish_set_caret(publish, &caret);
	request(1);
	head = take_head(SJ_RFB_ENCODING_CARET, 0);
	ck_assert_uint_eq(head.x, 7);
	ck_assert_uint_eq(head.height, 20);
	close_all();
}
END_TEST

START_TEST(shows_a_foreign_viewer_nothing_unless_allowed)
{
	open_all(false);
	come_in(stock, 1);
	request(0);
	expect_silence();
	close_all();
}
END_TEST

START_TEST(shows_a_foreign_viewer_raw_pixels_when_allowed)
{
	/* A part: the library writes all at once, and we read afterwards. */
	static const uint8_t part[] = {3, 0, 0, 50, 0, 60, 0, 80, 0, 70};
	struct head head;

	open_all(true);
	come_in(stock, 1);
	say(part, sizeof(part));
	head = take_head(SJ_RFB_ENCODING_RAW, (size_t)80 * 70 * 4);
	ck_assert_uint_eq(head.x, 50);
	ck_assert_uint_eq(head.y, 60);
	ck_assert_uint_eq(head.width, 80);
	for (size_t i = 0; i < (size_t)80 * 70; i++) {
		uint32_t pixel, wanted;

		memcpy(&pixel, inbox + 16 + i * 4, 4);
		wanted = live_pixels[(60 + i / 80) * WIDTH + 50 + i % 80];
		if (pixel != (wanted & 0xffffff))
			ck_abort_msg("pixel %zu differs", i);
	}
	close_all();
}
END_TEST

START_TEST(hands_keys_and_pointer_on_and_keeps_it_inside)
{
	static const uint8_t messages[] = {4, 1, 0, 0, 1, 0, 0x4e, 0x0a, 4, 0,
		0, 0, 1, 0, 0x4e, 0x0a, 5, 3, 0xff, 0xff, 0x01, 0x00};

	open_all(false);
	show_all();
	say(messages, sizeof(messages));
	expect_silence();
	ck_assert_uint_eq(told.keys, 1);
	ck_assert_uint_eq(told.keysym[0], 0x01004e0a);
	ck_assert_uint_eq(told.buttons, 3);
	ck_assert_uint_eq(told.x_px, WIDTH - 1);
	ck_assert_uint_eq(told.y_px, 256);
	close_all();
}
END_TEST

START_TEST(reads_nothing_while_there_is_no_room)
{
	static const uint8_t key[] = {4, 1, 0, 0, 0, 0, 0, 'a'};

	open_all(false);
	show_all();
	told.has_room = 0;
	say(key, sizeof(key));
	expect_silence();
	ck_assert_uint_eq(told.keys, 0);
	told.has_room = 1;
	expect_silence();
	ck_assert_uint_eq(told.keys, 1);
	close_all();
}
END_TEST

static void ask_size(uint16_t width, uint16_t height, uint8_t screens)
{
	const uint8_t message[24] = {251, 0, (uint8_t)(width >> 8),
		(uint8_t)width, (uint8_t)(height >> 8), (uint8_t)height,
		screens, 0, 0, 0, 0, 1, 0, 0, 0, 0, (uint8_t)(width >> 8),
		(uint8_t)width, (uint8_t)(height >> 8), (uint8_t)height};

	say(message, 8 + 16u * screens);
}

START_TEST(follows_the_size_that_our_viewer_asks_for)
{
	struct head head;

	open_all(false);
	show_all();
	ask_size(380, 240, 1);
	request(1);
	head = take_head(SJ_RFB_ENCODING_EXTENDED_DESKTOP_SIZE, 20);
	ck_assert_uint_eq(told.wish.width_px, 380);
	ck_assert_uint_eq(head.x, 1);
	ck_assert_uint_eq(head.y, 0);
	ck_assert_uint_eq(head.width, 380);
	ck_assert_uint_eq(head.height, 240);
	close_all();
}
END_TEST

static const struct {
	uint16_t width, height, status, told;
} sizes[] = {
	{400, 299, 1, 1}, /* the owner says no */
	{319, 240, 0, 3},
	{320, 199, 0, 3},
	{SJ_LIMIT_WIDTH_PX + 1, 240, 0, 3},
	{320, SJ_LIMIT_HEIGHT_PX + 1, 0, 3},
};

START_TEST(says_why_a_size_is_refused)
{
	struct head head;

	open_all(false);
	show_all();
	told.status = sizes[_i].status;
	ask_size(sizes[_i].width, sizes[_i].height, 1);
	request(1);
	head = take_head(SJ_RFB_ENCODING_EXTENDED_DESKTOP_SIZE, 20);
	ck_assert_uint_eq(head.x, 1);
	ck_assert_uint_eq(head.y, sizes[_i].told);
	ck_assert_uint_eq(head.width, WIDTH);
	ck_assert_uint_eq(told.wish.width_px,
		sizes[_i].status != 0 ? sizes[_i].width : 0);
	close_all();
}
END_TEST

/* Messages that end a viewer; the gate lets none of them through. */
static const struct {
	uint8_t bytes[16];
	size_t size;
} endings[] = {
	{{6, 0, 0, 0, 0, 0, 0, 1, 'x'}, 9},
	{{99}, 1},
	{{150, 1, 0, 0, 0, 0, 0, 1, 0, 1}, 10},
	{{252}, 1},
};

START_TEST(ends_a_viewer_that_sends_what_it_may_not)
{
	open_all(false);
	show_all();
	say(endings[_i].bytes, endings[_i].size);
	expect_end();
	close_all();
}
END_TEST

START_TEST(knows_when_the_viewer_has_gone)
{
	open_all(false);
	show_all();
	close(viewer_fd);
	viewer_fd = -1;
	for (int i = 0; i < TURNS && sj_publish_fd(publish) >= 0; i++)
		(void)!sj_publish_readable(publish);
	ck_assert_int_eq(sj_publish_fd(publish), -1);
	close_all();
}
END_TEST

START_TEST(closes_the_viewer_before_for_a_new_one)
{
	uint8_t byte;
	int first;

	open_all(false);
	show_all();
	first = viewer_fd;
	show_all();
	ck_assert_int_eq(recv(first, &byte, 1, MSG_DONTWAIT), 0);
	close(first);
	close_all();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		opens_no_descriptor_of_its_own,
		waits_for_the_first_bytes_before_it_says_anything,
		shows_our_viewer_every_pixel_in_small_updates,
		sends_a_change_only_when_asked_and_trimmed,
		sends_everything_again_when_asked_for_all,
		tells_our_viewer_of_pointer_and_caret,
		shows_a_foreign_viewer_nothing_unless_allowed,
		shows_a_foreign_viewer_raw_pixels_when_allowed,
		hands_keys_and_pointer_on_and_keeps_it_inside,
		reads_nothing_while_there_is_no_room,
		follows_the_size_that_our_viewer_asks_for,
		knows_when_the_viewer_has_gone,
		closes_the_viewer_before_for_a_new_one,
	};
	const struct sj_suite_loop loops[] = {
		{says_why_a_size_is_refused, sizeof(sizes) / sizeof(sizes[0])},
		{ends_a_viewer_that_sends_what_it_may_not,
			sizeof(endings) / sizeof(endings[0])},
	};

	return sj_suite_run_loops("publish", tests,
		sizeof(tests) / sizeof(tests[0]), loops,
		sizeof(loops) / sizeof(loops[0]));
}
