/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A gate of either side runs out of memory, at its start or in a session: its
 * connection ends, and nothing but the beginning of what would have passed
 * has passed. Both gates are whole programs; the test plays what is
 * around them. Of a guard the outer one is the host's, the inner the viewer's.
 */
#include <check.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "protocol/base/clock.h"
#include "protocol/base/ipc.h"
#include "protocol/base/log.h"
#include "protocol/gate/host_gate_ipc.h"
#include "protocol/gate/viewer_gate_ipc.h"
#include "tests/support/hex.h"
#include "tests/support/suite.h"
#include "tests/unit/scarce/material.h"
#include "tests/unit/scarce/scarce.h"
#include "tests/unit/scarce/talk.h"

#define PATIENCE_MS 15000
#define RUNS 15

/* One update: 2x2 pixels of Raw. */
#define PIXELS                                                                 \
	"00 00 0001 0000 0000 0002 0002 00000000"                              \
	" 01020300 04050600 07080900 0a0b0c00"
#define UPDATE_BYTES 32

int sj_host_gate_main(void);
int sj_viewer_gate_main(void);

/* Who are connected, and which of the two is short of memory. */
static bool is_host_a_guard, is_viewer_a_guard, is_host_scarce;

static struct sj_scarce_material material;

static struct {
	struct sj_scarce_child host_gate, viewer_gate;
	int host_fd, viewer_fd, input_fd; /* controls, and keys */
	struct sj_talk agent, decoder;
	uint8_t update[UPDATE_BYTES];
	bool is_ended;
	enum sj_reason host_reason, viewer_reason;
} scene;

/* What passes when there is memory. */
static uint8_t clean[256];
static size_t clean_size;

static void tell(
	int fd, const void *message, size_t size, const struct sj_ipc_fds *fds)
{
	/* It may be gone. */
	enum sj_err err = sj_ipc_send(fd, message, size, fds);

	ck_assert(err == SJ_OK || err == SJ_ERR_CLOSED || err == SJ_ERR_SYSTEM);
}

static void start_host_gate(int wire_fd, const struct sj_scarce *scarce)
{
	struct sj_host_gate_message message = {.type = SJ_HOST_GATE_START};
	struct sj_host_gate_start *start = &message.u.gate_start;
	struct sj_ipc_fds fds = {
		.fd = {wire_fd, material.host_chain, material.host_key,
			material.authority, material.crl},
		.count = 5};
	int pair[2];

	if (is_host_a_guard) {
		fds.fd[1] = material.guard_chain;
		fds.fd[2] = material.guard_key;
	}
	start->confine.uid = start->confine.gid = UINT32_MAX;
	start->confine.log_level = SJ_LOG_DEBUG;
	start->is_certificate_required = 1;
	start->is_none_allowed = 1;
	start->is_guard_allowed = is_viewer_a_guard;
	start->size_max = (struct sj_size){1920, 1080};
	start->handshake_ms = SJ_LIMIT_HANDSHAKE_MS;
	strcpy(start->zone, "lgwan");
	strcpy(start->peer, "[::1]:1");
	ck_assert_int_eq(sj_ipc_pair(pair), SJ_OK);
	tell(pair[1], &message, sizeof(message), &fds);
	scene.host_gate = sj_scarce_start(
		sj_host_gate_main, pair[0], is_host_scarce ? scarce : NULL);
	close(pair[0]);
	scene.host_fd = pair[1];
}

