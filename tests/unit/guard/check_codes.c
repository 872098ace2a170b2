/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The core's side of the search for codes; the test plays the program. */
#include "guard/codes.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "protocol/base/ipc.h"
#include "tests/support/suite.h"

#define WIDTH 1600
#define HEIGHT 900
#define PIXEL 0x123456u
#define SECOND_US UINT64_C(1000000)

static const struct sj_size size = {WIDTH, HEIGHT};
static const struct sj_rect all = {0, 0, WIDTH, HEIGHT};
static uint8_t grey[SJ_CODES_BYTES];
static struct sj_screen *screen;
static struct sj_shown *shown;
static struct sj_codes *codes;
static struct sj_codes_damage damage;
static int program_fd, core_fd;
static uint64_t now_us;

static void fill(struct sj_rect rect, uint32_t pixel)
{
	for (uint32_t i = 0; i < sj_rect_area(&rect); i++)
		sj_screen_set(screen, &rect, i, pixel);
	sj_codes_changed(codes, &rect);
}

static void open_codes(void)
{
	const struct sj_shown_settings settings = {.has_covers = true};
	struct sj_codes_parts parts = {.grey = grey};
	int pair[2];

	ck_assert_int_eq(
		socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, pair),
		0);
	core_fd = parts.fd = pair[0];
	program_fd = pair[1];
	parts.screen = screen = sj_screen_create();
	sj_screen_resize(screen, &size);
	parts.shown = shown = sj_shown_create(screen, &settings);
	codes = sj_codes_create(&parts);
	ck_assert_ptr_nonnull(codes);
	sj_codes_resize(codes);
	now_us = 5 * SECOND_US;
}

static void close_codes(void)
{
	sj_codes_destroy(codes);
	sj_shown_destroy(shown);
	sj_screen_destroy(screen);
	close(core_fd);
	close(program_fd);
}

static uint32_t at(size_t x, size_t y)
{
	struct sj_tile_image image = sj_shown_image(shown);
	uint32_t pixel;

	memcpy(&pixel, image.pixels + y * image.stride_bytes + x * 4, 4);
	return pixel;
}

static struct sj_codes_request asked(void)
{
	struct sj_codes_request request = {0};

	ck_assert_int_eq(sj_codes_search(codes, now_us), SJ_OK);
	ck_assert_int_eq(
		sj_ipc_receive(program_fd, &request, sizeof(request), NULL),
		SJ_OK);
	ck_assert(sj_codes_is_busy(codes));
	return request;
}

static enum sj_err answer(
	uint32_t sequence, uint32_t count, struct sj_rect first)
{
	struct sj_codes_answer message = {.sequence = sequence, .count = count};

	/* All of them: where the count is wrong, nothing else is. */
	for (size_t i = 0; i < SJ_LIMIT_CODES_FOUND; i++)
		message.rect[i] = first;
	ck_assert_int_eq(
		sj_ipc_send(program_fd, &message, sizeof(message), NULL),
		SJ_OK);
	return sj_codes_hear(codes, &damage);
}

static const struct sj_rect none;
static const struct sj_rect code = {400, 300, 80, 80};

/* All is shown, with a cover over code. */
static void begin_covered(void)
{
	open_codes();
	fill(all, PIXEL);
	ck_assert_int_eq(answer(asked().sequence, 1, code), SJ_OK);
}

static bool press(uint16_t x_px, uint16_t y_px, uint8_t buttons)
{
	const struct sj_rfb_pointer pointer = {
		.buttons = buttons, .x_px = x_px, .y_px = y_px};

	return sj_codes_point(codes, &pointer);
}

START_TEST(shows_nothing_before_it_is_searched)
{
	struct sj_codes_request request;

	open_codes();
	fill(all, PIXEL);
	ck_assert_uint_eq(at(10, 10), 0);
	request = asked();
	ck_assert_uint_eq(request.size.width_px, WIDTH);
	/* Fresh pixels wait for the next search. */
	fill(code, 0xffffff);
	ck_assert_uint_eq(at(410, 310), PIXEL);
	ck_assert_int_eq(answer(request.sequence, 0, none), SJ_OK);
	ck_assert_uint_eq(at(410, 310), PIXEL);
	ck_assert(!sj_codes_is_busy(codes));
	ck_assert_uint_eq(damage.count, 1);
	close_codes();
}
END_TEST

START_TEST(covers_what_is_found_with_its_edge)
{
	begin_covered();
	ck_assert_uint_ne(at(440, 340), PIXEL);
	ck_assert_uint_ne(at(395, 295), PIXEL);
	ck_assert_uint_eq(at(380, 280), PIXEL);
	ck_assert_uint_eq(damage.count, 2);
	close_codes();
}
END_TEST

