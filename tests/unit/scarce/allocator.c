/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/scarce/allocator.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define OPEN __attribute__((visibility("default")))

static struct sj_scarce chosen;
static struct sj_scarce_shared *shared;

static void *(*next_malloc)(size_t);
static void *(*next_calloc)(size_t, size_t);
static void *(*next_realloc)(void *, size_t);
static int (*next_posix_memalign)(void **, size_t, size_t);
static void *(*next_aligned_alloc)(size_t, size_t);

void sj_scarce_begin(
	const struct sj_scarce *scarce, struct sj_scarce_shared *with)
{
	chosen = *scarce;
	shared = with;
}

static void find_next(void)
{
	const struct {
		void *at;
		const char *name;
	} rows[] = {{&next_malloc, "malloc"}, {&next_calloc, "calloc"},
		{&next_realloc, "realloc"},
		{&next_posix_memalign, "posix_memalign"},
		{&next_aligned_alloc, "aligned_alloc"}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		void *found = dlsym(RTLD_NEXT, rows[i].name);

		memcpy(rows[i].at, &found, sizeof(found));
	}
}

void sj_scarce_end(void)
{
	shared = NULL;
}

static bool is_refused(void)
{
	size_t now;

	if (!next_malloc)
		find_next();
	if (!shared)
		return false;
	now = __atomic_add_fetch(&shared->calls, 1, __ATOMIC_RELAXED);
	if (chosen.index == 0 || now < chosen.index ||
		(now > chosen.index && !chosen.is_onward))
		return false;
	shared->is_hit = true;
	errno = ENOMEM;
	return true;
}

OPEN void *malloc(size_t size)
{
	return is_refused() ? NULL : next_malloc(size);
}

OPEN void *calloc(size_t count, size_t size)
{
	return is_refused() ? NULL : next_calloc(count, size);
}

OPEN void *realloc(void *memory, size_t size)
{
	return is_refused() ? NULL : next_realloc(memory, size);
}

OPEN int posix_memalign(void **memory, size_t alignment, size_t size)
{
	return is_refused() ? ENOMEM
			    : next_posix_memalign(memory, alignment, size);
}

OPEN void *aligned_alloc(size_t alignment, size_t size)
{
	return is_refused() ? NULL : next_aligned_alloc(alignment, size);
}
