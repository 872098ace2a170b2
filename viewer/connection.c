/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "viewer/connection.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "protocol/base/confine.h"
#include "protocol/base/limits.h"
#include "protocol/base/memfd.h"
#include "protocol/base/secret.h"
#include "viewer/reaction.h"

/* A process that was told to end, or whose peer has ended, needs less. */
#define END_MS 3000

/* Everything that is opened for one connection; each end is closed here. */
enum end {
	END_SOCKET,
	END_CERT,
	END_KEY,
	END_CA,
	END_CRL,
	END_GATE_STREAM,
	END_DECODER_STREAM,
	END_GATE_INPUT,
	END_WINDOW_INPUT,
	END_DECODER_DAMAGE,
	END_WINDOW_DAMAGE,
	END_FRAME,
	END_FRAME_READ,
	END_COUNT
};

void sj_connection_init(struct sj_connection *connection)
{
	memset(connection, 0, sizeof(*connection));
	connection->gate = SJ_CHILD_NONE;
	connection->decoder = SJ_CHILD_NONE;
}

#define MATERIAL_COUNT 4

struct material {
	struct sj_connection_file file;
	size_t limit_bytes;
	enum end end;
};

static void list_material(const struct sj_viewer_options *options,
	struct material list[MATERIAL_COUNT])
{
	list[0] = (struct material){
		{"cert", options->cert}, (size_t)SJ_LIMIT_PEM_BYTES, END_CERT};
	list[1] = (struct material){
		{"key", options->key}, (size_t)SJ_LIMIT_PEM_BYTES, END_KEY};
	list[2] = (struct material){
		{"ca", options->ca}, (size_t)SJ_LIMIT_PEM_BYTES, END_CA};
	list[3] = (struct material){
		{"crl", options->crl}, (size_t)SJ_LIMIT_CRL_BYTES, END_CRL};
}

static enum sj_err open_material(
	int *ends, const struct sj_viewer_options *options, const char **what)
{
	struct material files[MATERIAL_COUNT];
	size_t i;

	list_material(options, files);
	for (i = 0; i < MATERIAL_COUNT; i++) {
		enum sj_err err = sj_memfd_from_file(files[i].file.path,
			files[i].limit_bytes, &ends[files[i].end]);

		if (err != SJ_OK) {
			*what = files[i].file.path;
			return err;
		}
	}
	return SJ_OK;
}

enum sj_err sj_connection_check(const struct sj_viewer_options *options,
	struct sj_connection_file *file)
{
	struct sj_viewer_gate_start room;
	struct material files[MATERIAL_COUNT];
	enum sj_err err;
	size_t i;

	list_material(options, files);
	for (i = 0; i < MATERIAL_COUNT; i++) {
		int fd = -1;

		err = sj_memfd_from_file(
			files[i].file.path, files[i].limit_bytes, &fd);
		*file = files[i].file;
		if (err != SJ_OK)
			return err;
		(void)close(fd);
	}
	if (options->passphrase_file[0] == 0)
		return SJ_OK;
	file->option = "passphrase-file";
	file->path = options->passphrase_file;
	err = sj_secret_read_line(options->passphrase_file, room.key_passphrase,
		sizeof(room.key_passphrase));
	explicit_bzero(room.key_passphrase, sizeof(room.key_passphrase));
	return err;
}

static enum sj_err open_joints(int *ends)
{
	/* One update: what a slow decoder does not take waits in the gate, and
	 * the host hears of it by the requests that do not come. */
	const int queue_bytes = SJ_LIMIT_UPDATE_BYTES;
	char path[64];
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
		return SJ_ERR_SYSTEM;
	(void)setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &queue_bytes,
		sizeof(queue_bytes));
	ends[END_GATE_STREAM] = pair[0];
	ends[END_DECODER_STREAM] = pair[1];
	if (sj_ipc_pair(pair) != SJ_OK)
		return SJ_ERR_SYSTEM;
	ends[END_GATE_INPUT] = pair[0];
	ends[END_WINDOW_INPUT] = pair[1];
	if (sj_ipc_pair(pair) != SJ_OK)
		return SJ_ERR_SYSTEM;
	ends[END_DECODER_DAMAGE] = pair[0];
	ends[END_WINDOW_DAMAGE] = pair[1];
	/* One-way, whatever a process that was taken over would like. */
	if (shutdown(ends[END_GATE_INPUT], SHUT_WR) != 0 ||
		shutdown(ends[END_DECODER_DAMAGE], SHUT_RD) != 0)
		return SJ_ERR_SYSTEM;
	if (sj_memfd_create("shoji-frame", SJ_VIEWER_FRAME_FILE_BYTES,
		    &ends[END_FRAME]) != SJ_OK)
		return SJ_ERR_SYSTEM;
	/* The window's descriptor cannot write: an open file of its own. */
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", ends[END_FRAME]);
	ends[END_FRAME_READ] = open(path, O_RDONLY | O_CLOEXEC);
	return ends[END_FRAME_READ] < 0 ? SJ_ERR_SYSTEM : SJ_OK;
}

static unsigned may_miss(const struct sj_viewer_options *options)
{
	return options->landlock ? SJ_CONFINE_LANDLOCK : 0;
}

