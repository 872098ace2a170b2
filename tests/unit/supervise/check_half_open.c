/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/supervise/half_open.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "protocol/base/attr.h"
#include "protocol/supervise/loop.h"
#include "tests/support/suite.h"

#define REFUSED SIZE_MAX
#define NOBODY (SIZE_MAX - 1)

static struct sj_half_opens opens;
static struct sj_peer peers[256]; /* one for each letter */

/* Those without a user by the letters of their addresses, newest first. */
static void fill(const char *letters)
{
	for (size_t i = 0; i < SJ_COUNT(peers); i++)
		peers[i].address[0] = (uint8_t)i;
	memset(&opens, 0, sizeof(opens));
	for (const char *at = letters; *at; at++)
		sj_half_opens_add(&opens, &peers[(uint8_t)*at], -1,
			(void *)(uintptr_t)at);
	opens.half_open_max = 4;
	opens.connections_max = opens.connections = 8;
}

/* Which one goes for a newcomer from letter. */
static size_t judge(const char *letters, char letter)
{
	void *victim = &opens;

	if (!sj_half_opens_judge(&opens, &peers[(uint8_t)letter], &victim)) {
		ck_assert_ptr_null(victim);
		return REFUSED;
	}
	return victim ? (size_t)((const char *)victim - letters) : NOBODY;
}

static const struct {
	const char *there;
	char newcomer;
	size_t when_room, when_full, when_short;
} rows[] = {
	{"", 'a', NOBODY, REFUSED, NOBODY},
	{"b", 'a', NOBODY, 0, 0},
	/* The oldest of who holds most, wherever the others stand. */
	{"bbb", 'a', NOBODY, 2, 2},
	{"bcbcb", 'a', NOBODY, 4, 4},
	{"bbbcc", 'a', NOBODY, 2, 2},
	{"ccbbb", 'a', NOBODY, 4, 4},
	{"abbca", 'a', NOBODY, REFUSED, REFUSED},
	{"abbbbca", 'a', NOBODY, 4, 4},
	/* Nor one that would hold as few then as a holds now. */
	{"abbbca", 'a', NOBODY, REFUSED, REFUSED},
	{"abb", 'a', NOBODY, REFUSED, REFUSED},
	{"abbb", 'a', NOBODY, 3, 3},
	/* Of two that hold most the one with the oldest. */
	{"bbcc", 'a', NOBODY, 3, 3},
	{"cbbc", 'a', NOBODY, 3, 3},
	{"bccb", 'a', NOBODY, 3, 3},
	/* Who holds most itself, alone or with others, shuts nobody out. */
	{"a", 'a', NOBODY, REFUSED, REFUSED},
	{"ba", 'a', NOBODY, REFUSED, REFUSED},
	{"aab", 'a', NOBODY, REFUSED, REFUSED},
	/* So many of one address, and no more. */
	{"aaa", 'a', NOBODY, REFUSED, REFUSED},
	{"aaaa", 'a', REFUSED, REFUSED, REFUSED},
	{"aaaabbbbb", 'a', REFUSED, REFUSED, REFUSED},
};

START_TEST(the_oldest_of_who_holds_most_goes_when_there_is_no_room)
{
	fill(rows[_i].there);
	opens.connections--;
	ck_assert_uint_eq(
		judge(rows[_i].there, rows[_i].newcomer), rows[_i].when_room);
	opens.is_short_of_uids = true;
	/* A few who log in are no crowd. */
	if (opens.count < 8)
		ck_assert_uint_eq(judge(rows[_i].there, rows[_i].newcomer),
			rows[_i].when_room);
	opens.going = 8;
	ck_assert_uint_eq(
		judge(rows[_i].there, rows[_i].newcomer), rows[_i].when_short);
	opens.going = 0;
	opens.is_short_of_uids = false;
	opens.connections++;
	ck_assert_uint_eq(
		judge(rows[_i].there, rows[_i].newcomer), rows[_i].when_full);
}
END_TEST

START_TEST(no_more_go_at_once_than_one_turn_accepts)
{
	const char *there = "bb";

	fill(there);
	opens.going = SJ_HALF_OPEN_GOING - 1;
	ck_assert_uint_eq(judge(there, 'a'), 1);
	opens.going++;
	ck_assert_uint_eq(judge(there, 'a'), REFUSED);
	/* There is room: nobody has to go. */
	opens.connections--;
	ck_assert_uint_eq(judge(there, 'a'), NOBODY);
}
END_TEST

START_TEST(more_than_there_can_be_are_not_counted)
{
	fill("");
	for (size_t i = 0; i < SJ_LIMIT_CONNECTIONS; i++)
		sj_half_opens_add(&opens, &peers['b'], -1, &peers['b']);
	ck_assert_uint_eq(opens.count, SJ_LIMIT_CONNECTIONS);
	sj_half_opens_add(&opens, &peers['c'], -1, &peers['c']);
	ck_assert_uint_eq(opens.count, SJ_LIMIT_CONNECTIONS);
	ck_assert_ptr_eq(
		opens.entry[SJ_LIMIT_CONNECTIONS - 1].self, &peers['b']);
}
END_TEST

/* Ends when nobody is sent away any more, or after so many rounds. */
static size_t count_evictions(char *there, const char *who, size_t rounds)
{
	size_t count = 0;

	for (size_t i = 0; i < rounds; i++) {
		char newcomer = who[i % strlen(who)];
		size_t goes;

		fill(there);
		goes = judge(there, newcomer);
		if (goes == REFUSED)
			continue;
		ck_assert_uint_lt(goes, strlen(there));
		memmove(there + 1, there, goes);
		there[0] = newcomer;
		count++;
	}
	return count;
}

