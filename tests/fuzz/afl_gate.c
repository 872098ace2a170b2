/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The host gate from the first byte to the last, in its own main loop: any
 * bytes of viewer and agent. Instead of TLS there is the socket itself, and
 * whoever comes is a viewer by the name of tester; shojid attaches the agent as
 * soon as it is told of it. The gate has to end with a reason.
 */
#include <stdlib.h>
#include <string.h>

#include "certs/tls.h"
#include "host/gate_session.h"
#include "protocol/base/ipc.h"
#include "tests/fuzz/afl_rig.h"

enum sj_err __real_sj_ipc_send(
	int fd, const void *data, size_t size, const struct sj_ipc_fds *fds);
enum sj_err __wrap_sj_ipc_send(
	int fd, const void *data, size_t size, const struct sj_ipc_fds *fds);

/* What shojid answers. */
enum sj_err __wrap_sj_ipc_send(
	int fd, const void *data, size_t size, const struct sj_ipc_fds *fds)
{
	const struct sj_host_gate_message *told = data;
	const struct sj_host_gate_message message = {
		.type = SJ_HOST_GATE_ATTACH};
	const struct sj_ipc_fds agent = {.fd = {sj_afl.host_near}, .count = 1};

	(void)size;
	(void)fds;
	if (fd != sj_afl.control_near || told->type != SJ_HOST_GATE_USER)
		return SJ_OK;
	return __real_sj_ipc_send(
		sj_afl.control_far, &message, sizeof(message), &agent);
}

/* ---- instead of certs/tls.c ---- */

enum sj_io sj_tls_handshake(struct sj_tls *tls)
{
	static const char init[] = "\1";

	(void)tls;
	if ((sj_afl.flags & SJ_AFL_NO_VIEWER_START) == 0)
		sj_afl_say(sj_afl.viewer_far, init, 1);
	sj_afl_say_viewer();
	return SJ_IO_OK;
}

enum sj_reason sj_tls_reason(const struct sj_tls *tls)
{
	(void)tls;
	return SJ_REASON_NONE;
}

void sj_tls_peer(const struct sj_tls *tls, struct sj_tls_peer *peer)
{
	(void)tls;
	memset(peer, 0, sizeof(*peer));
	peer->has_certificate = true;
	peer->role = SJ_TLS_ROLE_VIEWER;
	strcpy(peer->name, "tester");
}

struct sj_stream sj_tls_stream(struct sj_tls *tls)
{
	(void)tls;
	return sj_stream_fd(sj_afl.viewer_near);
}

enum sj_err sj_tls_set_crl(struct sj_tls *tls, const struct sj_tls_pem *crl)
{
	(void)tls;
	(void)crl;
	return SJ_OK;
}

int main(void)
{
	static const char clear[] = "RFB 003.008\n\23\0\2\0\0\1\4";
	static struct sj_host_gate_start start = {
		.is_none_allowed = 1,
		.size_max = {1920, 1080},
		.handshake_ms = SJ_LIMIT_HANDSHAKE_MS,
	};
	struct sj_gate_session_parts parts = {.start = &start};
	struct sj_host_gate_closed closed;

	sj_afl_open();
#ifdef __AFL_HAVE_MANUAL_CONTROL
	__AFL_INIT();
#endif
	if (!sj_afl_read())
		return 0;
	start.is_stock_allowed = (sj_afl.flags & SJ_AFL_OTHER_POLICY) != 0;
	parts.control_fd = sj_afl.control_near;
	parts.socket_fd = sj_afl.viewer_near;
	if ((sj_afl.flags & SJ_AFL_NO_VIEWER_START) == 0)
		sj_afl_say(sj_afl.viewer_far, clear, sizeof(clear) - 1);
	else
		sj_afl_say(
			sj_afl.viewer_far, sj_afl.viewer, sj_afl.viewer_size);
	sj_afl_say_host();
	if (sj_gate_session_run(&parts, &closed) == SJ_REASON_NONE ||
		closed.reason == SJ_REASON_NONE)
		abort();
	return 0;
}
