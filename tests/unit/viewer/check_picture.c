/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "viewer/picture.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "protocol/base/memfd.h"
#include "protocol/base/reason.h"
#include "tests/support/suite.h"

static struct sj_picture picture;
static int decoder_fd, gate_fd;
static uint8_t *frame; /* as the decoder maps it */

/* What the launcher does for one connection. */
static void link_picture(void)
{
	struct sj_ipc_fds fds = {{-1, -1, -1}, 3};
	int damage[2], input[2];

	ck_assert_int_eq(sj_memfd_create("test-frame",
				 SJ_VIEWER_FRAME_FILE_BYTES, &fds.fd[0]),
		SJ_OK);
	ck_assert_int_eq(sj_ipc_pair(damage), SJ_OK);
	ck_assert_int_eq(sj_ipc_pair(input), SJ_OK);
	frame = sj_memfd_map(fds.fd[0], SJ_VIEWER_FRAME_FILE_BYTES, 1);
	ck_assert_ptr_nonnull(frame);
	fds.fd[1] = damage[1];
	fds.fd[2] = input[1];
	decoder_fd = damage[0];
	gate_fd = input[0];
	ck_assert_int_eq(sj_picture_link(&picture, &fds), SJ_OK);
}

static void start(void)
{
	sj_picture_init(&picture);
	link_picture();
}

static void say(
	enum sj_viewer_damage_type type, uint32_t number, struct sj_rect rect)
{
	struct sj_viewer_damage damage;

	memset(&damage, 0, sizeof(damage));
	damage.type = (uint32_t)type;
	damage.number = number;
	damage.rect = rect;
	ck_assert_int_eq(
		sj_ipc_send(decoder_fd, &damage, sizeof(damage), NULL), SJ_OK);
}

static enum sj_err next(void)
{
	struct sj_viewer_damage damage;

	return sj_picture_next(&picture, &damage);
}

static void say_first_picture(void)
{
	say(SJ_VIEWER_DAMAGE_SIZE, 0, (struct sj_rect){0, 0, 640, 480});
	say(SJ_VIEWER_DAMAGE_RECT, 0, (struct sj_rect){0, 0, 64, 64});
	say(SJ_VIEWER_DAMAGE_UPDATE, 0, (struct sj_rect){0, 0, 0, 0});
	ck_assert_int_eq(next(), SJ_OK);
	ck_assert_int_eq(next(), SJ_OK);
	ck_assert_int_eq(next(), SJ_OK);
}

START_TEST(the_first_update_with_pixels_is_shown)
{
	start();
	say(SJ_VIEWER_DAMAGE_SIZE, 0, (struct sj_rect){0, 0, 640, 480});
	say(SJ_VIEWER_DAMAGE_UPDATE, 0, (struct sj_rect){0, 0, 0, 0});
	ck_assert_int_eq(next(), SJ_OK);
	ck_assert_int_eq(next(), SJ_ERR_AGAIN);
	ck_assert_ptr_null(picture.frame);
	frame[5] = 77;
	say(SJ_VIEWER_DAMAGE_RECT, 0, (struct sj_rect){0, 0, 64, 64});
	say(SJ_VIEWER_DAMAGE_UPDATE, 0, (struct sj_rect){0, 0, 0, 0});
	ck_assert_int_eq(next(), SJ_OK);
	ck_assert_int_eq(next(), SJ_OK);
	ck_assert_ptr_nonnull(picture.frame);
	ck_assert_uint_eq(picture.frame[5], 77);
	ck_assert_uint_eq(picture.size.width_px, 640);
	sj_picture_finish(&picture);
}
END_TEST

START_TEST(the_last_picture_stays_until_the_next_connection_has_one)
{
	start();
	say_first_picture();
	frame[0] = 11;
	sj_picture_unlink(&picture);
	ck_assert(!sj_picture_is_linked(&picture));
	ck_assert_uint_eq(picture.frame[0], 11);
	link_picture();
	frame[0] = 22;
	ck_assert_uint_eq(picture.frame[0], 11);
	say_first_picture();
	ck_assert_uint_eq(picture.frame[0], 22);
	sj_picture_finish(&picture);
}
END_TEST

static const struct {
	enum sj_viewer_damage_type type;
	uint32_t number;
	struct sj_rect rect;
} bad[] = {
	{SJ_VIEWER_DAMAGE_RECT, 0, {600, 0, 41, 10}},
	{SJ_VIEWER_DAMAGE_RECT, 0, {0, 0, 0, 10}},
	{SJ_VIEWER_DAMAGE_RECT, 0, {0, 479, 1, 2}},
	{SJ_VIEWER_DAMAGE_CARET, 0, {640, 0, 1, 1}},
	{SJ_VIEWER_DAMAGE_SIZE, 0, {0, 0, 319, 480}},
	{SJ_VIEWER_DAMAGE_SIZE, 0, {0, 0, 640, 199}},
	{SJ_VIEWER_DAMAGE_SIZE, 0, {0, 0, 3841, 480}},
	{SJ_VIEWER_DAMAGE_SIZE, 0, {0, 0, 640, 2161}},
	{SJ_VIEWER_DAMAGE_CURSOR, 0, {0, 0, 65, 10}},
	{SJ_VIEWER_DAMAGE_CURSOR, 0, {0, 0, 10, 65}},
	{SJ_VIEWER_DAMAGE_CURSOR, 0, {10, 0, 10, 10}},
	{SJ_VIEWER_DAMAGE_END, 999, {0, 0, 0, 0}},
	{(enum sj_viewer_damage_type)0, 0, {0, 0, 0, 0}},
	{(enum sj_viewer_damage_type)7, 0, {0, 0, 0, 0}},
};

