/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/supervise/listener.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/suite.h"

static unsigned calls;
static struct sj_peer last;
static struct sj_loop *loop;
static struct sj_listener listener;
static char message[256];

static void welcome(void *self, int socket_fd, const struct sj_peer *peer)
{
	int value = 0;
	socklen_t size = sizeof(value);

	ck_assert_ptr_eq(self, &calls);
	calls++;
	last = *peer;
	ck_assert_int_ne(fcntl(socket_fd, F_GETFL) & O_NONBLOCK, 0);
	ck_assert_int_ne(fcntl(socket_fd, F_GETFD) & FD_CLOEXEC, 0);
	ck_assert_int_eq(
		getsockopt(socket_fd, IPPROTO_TCP, TCP_NODELAY, &value, &size),
		0);
	ck_assert_int_ne(value, 0);
}

static struct sj_listener_plan begin(void)
{
	loop = sj_loop_create();
	ck_assert_ptr_nonnull(loop);
	sj_listener_init(&listener);
	return (struct sj_listener_plan){.address = "127.0.0.1",
		.port_file = "",
		.loop = loop,
		.welcome = welcome,
		.self = &calls};
}

static void end(void)
{
	sj_listener_close(&listener);
	ck_assert_int_eq(listener.fd, -1);
	sj_loop_destroy(loop);
}

static int call(uint16_t port)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	close(fd);
	return -1;
}

START_TEST(who_connects_to_the_port_of_the_file_is_welcome)
{
	char folder[] = "/tmp/shoji-listener-XXXXXX", path[64], text[16] = "";
	struct sj_listener_plan plan = begin();
	struct sockaddr_in own;
	socklen_t size = sizeof(own);
	FILE *file;
	int fd;

	ck_assert_ptr_nonnull(mkdtemp(folder));
	(void)snprintf(path, sizeof(path), "%s/port", folder);
	plan.port_file = path;
	ck_assert_msg(sj_listener_open(&listener, &plan, message,
			      sizeof(message)) == SJ_OK,
		"%s", message);
	file = fopen(path, "r");
	ck_assert_ptr_nonnull(file);
	ck_assert_ptr_nonnull(fgets(text, sizeof(text), file));
	ck_assert_int_eq(fclose(file), 0);
	ck_assert_int_eq(atoi(text), listener.port);
	fd = call(listener.port);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(sj_loop_turn(loop, 2000), SJ_OK);
	ck_assert_uint_eq(calls, 1);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&own, &size), 0);
	(void)snprintf(message, sizeof(message), "[127.0.0.1]:%u",
		ntohs(own.sin_port));
	ck_assert_str_eq(last.text, message);
	close(fd);
	end();
	/* Nothing is left, not beside it either. */
	ck_assert_int_eq(rmdir(folder), 0);
}
END_TEST

START_TEST(many_that_wait_are_taken_in_one_turn)
{
	const struct sj_listener_plan plan = begin();
	int fd[5];

	ck_assert_int_eq(
		sj_listener_open(&listener, &plan, message, sizeof(message)),
		SJ_OK);
	for (size_t i = 0; i < SJ_COUNT(fd); i++)
		fd[i] = call(listener.port);
	ck_assert_int_eq(sj_loop_turn(loop, 2000), SJ_OK);
	ck_assert_uint_eq(calls, SJ_COUNT(fd));
	for (size_t i = 0; i < SJ_COUNT(fd); i++)
		close(fd[i]);
	end();
}
END_TEST

START_TEST(nobody_gets_in_after_the_end)
{
	const struct sj_listener_plan plan = begin();

	ck_assert_int_eq(
		sj_listener_open(&listener, &plan, message, sizeof(message)),
		SJ_OK);
	sj_listener_close(&listener);
	ck_assert_int_eq(call(listener.port), -1);
	ck_assert_int_eq(sj_loop_turn(loop, 0), SJ_OK);
	ck_assert_uint_eq(calls, 0);
	end();
}
END_TEST

/* Opens listener with plan, which fails with err and a message with text. */
static void check_failure(
	const struct sj_listener_plan *plan, enum sj_err err, const char *text)
{
	ck_assert_int_eq(
		sj_listener_open(&listener, plan, message, sizeof(message)),
		err);
	ck_assert_msg(strstr(message, text) != NULL, "%s", message);
	sj_listener_close(&listener);
}

START_TEST(what_cannot_be_listened_on_is_named)
{
	struct sj_listener_plan plan = begin();

	plan.address = "localhost";
	check_failure(&plan, SJ_ERR_FORMAT, "localhost");
	plan.address = "192.0.2.1";
	check_failure(&plan, SJ_ERR_SYSTEM, "[listen] 192.0.2.1 port 0: ");
	plan.address = "127.0.0.1";
	plan.port_file = "/nonexistent/port";
	check_failure(&plan, SJ_ERR_SYSTEM, "port_file: /nonexistent/port");
	end();
}
END_TEST

/* Anything else would be replaced. */
START_TEST(the_port_is_written_to_nothing_but_a_file)
{
	char folder[] = "/tmp/shoji-listener-XXXXXX", path[64];
	struct sj_listener_plan plan = begin();
	struct stat info;

	ck_assert_ptr_nonnull(mkdtemp(folder));
	(void)snprintf(path, sizeof(path), "%s/port", folder);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	plan.port_file = path;
	check_failure(&plan, SJ_ERR_SYSTEM, "/port: is not a file");
	ck_assert_int_eq(lstat(path, &info), 0);
	ck_assert(S_ISFIFO(info.st_mode));
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(rmdir(folder), 0);
	end();
}
END_TEST

START_TEST(who_finds_a_port_in_use_is_told_what_to_do)
{
	struct sj_listener_plan plan = begin();
	struct sj_listener first;

	sj_listener_init(&first);
	ck_assert_int_eq(
		sj_listener_open(&first, &plan, message, sizeof(message)),
		SJ_OK);
	plan.port = first.port;
	check_failure(&plan, SJ_ERR_SYSTEM, "in use; end what listens");
	sj_listener_close(&first);
	end();
}
END_TEST

SJ_SUITE_MAIN("supervise_listener",
	who_connects_to_the_port_of_the_file_is_welcome,
	many_that_wait_are_taken_in_one_turn, nobody_gets_in_after_the_end,
	what_cannot_be_listened_on_is_named,
	the_port_is_written_to_nothing_but_a_file,
	who_finds_a_port_in_use_is_told_what_to_do)
