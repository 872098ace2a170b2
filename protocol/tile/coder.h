/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * coder: an adaptive binary range coder, the same code for both directions.
 *
 * docs/protocol.md section 12.7 is normative. Writing, `bit` goes in and comes
 * back; reading, it is ignored and what was read comes back. A reader takes
 * zeros behind the end of its bytes and never fails by itself: whoever uses
 * it checks what comes out, and asks sj_coder_is_done at the end. In the
 * header because it is the inner loop. Pure; memory is lent.
 */
#ifndef SJ_PROTOCOL_TILE_CODER_H
#define SJ_PROTOCOL_TILE_CODER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/base/attr.h"

/* How likely a 1 is, as two averages of 16 bits, one quicker to change. */
struct sj_chance {
	uint16_t quick, slow;
};

#define SJ_CODER_RANGE_MIN (UINT32_C(1) << 24)
/* Zeros at the end that are never sent. */
#define SJ_CODER_CUT_BYTES 3

struct sj_coder {
	bool is_reading;
	bool is_bad; /* what was read is impossible */
	uint32_t range;
	uint32_t value; /* written so far, or read less what was taken */
	const uint8_t *in;
	uint8_t *out;
	size_t size; /* of in or out */
	size_t at;   /* bytes taken or given, those beyond size too */
};

static inline void sj_coder_put(struct sj_coder *coder, uint32_t byte)
{
	if (coder->at < coder->size)
		coder->out[coder->at] = (uint8_t)byte;
	coder->at++;
}

static inline uint32_t sj_coder_get(struct sj_coder *coder)
{
	uint32_t byte = coder->at < coder->size ? coder->in[coder->at] : 0;

	coder->at++;
	return byte;
}

static inline void sj_coder_write(
	struct sj_coder *coder, uint8_t *out, size_t size)
{
	*coder = (struct sj_coder){
		.range = UINT32_MAX, .out = out, .size = size};
}

static inline void sj_coder_read(
	struct sj_coder *coder, const uint8_t *in, size_t size)
{
	*coder = (struct sj_coder){.is_reading = true,
		.range = UINT32_MAX,
		.in = in,
		.size = size};
	for (int i = 0; i < 4; i++)
		coder->value = coder->value << 8 | sj_coder_get(coder);
}

/* Shifts until the range is wide enough again. */
static inline void sj_coder_widen(struct sj_coder *coder)
{
	while (coder->range < SJ_CODER_RANGE_MIN) {
		if (coder->is_reading)
			coder->value = coder->value << 8 | sj_coder_get(coder);
		else {
			sj_coder_put(coder, coder->value >> 24);
			coder->value <<= 8;
		}
		coder->range <<= 8;
	}
}

/* Adds to what was written. A carry goes into the bytes before; never beyond
 * their begin, as all of it stays below 1. */
static inline void sj_coder_raise(struct sj_coder *coder, uint32_t by)
{
	size_t i = coder->at;

	coder->value += by;
	if (__builtin_expect(coder->value < by, false))
		while (i > 0 && (--i >= coder->size || ++coder->out[i] == 0))
			;
}

static inline bool sj_coder_bit(
	struct sj_coder *coder, struct sj_chance *chance, bool bit)
{
	uint32_t quick = chance->quick, slow = chance->slow;
	uint32_t split = (coder->range >> 15) * ((quick + slow) >> 2);

	if (coder->is_reading)
		bit = coder->value < split;
	if (bit) {
		coder->range = split;
		quick += (UINT16_MAX - quick) >> 3;
		slow += (UINT16_MAX - slow) >> 6;
	} else {
		coder->range -= split;
		quick -= quick >> 3;
		slow -= slow >> 6;
		if (coder->is_reading)
			coder->value -= split;
		else
			sj_coder_raise(coder, split);
	}
	chance->quick = (uint16_t)quick;
	chance->slow = (uint16_t)slow;
	if (coder->range < SJ_CODER_RANGE_MIN)
		sj_coder_widen(coder);
	return bit;
}

/* The same, for a bit that cannot be foretold: without branches on it. */
static inline uint32_t sj_coder_even_bit(
	struct sj_coder *coder, struct sj_chance *chance, uint32_t bit)
{
	uint32_t quick = chance->quick, slow = chance->slow;
	uint32_t split = (coder->range >> 15) * ((quick + slow) >> 2);
	uint32_t mask;

	if (coder->is_reading)
		bit = coder->value < split;
	mask = 0u - bit;
	if (coder->is_reading)
		coder->value -= split & ~mask;
	else
		sj_coder_raise(coder, split & ~mask);
	coder->range = bit ? split : coder->range - split;
	/* How far each is from what came. */
	mask &= UINT16_MAX;
	quick ^= mask;
	slow ^= mask;
	chance->quick = (uint16_t)((quick - (quick >> 3)) ^ mask);
	chance->slow = (uint16_t)((slow - (slow >> 6)) ^ mask);
	if (coder->range < SJ_CODER_RANGE_MIN)
		sj_coder_widen(coder);
	return bit;
}

/* A number of so many bits, the upper first; chances has 2^bits places. */
static inline uint32_t sj_coder_number(struct sj_coder *coder,
	struct sj_chance *chances, unsigned bits, uint32_t number)
{
	const uint32_t all = UINT32_C(1) << bits;
	uint32_t node = 1;

	while (bits-- > 0)
		node = node * 2 + sj_coder_even_bit(coder, &chances[node],
					  number >> bits & 1);
	return node - all;
}

/* A byte of which nothing is known. */
static inline uint8_t sj_coder_byte(struct sj_coder *coder, uint8_t byte)
{
	uint32_t part = coder->range >> 8;
	uint32_t number = byte;

	if (coder->is_reading) {
		number = coder->value / part;
		number = number > 255 ? 255 : number;
	}
	if (coder->is_reading)
		coder->value -= number * part;
	else
		sj_coder_raise(coder, number * part);
	coder->range = part;
	sj_coder_widen(coder);
	return (uint8_t)number;
}

/* Gives what is missing; returns the bytes written, above size if they did
 * not fit. */
static inline size_t sj_coder_end(struct sj_coder *coder)
{
	/* Any value in the range will do: the one with most zeros. */
	uint32_t up = (SJ_CODER_RANGE_MIN - 1) &
		      (0u - (coder->value & (SJ_CODER_RANGE_MIN - 1)));

	sj_coder_raise(coder, up);
	sj_coder_put(coder, coder->value >> 24);
	return coder->at;
}

/* True if all bytes were read, and nothing but the zeros left out. */
SJ_MUST_USE static inline bool sj_coder_is_done(const struct sj_coder *coder)
{
	return !coder->is_bad && coder->at == coder->size + SJ_CODER_CUT_BYTES;
}

#endif /* SJ_PROTOCOL_TILE_CODER_H */
