/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/control_socket.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "host/connections.h"
#include "host/spawn_session.h"
#include "protocol/base/clock.h"
#include "protocol/base/log.h"

/* ---- answers ---- */

static json_t *say_error(const char *text)
{
	return json_pack("{s:b,s:s}", "ok", 0, "error", text);
}

static json_t *say_status(const struct sj_supervisor *supervisor)
{
	size_t waiting = 0, attached = 0;

	for (struct sj_connection *connection = supervisor->connections;
		connection; connection = connection->next) {
		waiting += connection->state == SJ_CONNECTION_WAITING;
		attached += connection->state == SJ_CONNECTION_ATTACHED;
	}
	return json_pack("{s:b,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:b,s:b}", "ok",
		1, "pid", (json_int_t)getpid(), "uptime_s",
		(json_int_t)((sj_clock_ms() - supervisor->started_ms) / 1000),
		"sessions", (json_int_t)supervisor->sessions.count,
		"sessions_max", (json_int_t)supervisor->config->sessions_max,
		"connections", (json_int_t)supervisor->connection_count,
		"attached", (json_int_t)attached, "waiting",
		(json_int_t)waiting, "sessions_seen",
		(json_int_t)supervisor->sessions_seen, "has_own_uids",
		supervisor->is_root, "has_cgroup_limits",
		supervisor->has_cgroup);
}

static json_t *say_session(const struct sj_session *session, uint64_t now_ms)
{
	const struct sj_connection *connection = session->connection;
	json_t *row = json_pack("{s:I,s:s,s:s,s:s,s:b,s:I,s:I,s:I}", "number",
		(json_int_t)session->number, "user", session->name, "zone",
		session->zone, "state",
		session->state == SJ_SESSION_STARTING ? "starting" : "running",
		"connected", connection != NULL, "age_s",
		(json_int_t)((now_ms - session->started_ms) / 1000), "idle_s",
		(json_int_t)((now_ms - session->activity_ms) / 1000),
		"init_pid", (json_int_t)session->init.pid);

	if (row && connection)
		(void)json_object_set_new(
			row, "peer", json_string(connection->peer.text));
	return row;
}

static json_t *say_sessions(const struct sj_supervisor *supervisor)
{
	uint64_t now_ms = sj_clock_ms();
	json_t *rows = json_array();

	for (const struct sj_session *session = supervisor->sessions.first;
		session; session = session->next)
		(void)json_array_append_new(rows, say_session(session, now_ms));
	return json_pack("{s:b,s:o}", "ok", 1, "sessions", rows);
}

static json_t *end_user(struct sj_supervisor *supervisor, const char *user)
{
	struct sj_session *session = NULL;
	unsigned ended = 0;

	if (!user)
		return say_error("the user is missing");
	while ((session = sj_sessions_find_name(&supervisor->sessions, user))) {
		sj_session_end(session, SJ_REASON_END_ADMIN);
		ended++;
	}
	if (ended == 0)
		return say_error("this user has no session");
	return json_pack("{s:b,s:i}", "ok", 1, "ended", (int)ended);
}

static json_t *answer(struct sj_supervisor *supervisor, const json_t *request)
{
	const char *command =
		json_string_value(json_object_get(request, "command"));

	if (!command)
		return say_error("the command is missing");
	if (strcmp(command, "status") == 0)
		return say_status(supervisor);
	if (strcmp(command, "sessions") == 0)
		return say_sessions(supervisor);
	if (strcmp(command, "end") == 0)
		return end_user(supervisor,
			json_string_value(json_object_get(request, "user")));
	return say_error("unknown command");
}

/* ---- clients ---- */

