/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pages that scroll: the viewer ends exact, and what moved is moved. */
#include "protocol/send/scroll.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/support/suite.h"
#include "tests/unit/send/scroll_rig.h"

static struct sj_scroll_rig rig;

/* A window on a page of one kind, scrolled to x, y. */
static void show(
	const struct sj_rect *window, enum sj_page kind, size_t x, size_t y)
{
	sj_scroll_rig_draw(&rig, window, kind, x, y);
}

static void expect_exact(void)
{
	sj_scroll_rig_send(&rig);
	ck_assert(sj_scroll_rig_is_exact(&rig));
}

/*
 * One page between what stands still: moves by way, from the middle of a long
 * page. Of what is there before and after, least percent have to be copied.
 */
struct scene {
	uint16_t width, height;
	struct sj_rect window;
	enum sj_page kind;
	int x, y; /* by how much the page is scrolled */
	unsigned least_percent;
};

static void play(const struct scene *scene)
{
	size_t shared, moved;
	size_t x_px = (size_t)abs(scene->x), y_px = (size_t)abs(scene->y);
	const size_t start = 3200;

	sj_scroll_rig_open(&rig, scene->width, scene->height);
	show(&(struct sj_rect){0, 0, scene->width, scene->height},
		SJ_PAGE_FRAME, 0, 0);
	show(&scene->window, scene->kind, start, start);
	expect_exact();
	ck_assert_uint_eq(rig.copied_px, 0);
	show(&scene->window, scene->kind, (size_t)((long)start + scene->x),
		(size_t)((long)start + scene->y));
	expect_exact();
	shared = (scene->window.width_px - x_px) *
		 (scene->window.height_px - y_px);
	moved = rig.copied_px * 100 / shared;
	if (moved < scene->least_percent)
		ck_abort_msg("%ux%u, kind %d, by %d,%d: %zu percent moved",
			scene->width, scene->height, (int)scene->kind, scene->x,
			scene->y, moved);
	ck_assert_uint_le(rig.copies, SJ_SCROLL_MOVES);
	sj_scroll_rig_close(&rig);
}

static void play_all(const struct scene *scenes, size_t count)
{
	for (size_t i = 0; i < count; i++)
		play(&scenes[i]);
}

#define FULL_HD 1920, 1080
#define WHOLE                                                                  \
	{                                                                      \
		0, 0, 1920, 1080                                               \
	}
#define TEXT SJ_PAGE_TEXT
#define PHOTO SJ_PAGE_PHOTO
#define TABLE SJ_PAGE_TABLE

START_TEST(moves_whole_pages_up_and_down)
{
	static const struct scene scenes[] = {
		{FULL_HD, WHOLE, TEXT, 0, 40, 90},
		{FULL_HD, WHOLE, TEXT, 0, -40, 90},
		{FULL_HD, WHOLE, PHOTO, 0, 53, 95},
		{FULL_HD, WHOLE, PHOTO, 0, -53, 95},
		{FULL_HD, WHOLE, TABLE, 0, 25, 90},
		{FULL_HD, WHOLE, TEXT, 0, 1, 90},
		{FULL_HD, WHOLE, PHOTO, 0, -1, 95},
		{FULL_HD, WHOLE, TEXT, 0, 700, 85},
		{FULL_HD, WHOLE, PHOTO, 0, -800, 95},
	};

	play_all(scenes, sizeof(scenes) / sizeof(scenes[0]));
}
END_TEST

START_TEST(is_not_defeated_by_what_stands_still_around_the_page)
{
	static const struct scene scenes[] = {
		/* a side bar, a header, a rail on the right, all of them */
		{FULL_HD, {250, 0, 1670, 1080}, TEXT, 0, 40, 90},
		{FULL_HD, {0, 88, 1920, 992}, TEXT, 0, 100, 90},
		{FULL_HD, {0, 88, 1905, 992}, PHOTO, 0, 60, 95},
		{FULL_HD, {333, 101, 1207, 907}, TEXT, 0, -47, 90},
		{FULL_HD, {333, 101, 1207, 907}, PHOTO, 0, 47, 95},
		{FULL_HD, {1, 1, 1918, 1078}, PHOTO, 0, 90, 95},
	};

	play_all(scenes, sizeof(scenes) / sizeof(scenes[0]));
}
END_TEST

