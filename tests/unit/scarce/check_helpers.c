/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What draws a watermark and what looks for codes run out of memory: they end
 * without an answer, and a guard that has no answer shows nothing. Here
 * libraries of others may end the process by a signal, as they do.
 */
#include <check.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "guard/codes_ipc.h"
#include "guard/mark_ipc.h"
#include "guard/shown.h"
#include "protocol/base/err.h"
#include "protocol/base/ipc.h"
#include "protocol/base/log.h"
#include "protocol/base/memfd.h"
#include "tests/support/suite.h"
#include "tests/unit/scarce/scarce.h"

#define RUNS 8 /* of so many calls */
#define PATIENCE_MS 15000

int sj_guard_mark_main(void);
int sj_guard_codes_main(void);

static const char *line = "tanaka (lgwan)";
static bool has_code; /* in the picture */

/* What `qrencode -l L shoji` draws: a row of 21 bits each. */
static const uint32_t code[] = {0x1fcb7f, 0x104e41, 0x175b5d, 0x174a5d,
	0x17455d, 0x104141, 0x1fd57f, 0x001b00, 0x1dfec4, 0x0b204f, 0x144917,
	0x152441, 0x0af951, 0x0016a5, 0x1fd6eb, 0x1057b0, 0x175ae3, 0x174c6e,
	0x175911, 0x105442, 0x1fd943};

#define CODE_SIDE 21
#define CODE_SCALE 5 /* pixels of a bit */
#define CODE_LEFT_PX 90
#define CODE_TOP_PX 40
static struct sj_scarce_child child;
static int control_fd;

static void start(int (*program)(void), const void *message, size_t size,
	const struct sj_ipc_fds *fds, const struct sj_scarce *scarce)
{
	int pair[2];

	ck_assert_int_eq(sj_ipc_pair(pair), SJ_OK);
	ck_assert_int_eq(sj_ipc_send(pair[1], message, size, fds), SJ_OK);
	child = sj_scarce_start(program, pair[0], scarce);
	close(pair[0]);
	control_fd = pair[1];
}

/* True if an answer came and not the end. */
static bool hear(int fd, void *message, size_t size)
{
	struct pollfd entry = {fd, POLLIN, 0};

	ck_assert_msg(poll(&entry, 1, PATIENCE_MS) == 1, "it hangs");
	return sj_ipc_receive(fd, message, size, NULL) == SJ_OK;
}

static size_t count_drawn(const uint8_t *coverage)
{
	size_t drawn = 0;

	for (size_t i = 0; i < SJ_MARK_BYTES; i++)
		drawn += coverage[i] != 0;
	return drawn;
}

/* True if it says that it has drawn, and it has. */
static bool run_mark(const struct sj_scarce *scarce)
{
	struct sj_mark_message message = {.uid = UINT32_MAX, .gid = UINT32_MAX};
	struct sj_ipc_fds fds = {.count = 1};
	uint8_t *coverage;
	bool is_said;
	int status;

	(void)strncpy(message.line[0], line, sizeof(message.line[0]) - 1);
	strcpy(message.line[1], "[::1]");
	strcpy(message.line[2], "2026-11-26 08:00");
	ck_assert_int_eq(
		sj_memfd_create("mark", SJ_MARK_BYTES, &fds.fd[0]), SJ_OK);
	start(sj_guard_mark_main, &message, sizeof(message), &fds, scarce);
	is_said = hear(control_fd, &message, sizeof(message));
	status = sj_scarce_wait(&child, scarce->index != 0);
	coverage = sj_memfd_map(fds.fd[0], SJ_MARK_BYTES, 0);
	ck_assert_ptr_nonnull(coverage);
	ck_assert(!is_said || count_drawn(coverage) > 1000);
	ck_assert(is_said == (status == SJ_EXIT_ENDED));
	(void)munmap(coverage, SJ_MARK_BYTES);
	sj_ipc_close(&fds);
	close(control_fd);
	return is_said;
}

/* Dark on bright, in a picture of that width. */
static void draw_code(uint8_t *grey, size_t width)
{
	for (size_t y = 0; y < (size_t)CODE_SIDE * CODE_SCALE; y++)
		for (size_t x = 0; x < (size_t)CODE_SIDE * CODE_SCALE; x++)
			if (code[y / CODE_SCALE] >>
					(CODE_SIDE - 1 - x / CODE_SCALE) &
				1)
				grey[(y + CODE_TOP_PX) * width + x +
					CODE_LEFT_PX] = 0;
}

static void draw_picture(int memory_fd, struct sj_size size)
{
	uint8_t *grey = sj_memfd_map(memory_fd, SJ_CODES_BYTES, 1);

	ck_assert_ptr_nonnull(grey);
	memset(grey, 255, (size_t)size.width_px * size.height_px);
	if (has_code)
		draw_code(grey, size.width_px);
	(void)munmap(grey, SJ_CODES_BYTES);
}

/* One code, about where it is; or none. */
static bool is_right(const struct sj_codes_answer *answer)
{
	const struct sj_rect *rect = &answer->rect[0];

	if (!has_code)
		return answer->count == 0;
	return answer->count == 1 && rect->x_px >= CODE_LEFT_PX - 10 &&
	       rect->x_px <= CODE_LEFT_PX + 10 && rect->width_px > 80 &&
	       rect->width_px < 130;
}

static bool run_codes(const struct sj_scarce *scarce)
{
	const struct sj_codes_start first = {
		.uid = UINT32_MAX, .gid = UINT32_MAX};
	const struct sj_codes_request request = {
		.sequence = 7, .size = {300, 200}};
	struct sj_codes_answer answer = {.sequence = 0};
	struct sj_ipc_fds fds = {.count = 2};
	bool is_said;
	int pair[2], status;

	ck_assert_int_eq(sj_ipc_pair(pair), SJ_OK);
	fds.fd[0] = pair[0];
	ck_assert_int_eq(
		sj_memfd_create("codes", SJ_CODES_BYTES, &fds.fd[1]), SJ_OK);
	draw_picture(fds.fd[1], request.size);
	start(sj_guard_codes_main, &first, sizeof(first), &fds, scarce);
	sj_ipc_close(&fds);
	/* It may have ended. */
	is_said = sj_ipc_send(pair[1], &request, sizeof(request), NULL) ==
			  SJ_OK &&
		  hear(pair[1], &answer, sizeof(answer));
	close(pair[1]);
	status = sj_scarce_wait(&child, scarce->index != 0);
	ck_assert(!is_said || answer.sequence == 7);
	close(control_fd);
	return is_said && status == SJ_EXIT_ENDED && is_right(&answer);
}

START_TEST(the_watermark_of_a_guard)
{
	sj_scarce_sweep("mark", run_mark, RUNS);
}
END_TEST

START_TEST(a_watermark_of_strange_characters_is_refused)
{
	const struct sj_scarce none = {0, false};

	line = "\xe7\x94\xb0\xe4\xb8\xad";
	ck_assert(!run_mark(&none));
}
END_TEST

START_TEST(the_search_for_codes)
{
	sj_scarce_sweep("codes", run_codes, 1000);
}
END_TEST

START_TEST(the_search_that_finds_a_code)
{
	has_code = true;
	sj_scarce_sweep("codes, one there", run_codes, 20);
}
END_TEST

SJ_SUITE_MAIN("scarce_helpers", the_watermark_of_a_guard,
	a_watermark_of_strange_characters_is_refused, the_search_for_codes,
	the_search_that_finds_a_code)