START_TEST(searches_a_margin_around_a_change)
{
	struct sj_codes_request request;

	open_codes();
	fill(all, PIXEL);
	ck_assert_int_eq(answer(asked().sequence, 0, none), SJ_OK);
	fill((struct sj_rect){800, 450, 16, 16}, 0xffffff);
	request = asked();
	ck_assert_uint_eq(
		request.size.width_px, 16 + 2 * SJ_LIMIT_CODES_MARGIN_PX);
	ck_assert_uint_eq(
		request.size.height_px, 16 + 2 * SJ_LIMIT_CODES_MARGIN_PX);
	ck_assert_uint_eq(grey[0], (0x56 * 29 + 0x34 * 150 + 0x12 * 77) >> 8);
	/* Completed by the change, but larger: it is damaged as well. */
	ck_assert_int_eq(answer(request.sequence, 1,
				 (struct sj_rect){200, 200, 100, 100}),
		SJ_OK);
	ck_assert_uint_eq(damage.count, 2);
	ck_assert_uint_ne(at(800 - 256 + 205, 450 - 256 + 205), PIXEL);
	/* A second later all of it. */
	now_us += SECOND_US;
	ck_assert_uint_eq(asked().size.width_px, WIDTH);
	close_codes();
}
END_TEST

START_TEST(a_click_uncovers_and_goes_no_further)
{
	begin_covered();
	ck_assert(!press(10, 10, 1));
	ck_assert(!press(10, 10, 0));
	ck_assert(!press(440, 340, 0));
	ck_assert(!press(440, 340, 8)); /* the wheel */
	ck_assert(!press(440, 340, 0));
	ck_assert_uint_eq(sj_codes_wait_us(codes, now_us), UINT64_MAX);
	ck_assert(press(440, 340, 1));
	ck_assert(press(600, 340, 1));
	ck_assert(!press(600, 340, 0));
	/* Found again, it stays open. */
	now_us += 2 * SECOND_US;
	ck_assert_int_eq(answer(asked().sequence, 1, code), SJ_OK);
	ck_assert_uint_eq(at(440, 340), PIXEL);
	ck_assert(!press(440, 340, 1));
	close_codes();
}
END_TEST

START_TEST(a_cover_goes_with_its_code)
{
	struct sj_codes_request request;

	begin_covered();
	/* A change elsewhere does not lift it. */
	fill((struct sj_rect){1200, 700, 16, 16}, 0xffffff);
	ck_assert_int_eq(answer(asked().sequence, 0, none), SJ_OK);
	ck_assert_uint_ne(at(440, 340), PIXEL);
	/* A change of a corner of it is judged with all of it. */
	fill((struct sj_rect){400, 300, 4, 4}, PIXEL);
	request = asked();
	ck_assert_int_eq(answer(request.sequence, 0, none), SJ_OK);
	ck_assert_uint_eq(at(440, 340), PIXEL);
	ck_assert_uint_eq(at(395, 295), PIXEL);
	close_codes();
}
END_TEST

START_TEST(more_codes_than_covers_are_covered_by_the_last)
{
	open_codes();
	fill(all, PIXEL);
	ck_assert_int_eq(answer(asked().sequence, 0, none), SJ_OK);
	for (uint16_t i = 0; i <= SJ_LIMIT_CODES_COVERS; i++) {
		const struct sj_rect one = {(uint16_t)(i % 20 * 80),
			(uint16_t)(i / 20 * 80), 40, 40};

		now_us += SECOND_US;
		fill(one, PIXEL);
		ck_assert_int_eq(answer(asked().sequence, 1, one), SJ_OK);
	}
	ck_assert_uint_ne(at(4 * 80 + 20, 3 * 80 + 20), PIXEL);
	close_codes();
}
END_TEST

static bool is_damaged(uint16_t x, uint16_t y)
{
	const struct sj_rect pixel = {x, y, 1, 1};

	for (size_t i = 0; i < damage.count; i++) {
		struct sj_rect both = sj_rect_join(&damage.rect[i], &pixel);

		if (sj_rect_area(&both) == sj_rect_area(&damage.rect[i]))
			return true;
	}
	return false;
}

