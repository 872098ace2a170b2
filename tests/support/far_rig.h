/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * far_rig: what stands around the session of a gate in a unit test.
 *
 * The functions of certs/tls.h over a socket in clear, so that a test links
 * this and no TLS; and the far end of a handshake. Descriptors are lent.
 * Blocking, at most the seconds that a test may take.
 */
#ifndef SJ_TESTS_SUPPORT_FAR_RIG_H
#define SJ_TESTS_SUPPORT_FAR_RIG_H

#include <stddef.h>

#include "certs/tls.h"
#include "protocol/rfb/handshake.h"

/* What the functions of certs/tls.h say; the test sets it before it starts. */
struct sj_tls {
	int fd; /* the gate's end, non-blocking */
	enum sj_io handshake;
	enum sj_reason reason;
	struct sj_tls_peer peer;
	int hold_fd; /* of the test; for a list that begins with '?' */
};

/* A pair of stream sockets: near does not block, far does. */
void sj_far_pair(int *near, int *far);

/* Plays role on fd until it is finished; refused: fails the test. */
void sj_far_shake(int fd, const struct sj_handshake_settings *settings);

/* Reads exactly size bytes, or fails the test. */
void sj_far_read(int fd, void *data, size_t size);

/* Reads whatever comes until the other end says its end. */
void sj_far_drain(int fd);

#endif /* SJ_TESTS_SUPPORT_FAR_RIG_H */