static void start_viewer_gate(int wire_fd, int decoder_fd, int input_fd,
	const struct sj_scarce *scarce)
{
	struct sj_viewer_gate_message message = {.type = SJ_VIEWER_GATE_START};
	struct sj_viewer_gate_start *start = &message.u.gate_start;
	struct sj_ipc_fds fds = {
		.fd = {wire_fd, material.viewer_chain, material.viewer_key,
			material.authority, material.crl, decoder_fd, input_fd},
		.count = 7};
	int pair[2];

	start->uid = start->gid = UINT32_MAX;
	start->log_level = SJ_LOG_DEBUG;
	strcpy(start->host_name, "localhost");
	strcpy(start->zone, "lgwan");
	start->is_guard_accepted = is_host_a_guard;
	if (is_viewer_a_guard) {
		fds.fd[1] = material.guard_chain;
		fds.fd[2] = material.guard_key;
		strcpy(start->user, "tanaka");
		start->waits_for_go = 1;
	}
	ck_assert_int_eq(sj_ipc_pair(pair), SJ_OK);
	tell(pair[1], &message, sizeof(message), &fds);
	scene.viewer_gate = sj_scarce_start(
		sj_viewer_gate_main, pair[0], is_host_scarce ? NULL : scarce);
	close(pair[0]);
	scene.viewer_fd = pair[1];
}

static void open_scene(const struct sj_scarce *scarce)
{
	const struct sj_size size = {800, 600};
	int wire[2], stream[2], input[2];

	memset(&scene, 0, sizeof(scene));
	scene.agent.fd = -1;
	ck_assert_uint_eq(
		sj_hex_bytes(PIXELS, scene.update, sizeof(scene.update)),
		UPDATE_BYTES);
	ck_assert_int_eq(
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, wire), 0);
	ck_assert_int_eq(
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, stream), 0);
	ck_assert_int_eq(sj_ipc_pair(input), SJ_OK);
	start_host_gate(wire[0], scarce);
	start_viewer_gate(wire[1], stream[0], input[0], scarce);
	sj_talk_begin(&scene.decoder, stream[1], false, size);
	scene.input_fd = input[1];
	close(wire[0]);
	close(wire[1]);
	close(stream[0]);
	close(input[0]);
}

