/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * allocator: malloc and its kin, which count and refuse.
 *
 * Compiled without sanitisers: it is called before they have begun.
 */
#ifndef SJ_TESTS_UNIT_SCARCE_ALLOCATOR_H
#define SJ_TESTS_UNIT_SCARCE_ALLOCATOR_H

#include "tests/unit/scarce/scarce.h"

/* In memory that a child and the test share. */
struct sj_scarce_shared {
	size_t calls;
	bool is_hit; /* one was refused */
};

/* From now on calls of this process are counted in shared, and refused. */
void sj_scarce_begin(
	const struct sj_scarce *scarce, struct sj_scarce_shared *shared);

/* There is enough again. */
void sj_scarce_end(void);

#endif /* SJ_TESTS_UNIT_SCARCE_ALLOCATOR_H */
