/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/http_address.h"

#include <arpa/inet.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct block {
	uint32_t address;
	unsigned bits;
};

/* Special-purpose IPv4 blocks of RFC 6890, multicast and reserved. */
static const struct block closed_v4[] = {
	{0x00000000, 8},  /* this network */
	{0x0a000000, 8},  /* private */
	{0x64400000, 10}, /* shared address space */
	{0x7f000000, 8},  /* loopback */
	{0xa9fe0000, 16}, /* link-local */
	{0xac100000, 12}, /* private */
	{0xc0000000, 24}, /* protocol assignments */
	{0xc0a80000, 16}, /* private */
	{0xc6120000, 15}, /* benchmarks */
	{0xe0000000, 3},  /* multicast and reserved */
};

static bool is_public_v4(uint32_t address)
{
	for (size_t i = 0; i < SJ_COUNT(closed_v4); i++) {
		uint32_t mask = UINT32_MAX << (32 - closed_v4[i].bits);

		if ((address & mask) == closed_v4[i].address)
			return false;
	}
	return true;
}

static uint32_t last_four(const struct in6_addr *address)
{
	const uint8_t *b = address->s6_addr + 12;

	return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 |
	       (uint32_t)b[2] << 8 | b[3];
}

/* Global unicast is 2000::/3; NAT64 and mapped addresses are judged as v4. */
static bool is_public_v6(const struct in6_addr *address)
{
	static const uint8_t nat64[12] = {0, 0x64, 0xff, 0x9b};
	const uint8_t *b = address->s6_addr;

	if (IN6_IS_ADDR_V4MAPPED(address) || memcmp(b, nat64, 12) == 0)
		return is_public_v4(last_four(address));
	if (b[0] == 0x20 && b[1] == 0x02) /* 6to4 holds an IPv4 address */
		return false;
	return (b[0] & 0xe0) == 0x20;
}

static bool is_label_character(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
	       c == '_';
}

/* Labels of allowed characters, at least two, none empty. */
static bool is_dotted_name(const char *host)
{
	size_t labels = 0;

	while (*host) {
		size_t size = 0;

		while (is_label_character(host[size]))
			size++;
		if (size == 0 || size > 63)
			return false;
		labels++;
		host += size;
		if (*host == 0)
			break;
		if (*host != '.')
			return false;
		host++;
	}
	return labels >= 2;
}

/* A last label of digits, or 0x..., makes resolvers read an address. */
static bool is_disguised_address(const char *host)
{
	size_t size = strlen(host);
	const char *last;

	if (size > 0 && host[size - 1] == '.')
		size--;
	for (last = host + size; last > host && last[-1] != '.'; last--)
		;
	return *last >= '0' && *last <= '9';
}

static bool has_ending(const char *host, const char *ending)
{
	size_t size = strlen(host), wanted = strlen(ending);

	if (size > 0 && host[size - 1] == '.')
		size--;
	return size >= wanted &&
	       memcmp(host + size - wanted, ending, wanted) == 0 &&
	       (size == wanted || host[size - wanted - 1] == '.');
}

bool sj_http_address_is_public(const char *host)
{
	struct in_addr v4;
	struct in6_addr v6;

	if (inet_pton(AF_INET, host, &v4) == 1)
		return is_public_v4(ntohl(v4.s_addr));
	if (inet_pton(AF_INET6, host, &v6) == 1)
		return is_public_v6(&v6);
	return is_dotted_name(host) && !is_disguised_address(host) &&
	       !has_ending(host, "localhost") && !has_ending(host, "local") &&
	       !has_ending(host, "internal");
}
