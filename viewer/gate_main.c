/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * shoji-viewer-gate: stands between the wire and this terminal.
 *
 * Started by the launcher for each connection. Holds the viewer's TLS key, the
 * connected socket, the stream to the decoder and the window's input.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "certs/tls.h"
#include "protocol/base/confine.h"
#include "protocol/base/err.h"
#include "protocol/base/ipc.h"
#include "protocol/base/log.h"
#include "protocol/base/memfd.h"
#include "protocol/base/signals.h"
#include "protocol/gate/viewer_gate_ipc.h"
#include "viewer/gate_session.h"

#define CONTROL_FD 3
#define MEMORY_MAX_BYTES (256u << 20)
#define FD_MAX 16 /* new CRLs come later */

/* Descriptors of START, in this order. */
enum {
	FD_SOCKET,
	FD_CHAIN,
	FD_KEY,
	FD_AUTHORITY,
	FD_CRL,
	FD_DECODER,
	FD_INPUT,
	FD_COUNT
};

/* PEM texts that the memfds held, by descriptor index. */
struct material {
	uint8_t *data[FD_CRL + 1];
	size_t size[FD_CRL + 1];
};

static bool receive_start(
	struct sj_viewer_gate_message *message, struct sj_ipc_fds *fds)
{
	enum sj_err err =
		sj_ipc_receive(CONTROL_FD, message, sizeof(*message), fds);
	struct sj_viewer_gate_start *start = &message->u.gate_start;

	if (err != SJ_OK || message->type != SJ_VIEWER_GATE_START ||
		fds->count != FD_COUNT) {
		sj_log(SJ_LOG_ERROR, "start error=\"%s\"",
			err == SJ_OK ? "not a START message"
				     : sj_err_text(err));
		return false;
	}
	start->host_name[sizeof(start->host_name) - 1] = 0;
	start->zone[sizeof(start->zone) - 1] = 0;
	start->user[sizeof(start->user) - 1] = 0;
	start->key_passphrase[sizeof(start->key_passphrase) - 1] = 0;
	return true;
}

static bool read_material(
	struct material *material, const struct sj_ipc_fds *fds)
{
	for (size_t i = FD_CHAIN; i <= FD_CRL; i++) {
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

static void forget_material(struct material *material)
{
	for (size_t i = 0; i < SJ_COUNT(material->data); i++) {
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

static struct sj_tls *create_tls(const struct sj_viewer_gate_start *start,
	const struct material *material, int socket_fd, enum sj_reason *reason)
{
	struct sj_tls_settings settings = {
		.is_server = false,
		.chain = pem_of(material, FD_CHAIN),
		.key = pem_of(material, FD_KEY),
		.authority = pem_of(material, FD_AUTHORITY),
		.crl = pem_of(material, FD_CRL),
		.key_passphrase = start->key_passphrase,
		.peer_name = start->host_name,
		.peer_roles = 1u << SJ_TLS_ROLE_HOST,
		.is_peer_certificate_required = true,
		.is_tls12_allowed = start->is_tls12_allowed != 0,
	};

	if (start->is_guard_accepted)
		settings.peer_roles |= 1u << SJ_TLS_ROLE_GUARD;
	/* A host takes its user to be of the guard's zone: the ledgers of both
	 * would name two users. */
	if (start->user[0] != '\0' && start->waits_for_go)
		settings.own_zone = start->zone;
	return sj_tls_create(&settings, socket_fd, reason);
}

static bool confine(const struct sj_viewer_gate_start *start,
	const struct sj_gate_session_parts *parts)
{
	const int keep[] = {CONTROL_FD, parts->socket_fd, parts->decoder_fd,
		parts->input_fd};
	struct sj_confine spec = {
		.name = "viewer-gate",
		.uid = start->uid,
		.gid = start->gid,
		.keep_fds = keep,
		.keep_count = SJ_COUNT(keep),
		.allow = SJ_ALLOW_RECVMSG | SJ_ALLOW_SENDMSG |
			 SJ_ALLOW_SHUTDOWN | SJ_ALLOW_SOCKOPT,
		.memory_max_bytes = MEMORY_MAX_BYTES,
		.fd_max = FD_MAX,
		.may_miss = start->may_miss,
	};

	return sj_confine_or_log(&spec) == SJ_OK;
}

static void tell_closed(const struct sj_viewer_gate_closed *closed)
{
	struct sj_viewer_gate_message message = {.type = SJ_VIEWER_GATE_CLOSED};

	message.u.gate_closed = *closed;
	if (sj_ipc_send(CONTROL_FD, &message, sizeof(message), NULL) != SJ_OK)
		sj_log(SJ_LOG_WARNING, "control error=\"launcher is gone\"");
}

/* Everything after START, with the material at hand. */
static enum sj_exit serve(struct sj_viewer_gate_start *start,
	struct material *material, struct sj_gate_session_parts *parts)
{
	struct sj_viewer_gate_closed closed = {.reason = SJ_REASON_LOCAL};
	enum sj_reason reason = SJ_REASON_LOCAL;

	parts->tls = create_tls(start, material, parts->socket_fd, &reason);
	explicit_bzero(start->key_passphrase, sizeof(start->key_passphrase));
	/* Before the first byte of the host is read. */
	forget_material(material);
	if (!parts->tls) {
		/* Of our own certificate and key as if told so; what we trust
		 * is nobody else's fault either. The log says which file. */
		closed.is_by_peer = reason == SJ_REASON_CERT_OTHER;
		if (closed.is_by_peer)
			closed.reason = (uint32_t)reason;
		tell_closed(&closed);
		return SJ_EXIT_LOCAL;
	}
	if (!confine(start, parts)) {
		sj_tls_destroy(parts->tls);
		return SJ_EXIT_CONFINE;
	}
	reason = sj_gate_session_run(parts, &closed);
	tell_closed(&closed);
	sj_tls_destroy(parts->tls);
	return reason >= 200 && reason < 400 ? SJ_EXIT_PEER : SJ_EXIT_ENDED;
}

static bool make_nonblocking(const struct sj_gate_session_parts *parts)
{
	return fcntl(parts->socket_fd, F_SETFL, O_NONBLOCK) == 0 &&
	       fcntl(parts->decoder_fd, F_SETFL, O_NONBLOCK) == 0 &&
	       fcntl(parts->input_fd, F_SETFL, O_NONBLOCK) == 0;
}

int main(void)
{
	struct sj_viewer_gate_message message;
	struct sj_ipc_fds fds = {.count = 0};
	struct material material = {{NULL}, {0}};
	struct sj_gate_session_parts parts = {.control_fd = CONTROL_FD};
	enum sj_exit status = SJ_EXIT_LOCAL;

	sj_signals_shield();
	sj_log_open("viewer-gate", SJ_LOG_INFO);
	if (!receive_start(&message, &fds))
		goto out;
	sj_log_open("viewer-gate",
		(enum sj_log_level)message.u.gate_start.log_level);
	if (!read_material(&material, &fds))
		goto out;
	parts.start = &message.u.gate_start;
	parts.socket_fd = sj_ipc_take(&fds, FD_SOCKET);
	parts.decoder_fd = sj_ipc_take(&fds, FD_DECODER);
	parts.input_fd = sj_ipc_take(&fds, FD_INPUT);
	sj_ipc_close(&fds);
	if (!make_nonblocking(&parts))
		goto out;
	status = serve(&message.u.gate_start, &material, &parts);
out:
	sj_ipc_close(&fds);
	forget_material(&material);
	explicit_bzero(&message, sizeof(message));
	return (int)status;
}
