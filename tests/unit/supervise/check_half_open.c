/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/supervise/half_open.h"

#include <netinet/in.h>
#include <stdint.h>
#include <string.h>

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
		sj_half_opens_add(
			&opens, &peers[(uint8_t)*at], (void *)(uintptr_t)at);
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
	{"abbbca", 'a', NOBODY, 3, 3},
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
	ck_assert_uint_eq(
		judge(rows[_i].there, rows[_i].newcomer), rows[_i].when_short);
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
		sj_half_opens_add(&opens, &peers['b'], &peers['b']);
	ck_assert_uint_eq(opens.count, SJ_LIMIT_CONNECTIONS);
	sj_half_opens_add(&opens, &peers['c'], &peers['c']);
	ck_assert_uint_eq(opens.count, SJ_LIMIT_CONNECTIONS);
	ck_assert_ptr_eq(
		opens.entry[SJ_LIMIT_CONNECTIONS - 1].self, &peers['b']);
}
END_TEST

START_TEST(two_addresses_of_one_machine_are_one)
{
	struct sockaddr_storage storage = {0};
	struct sockaddr_in6 six = {.sin6_family = AF_INET6};
	struct sj_peer machine[2], newcomer;

	fill("");
	for (size_t i = 0; i < 3; i++) {
		struct sj_peer *peer = i < 2 ? &machine[i] : &newcomer;

		six.sin6_addr.s6_addr[15] = (uint8_t)i;
		memcpy(&storage, &six, sizeof(six));
		*peer = sj_peer_of(&storage);
		if (i < 2)
			sj_half_opens_add(&opens, peer, peer);
	}
	opens.half_open_max = 2;
	opens.connections = 0;
	ck_assert_uint_eq(judge("", 'a'), NOBODY);
	peers['a'] = newcomer;
	ck_assert_uint_eq(judge("", 'a'), REFUSED);
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
		more_than_there_can_be_are_not_counted,
		two_addresses_of_one_machine_are_one};
	const struct sj_suite_loop loops[] = {
		{the_oldest_of_who_holds_most_goes_when_there_is_no_room,
			SJ_COUNT(rows)},
		{some_user_ids_are_kept, SJ_COUNT(pools)}};

	return sj_suite_run_loops("supervise_half_open", tests, SJ_COUNT(tests),
		loops, SJ_COUNT(loops));
}
