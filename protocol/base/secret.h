/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * secret: a passphrase from a file, without copies of it left behind, and
 * memory that others do not look into.
 *
 * The file is the administrator's. Blocks only on it; no buffered stream is
 * used, for its buffer would keep the secret after it is freed.
 */
#ifndef SJ_PROTOCOL_BASE_SECRET_H
#define SJ_PROTOCOL_BASE_SECRET_H

#include <stdbool.h>
#include <stddef.h>

#include "protocol/base/attr.h"
#include "protocol/base/err.h"

/*
 * Reads the first line of path to out (size bytes, terminated, without its
 * line end); nothing behind that line is read, the rest of out is zero.
 * SJ_ERR_SYSTEM with errno, SJ_ERR_LIMIT when the line does not fit,
 * SJ_ERR_FORMAT when it is empty, holds a zero byte or is no file, which is not
 * waited for; out is then all zero.
 */
SJ_MUST_USE enum sj_err sj_secret_read_line(
	const char *path, char *out, size_t size);

/*
 * Keeps the memory of this process out of core dumps, and from other processes
 * of its user. False when one of the two failed.
 */
SJ_MUST_USE bool sj_secret_hide_memory(void);

#endif /* SJ_PROTOCOL_BASE_SECRET_H */
