/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/base/ipc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/support/suite.h"

struct message {
	uint32_t kind;
	uint32_t value;
};

static int pair[2];

static void make_pair(void)
{
	ck_assert_int_eq(sj_ipc_pair(pair), SJ_OK);
}

static int open_null(void)
{
	int fd = open("/dev/null", O_RDWR);

	ck_assert_int_ge(fd, 0);
	return fd;
}

/* Descriptors of this process that are open. */
static unsigned open_fds(void)
{
	unsigned count = 0;

	for (int fd = 0; fd < 256; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

START_TEST(a_message_arrives_whole)
{
	struct message sent = {1, 2}, got = {0, 0};

	make_pair();
	ck_assert_int_eq(
		sj_ipc_send(pair[0], &sent, sizeof(sent), NULL), SJ_OK);
	ck_assert_int_eq(
		sj_ipc_receive(pair[1], &got, sizeof(got), NULL), SJ_OK);
	ck_assert_uint_eq(got.kind, 1);
	ck_assert_uint_eq(got.value, 2);
}
END_TEST

START_TEST(both_ends_are_close_on_exec)
{
	make_pair();
	ck_assert_int_eq(fcntl(pair[0], F_GETFD), FD_CLOEXEC);
	ck_assert_int_eq(fcntl(pair[1], F_GETFD), FD_CLOEXEC);
}
END_TEST

START_TEST(descriptors_travel_and_are_close_on_exec)
{
	struct message message = {1, 2};
	struct sj_ipc_fds sent = {.count = 2}, got;
	int ends[2];
	char byte;

	make_pair();
	ck_assert_int_eq(pipe(ends), 0);
	sent.fd[0] = ends[0];
	sent.fd[1] = ends[1];
	ck_assert_int_eq(
		sj_ipc_send(pair[0], &message, sizeof(message), &sent), SJ_OK);
	ck_assert_int_eq(
		sj_ipc_receive(pair[1], &message, sizeof(message), &got),
		SJ_OK);
	ck_assert_uint_eq(got.count, 2);
	ck_assert_int_eq(fcntl(got.fd[0], F_GETFD), FD_CLOEXEC);
	ck_assert_int_eq(write(got.fd[1], "x", 1), 1);
	ck_assert_int_eq(read(ends[0], &byte, 1), 1);
	ck_assert_int_eq(byte, 'x');
	sj_ipc_close(&got);
	ck_assert_uint_eq(got.count, 0);
}
END_TEST

START_TEST(the_largest_number_of_descriptors_travels)
{
	struct message message = {1, 2};
	struct sj_ipc_fds sent = {.count = SJ_LIMIT_IPC_FDS}, got;

	make_pair();
	for (size_t i = 0; i < sent.count; i++)
		sent.fd[i] = open_null();
	ck_assert_int_eq(
		sj_ipc_send(pair[0], &message, sizeof(message), &sent), SJ_OK);
	ck_assert_int_eq(
		sj_ipc_receive(pair[1], &message, sizeof(message), &got),
		SJ_OK);
	ck_assert_uint_eq(got.count, SJ_LIMIT_IPC_FDS);
	sent.count++;
	ck_assert_int_eq(sj_ipc_send(pair[0], &message, sizeof(message), &sent),
		SJ_ERR_ARGUMENT);
}
END_TEST

/* Sends count descriptors in spite of every limit of ours. */
static void send_many(size_t size, size_t count)
{
	char data[64] = {0};
	_Alignas(struct cmsghdr) char room[CMSG_SPACE(sizeof(int) * 32)] = {0};
	struct iovec part = {data, size};
	struct msghdr header = {.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = room,
		.msg_controllen = CMSG_SPACE(sizeof(int) * count)};
	struct cmsghdr *rights = CMSG_FIRSTHDR(&header);
	int fd = open_null();

	rights->cmsg_level = SOL_SOCKET;
	rights->cmsg_type = SCM_RIGHTS;
	rights->cmsg_len = CMSG_LEN(sizeof(int) * count);
	for (size_t i = 0; i < count; i++)
		memcpy(CMSG_DATA(rights) + i * sizeof(int), &fd, sizeof(fd));
	ck_assert_int_eq(sendmsg(pair[0], &header, 0), (ssize_t)size);
	close(fd);
}

START_TEST(a_wrong_size_is_refused_and_its_descriptors_closed)
{
	struct message got;
	struct sj_ipc_fds fds;
	unsigned before;

	make_pair();
	before = open_fds();
	for (size_t size = 1; size <= 2 * sizeof(got); size++) {
		if (size == sizeof(got))
			continue;
		send_many(size, 3);
		ck_assert_int_eq(
			sj_ipc_receive(pair[1], &got, sizeof(got), &fds),
			SJ_ERR_FORMAT);
		ck_assert_uint_eq(fds.count, 0);
		ck_assert_uint_eq(open_fds(), before);
	}
}
END_TEST

START_TEST(too_many_descriptors_are_refused_and_closed)
{
	struct message got;
	struct sj_ipc_fds fds;
	unsigned before;

	make_pair();
	before = open_fds();
	send_many(sizeof(got), SJ_LIMIT_IPC_FDS + 1);
	ck_assert_int_eq(sj_ipc_receive(pair[1], &got, sizeof(got), &fds),
		SJ_ERR_FORMAT);
	ck_assert_uint_eq(open_fds(), before);
}
END_TEST

START_TEST(an_unexpected_descriptor_is_refused_and_closed)
{
	struct message got;
	unsigned before;

	make_pair();
	before = open_fds();
	send_many(sizeof(got), 1);
	ck_assert_int_eq(sj_ipc_receive(pair[1], &got, sizeof(got), NULL),
		SJ_ERR_FORMAT);
	ck_assert_uint_eq(open_fds(), before);
}
END_TEST

START_TEST(the_end_is_told_to_both_sides)
{
	struct message message = {0, 0};

	make_pair();
	close(pair[1]);
	ck_assert_int_eq(sj_ipc_send(pair[0], &message, sizeof(message), NULL),
		SJ_ERR_CLOSED);
	ck_assert_int_eq(
		sj_ipc_receive(pair[0], &message, sizeof(message), NULL),
		SJ_ERR_CLOSED);
}
END_TEST

START_TEST(last_words_arrive_though_the_peer_did_not_listen)
{
	struct message unread = {1, 1}, last = {2, 2}, got = {0, 0};

	make_pair();
	ck_assert_int_eq(
		sj_ipc_send(pair[0], &unread, sizeof(unread), NULL), SJ_OK);
	ck_assert_int_eq(
		sj_ipc_send(pair[1], &last, sizeof(last), NULL), SJ_OK);
	close(pair[1]);
	ck_assert_int_eq(
		sj_ipc_receive(pair[0], &got, sizeof(got), NULL), SJ_OK);
	ck_assert_uint_eq(got.kind, 2);
	ck_assert_int_eq(sj_ipc_receive(pair[0], &got, sizeof(got), NULL),
		SJ_ERR_CLOSED);
}
END_TEST

START_TEST(a_non_blocking_socket_says_again)
{
	struct message message = {0, 0};
	enum sj_err err;

	make_pair();
	ck_assert_int_eq(fcntl(pair[0], F_SETFL, O_NONBLOCK), 0);
	ck_assert_int_eq(
		sj_ipc_receive(pair[0], &message, sizeof(message), NULL),
		SJ_ERR_AGAIN);
	do
		err = sj_ipc_send(pair[0], &message, sizeof(message), NULL);
	while (err == SJ_OK);
	ck_assert_int_eq(err, SJ_ERR_AGAIN);
}
END_TEST

/* Else the test would wait here for ever. */
START_TEST(what_is_mentioned_waits_for_no_reader)
{
	struct message sent = {1, 0}, got = {0, 0};

	make_pair();
	for (sent.value = 0; sent.value < 100000; sent.value++)
		sj_ipc_mention(pair[0], &sent, sizeof(sent));
	ck_assert_int_eq(
		sj_ipc_receive(pair[1], &got, sizeof(got), NULL), SJ_OK);
	ck_assert_uint_eq(got.value, 0);
	(void)close(pair[1]);
	sj_ipc_mention(pair[0], &sent, sizeof(sent));
}
END_TEST

START_TEST(nothing_cannot_be_sent)
{
	make_pair();
	ck_assert_int_eq(sj_ipc_send(pair[0], "", 0, NULL), SJ_ERR_ARGUMENT);
}
END_TEST

START_TEST(a_taken_descriptor_survives_the_close)
{
	struct sj_ipc_fds fds = {.fd = {open_null(), open_null()}, .count = 2};
	int other = fds.fd[1];
	int taken = sj_ipc_take(&fds, 0);

	ck_assert_int_ge(taken, 0);
	ck_assert_int_eq(sj_ipc_take(&fds, 2), -1);
	sj_ipc_close(&fds);
	ck_assert_int_ge(fcntl(taken, F_GETFD), 0);
	ck_assert_int_eq(fcntl(other, F_GETFD), -1);
	ck_assert_int_eq(sj_ipc_take(&fds, 0), -1);
}
END_TEST

SJ_SUITE_MAIN("ipc", a_message_arrives_whole, both_ends_are_close_on_exec,
	descriptors_travel_and_are_close_on_exec,
	the_largest_number_of_descriptors_travels,
	a_wrong_size_is_refused_and_its_descriptors_closed,
	too_many_descriptors_are_refused_and_closed,
	an_unexpected_descriptor_is_refused_and_closed,
	the_end_is_told_to_both_sides,
	last_words_arrive_though_the_peer_did_not_listen,
	a_non_blocking_socket_says_again, what_is_mentioned_waits_for_no_reader,
	nothing_cannot_be_sent, a_taken_descriptor_survives_the_close)
