/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Gates as whole programs at their start: what they are not told as it should
 * be, or by nobody, ends them with a status that says so. The memory that they
 * want, they have.
 */
#include <check.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "protocol/base/err.h"
#include "protocol/base/ipc.h"
#include "protocol/base/reason.h"
#include "protocol/gate/host_gate_ipc.h"
#include "protocol/gate/viewer_gate_ipc.h"
#include "tests/support/suite.h"
#include "tests/unit/scarce/material.h"
#include "tests/unit/scarce/scarce.h"

/* Places of descriptors in both START messages. */
#define AT_WIRE 0
#define AT_KEY 2

int sj_host_gate_main(void);
int sj_viewer_gate_main(void);

/* One gate, its control and the other end of its wire. */
static struct {
	struct sj_scarce_child child;
	int control_fd, wire_fd;
	struct sj_ipc_fds fds; /* of START */
	struct sj_host_gate_message host;
	struct sj_viewer_gate_message viewer;
} gate;

static void prepare_host(const struct sj_scarce_material *material)
{
	struct sj_host_gate_start *start = &gate.host.u.gate_start;

	gate.host.type = SJ_HOST_GATE_START;
	start->confine.uid = start->confine.gid = UINT32_MAX;
	start->is_certificate_required = 1;
	start->is_none_allowed = 1;
	start->size_max = (struct sj_size){1920, 1080};
	start->handshake_ms = SJ_LIMIT_HANDSHAKE_MS;
	strcpy(start->zone, "lgwan");
	strcpy(start->peer, "[::1]:1");
	gate.fds = (struct sj_ipc_fds){
		.fd = {-1, material->host_chain, material->host_key,
			material->authority, material->crl},
		.count = 5};
}

static void prepare_viewer(const struct sj_scarce_material *material)
{
	struct sj_viewer_gate_start *start = &gate.viewer.u.gate_start;

	gate.viewer.type = SJ_VIEWER_GATE_START;
	start->uid = start->gid = UINT32_MAX;
	strcpy(start->host_name, "localhost");
	strcpy(start->zone, "lgwan");
	gate.fds = (struct sj_ipc_fds){
		.fd = {-1, material->viewer_chain, material->viewer_key,
			material->authority, material->crl, -1, -1},
		.count = 7};
}

/* Which gate a round of a loop is about. */
static bool is_of_host(int round)
{
	return round % 2 == 0;
}

/* Everything is ready to be told; the test may spoil it. */
static void prepare(int round)
{
	const struct sj_scarce_material material = sj_scarce_material();
	int wire[2], spare[2];

	memset(&gate, 0, sizeof(gate));
	if (is_of_host(round))
		prepare_host(&material);
	else
		prepare_viewer(&material);
	ck_assert_int_eq(
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, wire), 0);
	gate.fds.fd[AT_WIRE] = wire[0];
	gate.wire_fd = wire[1];
	/* Decoder and window of a viewer: here they never say anything. */
	ck_assert_int_eq(sj_ipc_pair(spare), SJ_OK);
	if (!is_of_host(round)) {
		gate.fds.fd[5] = spare[0];
		gate.fds.fd[6] = spare[1];
	}
}

static void start(int round)
{
	int pair[2];

	ck_assert_int_eq(sj_ipc_pair(pair), SJ_OK);
	gate.control_fd = pair[1];
	if (is_of_host(round))
		ck_assert_int_eq(sj_ipc_send(gate.control_fd, &gate.host,
					 sizeof(gate.host), &gate.fds),
			SJ_OK);
	else
		ck_assert_int_eq(sj_ipc_send(gate.control_fd, &gate.viewer,
					 sizeof(gate.viewer), &gate.fds),
			SJ_OK);
	gate.child = sj_scarce_start(
		is_of_host(round) ? sj_host_gate_main : sj_viewer_gate_main,
		pair[0], NULL);
	close(pair[0]);
	/* The gate alone has it now: its end is the end of the wire. */
	close(gate.fds.fd[AT_WIRE]);
}

/* The reason in CLOSED; NONE when the gate has said nothing at all. */
static enum sj_reason closing_word(int round)
{
	struct sj_host_gate_message host;
	struct sj_viewer_gate_message viewer;
	enum sj_err err;

