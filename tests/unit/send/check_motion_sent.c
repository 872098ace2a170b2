/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What becomes lossy, what never does, and when it is exact again. */
#include "tests/unit/send/motion_rig.h"

#include <stdlib.h>

#include "protocol/send/motion.h"
#include "tests/support/suite.h"

static const struct sj_size size = {960, 540};
static const struct sj_rect all = {0, 0, 960, 540};
static const struct sj_rect video = {200, 100, 640, 360};
/* In the same tiles as the video, and in others. */
static const struct sj_rect left = {0, 0, 200, 540};
static struct sj_motion_rig rig;

/* A page of text that the viewer has. */
static void open_page(bool is_lossless, bool is_old)
{
	sj_motion_rig_open(&rig, &size, is_lossless, is_old);
	sj_motion_rig_draw(&rig, &all, sj_rig_text, 0);
	sj_motion_rig_pass(&rig, 3000000);
	ck_assert(sj_motion_rig_is_exact(&rig, &all));
	ck_assert_uint_eq(rig.rects, 0);
	rig.bytes = 0;
}

static void is_exact_in_time(void)
{
	sj_motion_rig_pass(&rig, 300000 - (rig.now_us - rig.damage_us));
	ck_assert(sj_motion_rig_is_exact(&rig, &all));
}

static sj_rig_colour *const moving[] = {sj_rig_noise, sj_rig_photo};

START_TEST(sends_what_moves_lossily_after_a_third_to_one_second)
{
	uint64_t start_us;

	open_page(false, false);
	rig.still = left;
	start_us = rig.now_us;
	sj_motion_rig_play(&rig, &video, moving[_i], 60);
	ck_assert_uint_ge(rig.first_us - start_us, 333000);
	ck_assert_uint_le(rig.first_us - start_us, 1000000);
	/* A frame of what is drawn for each that was. */
	ck_assert_uint_ge(rig.frames, 30);
	ck_assert_uint_lt(rig.now_us - rig.last_us, 70000);
	sj_motion_rig_close(&rig);
}
END_TEST

START_TEST(is_exact_within_300_ms_of_rest)
{
	open_page(false, false);
	sj_motion_rig_play(&rig, &video, moving[_i], 60);
	ck_assert(!sj_motion_rig_is_exact(&rig, &video));
	is_exact_in_time();
	/* And stays so, in silence. */
	rig.bytes = 0;
	sj_motion_rig_pass(&rig, 2000000);
	ck_assert_uint_eq(rig.bytes, 0);
	ck_assert(sj_motion_rig_is_exact(&rig, &all));
	sj_motion_rig_close(&rig);
}
END_TEST

START_TEST(repairs_a_part_while_the_rest_goes_on)
{
	const struct sj_rect half = {200, 100, 320, 360};
	const struct sj_rect other = {576, 100, 264, 360};

	open_page(false, false);
	sj_motion_rig_play(&rig, &video, sj_rig_photo, 45);
	ck_assert(!sj_motion_rig_is_exact(&rig, &other));
	sj_motion_rig_play(&rig, &half, sj_rig_photo, 9);
	ck_assert(sj_motion_rig_is_exact(&rig, &other));
	rig.still = other;
	sj_motion_rig_play(&rig, &half, sj_rig_photo, 30);
	ck_assert(!sj_motion_rig_is_exact(&rig, &half));
	is_exact_in_time();
	sj_motion_rig_close(&rig);
}
END_TEST

static sj_rig_colour *const exact[] = {sj_rig_scrolled, sj_rig_typed,
	sj_rig_blinking, sj_rig_rewritten, sj_rig_panel};

START_TEST(keeps_text_exact_that_changes_thirty_times_a_second)
{
	open_page(false, false);
	for (size_t i = 0; i < 90; i++) {
		sj_motion_rig_draw(&rig, &video, exact[_i], i);
		sj_motion_rig_pass(&rig, SJ_RIG_FRAME_US);
		ck_assert(sj_motion_rig_is_exact(&rig, &all));
	}
	ck_assert_uint_eq(rig.rects, 0);
	sj_motion_rig_close(&rig);
}
END_TEST

START_TEST(keeps_text_exact_that_changes_beside_the_video)
{
	/* In the tiles of the video's left edge. */
	const struct sj_rect line = {128, 116, 64, 16};

	open_page(false, false);
	for (size_t i = 0; i < 60; i++) {
		sj_motion_rig_draw(&rig, &video, sj_rig_photo, i);
		if (i % 15 == 0) {
			rig.still = (struct sj_rect){0};
			sj_motion_rig_draw(&rig, &line, sj_rig_rewritten, i);
		}
		sj_motion_rig_pass(&rig, SJ_RIG_FRAME_US);
		rig.still = left;
		ck_assert(sj_motion_rig_is_exact(&rig, &left));
	}
	ck_assert_uint_gt(rig.frames, 20);
	is_exact_in_time();
	sj_motion_rig_close(&rig);
}
END_TEST

