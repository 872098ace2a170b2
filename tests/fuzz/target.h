/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * target: what every fuzz_NAME.c defines.
 */
#ifndef SJ_TESTS_FUZZ_TARGET_H
#define SJ_TESTS_FUZZ_TARGET_H

#include <stddef.h>
#include <stdint.h>

/*
 * Gives size bytes of data (lent, hostile) to the code under test. Returns 0.
 * A finding is a crash, a sanitiser report or a failed assert. The name is
 * libFuzzer's.
 */
__attribute__((visibility("default"))) int LLVMFuzzerTestOneInput(
	const uint8_t *data, size_t size);

#endif /* SJ_TESTS_FUZZ_TARGET_H */
