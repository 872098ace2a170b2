/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bench_text: pictures of text as a browser puts them on a screen.
 *
 * Japanese and Latin words at random, never the same twice in a run, black on
 * white with grey edges. The same seed gives the same pictures. Blocks while
 * it draws, and while it loads fonts in create.
 */
#ifndef SJ_TESTS_BENCH_BENCH_TEXT_H
#define SJ_TESTS_BENCH_BENCH_TEXT_H

#include <stdint.h>

struct bench_text;

/* NULL when memory is short. */
struct bench_text *bench_text_create(uint32_t seed);

/*
 * Draws new text into width x height pixels BGRX at pixels, rows stride_bytes
 * apart; pixels need not be clear.
 */
void bench_text_draw(struct bench_text *text, uint8_t *pixels,
	const int size_px[2], int stride_bytes);

#endif /* SJ_TESTS_BENCH_BENCH_TEXT_H */
