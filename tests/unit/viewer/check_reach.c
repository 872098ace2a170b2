/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "viewer/reach.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "protocol/base/clock.h"
#include "tests/support/suite.h"

static struct sj_reach reach;
static enum sj_reason reason;

/* A socket on a loopback port that the kernel chose. */
static int bound_socket(uint16_t *port)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t size = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(bind(fd, (void *)&address, sizeof(address)), 0);
	ck_assert_int_eq(getsockname(fd, (void *)&address, &size), 0);
	*port = ntohs(address.sin_port);
	return fd;
}

static enum sj_reach_step go_on(enum sj_reach_step step)
{
	while (step == SJ_REACH_WAIT) {
		struct pollfd poll_fd = {reach.fd, POLLOUT, 0};

		(void)poll(&poll_fd, 1,
			sj_clock_poll_ms(sj_clock_ms(), reach.deadline_ms));
		step = sj_reach_next(&reach, &reason);
	}
	return step;
}

static enum sj_reach_step run(const char *host, uint32_t port)
{
	return go_on(sj_reach_start(&reach, host, port, &reason));
}

static int option_of(int fd, int level, int option)
{
	int value = -1;
	socklen_t size = sizeof(value);

	ck_assert_int_eq(getsockopt(fd, level, option, &value, &size), 0);
	return value;
}

START_TEST(a_listening_host_is_reached)
{
	uint16_t port;
	int listener = bound_socket(&port);
	int fd;
	int peer;
	char byte = 0;

	ck_assert_int_eq(listen(listener, 1), 0);
	ck_assert_int_eq(run("127.0.0.1", port), SJ_REACH_DONE);
	fd = sj_reach_take(&reach);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(reach.fd, -1);
	ck_assert_int_ne(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
	ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
	ck_assert_int_eq(option_of(fd, IPPROTO_TCP, TCP_NODELAY), 1);
	ck_assert_int_eq(option_of(fd, SOL_SOCKET, SO_KEEPALIVE), 1);
	ck_assert_int_gt(option_of(fd, IPPROTO_TCP, TCP_USER_TIMEOUT), 0);
	peer = accept(listener, NULL, NULL);
	ck_assert_int_eq(write(fd, "x", 1), 1);
	ck_assert_int_eq(read(peer, &byte, 1), 1);
	ck_assert_int_eq(byte, 'x');
}
END_TEST

START_TEST(a_name_with_several_addresses_tries_them_all)
{
	uint16_t port;
	int listener = bound_socket(&port);

	/* localhost may be ::1 first, where nobody listens. */
	ck_assert_int_eq(listen(listener, 1), 0);
	ck_assert_int_eq(run("localhost", port), SJ_REACH_DONE);
	(void)close(sj_reach_take(&reach));
}
END_TEST

START_TEST(the_next_address_is_tried_when_one_refuses)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
	char service[16];
	uint16_t closed_port;
	uint16_t port;
	int closed = bound_socket(&closed_port);
	int listener = bound_socket(&port);
	enum sj_reach_step step =
		sj_reach_start(&reach, "127.0.0.1", closed_port, &reason);

	ck_assert_int_eq(listen(listener, 1), 0);
	ck_assert_int_eq(step, SJ_REACH_WAIT);
	(void)snprintf(service, sizeof(service), "%u", (unsigned)port);
	/* As if the name had a second address. */
	ck_assert_int_eq(
		getaddrinfo("127.0.0.1", service, &hints, &reach.list->ai_next),
		0);
	ck_assert_int_eq(go_on(step), SJ_REACH_DONE);
	(void)close(sj_reach_take(&reach));
	(void)close(closed);
}
END_TEST

START_TEST(a_port_without_a_listener_is_unreachable)
{
	uint16_t port;
	int fd = bound_socket(&port);

	ck_assert_int_eq(run("127.0.0.1", port), SJ_REACH_FAILED);
	ck_assert_int_eq(reason, SJ_REASON_UNREACHABLE);
	ck_assert_int_eq(reach.fd, -1);
	(void)close(fd);
}
END_TEST

START_TEST(a_name_that_nobody_has_is_unresolved)
{
	ck_assert_int_eq(run("no such name", 1), SJ_REACH_FAILED);
	ck_assert_int_eq(reason, SJ_REASON_UNRESOLVED);
}
END_TEST

START_TEST(time_that_is_over_ends_it)
{
	uint16_t port;
	int listener = bound_socket(&port);
	enum sj_reach_step step;

	ck_assert_int_eq(listen(listener, 1), 0);
	step = sj_reach_start(&reach, "127.0.0.1", port, &reason);
	if (step == SJ_REACH_DONE) /* loopback may be that quick */
		step = SJ_REACH_WAIT;
	ck_assert_int_eq(step, SJ_REACH_WAIT);
	reach.end_ms = sj_clock_ms();
	ck_assert_int_eq(sj_reach_next(&reach, &reason), SJ_REACH_FAILED);
	ck_assert_int_eq(reason, SJ_REASON_UNREACHABLE);
	ck_assert_ptr_null(reach.list);
	sj_reach_finish(&reach);
}
END_TEST

SJ_SUITE_MAIN("viewer reach", a_listening_host_is_reached,
	a_name_with_several_addresses_tries_them_all,
	the_next_address_is_tried_when_one_refuses,
	a_port_without_a_listener_is_unreachable,
	a_name_that_nobody_has_is_unresolved, time_that_is_over_ends_it)
