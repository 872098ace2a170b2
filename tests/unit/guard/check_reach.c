/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "guard/reach.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "guard/link_start.h"
#include "tests/support/suite.h"

static struct sj_guard_config config = {.host_count = 4};
static struct sj_guard guard = {.config = &config};

START_TEST(sends_a_user_to_the_same_host_always)
{
	for (int i = 0; i < 100; i++) {
		char user[16];
		size_t first;

		(void)snprintf(user, sizeof(user), "user%d", i);
		first = sj_reach_choose(&guard, user, 1000);
		ck_assert_uint_lt(first, config.host_count);
		ck_assert_uint_eq(sj_reach_choose(&guard, user, 9000), first);
	}
}
END_TEST

START_TEST(spreads_users_over_all_hosts)
{
	unsigned count[4] = {0};

	for (int i = 0; i < 400; i++) {
		char user[16];

		(void)snprintf(user, sizeof(user), "user%d", i);
		count[sj_reach_choose(&guard, user, 1000)]++;
	}
	for (size_t i = 0; i < 4; i++)
		ck_assert_uint_gt(count[i], 50);
}
END_TEST

START_TEST(tries_another_host_while_one_does_not_answer)
{
	size_t first = sj_reach_choose(&guard, "tanaka", 1000);
	size_t other;

	sj_reach_failed(&guard, first, 1000);
	other = sj_reach_choose(&guard, "tanaka", 1001);
	ck_assert_uint_ne(other, first);
	ck_assert_uint_eq(sj_reach_choose(&guard, "tanaka", 60000), first);
	/* When none answers, the first is as good as any. */
	for (size_t i = 0; i < 4; i++)
		sj_reach_failed(&guard, i, 60000);
	ck_assert_uint_eq(sj_reach_choose(&guard, "tanaka", 60001), first);
}
END_TEST

START_TEST(sends_a_user_to_the_host_where_the_session_is)
{
	struct sj_link there = {.state = SJ_LINK_JOINED, .guard = &guard};
	size_t first = sj_reach_choose(&guard, "tanaka", 200000);

	strcpy(there.user.name, "tanaka");
	there.host = (first + 1) % config.host_count;
	guard.links = &there;
	ck_assert_uint_eq(
		sj_reach_choose(&guard, "tanaka", 200000), there.host);
	sj_reach_failed(&guard, there.host, 200000);
	ck_assert_uint_eq(sj_reach_choose(&guard, "tanaka", 200001), first);
	guard.links = NULL;
}
END_TEST

START_TEST(passes_over_for_a_user_what_has_let_that_user_down)
{
	size_t first = sj_reach_choose(&guard, "suzuki", 400000);

	sj_misses_add(&guard.misses, "suzuki", first, 1, 400000);
	sj_misses_add(&guard.misses, "suzuki", first, 1, 400000);
	ck_assert_uint_ne(sj_reach_choose(&guard, "suzuki", 400001), first);
	sj_misses_forget(&guard.misses, "suzuki", first);
	ck_assert_uint_eq(sj_reach_choose(&guard, "suzuki", 400001), first);
}
END_TEST

START_TEST(a_host_that_serves_others_and_hangs_up_is_not_at_fault)
{
	struct sj_link other = {.state = SJ_LINK_JOINED, .guard = &guard};
	struct sj_link link = {.state = SJ_LINK_REACHING, .guard = &guard};

	ck_assert(sj_reach_is_fault(&link, SJ_REASON_IO));
	guard.links = &other;
	ck_assert(!sj_reach_is_fault(&link, SJ_REASON_IO));
	ck_assert(!sj_reach_is_fault(&link, SJ_REASON_CLOSED));
	ck_assert(sj_reach_is_fault(&link, SJ_REASON_TIMEOUT_HANDSHAKE));
	other.host = 1;
	ck_assert(sj_reach_is_fault(&link, SJ_REASON_IO));
	link.is_host_proven = true;
	ck_assert(!sj_reach_is_fault(&link, SJ_REASON_TIMEOUT_HANDSHAKE));
	guard.links = NULL;
}
END_TEST

START_TEST(connects_and_sets_what_a_line_needs)
{
	struct sj_guard_host host = {"127.0.0.1", 0};
	struct sockaddr_in at = {.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(at);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int fd = -1, value = 0, taken;

	ck_assert_int_eq(bind(listener, (struct sockaddr *)&at, size), 0);
	ck_assert_int_eq(listen(listener, 1), 0);
	ck_assert_int_eq(
		getsockname(listener, (struct sockaddr *)&at, &size), 0);
	host.port = ntohs(at.sin_port);
	ck_assert_int_eq(sj_reach_begin(&host, &fd), SJ_OK);
	taken = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	ck_assert_int_ge(taken, 0);
	size = sizeof(value);
	ck_assert_int_eq(
		getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &value, &size), 0);
	ck_assert_int_ne(value, 0);
	ck_assert_int_ne(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
	close(taken);
	close(listener);
	close(fd);
}
END_TEST

/* No address of the other family: begun or refused, but never waited for. */
START_TEST(tells_an_address_of_ipv6_that_cannot_be_reached)
{
	const struct sj_guard_host host = {"ff02::1", 1};
	int fd = -1;

	ck_assert_int_eq(sj_reach_begin(&host, &fd), SJ_ERR_SYSTEM);
	ck_assert_int_eq(fd, -1);
}
END_TEST

START_TEST(refuses_an_address_that_is_a_name)
{
	const struct sj_guard_host host = {"localhost", 1};
	int fd = -1;

	ck_assert_int_eq(sj_reach_begin(&host, &fd), SJ_ERR_FORMAT);
	ck_assert_int_eq(fd, -1);
}
END_TEST

SJ_SUITE_MAIN("guard_reach", sends_a_user_to_the_same_host_always,
	spreads_users_over_all_hosts,
	tries_another_host_while_one_does_not_answer,
	sends_a_user_to_the_host_where_the_session_is,
	passes_over_for_a_user_what_has_let_that_user_down,
	a_host_that_serves_others_and_hangs_up_is_not_at_fault,
	connects_and_sets_what_a_line_needs,
	tells_an_address_of_ipv6_that_cannot_be_reached,
	refuses_an_address_that_is_a_name)
