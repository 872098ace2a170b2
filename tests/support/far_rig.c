/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/support/far_rig.h"

#include <check.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "protocol/base/bytes.h"

#define LONGEST_S 20

/* One byte in place of TLS tells the far end that clear text is over. */
enum sj_io sj_tls_handshake(struct sj_tls *tls)
{
	if (tls->handshake == SJ_IO_OK &&
		send(tls->fd, "T", 1, MSG_NOSIGNAL) != 1)
		return SJ_IO_FAILED;
	return tls->handshake;
}

enum sj_reason sj_tls_reason(const struct sj_tls *tls)
{
	return tls->reason;
}

bool sj_tls_is_by_peer(const struct sj_tls *tls)
{
	(void)tls;
	return false;
}

void sj_tls_peer(const struct sj_tls *tls, struct sj_tls_peer *peer)
{
	*peer = tls->peer;
}

struct sj_stream sj_tls_stream(struct sj_tls *tls)
{
	return sj_stream_fd(tls->fd);
}

/* At a list that begins with '?' the gate stands still until the test lets it
 * go on: what happens meanwhile, it sees at once. */
static void hold(struct sj_tls *tls)
{
	char byte = '?';

	ck_assert_int_eq(send(tls->hold_fd, &byte, 1, MSG_NOSIGNAL), 1);
	ck_assert_int_eq(recv(tls->hold_fd, &byte, 1, 0), 1);
}

/* A list that begins with '!' holds the peer. */
enum sj_err sj_tls_set_crl(struct sj_tls *tls, const struct sj_tls_pem *crl)
{
	if (crl->size > 0 && crl->data[0] == '?')
		hold(tls);
	if (crl->size == 0 || crl->data[0] != '!')
		return SJ_OK;
	tls->reason = SJ_REASON_CERT_REVOKED;
	return SJ_ERR_DENIED;
}

void sj_far_pair(int *near, int *far)
{
	const struct timeval longest = {.tv_sec = LONGEST_S};
	int pair[2];

	ck_assert_int_eq(
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	ck_assert_int_eq(fcntl(pair[0], F_SETFL, O_NONBLOCK), 0);
	/* What should have ended and did not is red, and no test that hangs. */
	ck_assert_int_eq(setsockopt(pair[1], SOL_SOCKET, SO_RCVTIMEO, &longest,
				 sizeof(longest)),
		0);
	*near = pair[0];
	*far = pair[1];
}

void sj_far_read(int fd, void *data, size_t size)
{
	ck_assert_int_eq(recv(fd, data, size, MSG_WAITALL), (ssize_t)size);
}

void sj_far_drain(int fd)
{
	char dropped[4096];

	while (recv(fd, dropped, sizeof(dropped), 0) > 0)
		;
}

/* What a state asks the owner of a handshake for. */
static void serve(int fd, struct sj_handshake *handshake)
{
	const struct sj_size size = {800, 600};
	char byte;

	switch (sj_handshake_state(handshake)) {
	case SJ_HANDSHAKE_NEED_TLS:
		sj_far_read(fd, &byte, 1);
		sj_handshake_tls_done(handshake);
		break;
	case SJ_HANDSHAKE_NEED_VERDICT:
		sj_handshake_verdict(handshake, SJ_REASON_NONE);
		break;
	case SJ_HANDSHAKE_NEED_SIZE:
		sj_handshake_set_size(handshake, &size);
		break;
	case SJ_HANDSHAKE_REFUSED:
		ck_abort_msg("refused: %d", sj_handshake_reason(handshake));
		break;
	case SJ_HANDSHAKE_RUNNING:
	case SJ_HANDSHAKE_FINISHED:
	default:
		break;
	}
}

/* One byte at a time: what follows the handshake is left on fd. */
void sj_far_shake(int fd, const struct sj_handshake_settings *settings)
{
	struct sj_handshake handshake;
	uint8_t in_bytes[256], out_bytes[1024];
	size_t in_size = 0;

	sj_handshake_init(&handshake, settings);
	while (sj_handshake_state(&handshake) != SJ_HANDSHAKE_FINISHED) {
		enum sj_handshake_state before = sj_handshake_state(&handshake);
		struct sj_reader in = sj_reader_of(in_bytes, in_size);
		struct sj_writer out =
			sj_writer_of(out_bytes, sizeof(out_bytes));
		enum sj_step step = sj_handshake_next(&handshake, &in, &out);

		if (out.at > 0)
			ck_assert_int_eq(
				send(fd, out_bytes, out.at, MSG_NOSIGNAL),
				(ssize_t)out.at);
		memmove(in_bytes, in_bytes + in.at, in_size - in.at);
		in_size -= in.at;
		serve(fd, &handshake);
		if (step != SJ_STEP_MORE ||
			sj_handshake_state(&handshake) != before)
			continue;
		ck_assert_uint_lt(in_size, sizeof(in_bytes));
		sj_far_read(fd, in_bytes + in_size++, 1);
	}
	ck_assert_uint_eq(in_size, 0);
}
