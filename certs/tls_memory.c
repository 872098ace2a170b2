/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "certs/tls_memory.h"

#include <malloc.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

static void free_wiped(void *memory, const char *file, int line)
{
	(void)file;
	(void)line;
	if (memory)
		explicit_bzero(memory, malloc_usable_size(memory));
	free(memory);
}

static void *allocate(size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	return malloc(size);
}

static void *resize_wiped(void *memory, size_t size, const char *file, int line)
{
	size_t before = memory ? malloc_usable_size(memory) : 0;
	void *fresh;

	if (size == 0) {
		free_wiped(memory, file, line);
		return NULL;
	}
	fresh = malloc(size);
	if (!fresh)
		return NULL;
	if (memory)
		memcpy(fresh, memory, before < size ? before : size);
	free_wiped(memory, file, line);
	return fresh;
}

void sj_tls_memory_wipe(void)
{
	/* Refused when the library has memory already. */
	(void)CRYPTO_set_mem_functions(allocate, resize_wiped, free_wiped);
}
