/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The real LibVNCServer behind a socketpair; publish_rig is the viewer. */
#include "host/publish.h"

#include <dirent.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "protocol/base/bytes.h"
#include "protocol/base/limits.h"
#include "protocol/rfb/encodings.h"
#include "tests/support/suite.h"
#include "tests/unit/host/publish_rig.h"

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

	sj_rig_open_all(true);
	ck_assert_uint_eq(count_fds(), before);
	sj_rig_close_all();
}
END_TEST

START_TEST(waits_for_the_first_bytes_before_it_says_anything)
{
	sj_rig_open_all(false);
	sj_rig_attach();
	sj_rig_expect_silence();
	sj_rig_say("RFB 003.008\n", 12);
	sj_rig_expect_bytes(12);
	sj_rig_close_all();
}
END_TEST

START_TEST(shows_our_viewer_every_pixel_in_small_updates)
{
	sj_rig_open_all(false);
	sj_rig_show_all();
	sj_rig_close_all();
}
END_TEST

/* Changes that are small, until one is not sent unless it is asked for. */
static void end_group(void)
{
	const struct sj_rect damage = {0, 0, 1, 1};
	struct sj_rig_head head;

	for (int i = 0; i <= SJ_LIMIT_HELD_UPDATES; i++) {
		sj_rig_live[0] ^= 1;
		sj_shadow_damage(sj_rig_shadow, &damage);
		for (int turn = 0; turn < 20; turn++)
			ck_assert(sj_rig_turn());
		if (sj_rig_inbox_size == 0)
			return;
		ck_assert_uint_eq(sj_rig_take_tiles(&head), 1);
	}
	ck_abort_msg("the group of updates does not end");
}

START_TEST(sends_a_change_only_when_asked_and_no_more)
{
	const struct sj_rect damage = {0, 0, SJ_RIG_WIDTH, SJ_RIG_HEIGHT};
	struct sj_rig_head head;

	sj_rig_open_all(false);
	sj_rig_show_all();
	end_group();
	sj_rig_live[0] ^= 1;
	sj_rig_live[20 * SJ_RIG_WIDTH + 30] ^= 1;
	sj_shadow_damage(sj_rig_shadow, &damage);
	sj_rig_expect_silence();
	sj_rig_request(1);
	sj_rig_expect_bytes(4);
	ck_assert_uint_le(sj_rig_inbox_size, 48);
	ck_assert_uint_eq(sj_rig_take_tiles(&head), 1);
	/* The tile; inside, one pixel of it. */
	ck_assert_uint_eq(head.x, 0);
	ck_assert_uint_eq(head.y, 0);
	ck_assert_uint_eq(head.width, 64);
	ck_assert_uint_eq(head.height, 64);
	sj_rig_check_seen();
	/* And the other way round: asked first. */
	end_group();
	sj_rig_live[0] ^= 1;
	sj_rig_request(1);
	sj_rig_expect_silence();
	sj_rig_live[5] ^= 0x100;
	sj_shadow_damage(sj_rig_shadow, &damage);
	ck_assert_uint_eq(sj_rig_take_tiles(&head), 1);
	sj_rig_check_seen();
	sj_rig_close_all();
}
END_TEST

START_TEST(sends_everything_again_when_asked_for_all)
{
	sj_rig_open_all(false);
	sj_rig_show_all();
	memset(sj_rig_seen, 0, sizeof(sj_rig_seen));
	sj_rig_request(0);
	sj_rig_take_all();
	sj_rig_check_seen();
	sj_rig_close_all();
}
END_TEST

START_TEST(tells_our_viewer_of_pointer_and_caret)
{
	static struct sj_update_cursor cursor;
	const struct sj_rect caret = {7, 8, 2, 20};
	struct sj_rig_head head;

	sj_rig_open_all(false);
	sj_rig_show_all();
	cursor.size = (struct sj_size){16, 24};
	cursor.hot_x_px = 3;
	cursor.hot_y_px = 4;
	sj_publish_set_cursor(sj_rig_publish, &cursor);
	sj_rig_request(1);
	head = sj_rig_take_head(SJ_RFB_ENCODING_ALPHA_CURSOR, 16 * 24 * 4);
	ck_assert_uint_eq(head.x, 3);
	ck_assert_uint_eq(head.height, 24);
	sj_rig_drop(16 + 16 * 24 * 4);
	sj_publish_set_caret(sj_rig_publish, &caret);
	sj_rig_request(1);
	head = sj_rig_take_head(SJ_RFB_ENCODING_CARET, 0);
	ck_assert_uint_eq(head.x, 7);
	ck_assert_uint_eq(head.height, 20);
	sj_rig_close_all();
}
END_TEST

