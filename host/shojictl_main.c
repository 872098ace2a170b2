/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * shojictl: asks and tells the shojid of this machine.
 */
#include <errno.h>
#include <getopt.h>
#include <jansson.h>
#include <limits.h>
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
	const struct timeval wait = {.tv_sec = REPLY_SECONDS};
	int fd;

	if (strlen(path) >= sizeof(address.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(address.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	/* A connection waits, too, where many wait already. */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait)) != 0 ||
		setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait)) !=
			0 ||
		connect(fd, (struct sockaddr *)&address, sizeof(address)) !=
			0) {
		int error = errno;

		close(fd);
		errno = error;
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
	int error;

	if (fd >= 0 && send(fd, line, strlen(line), MSG_NOSIGNAL) > 0)
		n = recv(fd, reply, REPLY_BYTES, 0);
	error = n == 0  ? EPERM /* shojid closes without a word */
		: n > 0 ? EBADMSG
			: errno;
	if (n > 0)
		answer = json_loadb(reply, (size_t)n, 0, NULL);
	if (fd >= 0)
		close(fd);
	free(line);
	free(reply);
	errno = error;
	return answer;
}

/* What there is to do when nobody has answered. */
static void complain(const char *path, int error)
{
	const char *advice = "is shojid running?";

	/* It closes on anybody else, before or after the question. */
	if (error == EACCES || error == EPERM || error == EPIPE ||
		error == ECONNRESET)
		advice = "only root and the user that shojid runs as are "
			 "answered";
	else if (error == EAGAIN)
		advice = "shojid runs, but does not answer; see its log";
	else if (error == ENAMETOOLONG)
		advice = "no socket has such a path";
	else if (error == EBADMSG)
		advice = "is this the socket of a shojid?";
	if (error == EAGAIN)
		(void)fprintf(stderr, "shojictl: %s: no answer in %d s; %s\n",
			path, REPLY_SECONDS, advice);
	else
		(void)fprintf(stderr, "shojictl: %s: %s; %s\n", path,
			strerror(error), advice);
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
	if (!answer) {
		int error = errno;

		json_decref(request);
		complain(path, error);
		return SJ_EXIT_LOCAL;
	}
	json_decref(request);
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

struct options {
	const char *folder, *socket; /* NULL: not given */
	bool is_json, is_version, is_help;
};

static bool read_options(int argc, char **argv, struct options *given)
{
	enum { STATE_DIR = 1, SOCKET, JSON, VERSION, HELP };
	static const struct option options[] = {
		{"state-dir", required_argument, NULL, STATE_DIR},
		{"socket", required_argument, NULL, SOCKET},
		{"json", no_argument, NULL, JSON},
		{"version", no_argument, NULL, VERSION},
		{"help", no_argument, NULL, HELP}, {NULL, 0, NULL, 0}};
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == STATE_DIR)
			given->folder = optarg;
		else if (option == SOCKET)
			given->socket = optarg;
		else if (option == JSON)
			given->is_json = true;
		else if (option == VERSION)
			given->is_version = true;
		else if (option == HELP)
			given->is_help = true;
		else
			return false; /* getopt_long has said why */
		if (given->is_version || given->is_help)
			return true;
	}
	if (given->folder && given->socket)
		(void)fprintf(stderr, "shojictl: --state-dir and --socket "
				      "exclude each other\n");
	return !given->folder || !given->socket;
}

/* True if words (count) are a command with what belongs to it. */
static bool judge_words(char **words, int count)
{
	static const struct {
		const char *name;
		int more;
	} commands[] = {{"status", 0}, {"sessions", 0}, {"end", 1}};

	if (count == 0)
		(void)fprintf(stderr, "shojictl: the command is missing\n");
	for (size_t i = 0; count > 0 && i < SJ_COUNT(commands); i++) {
		if (strcmp(words[0], commands[i].name) != 0)
			continue;
		if (count - 1 > commands[i].more)
			(void)fprintf(stderr,
				"shojictl: %s: '%s' is too much\n", words[0],
				words[1 + commands[i].more]);
		else if (count - 1 < commands[i].more)
			(void)fprintf(stderr,
				"shojictl: %s: the user is missing\n",
				words[0]);
		return count - 1 == commands[i].more;
	}
	if (count > 0)
		(void)fprintf(
			stderr, "shojictl: '%s' is no command\n", words[0]);
	return false;
}

/* Writes the path of the control socket to path (size bytes). */
static bool find_socket(const struct options *given, char *path, size_t size)
{
	char folder[256];
	int printed;

	if (given->socket)
		printed = snprintf(path, size, "%s", given->socket);
	else if (given->folder)
		printed = snprintf(path, size, "%s/" SJ_CONTROL_SOCKET_NAME,
			given->folder);
	else if (sj_control_socket_default_dir(folder, sizeof(folder)) == SJ_OK)
		printed = snprintf(
			path, size, "%s/" SJ_CONTROL_SOCKET_NAME, folder);
	else
		printed = -1;
	return printed > 0 && (size_t)printed < size;
}

int main(int argc, char **argv)
{
	struct options given = {0};
	char path[PATH_MAX];
	char **words;

	if (!read_options(argc, argv, &given)) {
		(void)fputs(usage, stderr);
		return SJ_EXIT_USAGE;
	}
	words = argv + optind;
	if (given.is_version || given.is_help) {
		(void)fputs(given.is_help ? usage : "shojictl " SJ_VERSION "\n",
			stdout);
		return SJ_EXIT_ENDED;
	}
	if (!judge_words(words, argc - optind)) {
		(void)fputs(usage, stderr);
		return SJ_EXIT_USAGE;
	}
	if (!find_socket(&given, path, sizeof(path))) {
		(void)fprintf(stderr,
			"shojictl: the path of the socket is empty or too "
			"long; give --state-dir\n");
		return SJ_EXIT_LOCAL;
	}
	return run(path, given.is_json, words[0], words[1]);
}
