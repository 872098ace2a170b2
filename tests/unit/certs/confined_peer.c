/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One side of a session as a gate has it: a program of its own, which makes
 * its session, confines itself, and only then begins to talk.
 *
 * confined_peer host|viewer keep|revoke|stop, with the descriptors 3 socket, 4
 * chain, 5 key, 6 authority, 7 list, 8 newer list. Exits 0, or with the
 * number of the step that failed; the filter kills with SIGSYS. With stop it
 * is not confined, forgets what it was given as a gate does, and stops itself
 * after the exchange, so that its memory can be looked at.
 */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "certs/tls.h"
#include "protocol/base/confine.h"
#include "protocol/base/memfd.h"

#define SOCKET_FD 3
#define PATIENCE_MS 20000
/* A quarter of what the gates have. */
#define MEMORY_MAX_BYTES (64ull << 20)

/* Ends as a gate does. A leak checker, and what writes down the counts of
 * coverage, would make calls of their own, which the filter kills. */
static SJ_NORETURN void leave(int status)
{
#if defined(SJ_SANITIZED) || defined(SJ_COVERAGE)
	_exit(status);
#else
	exit(status);
#endif
}

static struct sj_tls_pem take(int fd)
{
	uint8_t *data = NULL;
	size_t size = 0;

	if (sj_memfd_read(fd, SJ_LIMIT_CRL_BYTES, &data, &size) != SJ_OK)
		leave(10);
	return (struct sj_tls_pem){.data = data, .size = size};
}

/* Waits for what io wants. */
static void wait_for(enum sj_io io)
{
	struct pollfd entry = {.fd = SOCKET_FD,
		.events = io == SJ_IO_WANT_WRITE ? POLLOUT : POLLIN};

	if (io != SJ_IO_WANT_READ && io != SJ_IO_WANT_WRITE)
		leave(11);
	if (poll(&entry, 1, PATIENCE_MS) != 1)
		leave(12);
}

static void confine(void)
{
	const int keep[] = {SOCKET_FD};
	const struct sj_confine spec = {
		.name = "peer",
		.uid = (uid_t)-1,
		.gid = (gid_t)-1,
		.keep_fds = keep,
		.keep_count = 1,
		.allow = SJ_ALLOW_RECVMSG | SJ_ALLOW_SENDMSG |
			 SJ_ALLOW_SHUTDOWN | SJ_ALLOW_SOCKOPT,
		.memory_max_bytes = MEMORY_MAX_BYTES,
		/* The layer that this test is about is the filter. */
		.may_miss = SJ_CONFINE_LANDLOCK,
	};
	char why[256];

	if (sj_confine(&spec, why, sizeof(why)) == SJ_OK)
		return;
	fprintf(stderr, "confined_peer: %s\n", why);
	leave(13);
}

static void shake(struct sj_tls *tls)
{
	enum sj_io io;

	while ((io = sj_tls_handshake(tls)) != SJ_IO_OK)
		wait_for(io);
}

/* The host speaks first; each side sends and receives one byte. */
static void exchange(struct sj_tls *tls, bool is_host)
{
	struct sj_stream stream = sj_tls_stream(tls);
	uint8_t byte = 'x';
	size_t moved;
	enum sj_io io;

	for (int step = 0; step < 2; step++) {
		bool is_sending = (step == 0) == is_host;

		while ((io = is_sending ? sj_stream_write(
						  &stream, &byte, 1, &moved)
					: sj_stream_read(&stream, &byte, 1,
						  &moved)) != SJ_IO_OK)
			wait_for(io);
	}
	if (byte != 'x')
		leave(14);
}

/* As the gates do when the session is made. */
static void forget(const struct sj_tls_pem *pem)
{
	void *data;

	memcpy(&data, &pem->data, sizeof(data));
	explicit_bzero(data, pem->size);
	free(data);
}

int main(int argc, char **argv)
{
	bool is_stopping;
	struct sj_tls_settings settings = {
		.peer_zone = NULL,
		.is_peer_certificate_required = true,
	};
	struct sj_tls_pem newer;
	struct sj_tls_peer peer;
	enum sj_reason reason;
	enum sj_err wanted;
	struct sj_tls *tls;

	if (argc != 3)
		return 1;
	is_stopping = strcmp(argv[2], "stop") == 0;
	settings.is_server = strcmp(argv[1], "host") == 0;
	wanted = strcmp(argv[2], "revoke") == 0 ? SJ_ERR_DENIED : SJ_OK;
	settings.peer_roles = settings.is_server ? 1u << SJ_TLS_ROLE_VIEWER
						 : 1u << SJ_TLS_ROLE_HOST;
	settings.peer_name = settings.is_server ? NULL : "host1.city.example";
	settings.chain = take(4);
	settings.key = take(5);
	settings.authority = take(6);
	settings.crl = take(7);
	newer = take(8);
	tls = sj_tls_create(&settings, SOCKET_FD, &reason);
	if (!tls)
		return 2;
	forget(&settings.key);

	if (!is_stopping)
		confine();
	shake(tls);
	sj_tls_peer(tls, &peer);
	if (!peer.has_certificate)
		leave(3);
	exchange(tls, settings.is_server);
	if (is_stopping)
		(void)raise(SIGSTOP);
	if (sj_tls_recheck(tls) != SJ_OK)
		leave(4);
	if (sj_tls_set_crl(tls, &newer) != wanted)
		leave(5);
	sj_tls_destroy(tls);
	leave(0);
}
