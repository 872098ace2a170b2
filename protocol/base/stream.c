/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/base/stream.h"

#include <errno.h>
#include <sys/socket.h>

enum sj_io sj_stream_read(
	struct sj_stream *stream, void *data, size_t size, size_t *got)
{
	*got = 0;
	return stream->ops->read(stream->self, data, size, got);
}

enum sj_io sj_stream_write(
	struct sj_stream *stream, const void *data, size_t size, size_t *put)
{
	*put = 0;
	return stream->ops->write(stream->self, data, size, put);
}

bool sj_stream_has_pending(struct sj_stream *stream)
{
	return stream->ops->has_pending(stream->self);
}

enum sj_io sj_stream_shutdown(struct sj_stream *stream)
{
	return stream->ops->shutdown(stream->self);
}

/* The descriptor itself travels in the object pointer: nothing to free. */
static int fd_of(void *self)
{
	return (int)(intptr_t)self;
}

static bool would_block(void)
{
	return errno == EAGAIN || errno == EINTR;
}

static enum sj_io fd_read(void *self, void *data, size_t size, size_t *got)
{
	ssize_t n = recv(fd_of(self), data, size, MSG_DONTWAIT);

	if (n > 0) {
		*got = (size_t)n;
		return SJ_IO_OK;
	}
	if (n == 0)
		return SJ_IO_CLOSED;
	return would_block() ? SJ_IO_WANT_READ : SJ_IO_FAILED;
}

static enum sj_io fd_write(
	void *self, const void *data, size_t size, size_t *put)
{
	ssize_t n = send(fd_of(self), data, size, MSG_NOSIGNAL | MSG_DONTWAIT);

	if (n > 0) {
		*put = (size_t)n;
		return SJ_IO_OK;
	}
	return n == 0 || would_block() ? SJ_IO_WANT_WRITE : SJ_IO_FAILED;
}

static bool fd_has_pending(void *self)
{
	(void)self;
	return false;
}

static enum sj_io fd_shutdown(void *self)
{
	return shutdown(fd_of(self), SHUT_WR) == 0 ? SJ_IO_OK : SJ_IO_FAILED;
}

static const struct sj_stream_ops fd_ops = {
	.read = fd_read,
	.write = fd_write,
	.has_pending = fd_has_pending,
	.shutdown = fd_shutdown,
};

struct sj_stream sj_stream_fd(int fd)
{
	return (struct sj_stream){
		.ops = &fd_ops, .self = (void *)(intptr_t)fd, .fd = fd};
}
