/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The core of a guard runs out of memory: it ends, with its reason where it
 * still can say one, and whatever has come out until then an outer gate lets
 * through. The program is whole; the test plays both gates and the search.
 */
#include <check.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "guard/codes_ipc.h"
#include "guard/core_ipc.h"
#include "guard/shown.h"
#include "protocol/base/clock.h"
#include "protocol/base/ipc.h"
#include "protocol/base/log.h"
#include "protocol/base/memfd.h"
#include "protocol/gate/gate.h"
#include "protocol/rfb/msg_host.h"
#include "tests/support/suite.h"
#include "tests/unit/scarce/scarce.h"
#include "tests/unit/scarce/talk.h"

#define PATIENCE_MS 15000
#define RUNS 6

int sj_guard_core_main(void);

static const struct sj_size first_size = {320, 200}, second_size = {400, 300};

static bool is_rich; /* watermark, search, profile strict and the rest */

static struct {
	struct sj_scarce_child core;
	int control_fd, input_fd, codes_fd;
	struct sj_talk viewer, host;
	struct sj_gate *gate; /* the viewer's end, as an outer gate judges it */
	size_t judged;        /* of viewer.got */
	int stage;
	uint8_t out[1 << 20]; /* of the host */
	uint8_t key[8];
	enum sj_reason reason;
} scene;

static void give(int fd, const void *message, size_t size)
{
	enum sj_err err = sj_ipc_send(fd, message, size, NULL);

	/* It may be gone. */
	ck_assert(err == SJ_OK || err == SJ_ERR_CLOSED || err == SJ_ERR_SYSTEM);
}

static int memory(size_t size)
{
	int fd = -1;

	ck_assert_int_eq(sj_memfd_create("memory", size, &fd), SJ_OK);
	return fd;
}

static void fill_policy(struct sj_core_policy *policy)
{
	memset(policy, 0, sizeof(*policy));
	if (!is_rich)
		return;
	policy->mark_percent = 12;
	policy->masks_codes = 1;
	policy->is_strict = 1;
	policy->is_seven_bit = 1;
	policy->caret_grid_px = 16;
	policy->my_number = 1;
}

static void start_core(struct sj_ipc_fds *fds, const struct sj_scarce *scarce)
{
	struct sj_core_message message = {.type = SJ_CORE_START};
	struct sj_core_start *start = &message.u.start;
	int pair[2];

	start->uid = start->gid = UINT32_MAX;
	start->log_level = SJ_LOG_DEBUG;
	fill_policy(&start->policy);
	ck_assert_int_eq(sj_ipc_pair(pair), SJ_OK);
	ck_assert_int_eq(
		sj_ipc_send(pair[1], &message, sizeof(message), fds), SJ_OK);
	sj_ipc_close(fds);
	scene.core = sj_scarce_start(sj_guard_core_main, pair[0], scarce);
	close(pair[0]);
	scene.control_fd = pair[1];
}

static void open_gate(void)
{
	const struct sj_gate_settings settings = {
		.profile = is_rich ? SJ_GATE_STRICT : SJ_GATE_DEFAULT,
		.size = first_size,
		.size_max = {SJ_LIMIT_WIDTH_PX, SJ_LIMIT_HEIGHT_PX},
		.is_requesting = true,
		.now_us = sj_clock_us()};

	scene.gate = sj_gate_create(&settings);
	ck_assert_ptr_nonnull(scene.gate);
}

static void open_scene(const struct sj_scarce *scarce)
{
	struct sj_ipc_fds fds = {.count = 3};
	int viewer[2], host[2], pair[2];

	memset(&scene, 0, sizeof(scene));
	scene.codes_fd = -1;
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, viewer), 0);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, host), 0);
	ck_assert_int_eq(sj_ipc_pair(pair), SJ_OK);
	fds.fd[0] = viewer[0];
	fds.fd[1] = host[0];
	fds.fd[2] = pair[0];
	scene.input_fd = pair[1];
	if (is_rich) {
		fds.fd[fds.count++] = memory(SJ_MARK_BYTES);
		ck_assert_int_eq(sj_ipc_pair(pair), SJ_OK);
		fds.fd[fds.count++] = pair[0];
		scene.codes_fd = pair[1];
		fds.fd[fds.count++] = memory(SJ_CODES_BYTES);
	}
	start_core(&fds, scarce);
	sj_talk_begin(&scene.viewer, viewer[1], false, first_size);
	sj_talk_begin(&scene.host, host[1], true, first_size);
	open_gate();
}

