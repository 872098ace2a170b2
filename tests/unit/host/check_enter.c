/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who comes into a host that is full. */
#include "host/enter.h"

#include <netinet/in.h>
#include <poll.h>
#include <string.h>

#include "host/connections.h"
#include "protocol/base/attr.h"
#include "protocol/base/log.h"
#include "tests/support/suite.h"

#define THERE 8

static struct sj_host_config config;
static struct sj_supervisor supervisor;
static struct sj_connection there[THERE]; /* the oldest first */

static struct sj_peer peer_of(uint8_t last)
{
	struct sockaddr_storage storage = {0};
	struct sockaddr_in in = {.sin_family = AF_INET,
		.sin_addr = {htonl((INADDR_LOOPBACK & ~0xffu) | last)}};

	memcpy(&storage, &in, sizeof(in));
	return sj_peer_of(&storage);
}

/* One connection from each of addresses (the last byte), the gate of the
 * first a process. */
static void set_up(const uint8_t *addresses, size_t count)
{
	const struct sj_child_spec spec = {
		.program = "yes", .folder = "/usr/bin"};

	memset(&supervisor, 0, sizeof(supervisor));
	memset(there, 0, sizeof(there));
	sj_log_open("check", SJ_LOG_WARNING);
	config.connections_max = THERE;
	config.half_open_max = 4;
	config.uid_count = 4096;
	supervisor.config = &config;
	supervisor.loop = sj_loop_create();
	supervisor.logs = sj_child_logs_create(supervisor.loop);
	supervisor.children = sj_children_create(
		supervisor.logs, "/usr/bin", 5000, 0, NULL, NULL);
	ck_assert_ptr_nonnull(supervisor.children);
	supervisor.strangers = sj_bucket_of(1, 1, sj_clock_us());
	for (size_t i = 0; i < count; i++) {
		there[i].supervisor = &supervisor;
		there[i].gate.control_fd = -1;
		there[i].state = SJ_CONNECTION_GREETING;
		there[i].peer = peer_of(addresses[i]);
		there[i].next = supervisor.connections;
		supervisor.connections = &there[i];
		supervisor.connection_count++;
	}
	ck_assert_int_eq(
		sj_children_start(supervisor.children, &spec, &there[0].gate),
		SJ_OK);
}

static void tear_down(void)
{
	sj_children_kill(supervisor.children, &there[0].gate);
	sj_children_destroy(supervisor.children);
	sj_child_logs_destroy(supervisor.logs);
	sj_loop_destroy(supervisor.loop);
}

static bool try(uint8_t last)
{
	const struct sj_peer newcomer = peer_of(last);

	return sj_enter_try(&supervisor, &newcomer);
}

static size_t count_evicted(void)
{
	size_t count = 0;

	for (size_t i = 0; i < THERE; i++)
		count += there[i].is_evicted;
	return count;
}

static const uint8_t crowd[THERE] = {2, 3, 3, 2, 4, 4, 3, 2};

START_TEST(the_oldest_silent_one_goes_for_a_newcomer)
{
	uint64_t left;

	set_up(crowd, THERE);
	ck_assert(try(1));
	ck_assert(there[0].is_evicted);
	ck_assert_int_eq(there[0].state, SJ_CONNECTION_ENDING);
	ck_assert_uint_eq(there[0].closed.reason, SJ_REASON_REFUSED_RATE);
	ck_assert(there[0].has_closed);
	ck_assert_uint_eq(there[0].deadline_ms, UINT64_MAX);
	ck_assert_uint_eq(count_evicted(), 1);
	/* The process is killed, and the list is as it was. */
	left = sj_clock_ms() + 10000;
	while (sj_children_count(supervisor.children) > 0) {
		ck_assert_uint_lt(sj_clock_ms(), left);
		(void)poll(NULL, 0, 2);
		sj_children_reap(supervisor.children);
	}
	ck_assert_ptr_eq(supervisor.connections, &there[THERE - 1]);
	/* Its line is one of those that are limited: there was one. */
	ck_assert(!sj_bucket_take(&supervisor.strangers, sj_clock_us()));
	tear_down();
}
END_TEST

START_TEST(who_holds_most_itself_is_refused)
{
	set_up(crowd, THERE);
	ck_assert(!try(2));
	ck_assert(!try(3));
	ck_assert(!try(4)); /* or would hold most then */
	ck_assert_uint_eq(count_evicted(), 0);
	tear_down();
}
END_TEST

START_TEST(with_room_nobody_goes)
{
	set_up(crowd, THERE - 1);
	ck_assert(try(1));
	ck_assert(try(3));
	/* But no more than so many of one address. */
	config.half_open_max = 3;
	ck_assert(!try(3));
	ck_assert_uint_eq(count_evicted(), 0);
	tear_down();
}
END_TEST

START_TEST(who_has_logged_in_is_not_touched)
{
	set_up(crowd, THERE);
	for (size_t i = 0; i < THERE; i++)
		if (i != 5)
			there[i].state = (enum sj_connection_state)(_i + 1);
	ck_assert(try(1));
	ck_assert(there[5].is_evicted);
	there[5].is_evicted = false; /* it has gone, and a user has come */
	ck_assert(!try(1));
	ck_assert_uint_eq(count_evicted(), 0);
	tear_down();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {the_oldest_silent_one_goes_for_a_newcomer,
		who_holds_most_itself_is_refused, with_room_nobody_goes};
	const struct sj_suite_loop loops[] = {
		{who_has_logged_in_is_not_touched, SJ_CONNECTION_ENDING}};

	return sj_suite_run_loops(
		"host_enter", tests, SJ_COUNT(tests), loops, SJ_COUNT(loops));
}
