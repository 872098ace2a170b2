/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * hex: bytes of a test written as text.
 *
 * `03 00` are two bytes, `ff*8` is eight times the byte ff, `"RFB "` its
 * characters. Blanks separate, anything else ends the test.
 */
#ifndef SJ_TESTS_SUPPORT_HEX_H
#define SJ_TESTS_SUPPORT_HEX_H

#include <stddef.h>
#include <stdint.h>

/* Writes the bytes of text to out (size bytes); returns their number. */
size_t sj_hex_bytes(const char *text, uint8_t *out, size_t size);

/* Fails the test, showing both in hex, unless got equals text. */
void sj_hex_expect(const uint8_t *got, size_t size, const char *text);

#endif /* SJ_TESTS_SUPPORT_HEX_H */
