/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/support/hex.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SHOWN_BYTES 96

static void put(uint8_t *out, size_t size, size_t *at, uint8_t byte)
{
	ck_assert_uint_lt(*at, size);
	out[(*at)++] = byte;
}

size_t sj_hex_bytes(const char *text, uint8_t *out, size_t size)
{
	size_t at = 0;

	while (*text != '\0') {
		char pair[3] = {0};
		unsigned long times = 1;
		uint8_t byte;

		if (*text == ' ') {
			text++;
			continue;
		}
		if (*text == '"') {
			for (text++; *text != '"'; text++) {
				ck_assert_int_ne(*text, '\0');
				put(out, size, &at, (uint8_t)*text);
			}
			text++;
			continue;
		}
		memcpy(pair, text, 2);
		ck_assert_uint_eq(strspn(pair, "0123456789abcdefABCDEF"), 2);
		byte = (uint8_t)strtoul(pair, NULL, 16);
		text += 2;
		if (*text == '*') {
			times = strtoul(text + 1, NULL, 10);
			text += 1 + strspn(text + 1, "0123456789");
		}
		for (unsigned long i = 0; i < times; i++)
			put(out, size, &at, byte);
	}
	return at;
}

static void show(const char *what, const uint8_t *data, size_t size)
{
	fprintf(stderr, "%s %zu:", what, size);
	for (size_t i = 0; i < size && i < SHOWN_BYTES; i++)
		fprintf(stderr, " %02x", data[i]);
	fprintf(stderr, "\n");
}

void sj_hex_expect(const uint8_t *got, size_t size, const char *text)
{
	static uint8_t wanted[1 << 20];
	const size_t wanted_size = sj_hex_bytes(text, wanted, sizeof(wanted));

	if (size != wanted_size || memcmp(got, wanted, size) != 0) {
		show("got   ", got, size);
		show("wanted", wanted, wanted_size);
	}
	ck_assert_uint_eq(size, wanted_size);
	ck_assert_mem_eq(got, wanted, size);
}
