/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/base/ipc.h"

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#define FDS_BYTES (sizeof(int) * SJ_LIMIT_IPC_FDS)

/* Room for the descriptors of one message, aligned as the kernel wants it. */
union control {
	struct cmsghdr header;
	char room[CMSG_SPACE(FDS_BYTES)];
};

enum sj_err sj_ipc_pair(int pair[2])
{
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
		return SJ_ERR_SYSTEM;
	return SJ_OK;
}

static enum sj_err err_of_errno(void)
{
	switch (errno) {
	case EAGAIN:
		return SJ_ERR_AGAIN;
	case EPIPE:
	case ECONNRESET:
	case ENOTCONN:
		return SJ_ERR_CLOSED;
	default:
		return SJ_ERR_SYSTEM;
	}
}

static void attach_fds(struct msghdr *header, union control *control,
	const struct sj_ipc_fds *fds)
{
	size_t size = sizeof(int) * fds->count;
	struct cmsghdr *part;

	memset(control, 0, sizeof(*control));
	header->msg_control = control->room;
	header->msg_controllen = CMSG_SPACE(size);
	part = CMSG_FIRSTHDR(header);
	assert(part); /* the room is for SJ_LIMIT_IPC_FDS of them */
	part->cmsg_level = SOL_SOCKET;
	part->cmsg_type = SCM_RIGHTS;
	part->cmsg_len = CMSG_LEN(size);
	memcpy(CMSG_DATA(part), fds->fd, size);
}

static enum sj_err send_with(int fd, const void *message, size_t size,
	const struct sj_ipc_fds *fds, int flags)
{
	union control control;
	struct iovec part = {.iov_len = size};
	struct msghdr header = {.msg_iov = &part, .msg_iovlen = 1};
	ssize_t n;

	if (size == 0 || (fds && fds->count > SJ_LIMIT_IPC_FDS))
		return SJ_ERR_ARGUMENT;
	memcpy(&part.iov_base, &message, sizeof(message)); /* drops const */
	if (fds && fds->count > 0)
		attach_fds(&header, &control, fds);
	do
		n = sendmsg(fd, &header, MSG_NOSIGNAL | flags);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return err_of_errno();
	return (size_t)n == size ? SJ_OK : SJ_ERR_SYSTEM;
}

enum sj_err sj_ipc_send(
	int fd, const void *message, size_t size, const struct sj_ipc_fds *fds)
{
	return send_with(fd, message, size, fds, 0);
}

void sj_ipc_mention(int fd, const void *message, size_t size)
{
	(void)!send_with(fd, message, size, NULL, MSG_DONTWAIT);
}

/* Moves every received descriptor from header to fds. */
static void collect_fds(struct msghdr *header, struct sj_ipc_fds *fds)
{
	for (struct cmsghdr *part = CMSG_FIRSTHDR(header); part;
		part = CMSG_NXTHDR(header, part)) {
		const unsigned char *data = CMSG_DATA(part);
		size_t size = part->cmsg_len - CMSG_LEN(0);

		if (part->cmsg_level != SOL_SOCKET ||
			part->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t at = 0; at + sizeof(int) <= size;
			at += sizeof(int)) {
			int fd;

			memcpy(&fd, data + at, sizeof(fd));
			if (fds->count < SJ_LIMIT_IPC_FDS)
				fds->fd[fds->count++] = fd;
			else
				close(fd);
		}
	}
}

/*
 * That the peer closed before it had read all is told once, and before its
 * own last words, which are still there: true the first time.
 */
static bool is_first_reset(bool *has_reset)
{
	const bool is_first = errno == ECONNRESET && !*has_reset;

	*has_reset = *has_reset || is_first;
	return is_first;
}

enum sj_err sj_ipc_receive(
	int fd, void *message, size_t size, struct sj_ipc_fds *fds)
{
	union control control = {0};
	struct iovec part = {.iov_base = message, .iov_len = size};
	struct msghdr header = {.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control.room,
		.msg_controllen = sizeof(control.room)};
	struct sj_ipc_fds got = {.count = 0};
	bool has_reset = false;
	ssize_t n;

	if (fds)
		fds->count = 0;
	if (size == 0)
		return SJ_ERR_ARGUMENT;
	do
		n = recvmsg(fd, &header, MSG_CMSG_CLOEXEC);
	while (n < 0 && (errno == EINTR || is_first_reset(&has_reset)));
	if (n < 0)
		return err_of_errno();
	collect_fds(&header, &got);
	if (n == 0 && got.count == 0)
		return SJ_ERR_CLOSED;
	if ((size_t)n != size ||
		(header.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0 ||
		(!fds && got.count > 0)) {
		sj_ipc_close(&got);
		return SJ_ERR_FORMAT;
	}
	if (fds)
		*fds = got;
	return SJ_OK;
}

void sj_ipc_close(struct sj_ipc_fds *fds)
{
	for (size_t i = 0; i < fds->count; i++)
		if (fds->fd[i] >= 0)
			close(fds->fd[i]);
	fds->count = 0;
}

int sj_ipc_take(struct sj_ipc_fds *fds, size_t index)
{
	int fd;

	if (index >= fds->count)
		return -1;
	fd = fds->fd[index];
	fds->fd[index] = -1;
	return fd;
}
