/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * shoji-forwarder: the only way out of one session.
 *
 * Started by shojid, one process for each session, outside its namespaces.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "host/forwarder.h"
#include "host/host_ipc.h"
#include "protocol/base/confine.h"
#include "protocol/base/ipc.h"
#include "protocol/base/log.h"
#include "protocol/base/signals.h"

#define CONTROL_FD 3
#define MEMORY_MAX_BYTES (64u << 20)
#define FD_MAX (2 * SJ_FORWARDER_CONNECTIONS + 8)

static bool set_upstream(const struct sj_host_forwarder_start *start,
	struct sj_forwarder_settings *settings)
{
	struct sockaddr_in *v4 = (void *)&settings->upstream;
	struct sockaddr_in6 *v6 = (void *)&settings->upstream;
	in_port_t port = htons((uint16_t)start->upstream_port);

	settings->upstream_size = 0;
	if (start->upstream_address[0] == 0)
		return true;
	if (inet_pton(AF_INET, start->upstream_address, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = port;
		settings->upstream_size = sizeof(*v4);
	} else if (inet_pton(AF_INET6, start->upstream_address,
			   &v6->sin6_addr) == 1) {
		v6->sin6_family = AF_INET6;
		v6->sin6_port = port;
		settings->upstream_size = sizeof(*v6);
	}
	return settings->upstream_size > 0;
}

static bool confine(const struct sj_host_forwarder_start *start, int listen_fd)
{
	const int keep[] = {CONTROL_FD, listen_fd};
	struct sj_confine spec = {
		.name = "forwarder",
		.uid = start->confine.uid,
		.gid = start->confine.gid,
		.keep_fds = keep,
		.keep_count = SJ_COUNT(keep),
		.allow = SJ_ALLOW_RECVMSG | SJ_ALLOW_SENDMSG |
			 SJ_ALLOW_SHUTDOWN | SJ_ALLOW_SOCKOPT |
			 SJ_ALLOW_CONNECT,
		.memory_max_bytes = MEMORY_MAX_BYTES,
		.fd_max = FD_MAX,
		.may_miss = start->confine.may_miss,
	};

	return sj_confine_or_log(&spec) == SJ_OK;
}

int main(void)
{
	struct sj_host_message message;
	struct sj_host_forwarder_start *start = &message.u.forwarder_start;
	struct sj_ipc_fds fds = {.count = 0};
	struct sj_forwarder_settings settings = {.control_fd = CONTROL_FD};
	enum sj_err err;

	sj_signals_shield();
	sj_log_open("forwarder", SJ_LOG_INFO);
	err = sj_ipc_receive(CONTROL_FD, &message, sizeof(message), &fds);
	if (err != SJ_OK || message.type != SJ_HOST_FORWARDER_START ||
		fds.count != 1) {
		sj_log(SJ_LOG_ERROR, "start error=\"%s\"",
			err == SJ_OK ? "not a START message"
				     : sj_err_text(err));
		return SJ_EXIT_LOCAL;
	}
	sj_log_open("forwarder", (enum sj_log_level)start->confine.log_level);
	start->upstream_address[sizeof(start->upstream_address) - 1] = 0;
	settings.listen_fd = sj_ipc_take(&fds, 0);
	settings.ports = start->ports;
	if (fcntl(settings.listen_fd, F_SETFL, O_NONBLOCK) != 0 ||
		!set_upstream(start, &settings)) {
		sj_log(SJ_LOG_ERROR, "start error=\"no numeric upstream\"");
		return SJ_EXIT_LOCAL;
	}
	if (!confine(start, settings.listen_fd))
		return SJ_EXIT_CONFINE;
	err = sj_forwarder_run(&settings);
	if (err != SJ_OK)
		sj_log(SJ_LOG_ERROR, "ended error=\"%s\"", sj_err_text(err));
	return err == SJ_OK ? SJ_EXIT_ENDED : SJ_EXIT_LOCAL;
}