/* True if the inbox begins with a whole update. */
static bool has_whole_update(void)
{
	struct sj_reader in = sj_reader_of(sj_rig_inbox, sj_rig_inbox_size);
	uint16_t type, count;
	uint32_t bytes;

	if (!sj_read_u16(&in, &type) || !sj_read_u16(&in, &count))
		return false;
	while (count-- > 0)
		if (!sj_read_skip(&in, 12) || !sj_read_u32(&in, &bytes) ||
			!sj_read_skip(&in, bytes))
			return false;
	return true;
}

/* One turn of a viewer that reads gulps; asks again for what it has got. */
static size_t turn_slowly(void)
{
	struct sj_rig_head head;
	int queued = 0;

	ck_assert(sj_rig_turn());
	ck_assert_int_eq(ioctl(sj_rig_fd, FIONREAD, &queued), 0);
	if (has_whole_update()) {
		(void)sj_rig_take_tiles(&head);
		sj_rig_request(1);
	}
	return (size_t)queued + sj_rig_inbox_size;
}

static void draw_noise(uint32_t seed)
{
	const struct sj_rect all = {0, 0, SJ_RIG_WIDTH, SJ_RIG_HEIGHT};

	for (size_t i = 0; i < SJ_RIG_WIDTH * SJ_RIG_HEIGHT; i++) {
		seed = seed * 1664525 + 1013904223;
		sj_rig_live[i] = seed >> 8;
	}
	sj_shadow_damage(sj_rig_shadow, &all);
}

START_TEST(queues_little_for_a_slow_viewer_and_then_shows_it_the_newest)
{
	size_t most = 0, rest, after = 0;

	sj_rig_open_all(false);
	sj_rig_show_all();
	for (int i = 0; i < SJ_LIMIT_REQUESTS; i++)
		sj_rig_request(1);
	sj_rig_gulp_bytes = 1000;
	for (uint32_t i = 0; i < 400; i++) {
		draw_noise(i);
		rest = turn_slowly();
		most = rest > most ? rest : most;
		(void)usleep(1000);
	}
	/* All the picture has 360 KB: stale pixels would be many times that. */
	ck_assert_uint_ge(most, 16 * 1024);
	ck_assert_uint_le(most, 128 * 1024);
	draw_noise(1000);
	sj_rig_gulp_bytes = 8192;
	while (!sj_rig_is_all_seen() && after++ < 1000)
		(void)turn_slowly();
	sj_rig_check_seen();
	ck_assert_uint_le(after * 8192, 64 * 1024 + 3 * 360 * 1024);
	sj_rig_close_all();
}
END_TEST

START_TEST(shows_a_foreign_viewer_nothing_unless_allowed)
{
	sj_rig_open_all(false);
	sj_rig_come_in(sj_rig_stock, 1);
	sj_rig_request(0);
	sj_rig_expect_silence();
	sj_rig_close_all();
}
END_TEST

START_TEST(shows_a_foreign_viewer_raw_pixels_when_allowed)
{
	/* A part: the library writes all at once, and we read afterwards. */
	static const uint8_t part[] = {3, 0, 0, 50, 0, 60, 0, 80, 0, 70};
	struct sj_rig_head head;

	sj_rig_open_all(true);
	sj_rig_come_in(sj_rig_stock, 1);
	sj_rig_say(part, sizeof(part));
	head = sj_rig_take_head(SJ_RFB_ENCODING_RAW, (size_t)80 * 70 * 4);
	ck_assert_uint_eq(head.x, 50);
	ck_assert_uint_eq(head.y, 60);
	ck_assert_uint_eq(head.width, 80);
	for (size_t i = 0; i < (size_t)80 * 70; i++) {
		uint32_t pixel, wanted;

		memcpy(&pixel, sj_rig_inbox + 16 + i * 4, 4);
		wanted =
			sj_rig_live[(60 + i / 80) * SJ_RIG_WIDTH + 50 + i % 80];
		if (pixel != (wanted & 0xffffff))
			ck_abort_msg("pixel %zu differs", i);
	}
	sj_rig_close_all();
}
END_TEST

