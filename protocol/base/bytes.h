/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bytes: bounded cursors over the caller's memory, network byte order.
 *
 * A reader never reads and a writer never writes outside its memory: every
 * call checks, and a call that does not fit changes nothing. No allocation,
 * no I/O. The memory is lent for the life of the cursor.
 */
#ifndef SJ_PROTOCOL_BASE_BYTES_H
#define SJ_PROTOCOL_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/base/attr.h"

/* Read cursor: bytes [at, size) of data are still unread. */
struct sj_reader {
	const uint8_t *data;
	size_t size;
	size_t at;
};

/* Write cursor: bytes [0, at) of data are written, size is the capacity. */
struct sj_writer {
	uint8_t *data;
	size_t size;
	size_t at;
};

/* A reader over size bytes of data. */
struct sj_reader sj_reader_of(const void *data, size_t size);

/* A writer over size bytes of data, nothing written yet. */
struct sj_writer sj_writer_of(void *data, size_t size);

/* Unread bytes of reader. */
size_t sj_reader_left(const struct sj_reader *reader);

/* Bytes that still fit into writer. */
size_t sj_writer_room(const struct sj_writer *writer);

/*
 * Each sj_read_* takes the next big-endian value into *value and moves the
 * cursor; returns false, with nothing moved and *value untouched, if the
 * bytes are not there. sj_read_bytes copies size bytes to out.
 * sj_read_view lends a pointer to the next size bytes. sj_read_skip drops.
 */
SJ_MUST_USE bool sj_read_u8(struct sj_reader *reader, uint8_t *value);
SJ_MUST_USE bool sj_read_u16(struct sj_reader *reader, uint16_t *value);
SJ_MUST_USE bool sj_read_u32(struct sj_reader *reader, uint32_t *value);
SJ_MUST_USE bool sj_read_s32(struct sj_reader *reader, int32_t *value);
SJ_MUST_USE bool sj_read_bytes(
	struct sj_reader *reader, void *out, size_t size);
SJ_MUST_USE bool sj_read_view(
	struct sj_reader *reader, const uint8_t **view, size_t size);
SJ_MUST_USE bool sj_read_skip(struct sj_reader *reader, size_t size);

/*
 * Each sj_write_* appends the value in big-endian order; returns false, with
 * nothing written, if it does not fit. sj_write_zeros appends size zeros.
 */
SJ_MUST_USE bool sj_write_u8(struct sj_writer *writer, uint8_t value);
SJ_MUST_USE bool sj_write_u16(struct sj_writer *writer, uint16_t value);
SJ_MUST_USE bool sj_write_u32(struct sj_writer *writer, uint32_t value);
SJ_MUST_USE bool sj_write_s32(struct sj_writer *writer, int32_t value);
SJ_MUST_USE bool sj_write_bytes(
	struct sj_writer *writer, const void *data, size_t size);
SJ_MUST_USE bool sj_write_zeros(struct sj_writer *writer, size_t size);

/* *product = a * b; false, *product untouched, on overflow. */
SJ_MUST_USE bool sj_mul_size(size_t a, size_t b, size_t *product);

/* *sum = a + b; false, *sum untouched, on overflow. */
SJ_MUST_USE bool sj_add_size(size_t a, size_t b, size_t *sum);

#endif /* SJ_PROTOCOL_BASE_BYTES_H */
