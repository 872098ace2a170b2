/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/base/stream.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/support/suite.h"

static void make_pair(struct sj_stream *a, struct sj_stream *b)
{
	int pair[2];

	ck_assert_int_eq(
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
	*a = sj_stream_fd(pair[0]);
	*b = sj_stream_fd(pair[1]);
	ck_assert_int_eq(a->fd, pair[0]);
}

START_TEST(bytes_arrive_as_they_were_written)
{
	struct sj_stream a, b;
	char got_text[8];
	size_t put, got;

	make_pair(&a, &b);
	ck_assert_int_eq(sj_stream_write(&a, "shoji", 5, &put), SJ_IO_OK);
	ck_assert_uint_eq(put, 5);
	ck_assert_int_eq(
		sj_stream_read(&b, got_text, sizeof(got_text), &got), SJ_IO_OK);
	ck_assert_uint_eq(got, 5);
	ck_assert_mem_eq(got_text, "shoji", 5);
	ck_assert(!sj_stream_has_pending(&b));
	close(a.fd);
	close(b.fd);
}
END_TEST

START_TEST(an_empty_stream_wants_to_be_read_later)
{
	struct sj_stream a, b;
	char byte;
	size_t got = 9;

	make_pair(&a, &b);
	ck_assert_int_eq(sj_stream_read(&b, &byte, 1, &got), SJ_IO_WANT_READ);
	ck_assert_uint_eq(got, 0);
	close(a.fd);
	close(b.fd);
}
END_TEST

START_TEST(a_full_stream_wants_to_be_written_later)
{
	static const char block[65536];
	struct sj_stream a, b;
	enum sj_io io;
	size_t put;

	make_pair(&a, &b);
	do
		io = sj_stream_write(&a, block, sizeof(block), &put);
	while (io == SJ_IO_OK);
	ck_assert_int_eq(io, SJ_IO_WANT_WRITE);
	ck_assert_uint_eq(put, 0);
	close(a.fd);
	close(b.fd);
}
END_TEST

START_TEST(a_blocking_socket_does_not_block_either)
{
	int pair[2];
	struct sj_stream stream;
	char byte;
	size_t got;

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	stream = sj_stream_fd(pair[0]);
	ck_assert_int_eq(
		sj_stream_read(&stream, &byte, 1, &got), SJ_IO_WANT_READ);
	close(pair[0]);
	close(pair[1]);
}
END_TEST

START_TEST(a_shutdown_is_an_orderly_end)
{
	struct sj_stream a, b;
	char byte;
	size_t n;

	make_pair(&a, &b);
	ck_assert_int_eq(sj_stream_shutdown(&a), SJ_IO_OK);
	ck_assert_int_eq(sj_stream_read(&b, &byte, 1, &n), SJ_IO_CLOSED);
	ck_assert_int_eq(sj_stream_write(&b, "x", 1, &n), SJ_IO_OK);
	close(a.fd);
	close(b.fd);
}
END_TEST

START_TEST(a_broken_stream_fails_and_raises_no_signal)
{
	struct sj_stream a, b;
	size_t put = 9;

	make_pair(&a, &b);
	close(b.fd);
	ck_assert_int_eq(sj_stream_write(&a, "x", 1, &put), SJ_IO_FAILED);
	ck_assert_uint_eq(put, 0);
	close(a.fd);
}
END_TEST

SJ_SUITE_MAIN("stream", bytes_arrive_as_they_were_written,
	an_empty_stream_wants_to_be_read_later,
	a_full_stream_wants_to_be_written_later,
	a_blocking_socket_does_not_block_either, a_shutdown_is_an_orderly_end,
	a_broken_stream_fails_and_raises_no_signal)
