/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * shoji-host-gate: stands between one viewer and its session.
 *
 * Started by shojid, one process for each connection. Holds the host's TLS key,
 * the accepted socket and the control socket, nothing else.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "certs/tls.h"
#include "host/gate_session.h"
#include "protocol/base/confine.h"
#include "protocol/base/err.h"
#include "protocol/base/ipc.h"
#include "protocol/base/log.h"
#include "protocol/base/memfd.h"
#include "protocol/base/signals.h"
#include "protocol/gate/host_gate_ipc.h"

#define CONTROL_FD 3
#define MEMORY_MAX_BYTES (256u << 20)
#define FD_MAX 16 /* the agent's stream and new CRLs come later */

/* Descriptors of START, in this order. */
enum { FD_SOCKET, FD_CHAIN, FD_KEY, FD_AUTHORITY, FD_CRL, FD_PASSWORDS };

/* PEM texts that the memfds held. */
struct material {
	uint8_t *data[FD_PASSWORDS + 1];
	size_t size[FD_PASSWORDS + 1];
};

static bool receive_start(
	struct sj_host_gate_message *message, struct sj_ipc_fds *fds)
{
	enum sj_err err =
		sj_ipc_receive(CONTROL_FD, message, sizeof(*message), fds);

	if (err == SJ_OK && message->type == SJ_HOST_GATE_START &&
		(fds->count == FD_CRL + 1 || fds->count == FD_PASSWORDS + 1))
		return true;
	sj_log(SJ_LOG_ERROR, "start error=\"%s\"",
		err == SJ_OK ? "not a START message" : sj_err_text(err));
	return false;
}

static bool read_material(struct material *material, struct sj_ipc_fds *fds)
{
	for (size_t i = FD_CHAIN; i < fds->count; i++) {
		size_t limit =
			i == FD_CRL ? SJ_LIMIT_CRL_BYTES : SJ_LIMIT_PEM_BYTES;
		enum sj_err err = sj_memfd_read(fds->fd[i], limit,
			&material->data[i], &material->size[i]);

		if (err != SJ_OK) {
			sj_log(SJ_LOG_ERROR, "material index=%zu error=\"%s\"",
				i, sj_err_text(err));
			return false;
		}
	}
	return true;
}

/* Wipes and frees what stands from index first to before end. */
static void forget_material(struct material *material, size_t first, size_t end)
{
	for (size_t i = first; i < end; i++) {
		if (material->data[i])
			explicit_bzero(material->data[i], material->size[i]);
		free(material->data[i]);
		material->data[i] = NULL;
	}
}

static struct sj_tls_pem pem_of(const struct material *material, size_t index)
{
	struct sj_tls_pem pem = {
		.data = material->data[index], .size = material->size[index]};

	return pem;
}

static struct sj_tls *create_tls(const struct sj_host_gate_start *start,
	const struct material *material, int socket_fd, enum sj_reason *reason)
{
	struct sj_tls_settings settings = {
		.is_server = true,
		.chain = pem_of(material, FD_CHAIN),
		.key = pem_of(material, FD_KEY),
		.authority = pem_of(material, FD_AUTHORITY),
		.crl = pem_of(material, FD_CRL),
		.key_passphrase = start->key_passphrase,
		.peer_roles = 1u << SJ_TLS_ROLE_VIEWER,
		.peer_zone = start->zone[0] ? start->zone : NULL,
		.is_peer_certificate_required = start->is_certificate_required,
		.is_tls12_allowed = start->is_tls12_allowed,
	};

	if (start->is_guard_allowed)
		settings.peer_roles |= 1u << SJ_TLS_ROLE_GUARD;
	return sj_tls_create(&settings, socket_fd, reason);
}

static bool confine(const struct sj_host_gate_start *start, int socket_fd)
{
	const int keep[] = {CONTROL_FD, socket_fd};
	struct sj_confine spec = {
		.name = "host-gate",
		.uid = start->confine.uid,
		.gid = start->confine.gid,
		.keep_fds = keep,
		.keep_count = SJ_COUNT(keep),
		.allow = SJ_ALLOW_RECVMSG | SJ_ALLOW_SENDMSG |
			 SJ_ALLOW_SHUTDOWN | SJ_ALLOW_SOCKOPT,
		.memory_max_bytes = MEMORY_MAX_BYTES,
		.fd_max = FD_MAX,
		.may_miss = start->confine.may_miss,
	};

	return sj_confine_or_log(&spec) == SJ_OK;
}