/* ---- the host ---- */

/* Adds an update with all of a screen, in many colours. */
static void put_screen(struct sj_writer *out, struct sj_size size)
{
	const struct sj_rfb_host_message head = {
		.type = SJ_RFB_UPDATE, .u.update.rects = 1};
	const struct sj_rfb_rect_head place = {
		{0, 0, size.width_px, size.height_px}, SJ_RFB_ENCODING_RAW};

	ck_assert(sj_rfb_host_build(out, &head));
	ck_assert(sj_rfb_rect_head_build(out, &place));
	for (uint32_t i = 0; i < sj_rect_area(&place.rect); i++)
		ck_assert(sj_write_u32(out, i / 61 * 2654435761u & 0xffffff00));
}

static void show_stage(int stage)
{
	const struct sj_rfb_host_message head = {
		.type = SJ_RFB_UPDATE, .u.update.rects = 1};
	const struct sj_rfb_screen_size size = {
		.cause = SJ_RFB_SIZE_BY_HOST, .size = second_size};
	struct sj_writer out = sj_writer_of(scene.out, sizeof(scene.out));

	if (stage == 1) {
		put_screen(&out, first_size);
	} else if (stage == 2) {
		ck_assert(sj_rfb_host_build(&out, &head));
		ck_assert(sj_rfb_screen_size_build(&out, &size));
		put_screen(&out, second_size);
	} else {
		ck_assert(sj_rfb_session_end_build(&out, SJ_REASON_END_ADMIN));
	}
	scene.stage = stage;
	scene.host.out = scene.out;
	scene.host.out_size = out.at;
	scene.host.out_at = 0;
}

/* The next as soon as the viewer has seen the last. */
static void go_on(void)
{
	struct sj_size size = sj_gate_size(scene.gate);
	uint64_t pixels = sj_gate_pixels(scene.gate);
	uint64_t first = (uint64_t)first_size.width_px * first_size.height_px;
	uint64_t second =
		(uint64_t)second_size.width_px * second_size.height_px;

	if (!sj_talk_is_open(&scene.host))
		return;
	if (scene.stage == 0)
		show_stage(1);
	else if (scene.stage == 1 && pixels >= first)
		show_stage(2);
	else if (scene.stage == 2 && pixels >= first + second &&
		 size.width_px == second_size.width_px)
		show_stage(3);
}

/* ---- the viewer ---- */

/* The gate's own words, and one key. */
static void ask(void)
{
	static const uint8_t press[] = {4, 1, 0, 0, 0, 0, 0, 'a'};
	uint8_t bytes[1024];
	struct sj_reader none = sj_reader_of(press, 0);
	struct sj_writer out = sj_writer_of(bytes, sizeof(bytes));

	if (scene.stage == 2 && scene.key[0] == 0) {
		memcpy(scene.key, press, sizeof(press));
		none = sj_reader_of(press, sizeof(press));
	}
	while (sj_gate_viewer_next(scene.gate, &none, &out, sj_clock_us()) ==
		SJ_STEP_DONE)
		;
	ck_assert_int_eq(sj_gate_reason(scene.gate), SJ_REASON_NONE);
	if (out.at > 0 && send(scene.viewer.fd, bytes, out.at, MSG_NOSIGNAL) !=
				  (ssize_t)out.at)
		scene.viewer.is_gone = true;
}

