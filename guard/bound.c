/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "guard/bound.h"

#include <string.h>

#include "protocol/base/limits.h"

#define KIND_BITS 2 /* key, pointer, size, or the end */
/* protocol/rfb/keysym.c lets 1,112,152 keysyms pass: fewer than 2 to the 21st;
 * one bit more says whether the key goes up or down. */
#define KEY_BITS (21 + 1)
#define BUTTON_BITS 7

/* Bits that tell one of count apart: the logarithm, rounded up. */
static uint64_t bits_of(uint64_t count)
{
	uint64_t bits = 0;

	while (bits < 63 && (UINT64_C(1) << bits) < count)
		bits++;
	return bits;
}

/* Digits of number, which is not 0, behind its first one. */
static uint64_t digits_behind(uint64_t number)
{
	uint64_t digits = 0;

	while (number >>= 1)
		digits++;
	return digits;
}

/* Of the moment, counted from the event before: how long number is in the
 * delta code of Elias, in which every number is told apart from all others. */
static uint64_t time_bits(
	const struct sj_bound *bound, uint64_t *last_us, uint64_t now_us)
{
	uint64_t passed_us = now_us > *last_us ? now_us - *last_us : 0;
	uint64_t digits = digits_behind(passed_us / bound->quantum_us + 1);

	*last_us = now_us;
	return digits + 2 * digits_behind(digits + 1) + 1;
}

void sj_bound_begin(
	struct sj_bound *bound, uint32_t quantum_ms, uint64_t now_us)
{
	memset(bound, 0, sizeof(*bound));
	bound->quantum_us = quantum_ms > 0 ? (uint64_t)quantum_ms * 1000 : 1;
	bound->host_us = now_us;
	bound->viewer_us = now_us;
}

void sj_bound_key(struct sj_bound *bound, uint64_t now_us)
{
	bound->to_host_bits += KIND_BITS + KEY_BITS +
			       time_bits(bound, &bound->host_us, now_us);
}

void sj_bound_pointer(
	struct sj_bound *bound, const struct sj_size *size, uint64_t now_us)
{
	bound->to_host_bits +=
		KIND_BITS + BUTTON_BITS +
		bits_of((uint64_t)size->width_px * size->height_px) +
		time_bits(bound, &bound->host_us, now_us);
}

void sj_bound_size(struct sj_bound *bound, uint64_t now_us)
{
	bound->to_host_bits +=
		KIND_BITS +
		bits_of(SJ_LIMIT_WIDTH_PX - SJ_LIMIT_WIDTH_MIN_PX + 1) +
		bits_of(SJ_LIMIT_HEIGHT_PX - SJ_LIMIT_HEIGHT_MIN_PX + 1) +
		time_bits(bound, &bound->host_us, now_us);
}

void sj_bound_update(struct sj_bound *bound, uint64_t bytes, uint64_t now_us)
{
	bound->to_viewer_bits += KIND_BITS + 8 * bytes +
				 time_bits(bound, &bound->viewer_us, now_us);
}

void sj_bound_end(struct sj_bound *bound, uint64_t now_us)
{
	bound->to_host_bits +=
		KIND_BITS + time_bits(bound, &bound->host_us, now_us);
	bound->to_viewer_bits +=
		KIND_BITS + time_bits(bound, &bound->viewer_us, now_us);
}