START_TEST(works_on_any_size_of_screen)
{
	static const struct scene scenes[] = {
		{1366, 768, {0, 70, 1366, 698}, TEXT, 0, 53, 85},
		{1366, 768, {0, 70, 1350, 698}, PHOTO, 0, -53, 95},
		{320, 200, {0, 0, 320, 200}, TEXT, 0, 20, 80},
		{320, 200, {10, 20, 300, 170}, PHOTO, 0, 17, 85},
		{321, 201, {0, 0, 321, 201}, PHOTO, 0, 64, 90},
		{3840, 2160, {0, 100, 3840, 2060}, TEXT, 0, 120, 90},
		{3840, 2160, {0, 0, 3840, 2160}, PHOTO, 0, -2000, 95},
	};

	play_all(scenes, sizeof(scenes) / sizeof(scenes[0]));
}
END_TEST

START_TEST(moves_to_the_side)
{
	static const struct scene scenes[] = {
		{FULL_HD, {200, 150, 1500, 800}, TABLE, 100, 0, 90},
		{FULL_HD, {200, 150, 1500, 800}, TABLE, -37, 0, 90},
		{FULL_HD, WHOLE, PHOTO, 64, 0, 95},
		{FULL_HD, WHOLE, TEXT, -500, 0, 85},
		{1366, 768, {0, 0, 1366, 768}, PHOTO, 1, 0, 95},
	};

	play_all(scenes, sizeof(scenes) / sizeof(scenes[0]));
}
END_TEST

START_TEST(moves_two_panes_by_different_distances)
{
	const struct sj_rect left = {0, 90, 700, 990};
	const struct sj_rect right = {710, 90, 1210, 990};
	const struct sj_rect below = {710, 600, 1210, 480};

	sj_scroll_rig_open(&rig, 1920, 1080);
	show(&left, TEXT, 0, 1000);
	show(&right, PHOTO, 0, 1000);
	expect_exact();
	show(&left, TEXT, 0, 1060);
	show(&right, PHOTO, 0, 975);
	expect_exact();
	ck_assert_uint_ge(rig.copied_px, (700 * 930 + 1210 * 965) * 9 / 10);
	/* and one above another */
	show(&below, TEXT, 0, 500);
	expect_exact();
	rig.copied_px = 0;
	show(&(struct sj_rect){710, 90, 1210, 510}, PHOTO, 0, 1000);
	show(&below, TEXT, 0, 530);
	expect_exact();
	ck_assert_uint_ge(rig.copied_px, (1210 * 485 + 1210 * 450) * 9 / 10);
	sj_scroll_rig_close(&rig);
}
END_TEST

START_TEST(leaves_alone_what_did_not_move)
{
	const struct sj_rect whole = WHOLE;

	sj_scroll_rig_open(&rig, 1920, 1080);
	expect_exact();
	/* blank before and after; another page; the same page again */
	show(&whole, SJ_PAGE_BLANK, 0, 0);
	expect_exact();
	show(&whole, SJ_PAGE_BLANK, 0, 100);
	expect_exact();
	ck_assert_uint_eq(rig.copies, 0);
	show(&whole, PHOTO, 0, 0);
	expect_exact();
	show(&whole, PHOTO, 5000, 5000);
	expect_exact();
	ck_assert_uint_eq(rig.copies, 0);
	show(&whole, PHOTO, 5000, 5000);
	expect_exact();
	ck_assert_uint_eq(rig.copies, 0);
	sj_scroll_rig_close(&rig);
}
END_TEST