START_TEST(shows_text_exactly_that_takes_the_place_of_a_video)
{
	open_page(false, false);
	sj_motion_rig_play(&rig, &video, sj_rig_photo, 45);
	for (size_t i = 0; i < 45; i++) {
		sj_motion_rig_draw(&rig, &video, sj_rig_scrolled, i);
		sj_motion_rig_pass(&rig, SJ_RIG_FRAME_US);
		ck_assert(sj_motion_rig_is_exact(&rig, &all));
	}
	sj_motion_rig_close(&rig);
}
END_TEST

START_TEST(copies_nothing_that_is_lossy)
{
	const struct sj_rect lower = {200, 164, 640, 296};
	const struct sj_rect line = {0, 0, 64, 16};

	open_page(false, false);
	sj_motion_rig_play(&rig, &video, sj_rig_photo, 45);
	ck_assert_uint_gt(rig.frames, 10);
	/* Also the last of them is sent. */
	sj_motion_rig_pass(&rig, 40000);
	/* The last frame, a tile further down: a move, were it exact. */
	for (size_t y = lower.height_px; y-- > 0;)
		for (size_t i = 0; i < lower.width_px * 4u; i++)
			rig.live.pixels[(lower.y_px + y) *
						rig.live.stride_bytes +
					lower.x_px * 4u + i] =
				rig.live.pixels[(lower.y_px + y - 64) *
							rig.live.stride_bytes +
						lower.x_px * 4u + i];
	sj_sender_damage(rig.sender, &lower, rig.now_us);
	/* Moves are looked for when there is something to draw. */
	sj_motion_rig_draw(&rig, &line, sj_rig_rewritten, 1);
	is_exact_in_time();
	sj_motion_rig_close(&rig);
}
END_TEST

START_TEST(sends_nothing_lossily_when_told_or_to_an_old_viewer)
{
	open_page(_i == 0, _i == 1);
	sj_motion_rig_play(&rig, &video, sj_rig_photo, 60);
	ck_assert_uint_eq(rig.rects, 0);
	ck_assert(sj_motion_rig_is_exact(&rig, &all));
	sj_motion_rig_close(&rig);
}
END_TEST

START_TEST(sends_a_photograph_that_changes_seldom_exactly)
{
	open_page(false, false);
	for (size_t i = 0; i < 30; i++) {
		sj_motion_rig_draw(&rig, &video, sj_rig_photo, i);
		sj_motion_rig_pass(&rig, 125000);
		ck_assert(sj_motion_rig_is_exact(&rig, &all));
	}
	ck_assert_uint_eq(rig.rects, 0);
	sj_motion_rig_close(&rig);
}
END_TEST

START_TEST(sends_at_most_thirty_frames_a_second)
{
	uint64_t before;

	open_page(false, false);
	for (size_t i = 0; i < 60; i++) {
		sj_motion_rig_draw(&rig, &video, sj_rig_photo, i);
		sj_motion_rig_pass(&rig, SJ_RIG_FRAME_US / 2);
	}
	before = rig.motion_px;
	for (size_t i = 60; i < 180; i++) {
		sj_motion_rig_draw(&rig, &video, sj_rig_photo, i);
		sj_motion_rig_pass(&rig, SJ_RIG_FRAME_US / 2);
	}
	/* Of two seconds. */
	before = (rig.motion_px - before) / sj_rect_area(&video);
	ck_assert_uint_ge(before, 50);
	ck_assert_uint_le(before, 62);
	sj_motion_rig_close(&rig);
}
END_TEST

START_TEST(holds_no_frame_back_though_some_come_late)
{
	open_page(false, false);
	sj_motion_rig_play(&rig, &video, sj_rig_photo, 45);
	for (size_t i = 0; i < 90; i++) {
		uint64_t late_us = i % 10 == 5 ? 20000 : 0;
		uint64_t next_late_us = i % 10 == 4 ? 20000 : 0;
		uint64_t drawn_us = rig.now_us;

		sj_motion_rig_draw(&rig, &video, sj_rig_photo, i);
		sj_motion_rig_pass(
			&rig, SJ_RIG_FRAME_US + next_late_us - late_us);
		ck_assert_uint_ge(rig.last_us, drawn_us);
		ck_assert_uint_le(rig.last_us, drawn_us + 2000);
	}
	sj_motion_rig_close(&rig);
}
END_TEST

START_TEST(shows_some_frames_a_second_on_a_slow_line)
{
	uint64_t frames, bytes;

	open_page(false, false);
	rig.rate_bytes_per_s = 250000;
	rig.still = left;
	sj_motion_rig_play(&rig, &video, sj_rig_photo, 150);
	frames = rig.motion_px;
	bytes = rig.motion_bytes;
	rig.bytes = 0;
	sj_motion_rig_play(&rig, &video, sj_rig_photo, 150);
	frames = (rig.motion_px - frames) / sj_rect_area(&video);
	ck_assert_uint_ge(frames, 5 * 3);
	/* And leaves room on it. */
	ck_assert_uint_le(rig.motion_bytes - bytes, 5 * 250000 * 3 / 4);
	sj_motion_rig_pass(&rig, 5000000);
	ck_assert(sj_motion_rig_is_exact(&rig, &all));
	sj_motion_rig_close(&rig);
}
END_TEST

