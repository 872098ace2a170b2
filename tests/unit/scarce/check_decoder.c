/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The decoder of a viewer runs out of memory: it ends, and no damage is told
 * that is not drawn. The program is whole; the test plays its gate.
 */
#include <check.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "protocol/base/clock.h"
#include "protocol/base/ipc.h"
#include "protocol/base/log.h"
#include "protocol/base/memfd.h"
#include "protocol/rfb/msg_host.h"
#include "tests/support/suite.h"
#include "tests/unit/scarce/scarce.h"
#include "tests/unit/scarce/talk.h"
#include "viewer/viewer_ipc.h"

#define PATIENCE_MS 15000
#define RUNS 60
#define SIDE 64
#define BLUE 0x0000ffu

int sj_decoder_main(void);

static const struct sj_size size = {640, 480};

static struct {
	struct sj_scarce_child decoder;
	int control_fd, damage_fd;
	uint8_t *frame;
	struct sj_talk gate;
	uint8_t out[1 << 16];
	bool is_drawn, is_ended;
} scene;

static void open_scene(const struct sj_scarce *scarce)
{
	struct sj_viewer_message message = {.type = SJ_VIEWER_DECODER_START};
	struct sj_ipc_fds fds = {.count = 3};
	int stream[2], damage[2], pair[2];

	memset(&scene, 0, sizeof(scene));
	message.u.decoder_start.log_level = SJ_LOG_DEBUG;
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, stream), 0);
	ck_assert_int_eq(sj_ipc_pair(damage), SJ_OK);
	ck_assert_int_eq(sj_ipc_pair(pair), SJ_OK);
	fds.fd[0] = stream[0];
	ck_assert_int_eq(sj_memfd_create("frame", SJ_VIEWER_FRAME_FILE_BYTES,
				 &fds.fd[1]),
		SJ_OK);
	fds.fd[2] = damage[0];
	scene.frame = sj_memfd_map(fds.fd[1], SJ_VIEWER_FRAME_FILE_BYTES, 0);
	ck_assert_ptr_nonnull(scene.frame);
	ck_assert_int_eq(
		sj_ipc_send(pair[1], &message, sizeof(message), &fds), SJ_OK);
	sj_ipc_close(&fds);
	scene.decoder = sj_scarce_start(sj_decoder_main, pair[0], scarce);
	close(pair[0]);
	scene.control_fd = pair[1];
	scene.damage_fd = damage[1];
	sj_talk_begin(&scene.gate, stream[1], true, size);
}

/* A square of one colour, and the end of the session. */
static void show(void)
{
	static uint8_t pixels[SIDE * SIDE * 4];
	const struct sj_rfb_host_message head = {
		.type = SJ_RFB_UPDATE, .u.update.rects = 1};
	const struct sj_rfb_rect_head place = {
		{0, 0, SIDE, SIDE}, SJ_RFB_ENCODING_RAW};
	struct sj_writer out = sj_writer_of(scene.out, sizeof(scene.out));

	for (size_t i = 0; i < sizeof(pixels); i += 4)
		pixels[i] = BLUE;
	ck_assert(sj_rfb_host_build(&out, &head));
	ck_assert(sj_rfb_rect_head_build(&out, &place));
	ck_assert(sj_write_bytes(&out, pixels, sizeof(pixels)));
	ck_assert(sj_rfb_session_end_build(&out, SJ_REASON_END_IDLE));
	scene.gate.out = scene.out;
	scene.gate.out_size = out.at;
}

/* Pixels are told of when they are there. */
static bool hear_damage(void)
{
	struct sj_viewer_damage damage;

	if (sj_ipc_receive(scene.damage_fd, &damage, sizeof(damage), NULL) !=
		SJ_OK)
		return false;
	if (damage.type == SJ_VIEWER_DAMAGE_RECT) {
		ck_assert_uint_eq(scene.frame[0], BLUE);
		scene.is_drawn = true;
	}
	scene.is_ended |= damage.type == SJ_VIEWER_DAMAGE_END;
	return true;
}

static void run_scene(void)
{
	uint64_t deadline_ms = sj_clock_ms() + PATIENCE_MS;
	bool is_over = false;

	while (!is_over && sj_clock_ms() < deadline_ms) {
		struct pollfd entry[] = {{scene.damage_fd, POLLIN, 0},
			{scene.gate.fd, POLLIN, 0}};

		ck_assert_int_ge(poll(entry, SJ_COUNT(entry), 20), 0);
		sj_talk_step(&scene.gate);
		if (sj_talk_is_open(&scene.gate) && !scene.gate.out)
			show();
		sj_talk_step(&scene.gate);
		/* The gate goes once the end is understood. */
		if (scene.gate.is_gone || scene.is_ended)
			sj_talk_close(&scene.gate);
		is_over = entry[0].revents != 0 && !hear_damage();
	}
	ck_assert_msg(is_over, "it hangs");
}

static bool run(const struct sj_scarce *scarce)
{
	int status;

	open_scene(scarce);
	run_scene();
	status = sj_scarce_wait(&scene.decoder, false);
	sj_talk_close(&scene.gate);
	close(scene.control_fd);
	close(scene.damage_fd);
	(void)munmap(scene.frame, SJ_VIEWER_FRAME_FILE_BYTES);
	return status == 0 && scene.is_drawn && scene.is_ended;
}

START_TEST(the_decoder_of_a_viewer)
{
	sj_scarce_sweep("decoder", run, RUNS);
}
END_TEST

SJ_SUITE_MAIN("scarce_decoder", the_decoder_of_a_viewer)