START_TEST(does_not_look_for_small_things)
{
	const struct sj_rect box = {640, 640, 128, 128};

	sj_scroll_rig_open(&rig, 1920, 1080);
	show(&box, PHOTO, 0, 0);
	expect_exact();
	show(&box, PHOTO, 0, 10);
	expect_exact();
	ck_assert_uint_eq(rig.copies, 0);
	sj_scroll_rig_close(&rig);
}
END_TEST

START_TEST(draws_around_what_floats_on_the_page)
{
	const struct sj_rect whole = WHOLE;
	const struct sj_rect button = {1700, 950, 60, 60};

	sj_scroll_rig_open(&rig, 1920, 1080);
	show(&whole, TEXT, 0, 1000);
	show(&button, PHOTO, 0, 0);
	expect_exact();
	show(&whole, TEXT, 0, 1040);
	show(&button, PHOTO, 0, 0);
	expect_exact();
	ck_assert_uint_ge(rig.copied_px, 1920 * 1040 * 9 / 10);
	sj_scroll_rig_close(&rig);
}
END_TEST

START_TEST(never_moves_what_was_not_sent)
{
	const struct sj_rect whole = WHOLE;

	sj_scroll_rig_open(&rig, 1920, 1080);
	show(&whole, PHOTO, 0, 1000);
	/* One update: far from all of it. */
	ck_assert_uint_gt(sj_scroll_rig_step(&rig), 0);
	show(&whole, PHOTO, 0, 1040);
	expect_exact();
	show(&whole, PHOTO, 0, 1080);
	sj_sender_request(rig.sender, true, rig.now_us);
	rig.copies = 0;
	expect_exact();
	ck_assert_uint_eq(rig.copies, 0);
	sj_scroll_rig_close(&rig);
}
END_TEST

START_TEST(says_nothing_of_moves_to_a_viewer_that_cannot)
{
	const struct sj_rect whole = WHOLE;

	sj_scroll_rig_open(&rig, 1920, 1080);
	sj_sender_begin(rig.sender, rig.now_us);
	sj_tile_decoder_reset(rig.decoder);
	show(&whole, TEXT, 0, 1000);
	expect_exact();
	show(&whole, TEXT, 0, 1040);
	expect_exact();
	ck_assert_uint_eq(rig.copies, 0);
	sj_scroll_rig_close(&rig);
}
END_TEST

START_TEST(looks_for_moves_when_told_of_them_where_it_is_told)
{
	const struct sj_sender_settings settings = {.is_told_of_moves = true};
	const struct sj_rect whole = WHOLE;

	sj_scroll_rig_open_as(&rig, 1920, 1080, &settings);
	show(&whole, TEXT, 0, 1000);
	expect_exact();
	show(&whole, TEXT, 0, 1040);
	expect_exact();
	ck_assert_uint_eq(rig.copies, 0);
	sj_sender_moved(rig.sender);
	show(&whole, TEXT, 0, 1080);
	expect_exact();
	ck_assert_uint_gt(rig.copies, 0);
	rig.copies = 0;
	/* Once: it was told of one. */
	show(&whole, TEXT, 0, 1120);
	expect_exact();
	ck_assert_uint_eq(rig.copies, 0);
	sj_scroll_rig_close(&rig);
}
END_TEST

/* Windows anywhere, scrolled by anything, and the display draws between the
 * updates: exact whenever all was sent. */
