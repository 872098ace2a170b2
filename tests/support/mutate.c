/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/support/mutate.h"

#include <stdlib.h>
#include <string.h>

struct sweep {
	sj_mutate_fn try;
	void *self;
	size_t calls;
	uint8_t copy[4 * SJ_MUTATE_BYTES];
};

static void attempt(struct sweep *sweep, size_t size)
{
	sweep->calls++;
	sweep->try(sweep->self, sweep->copy, size);
}

static void flip_bits(struct sweep *sweep, const uint8_t *data, size_t size)
{
	memcpy(sweep->copy, data, size);
	for (size_t bit = 0; bit < size * 8; bit++) {
		sweep->copy[bit / 8] ^= (uint8_t)(1u << (bit % 8));
		attempt(sweep, size);
		sweep->copy[bit / 8] = data[bit / 8];
	}
}

static void set_fields(struct sweep *sweep, const uint8_t *data, size_t size)
{
	static const uint8_t values[] = {0x00, 0x01, 0x7f, 0x80, 0xfe, 0xff};

	for (size_t width = 1; width <= 4; width *= 2) {
		for (size_t at = 0; at + width <= size; at++) {
			for (size_t i = 0; i < sizeof(values); i++) {
				memcpy(sweep->copy, data, size);
				memset(sweep->copy + at, values[i], width);
				attempt(sweep, size);
			}
		}
	}
}

static void change_length(struct sweep *sweep, const uint8_t *data, size_t size)
{
	static const uint8_t behind[] = {0x00, 0xff, 0x04, 0x80};

	for (size_t part = 0; part < size; part++) {
		memcpy(sweep->copy, data, part);
		attempt(sweep, part);
		/* The byte at part is missing. */
		memcpy(sweep->copy + part, data + part + 1, size - part - 1);
		attempt(sweep, size - 1);
		/* The byte at part comes twice. */
		memcpy(sweep->copy, data, part + 1);
		memcpy(sweep->copy + part + 1, data + part, size - part);
		attempt(sweep, size + 1);
		/* All up to part comes twice. */
		memcpy(sweep->copy, data, part + 1);
		memcpy(sweep->copy + part + 1, data, size);
		attempt(sweep, part + 1 + size);
	}
	memcpy(sweep->copy, data, size);
	for (size_t i = 0; i < sizeof(behind); i++) {
		memset(sweep->copy + size, behind[i], 16);
		attempt(sweep, size + 1);
		attempt(sweep, size + 16);
	}
	memcpy(sweep->copy + size, data, size);
	memcpy(sweep->copy + 2 * size, data, size);
	attempt(sweep, 3 * size);
}

size_t sj_mutate_each(
	const uint8_t *data, size_t size, sj_mutate_fn try, void *self)
{
	struct sweep *sweep = calloc(1, sizeof(*sweep));
	size_t calls;

	if (sweep == NULL || size > SJ_MUTATE_BYTES)
		abort();
	sweep->try = try;
	sweep->self = self;
	memcpy(sweep->copy, data, size);
	attempt(sweep, size);
	flip_bits(sweep, data, size);
	set_fields(sweep, data, size);
	change_length(sweep, data, size);
	calls = sweep->calls;
	free(sweep);
	return calls;
}
