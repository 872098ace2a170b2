/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "viewer/panel.h"

#include <dirent.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "protocol/base/reason.h"
#include "tests/support/suite.h"
#include "viewer/layout.h"

#define WIDTH_PX 640
#define HEIGHT_PX 480

static const enum sj_reason reasons[] = {
#define REASON_ROW(name, number, text) name,
	SJ_REASON_TABLE(REASON_ROW)
#undef REASON_ROW
};

static uint32_t pixels[WIDTH_PX * HEIGHT_PX];
static uint32_t other[WIDTH_PX * HEIGHT_PX];
static struct sj_canvas canvas = {pixels, WIDTH_PX, {WIDTH_PX, HEIGHT_PX}};
static const struct sj_size no_size;

static struct sj_panel *make(bool is_japanese)
{
	struct sj_viewer_window_start start;
	struct sj_panel *panel;

	memset(&start, 0, sizeof(start));
	start.is_japanese = is_japanese;
	start.zone_color = 0x123456;
	memcpy(start.host_name, "host.test", 10);
	panel = sj_panel_create(&start);
	ck_assert_ptr_nonnull(panel);
	return panel;
}

static size_t count_of(uint32_t color)
{
	size_t count = 0;
	size_t i;

	for (i = 0; i < SJ_COUNT(pixels); i++)
		count += pixels[i] == color;
	return count;
}

static void draw(const struct sj_panel *panel, enum sj_viewer_state state,
	enum sj_reason reason, unsigned retry_s)
{
	const struct sj_viewer_status status = {
		(uint32_t)state, (uint32_t)reason, 0, 0};

	memset(pixels, 0, sizeof(pixels));
	sj_panel_draw_status(panel, &canvas, NULL, &no_size, &status, retry_s);
}

START_TEST(the_strip_has_the_colour_and_a_label)
{
	struct sj_panel *panel = make(true);
	struct sj_canvas strip = {
		pixels, WIDTH_PX, {WIDTH_PX, SJ_LAYOUT_STRIP_PX}};

	sj_panel_draw_strip(panel, &strip);
	ck_assert_uint_eq(pixels[0], 0x123456);
	ck_assert_uint_eq(pixels[WIDTH_PX - 1], 0x123456);
	ck_assert_uint_gt(count_of(0xFFFFFF), 20);
	/* Only the strip was written. */
	ck_assert_uint_eq(pixels[SJ_LAYOUT_STRIP_PX * WIDTH_PX], 0);
	sj_panel_destroy(panel);
}
END_TEST

START_TEST(a_light_strip_has_dark_text)
{
	struct sj_viewer_window_start start;
	struct sj_panel *panel;
	struct sj_canvas strip = {
		pixels, WIDTH_PX, {WIDTH_PX, SJ_LAYOUT_STRIP_PX}};

	memset(&start, 0, sizeof(start));
	start.zone_color = 0xFFFF80;
	memcpy(start.zone_label, "test", 5);
	panel = sj_panel_create(&start);
	ck_assert_ptr_nonnull(panel);
	sj_panel_draw_strip(panel, &strip);
	ck_assert_uint_gt(count_of(0x101010), 20);
	sj_panel_destroy(panel);
}
END_TEST

START_TEST(every_reason_draws_a_text_in_both_languages)
{
	size_t i;
	int ja;

	for (ja = 0; ja < 2; ja++) {
		struct sj_panel *panel = make(ja);

		draw(panel, SJ_VIEWER_CONNECTING, SJ_REASON_NONE, 0);
		memcpy(other, pixels, sizeof(other));
		for (i = 0; i < SJ_COUNT(reasons); i++) {
			draw(panel, SJ_VIEWER_ENDED, reasons[i], 0);
			ck_assert_msg(count_of(0x303438) > 30,
				"reason %d has no text", (int)reasons[i]);
			ck_assert_int_ne(
				memcmp(other, pixels, sizeof(other)), 0);
		}
		sj_panel_destroy(panel);
	}
}
END_TEST

START_TEST(the_countdown_is_drawn)
{
	struct sj_panel *panel = make(false);

	draw(panel, SJ_VIEWER_LOST, SJ_REASON_IO, 15);
	memcpy(other, pixels, sizeof(other));
	draw(panel, SJ_VIEWER_LOST, SJ_REASON_IO, 14);
	ck_assert_int_ne(memcmp(other, pixels, sizeof(other)), 0);
	draw(panel, SJ_VIEWER_LOST, SJ_REASON_IO, 15);
	ck_assert_mem_eq(other, pixels, sizeof(other));
	sj_panel_destroy(panel);
}
END_TEST

