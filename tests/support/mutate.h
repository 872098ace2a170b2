/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * mutate: every small damage of a sample, one after the other.
 */
#ifndef SJ_TESTS_SUPPORT_MUTATE_H
#define SJ_TESTS_SUPPORT_MUTATE_H

#include <stddef.h>
#include <stdint.h>

/* Longest sample; what try gets is at most four times as long. */
#define SJ_MUTATE_BYTES 1024

/* Gets one damaged copy (lent) and self. */
typedef void (*sj_mutate_fn)(void *self, const uint8_t *data, size_t size);

/*
 * Calls try with data itself, then with each bit flipped, each byte set to
 * each of a few values, each 16 and 32 bit field set to extremes, each
 * truncation, each byte missing, each byte and each prefix doubled, and with
 * a few bytes behind. Returns the number of calls.
 */
size_t sj_mutate_each(
	const uint8_t *data, size_t size, sj_mutate_fn try, void *self);

#endif /* SJ_TESTS_SUPPORT_MUTATE_H */
