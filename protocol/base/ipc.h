/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ipc: fixed-size messages with descriptors between our own processes.
 *
 * One message is one datagram of a SOCK_SEQPACKET socketpair. The receiver
 * judges it as foreign: the size has to be exactly the size it asked for, and
 * the number of descriptors is checked by the caller; what comes beyond
 * is closed and the message refused. Received descriptors are close-on-exec.
 */
#ifndef SJ_PROTOCOL_BASE_IPC_H
#define SJ_PROTOCOL_BASE_IPC_H

#include <stddef.h>

#include "protocol/base/attr.h"
#include "protocol/base/err.h"
#include "protocol/base/limits.h"

/* Descriptors that travel with one message. */
struct sj_ipc_fds {
	int fd[SJ_LIMIT_IPC_FDS];
	size_t count;
};

/* A connected pair, both ends close-on-exec and blocking. */
SJ_MUST_USE enum sj_err sj_ipc_pair(int pair[2]);

/*
 * Sends size bytes of message and the descriptors of fds (may be NULL; kept
 * by the caller). SJ_ERR_AGAIN only on a non-blocking socket that is full;
 * SJ_ERR_CLOSED when the peer is gone (never raises SIGPIPE).
 */
SJ_MUST_USE enum sj_err sj_ipc_send(
	int fd, const void *message, size_t size, const struct sj_ipc_fds *fds);

/*
 * Sends what nobody has to hear: never waits, and is silent when there is no
 * room or the peer is gone.
 */
void sj_ipc_mention(int fd, const void *message, size_t size);

/*
 * Receives one message of exactly size bytes; gives its descriptors in *fds
 * (count 0 if none; when fds is NULL a descriptor is a violation).
 * SJ_ERR_CLOSED at the end, SJ_ERR_AGAIN on an empty non-blocking socket,
 * SJ_ERR_FORMAT (all descriptors closed) on any other size.
 */
SJ_MUST_USE enum sj_err sj_ipc_receive(
	int fd, void *message, size_t size, struct sj_ipc_fds *fds);

/* Closes the descriptors of fds and empties it. */
void sj_ipc_close(struct sj_ipc_fds *fds);

/*
 * Takes the descriptor at index out of fds: the caller owns it from now on.
 * -1 if there is none.
 */
int sj_ipc_take(struct sj_ipc_fds *fds, size_t index);

#endif /* SJ_PROTOCOL_BASE_IPC_H */