static void attach(void)
{
	const struct sj_host_gate_message message = {
		.type = SJ_HOST_GATE_ATTACH};
	const struct sj_size size = {800, 600};
	struct sj_ipc_fds fds = {.count = 1};
	int pair[2];

	ck_assert_int_lt(scene.agent.fd, 0);
	ck_assert_int_eq(
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	sj_talk_begin(&scene.agent, pair[1], true, size);
	fds.fd[0] = pair[0];
	tell(scene.host_fd, &message, sizeof(message), &fds);
	close(pair[0]);
}

/* False: the gate has ended. */
static bool hear_host_gate(void)
{
	struct sj_host_gate_message message;

	if (sj_ipc_receive(scene.host_fd, &message, sizeof(message), NULL) !=
		SJ_OK)
		return false;
	if (message.type == SJ_HOST_GATE_USER) {
		ck_assert_str_eq(message.u.gate_user.name, "tanaka");
		attach();
	} else if (message.type == SJ_HOST_GATE_CLOSED) {
		scene.host_reason =
			(enum sj_reason)message.u.gate_closed.reason;
		ck_assert(sj_reason_is_known(message.u.gate_closed.reason));
	}
	return true;
}

static bool hear_viewer_gate(void)
{
	const struct sj_viewer_gate_message go = {.type = SJ_VIEWER_GATE_GO};
	const struct sj_viewer_input key = {
		.type = SJ_VIEWER_INPUT_KEY, .keysym = 'a', .is_down = 1};
	struct sj_viewer_gate_message message;

	if (sj_ipc_receive(scene.viewer_fd, &message, sizeof(message), NULL) !=
		SJ_OK)
		return false;
	if (message.type == SJ_VIEWER_GATE_CONNECTED) {
		if (is_viewer_a_guard)
			tell(scene.viewer_fd, &go, sizeof(go), NULL);
		tell(scene.input_fd, &key, sizeof(key), NULL);
	} else if (message.type == SJ_VIEWER_GATE_CLOSED) {
		scene.viewer_reason =
			(enum sj_reason)message.u.gate_closed.reason;
		ck_assert(sj_reason_is_known(message.u.gate_closed.reason));
	}
	return true;
}

/* Pixels once they are asked for, the end once they are there. */
static void play(void)
{
	const struct sj_host_gate_message end = {
		.type = SJ_HOST_GATE_END, .u.reason = SJ_REASON_END_IDLE};

	sj_talk_step(&scene.agent);
	sj_talk_step(&scene.decoder);
	if (scene.agent.got_size > 0 && !scene.agent.out) {
		scene.agent.out = scene.update;
		scene.agent.out_size = sizeof(scene.update);
		sj_talk_step(&scene.agent);
	}
	if (scene.decoder.got_size >= UPDATE_BYTES && !scene.is_ended) {
		scene.is_ended = true;
		tell(scene.host_fd, &end, sizeof(end), NULL);
	}
	if (scene.decoder.is_gone)
		sj_talk_close(&scene.decoder);
	if (scene.agent.is_gone)
		sj_talk_close(&scene.agent);
}

/* Until both gates have ended, or time is over. */
static void run_scene(void)
{
	uint64_t deadline_ms = sj_clock_ms() + PATIENCE_MS;

	while ((scene.host_fd >= 0 || scene.viewer_fd >= 0) &&
		sj_clock_ms() < deadline_ms) {
		struct pollfd entry[] = {{scene.host_fd, POLLIN, 0},
			{scene.viewer_fd, POLLIN, 0},
			{scene.agent.fd, POLLIN, 0},
			{scene.decoder.fd, POLLIN, 0}};

		ck_assert_int_ge(poll(entry, SJ_COUNT(entry), 1000), 0);
		if (entry[0].revents != 0 && !hear_host_gate()) {
			close(scene.host_fd);
			scene.host_fd = -1;
		}
		if (entry[1].revents != 0 && !hear_viewer_gate()) {
			close(scene.viewer_fd);
			scene.viewer_fd = -1;
		}
		play();
	}
	ck_assert_msg(scene.host_fd < 0 && scene.viewer_fd < 0, "it hangs");
	play();
}

static bool run(const struct sj_scarce *scarce)
{
	const struct sj_talk *shown = &scene.decoder;

	open_scene(scarce);
	run_scene();
	(void)sj_scarce_wait(&scene.host_gate, false);
	(void)sj_scarce_wait(&scene.viewer_gate, false);
	sj_talk_close(&scene.agent);
	sj_talk_close(&scene.decoder);
	close(scene.input_fd);
	if (scarce->index == 0) {
		ck_assert_int_eq(scene.host_reason, SJ_REASON_END_IDLE);
		ck_assert_uint_le(shown->got_size, sizeof(clean));
		clean_size = shown->got_size;
		memcpy(clean, shown->got, clean_size);
	}
	ck_assert_uint_le(shown->got_size, clean_size);
	ck_assert_mem_eq(shown->got, clean, shown->got_size);
	return clean_size > UPDATE_BYTES && shown->got_size == clean_size &&
	       scene.viewer_reason == SJ_REASON_END_IDLE;
}

START_TEST(the_gate_of_a_host_before_a_guard)
{
	material = sj_scarce_material();
	is_viewer_a_guard = true;
	is_host_scarce = true;
	sj_scarce_sweep("host gate", run, RUNS);
}
END_TEST

START_TEST(the_inner_gate_of_a_guard)
{
	material = sj_scarce_material();
	is_viewer_a_guard = true;
	sj_scarce_sweep("inner gate", run, RUNS);
}
END_TEST

START_TEST(the_outer_gate_of_a_guard)
{
	material = sj_scarce_material();
	is_host_a_guard = true;
	is_host_scarce = true;
	sj_scarce_sweep("outer gate", run, RUNS);
}
END_TEST

START_TEST(the_gate_of_a_viewer)
{
	material = sj_scarce_material();
	is_host_a_guard = true;
	sj_scarce_sweep("viewer gate", run, RUNS);
}
END_TEST

SJ_SUITE_MAIN("scarce_gates", the_gate_of_a_host_before_a_guard,
	the_inner_gate_of_a_guard, the_outer_gate_of_a_guard,
	the_gate_of_a_viewer)
