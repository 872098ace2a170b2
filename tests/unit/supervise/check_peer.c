/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/supervise/peer.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>

#include "protocol/base/attr.h"
#include "tests/support/suite.h"

static struct sj_peer four(const char *address, uint16_t port)
{
	struct sockaddr_storage storage = {0};
	struct sockaddr_in in = {
		.sin_family = AF_INET, .sin_port = htons(port)};

	ck_assert_int_eq(inet_pton(AF_INET, address, &in.sin_addr), 1);
	memcpy(&storage, &in, sizeof(in));
	return sj_peer_of(&storage);
}

static struct sj_peer six(const char *address, uint16_t port)
{
	struct sockaddr_storage storage = {0};
	struct sockaddr_in6 in = {
		.sin6_family = AF_INET6, .sin6_port = htons(port)};

	ck_assert_int_eq(inet_pton(AF_INET6, address, &in.sin6_addr), 1);
	memcpy(&storage, &in, sizeof(in));
	return sj_peer_of(&storage);
}

START_TEST(both_families_are_written_alike)
{
	ck_assert_str_eq(four("192.0.2.7", 5900).text, "[192.0.2.7]:5900");
	ck_assert_str_eq(six("2001:db8::7", 65535).text, "[2001:db8::7]:65535");
	/* The longest there is fits. */
	ck_assert_str_eq(
		six("2001:db88:8888:8888:8888:8888:8888:8888", 65535).text,
		"[2001:db88:8888:8888:8888:8888:8888:8888]:65535");
}
END_TEST

START_TEST(an_address_is_the_same_from_any_port_and_in_any_form)
{
	const struct sj_peer one = four("192.0.2.7", 1);
	const struct sj_peer again = four("192.0.2.7", 2);
	const struct sj_peer mapped = six("::ffff:192.0.2.7", 3);
	const struct sj_peer other = four("192.0.2.8", 1);

	ck_assert(sj_peer_is_same(&one, &again));
	ck_assert(sj_peer_is_same(&one, &mapped));
	ck_assert(!sj_peer_is_same(&one, &other));
}
END_TEST

/* Addresses of IPv6: with IPv4 in it they are whole ones. */
static const struct {
	const char *one, *other;
	bool is_near;
} pairs[] = {
	{"2001:db8:0:7::1", "2001:db8:0:7::1", true},
	{"2001:db8:0:7::1", "2001:db8:0:7:ffff:ffff:ffff:ffff", true},
	{"2001:db8:0:7::1", "2001:db8:0:6::1", false},
	{"2001:db8:0:7::1", "2001:db9:0:7::1", false},
	{"fe80::1", "fe80::2", true},
	{"::1", "::2", true},
	{"::1", "::ffff:0.0.0.1", false},
	{"::ffff:192.0.2.7", "::ffff:192.0.2.7", true},
	{"::ffff:192.0.2.7", "::ffff:192.0.2.8", false},
	{"::ffff:192.0.2.7", "::ffff:193.0.2.7", false},
	{"64:ff9b::192.0.2.7", "64:ff9b::192.0.2.7", true},
	{"64:ff9b::192.0.2.7", "64:ff9b::192.0.2.8", false},
	{"64:ff9b::192.0.2.7", "64:ff9b::1:c000:207", false},
};

START_TEST(a_network_of_ipv6_may_be_one_machine)
{
	const struct sj_peer one = six(pairs[_i].one, 1);
	const struct sj_peer other = six(pairs[_i].other, 2);

	ck_assert(sj_peer_is_near(&one, &other) == pairs[_i].is_near);
	ck_assert(sj_peer_is_near(&other, &one) == pairs[_i].is_near);
	ck_assert(sj_peer_is_same(&one, &other) ==
		  (strcmp(pairs[_i].one, pairs[_i].other) == 0));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {both_families_are_written_alike,
		an_address_is_the_same_from_any_port_and_in_any_form};
	const struct sj_suite_loop loops[] = {
		{a_network_of_ipv6_may_be_one_machine, SJ_COUNT(pairs)}};

	return sj_suite_run_loops("supervise_peer", tests, SJ_COUNT(tests),
		loops, SJ_COUNT(loops));
}