START_TEST(a_lost_picture_stays_and_is_grey)
{
	const struct sj_viewer_status status = {
		SJ_VIEWER_LOST, SJ_REASON_IO, 0, 0};
	const struct sj_size size = {320, 200};
	uint8_t *frame = calloc(320 * 200, 4);
	struct sj_panel *panel = make(true);
	uint32_t red;

	ck_assert_ptr_nonnull(frame);
	frame[2] = 255; /* red at 0, 0 */
	sj_panel_draw_status(panel, &canvas, frame, &size, &status, 1);
	red = pixels[0];
	ck_assert_uint_eq(red & 0xFF, red >> 8 & 0xFF);
	ck_assert_uint_eq(red & 0xFF, red >> 16 & 0xFF);
	ck_assert_uint_gt(red & 0xFF, pixels[1] & 0xFF);
	/* Beyond the picture there is nothing of it. */
	ck_assert_uint_eq(pixels[320], SJ_LAYOUT_EMPTY_COLOR);
	ck_assert_uint_eq(pixels[200 * WIDTH_PX], SJ_LAYOUT_EMPTY_COLOR);
	free(frame);
	sj_panel_destroy(panel);
}
END_TEST

START_TEST(a_window_smaller_than_the_box_is_not_overrun)
{
	struct sj_canvas small = {pixels, 100, {100, 40}};
	const struct sj_viewer_status status = {
		SJ_VIEWER_ENDED, SJ_REASON_CERT_NAME, 0, 0};
	struct sj_panel *panel = make(true);

	memset(pixels, 0, sizeof(pixels));
	sj_panel_draw_status(panel, &small, NULL, &no_size, &status, 0);
	ck_assert_uint_eq(pixels[100 * 40], 0);
	sj_panel_destroy(panel);
}
END_TEST

START_TEST(an_unknown_reason_is_drawn_without_harm)
{
	struct sj_panel *panel = make(true);

	draw(panel, SJ_VIEWER_ENDED, (enum sj_reason)4000000000u, 0);
	ck_assert_uint_gt(count_of(0xFFFFFF), 1000);
	sj_panel_destroy(panel);
}
END_TEST

START_TEST(a_mask_wraps_long_lines)
{
	const struct sj_mask_style one = {"Sans 11", "ja", 0};
	const struct sj_mask_style wrapped = {"Sans 11", "ja", 100};
	struct sj_mask a;
	struct sj_mask b;
	const char *text = "接続先の証明書の有効期限が切れています。";

	ck_assert_int_eq(sj_mask_make(&a, text, &one), SJ_OK);
	ck_assert_int_eq(sj_mask_make(&b, text, &wrapped), SJ_OK);
	ck_assert_uint_le(b.width_px, 100);
	ck_assert_uint_gt(b.height_px, a.height_px);
	sj_mask_finish(&a);
	sj_mask_finish(&b);
	ck_assert_int_eq(sj_mask_make(&a, "", &one), SJ_OK);
	sj_mask_finish(&a);
}
END_TEST

static int count_threads(void)
{
	DIR *tasks = opendir("/proc/self/task");
	const struct dirent *entry;
	int count = 0;

	ck_assert_ptr_nonnull(tasks);
	while ((entry = readdir(tasks)))
		count += entry->d_name[0] != '.';
	(void)closedir(tasks);
	return count;
}

START_TEST(one_thread_is_left_when_the_fonts_are_released)
{
	struct sj_panel *panel = make(true);

	sj_mask_release_fonts();
	for (int i = 0; i < 5000 && count_threads() != 1; i++)
		(void)poll(NULL, 0, 1);
	ck_assert_int_eq(count_threads(), 1);
	/* Masks need no font any more. */
	draw(panel, SJ_VIEWER_LOST, SJ_REASON_IO, 5);
	ck_assert_uint_gt(count_of(0x303438), 30);
	sj_panel_destroy(panel);
}
END_TEST

SJ_SUITE_MAIN("viewer panel", the_strip_has_the_colour_and_a_label,
	a_light_strip_has_dark_text,
	every_reason_draws_a_text_in_both_languages, the_countdown_is_drawn,
	a_lost_picture_stays_and_is_grey,
	a_window_smaller_than_the_box_is_not_overrun,
	an_unknown_reason_is_drawn_without_harm, a_mask_wraps_long_lines,
	one_thread_is_left_when_the_fonts_are_released)