/* One request is one packet: nothing to collect, nothing to wait for. */
static void client_readable(void *self, int fd)
{
	struct sj_supervisor *supervisor = self;
	char text[SJ_CONTROL_REQUEST_BYTES];
	ssize_t n = recv(fd, text, sizeof(text), MSG_DONTWAIT);
	json_t *request, *reply;
	char *line;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	sj_loop_remove(supervisor->loop, fd);
	if (n > 0) {
		request = json_loadb(text, (size_t)n, 0, NULL);
		reply = request ? answer(supervisor, request)
				: say_error("not a JSON object");
		line = reply ? json_dumps(reply, JSON_COMPACT) : NULL;
		if (line && send(fd, line, strlen(line),
				    MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
			sj_log(SJ_LOG_WARNING, "control error=\"%s\"",
				strerror(errno));
		free(line);
		json_decref(reply);
		json_decref(request);
	}
	close(fd);
}

static void control_accept(void *self, int fd)
{
	struct sj_supervisor *supervisor = self;
	struct ucred peer = {.uid = UINT32_MAX};
	socklen_t size = sizeof(peer);
	int client = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (client < 0)
		return;
	if (getsockopt(client, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
		(peer.uid == geteuid() || peer.uid == 0) &&
		sj_loop_add(supervisor->loop, client, client_readable,
			supervisor) == SJ_OK)
		return;
	sj_log(SJ_LOG_WARNING, "control refused uid=%u", (unsigned)peer.uid);
	close(client);
}

/* ---- the socket ---- */

static bool fill_address(const char *folder, struct sockaddr_un *address)
{
	int printed = snprintf(address->sun_path, sizeof(address->sun_path),
		"%s/" SJ_CONTROL_SOCKET_NAME, folder);

	address->sun_family = AF_UNIX;
	return printed > 0 && (size_t)printed < sizeof(address->sun_path);
}

/* The folder is ours alone: nobody else may put a socket there. */
static bool make_folder(const char *path, char *message, size_t size)
{
	struct stat info;

	if (mkdir(path, 0700) != 0 && errno != EEXIST) {
		(void)snprintf(message, size, "[paths] state_dir: %s: %s", path,
			strerror(errno));
		return false;
	}
	if (lstat(path, &info) != 0 || !S_ISDIR(info.st_mode) ||
		info.st_uid != geteuid() || (info.st_mode & 022) != 0) {
		(void)snprintf(message, size,
			"[paths] state_dir: %s is not a folder that only we "
			"can write to",
			path);
		return false;
	}
	return true;
}

/* True if a shojid answers on the socket. */
static bool is_in_use(const struct sockaddr_un *address)
{
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	bool is_used = fd >= 0 && connect(fd, (const struct sockaddr *)address,
					  sizeof(*address)) == 0;

	if (fd >= 0)
		close(fd);
	return is_used;
}

enum sj_err sj_control_socket_open(
	struct sj_supervisor *supervisor, char *message, size_t size)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd;

	if (!make_folder(supervisor->state_dir, message, size))
		return SJ_ERR_SYSTEM;
	if (!fill_address(supervisor->state_dir, &address)) {
		(void)snprintf(message, size, "[paths] state_dir: too long");
		return SJ_ERR_LIMIT;
	}
	if (is_in_use(&address)) {
		(void)snprintf(message, size,
			"[paths] state_dir: another shojid uses %s",
			supervisor->state_dir);
		return SJ_ERR_DENIED;
	}
	(void)unlink(address.sun_path);
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 ||
		bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0 ||
		chmod(address.sun_path, 0600) != 0 || listen(fd, 8) != 0 ||
		sj_loop_add(supervisor->loop, fd, control_accept, supervisor) !=
			SJ_OK) {
		(void)snprintf(message, size, "%s: %s", address.sun_path,
			strerror(errno));
		if (fd >= 0)
			close(fd);
		return SJ_ERR_SYSTEM;
	}
	supervisor->control_fd = fd;
	return SJ_OK;
}

void sj_control_socket_close(struct sj_supervisor *supervisor)
{
	struct sockaddr_un address = {0};

	if (supervisor->control_fd < 0)
		return;
	sj_loop_remove(supervisor->loop, supervisor->control_fd);
	close(supervisor->control_fd);
	supervisor->control_fd = -1;
	if (fill_address(supervisor->state_dir, &address))
		(void)unlink(address.sun_path);
}

void sj_control_socket_remove(const struct sj_host_config *config)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	char folder[256];

	(void)snprintf(folder, sizeof(folder), "%s", config->state_dir);
	if (!folder[0] &&
		sj_control_socket_default_dir(folder, sizeof(folder)) != SJ_OK)
		return;
	if (fill_address(folder, &address) && !is_in_use(&address))
		(void)unlink(address.sun_path);
}