START_TEST(hands_keys_and_pointer_on_and_keeps_it_inside)
{
	static const uint8_t messages[] = {4, 1, 0, 0, 1, 0, 0x4e, 0x0a, 4, 0,
		0, 0, 1, 0, 0x4e, 0x0a, 5, 3, 0xff, 0xff, 0x01, 0x00};

	sj_rig_open_all(false);
	sj_rig_show_all();
	sj_rig_say(messages, sizeof(messages));
	sj_rig_expect_silence();
	ck_assert_uint_eq(sj_rig_told.keys, 1);
	ck_assert_uint_eq(sj_rig_told.keysym[0], 0x01004e0a);
	ck_assert_uint_eq(sj_rig_told.buttons, 3);
	ck_assert_uint_eq(sj_rig_told.x_px, SJ_RIG_WIDTH - 1);
	ck_assert_uint_eq(sj_rig_told.y_px, 256);
	sj_rig_close_all();
}
END_TEST

START_TEST(reads_nothing_while_there_is_no_room)
{
	static const uint8_t key[] = {4, 1, 0, 0, 0, 0, 0, 'a'};

	sj_rig_open_all(false);
	sj_rig_show_all();
	sj_rig_told.has_room = 0;
	sj_rig_say(key, sizeof(key));
	sj_rig_expect_silence();
	ck_assert_uint_eq(sj_rig_told.keys, 0);
	sj_rig_told.has_room = 1;
	sj_rig_expect_silence();
	ck_assert_uint_eq(sj_rig_told.keys, 1);
	sj_rig_close_all();
}
END_TEST

static void ask_size(uint16_t width, uint16_t height, uint8_t screens)
{
	const uint8_t message[24] = {251, 0, (uint8_t)(width >> 8),
		(uint8_t)width, (uint8_t)(height >> 8), (uint8_t)height,
		screens, 0, 0, 0, 0, 1, 0, 0, 0, 0, (uint8_t)(width >> 8),
		(uint8_t)width, (uint8_t)(height >> 8), (uint8_t)height};

	sj_rig_say(message, 8 + 16u * screens);
}

START_TEST(follows_the_size_that_our_viewer_asks_for)
{
	struct sj_rig_head head;

	sj_rig_open_all(false);
	sj_rig_show_all();
	ask_size(380, 240, 1);
	sj_rig_request(1);
	head = sj_rig_take_head(SJ_RFB_ENCODING_EXTENDED_DESKTOP_SIZE, 20);
	ck_assert_uint_eq(sj_rig_told.wish.width_px, 380);
	ck_assert_uint_eq(head.x, 1);
	ck_assert_uint_eq(head.y, 0);
	ck_assert_uint_eq(head.width, 380);
	ck_assert_uint_eq(head.height, 240);
	sj_rig_close_all();
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
	struct sj_rig_head head;

	sj_rig_open_all(false);
	sj_rig_show_all();
	sj_rig_told.status = sizes[_i].status;
	ask_size(sizes[_i].width, sizes[_i].height, 1);
	sj_rig_request(1);
	head = sj_rig_take_head(SJ_RFB_ENCODING_EXTENDED_DESKTOP_SIZE, 20);
	ck_assert_uint_eq(head.x, 1);
	ck_assert_uint_eq(head.y, sizes[_i].told);
	ck_assert_uint_eq(head.width, SJ_RIG_WIDTH);
	ck_assert_uint_eq(sj_rig_told.wish.width_px,
		sizes[_i].status != 0 ? sizes[_i].width : 0);
	sj_rig_close_all();
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
	sj_rig_open_all(false);
	sj_rig_show_all();
	sj_rig_say(endings[_i].bytes, endings[_i].size);
	sj_rig_expect_end();
	sj_rig_close_all();
}
END_TEST

START_TEST(knows_when_the_viewer_has_gone)
{
	sj_rig_open_all(false);
	sj_rig_show_all();
	close(sj_rig_fd);
	sj_rig_fd = -1;
	for (int i = 0; i < SJ_RIG_TURNS && sj_publish_fd(sj_rig_publish) >= 0;
		i++)
		(void)!sj_publish_readable(sj_rig_publish);
	ck_assert_int_eq(sj_publish_fd(sj_rig_publish), -1);
	sj_rig_close_all();
}
END_TEST

START_TEST(closes_the_viewer_before_for_a_new_one)
{
	uint8_t byte;
	int first;

	sj_rig_open_all(false);
	sj_rig_show_all();
	first = sj_rig_fd;
	sj_rig_show_all();
	ck_assert_int_eq(recv(first, &byte, 1, MSG_DONTWAIT), 0);
	close(first);
	sj_rig_close_all();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		opens_no_descriptor_of_its_own,
		waits_for_the_first_bytes_before_it_says_anything,
		shows_our_viewer_every_pixel_in_small_updates,
		sends_a_change_only_when_asked_and_no_more,
		sends_everything_again_when_asked_for_all,
		tells_our_viewer_of_pointer_and_caret,
		queues_little_for_a_slow_viewer_and_then_shows_it_the_newest,
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