/* A code that has moved a little; or one more than there are covers. */
static void move_cover(bool is_one_more)
{
	static uint32_t before[WIDTH * HEIGHT];
	struct sj_rect moved = code;

	open_codes();
	fill(all, PIXEL);
	ck_assert_int_eq(answer(asked().sequence, 0, none), SJ_OK);
	for (uint16_t i = 0; is_one_more && i < SJ_LIMIT_CODES_COVERS; i++) {
		moved = (struct sj_rect){(uint16_t)(i % 20 * 80),
			(uint16_t)(i / 20 * 80), 40, 40};
		now_us += SECOND_US;
		fill(moved, PIXEL);
		ck_assert_int_eq(answer(asked().sequence, 1, moved), SJ_OK);
	}
	if (!is_one_more) {
		now_us += SECOND_US;
		fill(code, PIXEL);
		ck_assert_int_eq(answer(asked().sequence, 1, code), SJ_OK);
	}
	memcpy(before, sj_shown_image(shown).pixels, sizeof(before));
	moved.x_px = (uint16_t)(moved.x_px + (is_one_more ? 900 : 12));
	moved.y_px = (uint16_t)(moved.y_px + (is_one_more ? 500 : 12));
	/* Found by a search of all: nothing else is drawn. */
	fill((struct sj_rect){1590, 890, 1, 1}, PIXEL);
	now_us += SECOND_US;
	ck_assert_int_eq(answer(asked().sequence, 1, moved), SJ_OK);
	for (uint16_t y = 0; y < HEIGHT; y++)
		for (uint16_t x = 0; x < WIDTH; x++)
			if (at(x, y) != before[y * WIDTH + x])
				ck_assert_msg(is_damaged(x, y), "%u %u", x, y);
	close_codes();
}

START_TEST(all_that_a_cover_hides_is_sent)
{
	move_cover(false);
	move_cover(true);
}
END_TEST

START_TEST(a_wrong_answer_is_refused)
{
	uint32_t sequence;

	open_codes();
	fill(all, PIXEL);
	sequence = asked().sequence;
	ck_assert_int_eq(answer(sequence + 1, 0, none), SJ_ERR_FORMAT);
	ck_assert_int_eq(answer(sequence, 1, none), SJ_ERR_FORMAT);
	ck_assert_int_eq(
		answer(sequence, 1, (struct sj_rect){WIDTH - 9, 0, 10, 10}),
		SJ_ERR_FORMAT);
	ck_assert_int_eq(answer(sequence, SJ_LIMIT_CODES_FOUND + 1, code),
		SJ_ERR_FORMAT);
	ck_assert(sj_codes_is_busy(codes));
	ck_assert_int_eq(answer(sequence, 0, none), SJ_OK);
	/* Nobody has asked. */
	ck_assert_int_eq(answer(sequence, 0, none), SJ_ERR_FORMAT);
	close_codes();
}
END_TEST

START_TEST(an_answer_about_another_size_shows_nothing)
{
	const struct sj_size small = {640, 480};
	uint32_t sequence;

	open_codes();
	fill(all, PIXEL);
	sequence = asked().sequence;
	sj_screen_resize(screen, &small);
	sj_codes_resize(codes);
	ck_assert_uint_eq(at(100, 100), 0);
	ck_assert_int_eq(answer(sequence, 1, code), SJ_OK);
	ck_assert_uint_eq(damage.count, 0);
	ck_assert_uint_eq(at(100, 100), 0);
	ck_assert_uint_eq(asked().size.width_px, 640);
	close_codes();
}
END_TEST

START_TEST(a_program_that_is_gone_or_late_is_seen)
{
	open_codes();
	fill(all, PIXEL);
	(void)asked();
	ck_assert(!sj_codes_is_late(codes, now_us + SECOND_US));
	ck_assert(sj_codes_is_late(
		codes, now_us + SJ_LIMIT_CODES_MS * UINT64_C(1000)));
	ck_assert_int_eq(sj_codes_hear(codes, &damage), SJ_ERR_AGAIN);
	close(program_fd);
	ck_assert_int_eq(sj_codes_hear(codes, &damage), SJ_ERR_CLOSED);
	ck_assert(sj_codes_is_busy(codes));
	close_codes();
}
END_TEST

SJ_SUITE_MAIN("guard_codes", shows_nothing_before_it_is_searched,
	covers_what_is_found_with_its_edge, searches_a_margin_around_a_change,
	a_click_uncovers_and_goes_no_further, a_cover_goes_with_its_code,
	more_codes_than_covers_are_covered_by_the_last,
	all_that_a_cover_hides_is_sent, a_wrong_answer_is_refused,
	an_answer_about_another_size_shows_nothing,
	a_program_that_is_gone_or_late_is_seen)