START_TEST(forgets_what_was_lossy_for_the_next_viewer)
{
	open_page(false, false);
	sj_motion_rig_play(&rig, &video, sj_rig_noise, 45);
	sj_sender_request(rig.sender, true, rig.now_us);
	is_exact_in_time();
	sj_motion_rig_close(&rig);
}
END_TEST

/* A guard's: the host has sent these frames as motion. */
static void play_told(size_t count)
{
	for (size_t i = 0; i < count; i++) {
		sj_sender_told(rig.sender, &video, true);
		sj_motion_rig_draw(&rig, &video, sj_rig_photo, i);
		sj_motion_rig_pass(&rig, SJ_RIG_FRAME_US);
	}
}

START_TEST(repairs_at_once_what_the_host_has_repaired)
{
	open_page(false, false);
	play_told(45);
	/* The host waits for rest, and is late; the guard waits for it. */
	sj_motion_rig_pass(&rig, SJ_MOTION_REST_US + 120000);
	ck_assert(!sj_motion_rig_is_exact(&rig, &video));
	rig.rects = 0;
	sj_sender_told(rig.sender, &video, false);
	sj_motion_rig_draw(&rig, &video, sj_rig_photo, 45);
	/* As long as the line takes for so many bytes. */
	sj_motion_rig_pass(&rig, 60000);
	ck_assert(sj_motion_rig_is_exact(&rig, &all));
	ck_assert_uint_eq(rig.rects, 0);
	/* And it goes on as before when the host does. */
	play_told(45);
	ck_assert_uint_ge(rig.rects, 20);
	/* A host that goes away without a repair leaves nothing lossy. */
	sj_motion_rig_pass(&rig, 3 * SJ_MOTION_REST_US);
	ck_assert(sj_motion_rig_is_exact(&rig, &all));
	sj_motion_rig_close(&rig);
}
END_TEST

START_TEST(repairs_what_the_host_repairs_without_a_change)
{
	open_page(false, false);
	play_told(45);
	ck_assert(!sj_motion_rig_is_exact(&rig, &video));
	/* Its repair has the pixels that were there already. */
	sj_sender_told(rig.sender, &video, false);
	sj_motion_rig_pass(&rig, 60000);
	ck_assert(sj_motion_rig_is_exact(&rig, &all));
	sj_motion_rig_close(&rig);
}
END_TEST

START_TEST(sends_exactly_what_the_host_sends_so_after_motion)
{
	open_page(false, false);
	play_told(45);
	rig.rects = 0;
	for (size_t i = 0; i < 45; i++) {
		sj_sender_told(rig.sender, &video, false);
		sj_motion_rig_draw(&rig, &video, sj_rig_photo, i);
		sj_motion_rig_pass(&rig, SJ_RIG_FRAME_US);
	}
	ck_assert_uint_eq(rig.rects, 0);
	sj_motion_rig_close(&rig);
}
END_TEST

START_TEST(judges_by_itself_what_a_host_never_sends_as_motion)
{
	open_page(false, false);
	for (size_t i = 0; i < 60; i++) {
		sj_sender_told(rig.sender, &video, false);
		sj_motion_rig_draw(&rig, &video, sj_rig_photo, i);
		sj_motion_rig_pass(&rig, SJ_RIG_FRAME_US);
	}
	ck_assert_uint_ge(rig.frames, 30);
	is_exact_in_time();
	sj_motion_rig_close(&rig);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		repairs_a_part_while_the_rest_goes_on,
		keeps_text_exact_that_changes_beside_the_video,
		shows_text_exactly_that_takes_the_place_of_a_video,
		copies_nothing_that_is_lossy,
		sends_a_photograph_that_changes_seldom_exactly,
		sends_at_most_thirty_frames_a_second,
		holds_no_frame_back_though_some_come_late,
		shows_some_frames_a_second_on_a_slow_line,
		forgets_what_was_lossy_for_the_next_viewer,
		repairs_at_once_what_the_host_has_repaired,
		repairs_what_the_host_repairs_without_a_change,
		sends_exactly_what_the_host_sends_so_after_motion,
		judges_by_itself_what_a_host_never_sends_as_motion,
	};
	const struct sj_suite_loop loops[] = {
		{sends_what_moves_lossily_after_a_third_to_one_second,
			SJ_COUNT(moving)},
		{is_exact_within_300_ms_of_rest, SJ_COUNT(moving)},
		{keeps_text_exact_that_changes_thirty_times_a_second,
			SJ_COUNT(exact)},
		{sends_nothing_lossily_when_told_or_to_an_old_viewer, 2},
	};

	return sj_suite_run_loops(
		"motion_sent", tests, SJ_COUNT(tests), loops, SJ_COUNT(loops));
}