static enum sj_err start_gate(struct sj_connection *connection,
	const struct sj_connection_plan *plan, const int *ends,
	const char **what)
{
	const struct sj_viewer_options *options = plan->options;
	struct sj_viewer_gate_message message;
	struct sj_viewer_gate_start *start = &message.u.gate_start;
	struct sj_ipc_fds fds = {
		{ends[END_SOCKET], ends[END_CERT], ends[END_KEY], ends[END_CA],
			ends[END_CRL], ends[END_GATE_STREAM],
			ends[END_GATE_INPUT]},
		7};
	const struct sj_child_start first = {&message, sizeof(message), &fds};
	enum sj_err err = SJ_OK;

	memset(&message, 0, sizeof(message));
	message.type = SJ_VIEWER_GATE_START;
	start->uid = start->gid = UINT32_MAX;
	start->may_miss = may_miss(options);
	start->log_level = options->log_level;
	memcpy(start->host_name, options->host, sizeof(start->host_name));
	memcpy(start->zone, options->zone, sizeof(start->zone));
	start->size = plan->size;
	start->wants_updates = options->stats[0] != 0;
	start->is_tls12_allowed = options->is_tls12_allowed;
	start->is_guard_accepted = options->is_guard_accepted;
	start->is_strict = options->profile == SJ_VIEWER_PROFILE_STRICT;
	start->waits_for_go = options->ledger_file[0] != 0;
	*what = options->passphrase_file;
	if (options->passphrase_file[0] != 0)
		err = sj_secret_read_line(options->passphrase_file,
			start->key_passphrase, sizeof(start->key_passphrase));
	if (err == SJ_OK) {
		*what = "shoji-viewer-gate";
		err = sj_child_start(&connection->gate, *what, NULL, &first);
	}
	explicit_bzero(&message, sizeof(message));
	return err;
}

static enum sj_err start_decoder(struct sj_connection *connection,
	const struct sj_viewer_options *options, const int *ends)
{
	struct sj_viewer_message message;
	struct sj_ipc_fds fds = {{ends[END_DECODER_STREAM], ends[END_FRAME],
					 ends[END_DECODER_DAMAGE]},
		3};
	const struct sj_child_start first = {&message, sizeof(message), &fds};

	memset(&message, 0, sizeof(message));
	message.type = SJ_VIEWER_DECODER_START;
	message.u.decoder_start.may_miss = may_miss(options);
	message.u.decoder_start.log_level = options->log_level;
	message.u.decoder_start.is_strict =
		options->profile == SJ_VIEWER_PROFILE_STRICT;
	return sj_child_start(
		&connection->decoder, "shoji-viewer-decoder", NULL, &first);
}

static enum sj_err link_window(
	const struct sj_connection_plan *plan, const int *ends)
{
	struct sj_viewer_message message;
	struct sj_ipc_fds fds = {{ends[END_FRAME_READ], ends[END_WINDOW_DAMAGE],
					 ends[END_WINDOW_INPUT]},
		3};

	memset(&message, 0, sizeof(message));
	message.type = SJ_VIEWER_WINDOW_LINK;
	message.u.size = plan->size;
	if (plan->window->control_fd < 0)
		return SJ_ERR_CLOSED;
	return sj_ipc_send(
		plan->window->control_fd, &message, sizeof(message), &fds);
}

enum sj_err sj_connection_start(struct sj_connection *connection,
	const struct sj_connection_plan *plan, const char **what)
{
	int ends[END_COUNT];
	enum sj_err err;
	int cause;
	size_t i;

	sj_connection_init(connection);
	for (i = 0; i < END_COUNT; i++)
		ends[i] = -1;
	ends[END_SOCKET] = plan->socket_fd;
	*what = "socket";
	err = open_material(ends, plan->options, what);
	if (err == SJ_OK)
		err = open_joints(ends);
	if (err == SJ_OK)
		err = start_gate(connection, plan, ends, what);
	if (err == SJ_OK) {
		*what = "shoji-viewer-decoder";
		err = start_decoder(connection, plan->options, ends);
	}
	if (err == SJ_OK) {
		*what = "window";
		err = link_window(plan, ends);
	}
	cause = errno;
	for (i = 0; i < END_COUNT; i++) {
		if (ends[i] >= 0)
			(void)close(ends[i]);
	}
	if (err != SJ_OK) {
		(void)sj_child_end(&connection->gate, 0);
		(void)sj_child_end(&connection->decoder, 0);
	}
	errno = cause;
	return err;
}

enum sj_reason sj_connection_end(struct sj_connection *connection)
{
	enum sj_reason reason = SJ_REASON_NONE;
	int gate_status;

	if (connection->gate.pid == 0 && connection->decoder.pid == 0)
		return SJ_REASON_NONE;
	gate_status = sj_child_end(&connection->gate, END_MS);
	if (connection->decoder.pid != 0)
		connection->decoder_status =
			sj_child_end(&connection->decoder, END_MS);
	(void)gate_status;
	if (connection->is_closed &&
		sj_reason_is_known(connection->closed.reason))
		reason = (enum sj_reason)connection->closed.reason;
	return sj_reaction_judge(reason, connection->decoder_status);
}
