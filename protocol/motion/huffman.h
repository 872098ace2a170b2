/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * huffman: code tables of JPEG that know every symbol.
 *
 * Tables made for one picture lack the symbols that it does not have, and
 * cannot be used for the next. Trusted input. Pure, no allocation.
 */
#ifndef SJ_PROTOCOL_MOTION_HUFFMAN_H
#define SJ_PROTOCOL_MOTION_HUFFMAN_H

#include <stdint.h>

#define SJ_HUFFMAN_LENGTHS 17  /* codes of 1 to 16 bits, [0] is unused */
#define SJ_HUFFMAN_SYMBOLS 256 /* at most */

/* In the form of a DHT segment: how many codes of each length, and their
 * symbols from the shortest code to the longest. */
struct sj_huffman {
	uint8_t count[SJ_HUFFMAN_LENGTHS];
	uint8_t symbol[SJ_HUFFMAN_SYMBOLS];
};

/* Gives a code to what table lacks of the symbols of 8-bit baseline JPEG (DC
 * or AC); the codes of the others grow as little as possible. */
void sj_huffman_complete(struct sj_huffman *table, int is_ac);

#endif /* SJ_PROTOCOL_MOTION_HUFFMAN_H */