	if (is_of_host(round))
		err = sj_ipc_receive(
			gate.control_fd, &host, sizeof(host), NULL);
	else
		err = sj_ipc_receive(
			gate.control_fd, &viewer, sizeof(viewer), NULL);
	if (err != SJ_OK)
		return SJ_REASON_NONE;
	if (is_of_host(round)) {
		ck_assert_int_eq((int)host.type, SJ_HOST_GATE_CLOSED);
		return (enum sj_reason)host.u.gate_closed.reason;
	}
	ck_assert_int_eq((int)viewer.type, SJ_VIEWER_GATE_CLOSED);
	return (enum sj_reason)viewer.u.gate_closed.reason;
}

static void expect_status(enum sj_exit status)
{
	char byte;

	ck_assert_int_eq(sj_scarce_wait(&gate.child, false), (int)status);
	ck_assert_int_eq(recv(gate.wire_fd, &byte, 1, MSG_DONTWAIT), 0);
}

START_TEST(what_is_no_start_is_a_local_failure)
{
	prepare(_i);
	gate.host.type = SJ_HOST_GATE_END;
	gate.viewer.type = SJ_VIEWER_GATE_END;
	start(_i);
	expect_status(SJ_EXIT_LOCAL);
	ck_assert_int_eq(closing_word(_i), SJ_REASON_NONE);
}
END_TEST

START_TEST(a_start_without_all_its_descriptors_is_a_local_failure)
{
	prepare(_i);
	gate.fds.count = 4;
	start(_i);
	expect_status(SJ_EXIT_LOCAL);
	ck_assert_int_eq(closing_word(_i), SJ_REASON_NONE);
}
END_TEST

START_TEST(a_key_that_is_in_no_memfd_is_a_local_failure)
{
	prepare(_i);
	gate.fds.fd[AT_KEY] = open("/dev/null", O_RDONLY | O_CLOEXEC);
	ck_assert_int_ge(gate.fds.fd[AT_KEY], 0);
	start(_i);
	expect_status(SJ_EXIT_LOCAL);
	ck_assert_int_eq(closing_word(_i), SJ_REASON_NONE);
}
END_TEST

START_TEST(a_certificate_in_place_of_the_key_is_told)
{
	prepare(_i);
	gate.fds.fd[AT_KEY] = gate.fds.fd[AT_KEY - 1];
	start(_i);
	ck_assert_int_eq(closing_word(_i), SJ_REASON_CERT_OTHER);
	expect_status(SJ_EXIT_LOCAL);
}
END_TEST

START_TEST(a_peer_that_speaks_no_rfb_is_told_by_the_status)
{
	prepare(_i);
	ck_assert_int_eq(send(gate.wire_fd, "SSH-2.0-abc\n", 12, 0), 12);
	ck_assert_int_eq(shutdown(gate.wire_fd, SHUT_WR), 0);
	start(_i);
	ck_assert_int_eq(closing_word(_i), is_of_host(_i)
						   ? SJ_REASON_VIEWER_VERSION
						   : SJ_REASON_HOST_VERSION);
	ck_assert_int_eq(sj_scarce_wait(&gate.child, false), (int)SJ_EXIT_PEER);
}
END_TEST

START_TEST(a_gate_that_nobody_supervises_ends)
{
	prepare(_i);
	start(_i);
	close(gate.control_fd);
	ck_assert_int_eq(shutdown(gate.wire_fd, SHUT_WR), 0);
	ck_assert_int_eq(
		sj_scarce_wait(&gate.child, false), (int)SJ_EXIT_ENDED);
}
END_TEST

int main(void)
{
	const struct sj_suite_loop loops[] = {
		{what_is_no_start_is_a_local_failure, 2},
		{a_start_without_all_its_descriptors_is_a_local_failure, 2},
		{a_key_that_is_in_no_memfd_is_a_local_failure, 2},
		{a_certificate_in_place_of_the_key_is_told, 2},
		{a_peer_that_speaks_no_rfb_is_told_by_the_status, 2},
		{a_gate_that_nobody_supervises_ends, 2},
	};

	return sj_suite_run_loops(
		"scarce_starts", NULL, 0, loops, SJ_COUNT(loops));
}
