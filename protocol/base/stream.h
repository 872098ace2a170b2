/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * stream: a non-blocking byte stream, whatever carries it.
 *
 * sj_stream_fd (below) carries it over a connected socket; certs/tls.h over
 * TLS. The pump knows only this interface. Streams are not thread-safe and
 * no call blocks.
 */
#ifndef SJ_PROTOCOL_BASE_STREAM_H
#define SJ_PROTOCOL_BASE_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/base/attr.h"

enum sj_io {
	SJ_IO_OK,         /* at least one byte moved */
	SJ_IO_WANT_READ,  /* nothing moved; wait until the fd is readable */
	SJ_IO_WANT_WRITE, /* nothing moved; wait until the fd is writable */
	SJ_IO_CLOSED,     /* orderly end: EOF, with TLS a close_notify */
	SJ_IO_FAILED      /* the connection broke */
};

/* What an implementation provides. self is its own object. */
struct sj_stream_ops {
	enum sj_io (*read)(void *self, void *data, size_t size, size_t *got);
	enum sj_io (*write)(
		void *self, const void *data, size_t size, size_t *put);
	bool (*has_pending)(void *self);
	enum sj_io (*shutdown)(void *self);
};

/* A value: copy it freely; the object behind it is owned elsewhere. */
struct sj_stream {
	const struct sj_stream_ops *ops;
	void *self;
	int fd; /* to poll; owned by the object behind */
};

/*
 * Reads up to size bytes (size > 0) into data; on SJ_IO_OK *got is their
 * number, otherwise 0.
 */
SJ_MUST_USE enum sj_io sj_stream_read(
	struct sj_stream *stream, void *data, size_t size, size_t *got);

/* Writes up to size bytes (size > 0); on SJ_IO_OK *put of them are taken. */
SJ_MUST_USE enum sj_io sj_stream_write(
	struct sj_stream *stream, const void *data, size_t size, size_t *put);

/* True if a read would deliver bytes although poll may not say so. */
bool sj_stream_has_pending(struct sj_stream *stream);

/*
 * Says an orderly end to the peer (close_notify, or shutdown of the writing
 * side). SJ_IO_OK when sent; WANT_WRITE to try again.
 */
SJ_MUST_USE enum sj_io sj_stream_shutdown(struct sj_stream *stream);

/* A stream over a non-blocking connected socket; the caller keeps fd. */
struct sj_stream sj_stream_fd(int fd);

#endif /* SJ_PROTOCOL_BASE_STREAM_H */