START_TEST(what_no_decoder_says_is_refused)
{
	start();
	say_first_picture();
	say(bad[_i].type, bad[_i].number, bad[_i].rect);
	ck_assert_int_eq(next(), SJ_ERR_FORMAT);
	sj_picture_finish(&picture);
}
END_TEST

START_TEST(a_picture_that_is_forgotten_leaves_its_size_alone)
{
	start();
	say_first_picture();
	sj_picture_forget(&picture);
	ck_assert(!sj_picture_is_linked(&picture));
	ck_assert_ptr_null(picture.frame);
	ck_assert_uint_gt(picture.size.width_px, 0);
	link_picture();
	frame[0] = 33;
	ck_assert_ptr_null(picture.frame);
	say_first_picture();
	ck_assert_uint_eq(picture.frame[0], 33);
	sj_picture_finish(&picture);
}
END_TEST

static const struct {
	enum sj_viewer_damage_type type;
	uint32_t number;
	struct sj_rect rect;
} good[] = {
	{SJ_VIEWER_DAMAGE_RECT, 0, {600, 0, 40, 10}},
	{SJ_VIEWER_DAMAGE_CARET, 0, {639, 479, 1, 1}},
	{SJ_VIEWER_DAMAGE_SIZE, 0, {0, 0, 320, 200}},
	{SJ_VIEWER_DAMAGE_SIZE, 0, {0, 0, 3840, 2160}},
	{SJ_VIEWER_DAMAGE_CURSOR, 0, {63, 63, 64, 64}},
	{SJ_VIEWER_DAMAGE_CURSOR, 0, {0, 0, 0, 0}},
	{SJ_VIEWER_DAMAGE_END, SJ_REASON_END_IDLE, {0, 0, 0, 0}},
};

START_TEST(what_a_decoder_says_is_accepted_at_its_limits)
{
	start();
	say_first_picture();
	say(good[_i].type, good[_i].number, good[_i].rect);
	ck_assert_int_eq(next(), SJ_OK);
	sj_picture_finish(&picture);
}
END_TEST

START_TEST(an_update_before_any_size_is_refused)
{
	start();
	say(SJ_VIEWER_DAMAGE_UPDATE, 0, (struct sj_rect){0, 0, 0, 0});
	ck_assert_int_eq(next(), SJ_ERR_FORMAT);
	sj_picture_finish(&picture);
}
END_TEST

START_TEST(a_short_message_is_refused)
{
	start();
	ck_assert_int_eq(write(decoder_fd, "x", 1), 1);
	ck_assert_int_eq(next(), SJ_ERR_FORMAT);
	sj_picture_finish(&picture);
}
END_TEST

START_TEST(a_decoder_that_ends_closes_the_picture)
{
	start();
	(void)close(decoder_fd);
	ck_assert_int_eq(next(), SJ_ERR_CLOSED);
	sj_picture_finish(&picture);
}
END_TEST

START_TEST(a_link_with_other_descriptors_is_refused)
{
	struct sj_ipc_fds fds = {{-1}, 1};
	int pair[2];

	sj_picture_init(&picture);
	ck_assert_int_eq(sj_ipc_pair(pair), SJ_OK);
	fds.fd[0] = pair[0];
	ck_assert_int_eq(sj_picture_link(&picture, &fds), SJ_ERR_FORMAT);
	ck_assert_int_eq(fcntl(pair[0], F_GETFD), -1);
	/* A memory file that is too small could raise SIGBUS. */
	ck_assert_int_eq(sj_memfd_create("small", 4096, &fds.fd[0]), SJ_OK);
	fds.fd[1] = pair[1];
	ck_assert_int_eq(sj_ipc_pair(pair), SJ_OK);
	fds.fd[2] = pair[0];
	fds.count = 3;
	ck_assert_int_eq(sj_picture_link(&picture, &fds), SJ_ERR_FORMAT);
	ck_assert(!sj_picture_is_linked(&picture));
	sj_picture_finish(&picture);
}
END_TEST

START_TEST(input_of_a_lost_connection_is_not_sent_to_the_next)
{
	const struct sj_viewer_input input = {
		.type = SJ_VIEWER_INPUT_KEY, .keysym = 'a', .is_down = 1};

	start();
	ck_assert(sj_input_queue_put(&picture.input, &input));
	sj_picture_unlink(&picture);
	link_picture();
	ck_assert_uint_eq(picture.input.count, 0);
	sj_picture_finish(&picture);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {the_first_update_with_pixels_is_shown,
		the_last_picture_stays_until_the_next_connection_has_one,
		an_update_before_any_size_is_refused,
		a_short_message_is_refused,
		a_picture_that_is_forgotten_leaves_its_size_alone,
		a_decoder_that_ends_closes_the_picture,
		a_link_with_other_descriptors_is_refused,
		input_of_a_lost_connection_is_not_sent_to_the_next};
	const struct sj_suite_loop loops[] = {
		{what_no_decoder_says_is_refused, SJ_COUNT(bad)},
		{what_a_decoder_says_is_accepted_at_its_limits,
			SJ_COUNT(good)}};

	return sj_suite_run_loops("viewer picture", tests, SJ_COUNT(tests),
		loops, SJ_COUNT(loops));
}