START_TEST(ends_exact_whatever_is_scrolled)
{
	sj_scroll_rig_open(&rig, 997, 613);
	expect_exact();
	for (int round = 0; round < 60; round++) {
		uint32_t pick = sj_scroll_rig_random(&rig);
		struct sj_rect window = {
			(uint16_t)(sj_scroll_rig_random(&rig) % 400),
			(uint16_t)(sj_scroll_rig_random(&rig) % 300),
			(uint16_t)(200 + sj_scroll_rig_random(&rig) % 397),
			(uint16_t)(150 + sj_scroll_rig_random(&rig) % 163)};
		enum sj_page kind = (enum sj_page)(pick % SJ_PAGE_FRAME);
		size_t x = 2000, y = 2000;

		for (int step = 0; step < 5; step++) {
			int way = (int)(sj_scroll_rig_random(&rig) % 241) - 120;

			if (pick % 5 == 0)
				x = (size_t)((long)x + way);
			else
				y = (size_t)((long)y + way);
			show(&window, kind, x, y);
			if (sj_scroll_rig_random(&rig) % 3 == 0)
				(void)sj_scroll_rig_step(&rig);
			else
				expect_exact();
		}
		if (round % 7 == 0)
			sj_scroll_rig_rest(&rig);
	}
	expect_exact();
	ck_assert_uint_gt(rig.copies, 100);
	sj_scroll_rig_close(&rig);
}
END_TEST

/* What it takes to go back to a page that was seen, all of it drawn. */
static size_t bytes_back_to(enum sj_page kind, size_t y)
{
	const struct sj_rect whole = WHOLE;
	size_t before = rig.bytes;

	show(&whole, kind, 3200, y);
	expect_exact();
	sj_scroll_rig_rest(&rig);
	return rig.bytes - before;
}

START_TEST(a_page_that_was_seen_comes_back_for_a_few_bytes)
{
	sj_scroll_rig_open(&rig, 1920, 1080);
	ck_assert_uint_gt(bytes_back_to(TEXT, 3200), 50000);
	ck_assert_uint_gt(bytes_back_to(PHOTO, 3200), 1000000);
	ck_assert_uint_gt(bytes_back_to(TABLE, 3200), 20000);
	ck_assert_uint_le(bytes_back_to(TEXT, 3200), 600);
	ck_assert_uint_le(bytes_back_to(PHOTO, 3200), 100);
	ck_assert_uint_le(bytes_back_to(TEXT, 3200), 600);
	ck_assert_uint_le(bytes_back_to(TABLE, 3200), 100);
	sj_scroll_rig_close(&rig);
}
END_TEST

START_TEST(a_page_comes_back_as_it_was_scrolled_for_a_few_bytes)
{
	const struct sj_rect whole = WHOLE;
	size_t y = 3200;

	sj_scroll_rig_open(&rig, 1920, 1080);
	(void)bytes_back_to(TEXT, 3200);
	(void)bytes_back_to(PHOTO, y);
	for (int i = 0; i < 12; i++) {
		y += 53;
		show(&whole, PHOTO, 3200, y);
		expect_exact();
		/* To read a while now and then. */
		if (i % 4 == 3) {
			rig.bytes = 0;
			sj_scroll_rig_rest(&rig);
			ck_assert_uint_le(rig.bytes, 100);
		}
	}
	ck_assert_uint_ge(rig.copies, 12);
	/* Once only. */
	rig.bytes = 0;
	sj_scroll_rig_rest(&rig);
	ck_assert_uint_eq(rig.bytes, 0);
	ck_assert_uint_le(bytes_back_to(TEXT, 3200), 600);
	ck_assert_uint_le(bytes_back_to(PHOTO, y), 300);
	ck_assert_uint_le(bytes_back_to(TEXT, 3200), 600);
	sj_scroll_rig_close(&rig);
}
END_TEST

SJ_SUITE_MAIN("scroll", moves_whole_pages_up_and_down,
	is_not_defeated_by_what_stands_still_around_the_page,
	works_on_any_size_of_screen, moves_to_the_side,
	moves_two_panes_by_different_distances, leaves_alone_what_did_not_move,
	does_not_look_for_small_things, draws_around_what_floats_on_the_page,
	never_moves_what_was_not_sent,
	says_nothing_of_moves_to_a_viewer_that_cannot,
	looks_for_moves_when_told_of_them_where_it_is_told,
	ends_exact_whatever_is_scrolled,
	a_page_that_was_seen_comes_back_for_a_few_bytes,
	a_page_comes_back_as_it_was_scrolled_for_a_few_bytes)
