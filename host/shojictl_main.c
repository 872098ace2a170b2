/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * shojictl: asks and tells the shojid of this machine.
 */
#include <errno.h>
#include <getopt.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "host/control_socket.h"
#include "protocol/base/err.h"

#define REPLY_BYTES (1u << 20)
#define REPLY_SECONDS 10

static const char usage[] =
	"usage: shojictl [--state-dir DIR | --socket FILE] [--json] status\n"
	"       shojictl ... sessions\n"
	"       shojictl ... end USER\n"
	"\n"
	"  --state-dir DIR   [paths] state_dir of shojid; default /run/shoji,\n"
	"                    or $XDG_RUNTIME_DIR/shoji without root\n"
	"  --socket FILE     the control socket itself\n"
	"  --json            print the answer as JSON\n";

static int connect_to(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct timeval wait = {.tv_sec = REPLY_SECONDS};
	int fd;

	if (strlen(path) >= sizeof(address.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(address.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait)) != 0 ||
		connect(fd, (struct sockaddr *)&address, sizeof(address)) !=
			0) {
		close(fd);
		return -1;
	}
	return fd;
}

/* Sends request and gives the answer; NULL with errno on failure. */
static json_t *ask(const char *path, json_t *request)
{
	char *line = json_dumps(request, JSON_COMPACT);
	char *reply = malloc(REPLY_BYTES);
	int fd = line && reply ? connect_to(path) : -1;
	json_t *answer = NULL;
	ssize_t n = -1;

	if (fd >= 0 && send(fd, line, strlen(line), MSG_NOSIGNAL) > 0)
		n = recv(fd, reply, REPLY_BYTES, 0);
	if (n == 0)
		errno = EPERM; /* shojid closes without a word */
	if (n > 0)
		answer = json_loadb(reply, (size_t)n, 0, NULL);
	if (fd >= 0)
		close(fd);
	free(line);
	free(reply);
	return answer;
}

static long long number(const json_t *object, const char *key)
{
	return (long long)json_integer_value(json_object_get(object, key));
}

static const char *text(const json_t *object, const char *key)
{
	const char *value = json_string_value(json_object_get(object, key));

	return value ? value : "-";
}

static void print_status(const json_t *answer)
{
	(void)printf("shojid %lld, running for %lld s\n"
		     "sessions: %lld of %lld\n"
		     "connections: %lld, attached %lld, waiting %lld\n"
		     "user ids of their own: %s\n"
		     "memory and process limits: %s\n",
		number(answer, "pid"), number(answer, "uptime_s"),
		number(answer, "sessions"), number(answer, "sessions_max"),
		number(answer, "connections"), number(answer, "attached"),
		number(answer, "waiting"),
		json_is_true(json_object_get(answer, "has_own_uids")) ? "yes"
								      : "no",
		json_is_true(json_object_get(answer, "has_cgroup_limits"))
			? "yes"
			: "no");
}

static void print_sessions(const json_t *answer)
{
	const json_t *rows = json_object_get(answer, "sessions");
	const json_t *row;
	size_t i;

	if (json_array_size(rows) == 0) {
		(void)printf("no sessions\n");
		return;
	}
	(void)printf("%-6s %-20s %-10s %-9s %8s %8s  %s\n", "number", "user",
		"zone", "state", "age s", "idle s", "from");
	json_array_foreach(rows, i, row)
	{
		(void)printf("%-6lld %-20s %-10s %-9s %8lld %8lld  %s\n",
			number(row, "number"), text(row, "user"),
			text(row, "zone"), text(row, "state"),
			number(row, "age_s"), number(row, "idle_s"),
			text(row, "peer"));
	}
}

static void print_answer(const char *command, const json_t *answer)
{
	if (strcmp(command, "status") == 0)
		print_status(answer);
	else if (strcmp(command, "sessions") == 0)
		print_sessions(answer);
	else
		(void)printf("ended: %lld\n", number(answer, "ended"));
}

static int run(
	const char *path, bool is_json, const char *command, const char *user)
{
	json_t *request = json_pack("{s:s}", "command", command);
	json_t *answer;
	int status = SJ_EXIT_ENDED;

	if (user)
		(void)json_object_set_new(request, "user", json_string(user));
	answer = ask(path, request);
	json_decref(request);
	if (!answer) {
		(void)fprintf(stderr, "shojictl: %s: %s; is shojid running?\n",
			path, strerror(errno));
		return SJ_EXIT_LOCAL;
	}
	if (is_json) {
		(void)json_dumpf(answer, stdout, JSON_INDENT(2));
		(void)printf("\n");
	}
	if (!json_is_true(json_object_get(answer, "ok"))) {
		(void)fprintf(stderr, "shojictl: %s\n", text(answer, "error"));
		status = SJ_EXIT_USAGE;
	} else if (!is_json) {
		print_answer(command, answer);
	}
	json_decref(answer);
	return status;
}

int main(int argc, char **argv)
{
	enum { STATE_DIR = 1, SOCKET, JSON, VERSION, HELP };
	static const struct option options[] = {
		{"state-dir", required_argument, NULL, STATE_DIR},
		{"socket", required_argument, NULL, SOCKET},
		{"json", no_argument, NULL, JSON},
		{"version", no_argument, NULL, VERSION},
		{"help", no_argument, NULL, HELP}, {NULL, 0, NULL, 0}};
	char folder[256] = "", path[300] = "";
	bool is_json = false;
	const char *command;
	int option;
	int left;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == STATE_DIR) {
			(void)snprintf(folder, sizeof(folder), "%s", optarg);
		} else if (option == SOCKET) {
			(void)snprintf(path, sizeof(path), "%s", optarg);
		} else if (option == JSON) {
			is_json = true;
		} else if (option == VERSION) {
			(void)printf("shojictl " SJ_VERSION "\n");
			return SJ_EXIT_ENDED;
		} else {
			(void)fputs(usage, option == HELP ? stdout : stderr);
			return option == HELP ? SJ_EXIT_ENDED : SJ_EXIT_USAGE;
		}
	}
	left = argc - optind;
	command = left > 0 ? argv[optind] : "";
	if (!((left == 1 && (strcmp(command, "status") == 0 ||
				    strcmp(command, "sessions") == 0)) ||
		    (left == 2 && strcmp(command, "end") == 0))) {
		(void)fputs(usage, stderr);
		return SJ_EXIT_USAGE;
	}
	if (!folder[0] &&
		sj_control_socket_default_dir(folder, sizeof(folder)) != SJ_OK)
		return SJ_EXIT_LOCAL;
	if (!path[0])
		(void)snprintf(path, sizeof(path), "%s/" SJ_CONTROL_SOCKET_NAME,
			folder);
	return run(path, is_json, command, left == 2 ? argv[optind + 1] : NULL);
}