/* What has come passes a gate as it is. */
static void judge(void)
{
	static uint8_t passed[2 * SJ_LIMIT_UPDATE_BYTES];
	struct sj_reader in = sj_reader_of(scene.viewer.got + scene.judged,
		scene.viewer.got_size - scene.judged);
	enum sj_step step = SJ_STEP_DONE;

	while (step == SJ_STEP_DONE || step == SJ_STEP_FULL) {
		struct sj_writer out = sj_writer_of(passed, sizeof(passed));
		size_t at = in.at;

		step = sj_gate_host_next(scene.gate, &in, &out, sj_clock_us());
		ck_assert_uint_eq(out.at, in.at - at);
		/* A viewer's gate gives Zlib another number. */
		if (!is_rich)
			ck_assert_mem_eq(passed, in.data + at, out.at);
		if (step == SJ_STEP_FULL)
			break; /* pixels have a budget */
	}
	scene.judged += in.at;
	ck_assert_int_eq(sj_gate_reason(scene.gate), SJ_REASON_NONE);
}

/* ---- all of it ---- */

/* False: the core has ended. */
static bool hear_core(void)
{
	struct sj_core_message message;

	if (sj_ipc_receive(scene.control_fd, &message, sizeof(message), NULL) !=
		SJ_OK)
		return false;
	ck_assert_uint_eq(message.type, SJ_CORE_CLOSED);
	ck_assert(sj_reason_is_known(message.u.closed.reason));
	scene.reason = (enum sj_reason)message.u.closed.reason;
	return true;
}

static void search(void)
{
	struct sj_codes_request request;
	struct sj_codes_answer answer = {.count = 0};

	if (sj_ipc_receive(scene.codes_fd, &request, sizeof(request), NULL) !=
		SJ_OK) {
		close(scene.codes_fd);
		scene.codes_fd = -1;
		return;
	}
	answer.sequence = request.sequence;
	give(scene.codes_fd, &answer, sizeof(answer));
}

static void play(void)
{
	sj_talk_step(&scene.viewer);
	sj_talk_step(&scene.host);
	if (sj_talk_is_open(&scene.viewer)) {
		judge();
		go_on();
		if (!scene.viewer.is_gone)
			ask();
	}
	sj_talk_step(&scene.host);
	if (scene.viewer.is_gone)
		sj_talk_close(&scene.viewer);
	if (scene.host.is_gone)
		sj_talk_close(&scene.host);
}

static void run_scene(void)
{
	uint64_t deadline_ms = sj_clock_ms() + PATIENCE_MS;
	bool is_over = false;

	while (!is_over && sj_clock_ms() < deadline_ms) {
		struct pollfd entry[] = {{scene.control_fd, POLLIN, 0},
			{scene.viewer.fd, POLLIN, 0},
			{scene.host.fd, POLLIN, 0},
			{scene.codes_fd, POLLIN, 0}};
		bool is_sending = scene.host.out_at < scene.host.out_size;

		ck_assert_int_ge(
			poll(entry, SJ_COUNT(entry), is_sending ? 1 : 20), 0);
		if (entry[3].revents != 0)
			search();
		play();
		is_over = entry[0].revents != 0 && !hear_core();
	}
	ck_assert_msg(is_over, "it hangs in stage %d", scene.stage);
}

static bool run(const struct sj_scarce *scarce)
{
	bool is_whole;

	open_scene(scarce);
	run_scene();
	play();
	(void)sj_scarce_wait(&scene.core, false);
	is_whole = scene.reason == SJ_REASON_END_ADMIN && scene.stage == 3;
	sj_gate_destroy(scene.gate);
	sj_talk_close(&scene.viewer);
	sj_talk_close(&scene.host);
	close(scene.control_fd);
	close(scene.input_fd);
	if (scene.codes_fd >= 0)
		close(scene.codes_fd);
	return is_whole;
}

START_TEST(the_core_of_a_guard)
{
	sj_scarce_sweep("core", run, RUNS);
}
END_TEST

START_TEST(the_core_of_a_guard_with_all_policies)
{
	is_rich = true;
	sj_scarce_sweep("core, all policies", run, RUNS);
}
END_TEST

SJ_SUITE_MAIN("scarce_core", the_core_of_a_guard,
	the_core_of_a_guard_with_all_policies)
