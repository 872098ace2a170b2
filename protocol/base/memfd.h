/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * memfd: anonymous shared memory whose size nobody can change.
 */
#ifndef SJ_PROTOCOL_BASE_MEMFD_H
#define SJ_PROTOCOL_BASE_MEMFD_H

#include <stddef.h>
#include <stdint.h>

#include "protocol/base/attr.h"
#include "protocol/base/err.h"

/*
 * Creates size zero bytes, sealed against shrinking, growing and further
 * seals; gives the close-on-exec descriptor in *fd. Memory is used only where
 * it is touched. name shows in /proc.
 */
SJ_MUST_USE enum sj_err sj_memfd_create(const char *name, size_t size, int *fd);

/* As above with a copy of data, also sealed against writing. */
SJ_MUST_USE enum sj_err sj_memfd_copy(
	const char *name, const void *data, size_t size, int *fd);

/*
 * Copies the file at path (at most limit_bytes) to a write-sealed memfd in
 * *fd. SJ_ERR_SYSTEM with errno when it cannot be read, SJ_ERR_LIMIT when it
 * is larger.
 */
SJ_MUST_USE enum sj_err sj_memfd_from_file(
	const char *path, size_t limit_bytes, int *fd);

/*
 * Maps a received memfd for reading (writable 0) or for both. Checks that
 * it is sealed against shrinking and at least size bytes long, so that no
 * access can raise SIGBUS. NULL on failure, errno set. The caller unmaps.
 */
SJ_MUST_USE void *sj_memfd_map(int fd, size_t size, int writable);

/*
 * Reads a whole received memfd (at most limit_bytes) into fresh memory with
 * a 0 byte behind it; gives *data (the caller frees) and *size.
 */
SJ_MUST_USE enum sj_err sj_memfd_read(
	int fd, size_t limit_bytes, uint8_t **data, size_t *size);

#endif /* SJ_PROTOCOL_BASE_MEMFD_H */
