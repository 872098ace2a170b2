/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "guard/bound.h"

#include <string.h>

#include "protocol/base/limits.h"

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

/* Of the moment, counted from the event before. */
static uint64_t time_bits(
	const struct sj_bound *bound, uint64_t *last_us, uint64_t now_us)
{
	uint64_t passed_us = now_us > *last_us ? now_us - *last_us : 0;
	uint64_t bits = 0;

	if (*last_us != 0)
		bits = bits_of(passed_us / bound->quantum_us + 2);
	*last_us = now_us;
	return bits;
}

void sj_bound_begin(struct sj_bound *bound, uint32_t quantum_ms)
{
	memset(bound, 0, sizeof(*bound));
	bound->quantum_us = quantum_ms > 0 ? (uint64_t)quantum_ms * 1000 : 1;
}

void sj_bound_key(struct sj_bound *bound, uint64_t now_us)
{
	bound->to_host_bits +=
		KEY_BITS + time_bits(bound, &bound->host_us, now_us);
}

void sj_bound_pointer(
	struct sj_bound *bound, const struct sj_size *size, uint64_t now_us)
{
	bound->to_host_bits +=
		BUTTON_BITS +
		bits_of((uint64_t)size->width_px * size->height_px) +
		time_bits(bound, &bound->host_us, now_us);
}

void sj_bound_size(struct sj_bound *bound, uint64_t now_us)
{
	bound->to_host_bits +=
		bits_of(SJ_LIMIT_WIDTH_PX - SJ_LIMIT_WIDTH_MIN_PX + 1) +
		bits_of(SJ_LIMIT_HEIGHT_PX - SJ_LIMIT_HEIGHT_MIN_PX + 1) +
		time_bits(bound, &bound->host_us, now_us);
}

void sj_bound_update(struct sj_bound *bound, uint64_t bytes, uint64_t now_us)
{
	bound->to_viewer_bits +=
		8 * bytes + time_bits(bound, &bound->viewer_us, now_us);
}