/* Else some are always going, and there is no room for an honest one. */
START_TEST(a_crowd_does_not_send_itself_away_for_ever)
{
	char there[] = "bbbbccccdddd";

	ck_assert_uint_eq(count_evictions(there, "bcdef", 1000), 4);
	ck_assert_uint_eq(count_evictions(there, "bcdef", 1000), 0);
	/* Who holds nothing comes in all the same. */
	ck_assert_uint_eq(count_evictions(there, "a", 1), 1);
}
END_TEST

/* 2001:db8:0:NETWORK::HOST */
static struct sj_peer six(uint8_t network, uint8_t host)
{
	struct sockaddr_storage storage = {0};
	struct sockaddr_in6 address = {.sin6_family = AF_INET6};

	address.sin6_addr.s6_addr[0] = 0x20;
	address.sin6_addr.s6_addr[7] = network;
	address.sin6_addr.s6_addr[15] = host;
	memcpy(&storage, &address, sizeof(address));
	return sj_peer_of(&storage);
}

/* Network, host of each, newest first; then of the newcomer; who goes. */
static const struct {
	uint8_t there[6][2];
	uint8_t newcomer[2];
	size_t goes;
} networks[] = {
	/* All of one network against one of another. */
	{{{1, 1}, {1, 2}, {1, 3}, {2, 1}, {2, 1}, {3, 1}}, {4, 1}, 2},
	/* Within one: the address that holds most. */
	{{{1, 1}, {1, 1}, {1, 2}, {1, 1}, {1, 3}, {2, 1}}, {1, 4}, 3},
	{{{1, 1}, {1, 2}, {1, 3}, {1, 4}, {1, 5}, {2, 1}}, {1, 6}, 4},
	{{{1, 1}, {1, 2}, {1, 3}, {1, 4}, {1, 5}, {2, 1}}, {1, 1}, REFUSED},
};

START_TEST(a_network_of_ipv6_may_be_one_machine)
{
	static const char base[6];
	struct sj_peer there[6];

	fill("");
	for (size_t i = 0; i < SJ_COUNT(there); i++) {
		there[i] =
			six(networks[_i].there[i][0], networks[_i].there[i][1]);
		sj_half_opens_add(
			&opens, &there[i], -1, (void *)(uintptr_t)&base[i]);
	}
	peers['n'] = six(networks[_i].newcomer[0], networks[_i].newcomer[1]);
	ck_assert_uint_eq(judge(base, 'n'), networks[_i].goes);
}
END_TEST

/* A silent machine takes nothing from its neighbours while there is room. */
START_TEST(so_many_are_of_an_address_not_of_a_network)
{
	struct sj_peer silent = six(1, 1);

	fill("");
	opens.connections = 4;
	for (size_t i = 0; i < 4; i++)
		sj_half_opens_add(&opens, &silent, -1, &silent);
	peers['n'] = six(1, 2);
	ck_assert_uint_eq(judge("", 'n'), NOBODY);
	peers['n'] = silent;
	ck_assert_uint_eq(judge("", 'n'), REFUSED);
}
END_TEST

START_TEST(who_has_said_something_is_not_counted)
{
	int ends[2];

	fill("");
	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	sj_half_opens_add(&opens, &peers['b'], ends[0], &ends);
	ck_assert_uint_eq(opens.count, 1);
	ck_assert_int_eq(write(ends[1], "u", 1), 1);
	sj_half_opens_add(&opens, &peers['b'], ends[0], &ends);
	ck_assert_uint_eq(opens.count, 1);
	(void)close(ends[0]);
	(void)close(ends[1]);
}
END_TEST

static const struct {
	uint32_t pool, kept;
} pools[] = {{1, 0}, {3, 0}, {4, 1}, {32, 8}, {95, 23}, {96, 24}, {4096, 24}};

START_TEST(some_user_ids_are_kept)
{
	uint32_t pool = pools[_i].pool, uid, taken = 0;
	struct sj_loop *loop = sj_loop_create();
	struct sj_child_logs *logs = sj_child_logs_create(loop);
	struct sj_children *children =
		sj_children_create(logs, "/usr/bin", 5000, pool, NULL, NULL);

	for (; taken < pool - pools[_i].kept; taken++) {
		ck_assert(!sj_half_opens_is_short(children, pool));
		ck_assert_int_eq(sj_children_take_uid(children, &uid), SJ_OK);
	}
	ck_assert(!sj_half_opens_is_short(children, pool));
	if (pools[_i].kept > 0) {
		ck_assert_int_eq(sj_children_take_uid(children, &uid), SJ_OK);
		ck_assert(sj_half_opens_is_short(children, pool));
	}
	sj_children_destroy(children);
	/* Without root there are none to be short of. */
	children = sj_children_create(logs, "/usr/bin", 5000, 0, NULL, NULL);
	ck_assert(!sj_half_opens_is_short(children, pool));
	sj_children_destroy(children);
	sj_child_logs_destroy(logs);
	sj_loop_destroy(loop);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {no_more_go_at_once_than_one_turn_accepts,
		a_crowd_does_not_send_itself_away_for_ever,
		more_than_there_can_be_are_not_counted,
		so_many_are_of_an_address_not_of_a_network,
		who_has_said_something_is_not_counted};
	const struct sj_suite_loop loops[] = {
		{the_oldest_of_who_holds_most_goes_when_there_is_no_room,
			SJ_COUNT(rows)},
		{a_network_of_ipv6_may_be_one_machine, SJ_COUNT(networks)},
		{some_user_ids_are_kept, SJ_COUNT(pools)}};

	return sj_suite_run_loops("supervise_half_open", tests, SJ_COUNT(tests),
		loops, SJ_COUNT(loops));
}
