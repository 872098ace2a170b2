/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * misses: which host has let which user down, and how often in a row.
 *
 * Of so many users; the one who was let down longest ago is forgotten first.
 * Times are of sj_clock_ms. Never blocks, never fails.
 */
#ifndef SJ_GUARD_MISSES_H
#define SJ_GUARD_MISSES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/base/attr.h"
#include "protocol/base/limits.h"

#define SJ_MISSES_USERS 256
#define SJ_MISSES_ENOUGH 2

struct sj_miss {
	char user[SJ_LIMIT_USER_NAME_BYTES + 1];
	size_t host;
	unsigned times; /* in a row, by what they count; 0: never */
	uint64_t last_ms;
};

/* All 0: nobody was let down. */
struct sj_misses {
	struct sj_miss of[SJ_MISSES_USERS];
};

/* Host number host has let user down at now_ms, which counts as times. */
void sj_misses_add(struct sj_misses *misses, const char *user, size_t host,
	unsigned times, uint64_t now_ms);

/* Host number host serves user: what was, does not count any more. */
void sj_misses_forget(struct sj_misses *misses, const char *user, size_t host);

/* True if that counts as SJ_MISSES_ENOUGH in a row, and is not long ago. */
SJ_MUST_USE bool sj_misses_is_passed_over(const struct sj_misses *misses,
	const char *user, size_t host, uint64_t now_ms);

#endif /* SJ_GUARD_MISSES_H */