static void tell_closed(const struct sj_host_gate_closed *closed)
{
	struct sj_host_gate_message message = {.type = SJ_HOST_GATE_CLOSED};

	message.u.gate_closed = *closed;
	if (sj_ipc_send(CONTROL_FD, &message, sizeof(message), NULL) != SJ_OK)
		sj_log(SJ_LOG_WARNING, "control error=\"shojid is gone\"");
}

/* Everything after START, with the material at hand. */
static enum sj_exit serve(struct sj_host_gate_start *start,
	struct material *material, int socket_fd)
{
	struct sj_host_gate_closed closed = {.reason = SJ_REASON_LOCAL};
	struct sj_gate_session_parts parts = {
		.start = start,
		.control_fd = CONTROL_FD,
		.socket_fd = socket_fd,
	};
	enum sj_reason reason = SJ_REASON_LOCAL;

	parts.tls = create_tls(start, material, socket_fd, &reason);
	explicit_bzero(start->key_passphrase, sizeof(start->key_passphrase));
	/* Before the first byte of the viewer is read. */
	forget_material(material, FD_CHAIN, FD_PASSWORDS);
	if (!parts.tls) {
		sj_log(SJ_LOG_ERROR, "tls code=%d error=\"%s\"", (int)reason,
			sj_reason_text(reason));
		closed.reason = reason;
		tell_closed(&closed);
		return SJ_EXIT_LOCAL;
	}
	parts.passwords = (const char *)material->data[FD_PASSWORDS];
	if (!confine(start, socket_fd)) {
		sj_tls_destroy(parts.tls);
		return SJ_EXIT_CONFINE;
	}
	reason = sj_gate_session_run(&parts, &closed);
	/* The same code stands for a refusal on either side. */
	sj_log(SJ_LOG_INFO, "closed peer=%s code=%d text=\"%s\"%s", start->peer,
		(int)reason, sj_reason_text(reason),
		sj_tls_is_by_peer(parts.tls) ? " by=peer" : "");
	tell_closed(&closed);
	sj_tls_destroy(parts.tls);
	if (reason >= 200 && reason < 400)
		return SJ_EXIT_PEER;
	return SJ_EXIT_ENDED;
}

int main(void)
{
	struct sj_host_gate_message message;
	struct sj_ipc_fds fds = {.count = 0};
	struct material material = {{NULL}, {0}};
	enum sj_exit status = SJ_EXIT_LOCAL;
	int socket_fd = -1;

	sj_signals_shield();
	sj_log_open("host-gate", SJ_LOG_INFO);
	if (!receive_start(&message, &fds))
		goto out;
	message.u.gate_start.peer[sizeof(message.u.gate_start.peer) - 1] = 0;
	message.u.gate_start.zone[SJ_LIMIT_ZONE_BYTES - 1] = 0;
	message.u.gate_start.key_passphrase[SJ_LIMIT_PASSWORD_BYTES - 1] = 0;
	sj_log_open("host-gate",
		(enum sj_log_level)message.u.gate_start.confine.log_level);
	if (!read_material(&material, &fds))
		goto out;
	socket_fd = sj_ipc_take(&fds, FD_SOCKET);
	sj_ipc_close(&fds);
	if (fcntl(socket_fd, F_SETFL, O_NONBLOCK) != 0) {
		sj_log(SJ_LOG_ERROR, "socket error=\"%s\"", strerror(errno));
		goto out;
	}
	status = serve(&message.u.gate_start, &material, socket_fd);
out:
	sj_ipc_close(&fds);
	forget_material(&material, 0, SJ_COUNT(material.data));
	explicit_bzero(&message, sizeof(message));
	if (socket_fd >= 0)
		close(socket_fd);
	return (int)status;
}
