/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * xwd: where the pixels are in the framebuffer file of Xvfb (-fbdir).
 *
 * The file belongs to a display that may be hostile: everything is held
 * against what the session asked for. Pure.
 */
#ifndef SJ_HOST_XWD_H
#define SJ_HOST_XWD_H

#include <stddef.h>
#include <stdint.h>

#include "protocol/base/attr.h"
#include "protocol/base/err.h"
#include "protocol/base/rect.h"

/* What is read of the file before it is mapped. */
#define SJ_XWD_HEAD_BYTES 100

/* bytes from the start of the file to the first pixel; stride of a row. */
struct sj_xwd {
	size_t offset_bytes;
	size_t stride_bytes;
	struct sj_size size;
};

/*
 * Reads the head (SJ_XWD_HEAD_BYTES) of a file of file_bytes. Accepts only a
 * picture of exactly size with 32-bit little-endian pixels, red mask 0xff0000,
 * green 0xff00, blue 0xff, that lies wholly inside the file and whose rows
 * are 4-byte aligned. SJ_ERR_FORMAT otherwise, *xwd untouched.
 */
SJ_MUST_USE enum sj_err sj_xwd_parse(const uint8_t *head, uint64_t file_bytes,
	const struct sj_size *size, struct sj_xwd *xwd);

#endif /* SJ_HOST_XWD_H */
