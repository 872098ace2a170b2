/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/supervise/listener.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/support/suite.h"

static int calls;
static char message[256];

static void count_call(void *self, int fd)
{
	(void)fd;
	ck_assert_ptr_eq(self, &calls);
	calls++;
}

static struct sj_listener_plan plan_of(struct sj_loop *loop)
{
	return (struct sj_listener_plan){.address = "127.0.0.1",
		.port_file = "",
		.loop = loop,
		.accept = count_call,
		.self = &calls};
}

START_TEST(who_connects_to_the_port_of_the_file_is_told_of)
{
	char folder[] = "/tmp/shoji-listener-XXXXXX", path[64], text[16] = "";
	struct sj_loop *loop = sj_loop_create();
	struct sj_listener_plan plan = plan_of(loop);
	struct sockaddr_in address = {.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), fd;
	uint16_t port = 0;
	FILE *file;

	ck_assert_ptr_nonnull(mkdtemp(folder));
	(void)snprintf(path, sizeof(path), "%s/port", folder);
	plan.port_file = path;
	ck_assert_msg(sj_listener_open(&plan, &fd, &port, message,
			      sizeof(message)) == SJ_OK,
		"%s", message);
	file = fopen(path, "r");
	ck_assert_ptr_nonnull(file);
	ck_assert_ptr_nonnull(fgets(text, sizeof(text), file));
	ck_assert_int_eq(fclose(file), 0);
	ck_assert_int_eq(atoi(text), port);
	address.sin_port = htons(port);
	ck_assert_int_eq(
		connect(client, (struct sockaddr *)&address, sizeof(address)),
		0);
	ck_assert_int_eq(sj_loop_turn(loop, 2000), SJ_OK);
	ck_assert_int_eq(calls, 1);
	close(client);
	close(fd);
	sj_loop_destroy(loop);
	ck_assert_int_eq(unlink(path), 0);
	/* Nothing is left beside it. */
	ck_assert_int_eq(rmdir(folder), 0);
}
END_TEST

START_TEST(what_cannot_be_listened_on_is_named)
{
	struct sj_loop *loop = sj_loop_create();
	struct sj_listener_plan plan = plan_of(loop);
	uint16_t port;
	int fd;

	plan.address = "localhost";
	ck_assert_int_eq(
		sj_listener_open(&plan, &fd, &port, message, sizeof(message)),
		SJ_ERR_FORMAT);
	ck_assert_int_eq(fd, -1);
	ck_assert_ptr_nonnull(strstr(message, "localhost"));
	plan.address = "192.0.2.1";
	ck_assert_int_eq(
		sj_listener_open(&plan, &fd, &port, message, sizeof(message)),
		SJ_ERR_SYSTEM);
	ck_assert_ptr_nonnull(strstr(message, "[listen] 192.0.2.1 port 0: "));
	ck_assert_ptr_nonnull(strstr(message, "that this machine has"));
	sj_loop_remove(loop, fd);
	close(fd);
	plan.address = "127.0.0.1";
	plan.port_file = "/nonexistent/port";
	ck_assert_int_eq(
		sj_listener_open(&plan, &fd, &port, message, sizeof(message)),
		SJ_ERR_SYSTEM);
	ck_assert_ptr_nonnull(strstr(message, "port_file: /nonexistent/port"));
	sj_loop_remove(loop, fd);
	close(fd);
	sj_loop_destroy(loop);
}
END_TEST

START_TEST(who_finds_a_port_in_use_is_told_what_to_do)
{
	struct sj_loop *loop = sj_loop_create();
	struct sj_listener_plan plan = plan_of(loop);
	uint16_t port;
	int first, second;

	ck_assert_int_eq(sj_listener_open(&plan, &first, &port, message,
				 sizeof(message)),
		SJ_OK);
	plan.port = port;
	ck_assert_int_eq(sj_listener_open(&plan, &second, &port, message,
				 sizeof(message)),
		SJ_ERR_SYSTEM);
	ck_assert_ptr_nonnull(strstr(message, "in use; end what listens"));
	close(second);
	close(first);
	sj_loop_destroy(loop);
}
END_TEST

SJ_SUITE_MAIN("listener", who_connects_to_the_port_of_the_file_is_told_of,
	what_cannot_be_listened_on_is_named,
	who_finds_a_port_in_use_is_told_what_to_do)
