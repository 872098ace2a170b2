/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/event_log.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "protocol/base/check_file.h"
#include "protocol/base/own_file.h"
#include "protocol/base/reason.h"
#include "protocol/gate/policy.h"

#define HASH_BYTES 32

struct sj_event sj_event_of(const char *event)
{
	struct sj_event made = {
		.event = event, .session = -1, .reason = -1, .duration_ms = -1};

	return made;
}

static void add_text(json_t *line, const char *key, const char *text)
{
	if (text)
		(void)json_object_set_new(line, key, json_string(text));
}

static void add_hash(json_t *line, const char *key, const uint8_t *bytes)
{
	char text[HASH_BYTES * 2 + 1];

	if (!bytes)
		return;
	for (size_t i = 0; i < HASH_BYTES; i++)
		(void)snprintf(text + i * 2, 3, "%02x", bytes[i]);
	add_text(line, key, text);
}

static void add_time(json_t *line, const struct timespec *when)
{
	char text[64];
	struct tm parts;
	size_t used;

	if (!gmtime_r(&when->tv_sec, &parts))
		return;
	used = strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &parts);
	(void)snprintf(text + used, sizeof(text) - used, ".%03ldZ",
		when->tv_nsec / 1000000);
	add_text(line, "time", text);
}

/* {"KeyEvent": {"count": 12, "bytes": 96}, ...}: types that occurred. */
static void add_counts(json_t *line, const char *key, enum sj_gate_kind kind,
	const struct sj_host_counts *counts)
{
	json_t *types = counts ? json_object() : NULL;

	for (size_t i = 0; types && i < SJ_COUNT(counts->count); i++) {
		const char *name = sj_gate_counter_name(kind, i);

		if (!name || counts->count[i] == 0)
			continue;
		(void)json_object_set_new(types, name,
			json_pack("{s:I,s:I}", "count",
				(json_int_t)counts->count[i], "bytes",
				(json_int_t)counts->bytes[i]));
	}
	if (types)
		(void)json_object_set_new(line, key, types);
}

char *sj_event_format(const struct sj_event *event, const struct timespec *when)
{
	json_t *line = json_object();
	char *text;

	if (!line)
		return NULL;
	add_time(line, when);
	add_text(line, "event", event->event);
	add_text(line, "user", event->user);
	add_text(line, "zone", event->zone);
	add_text(line, "role", event->role);
	add_text(line, "peer", event->peer);
	add_text(line, "process", event->process);
	if (event->session >= 0)
		(void)json_object_set_new(
			line, "session", json_integer(event->session));
	if (event->reason >= 0) {
		(void)json_object_set_new(
			line, "reason", json_integer(event->reason));
		add_text(line, "reason_text",
			sj_reason_text((enum sj_reason)event->reason));
	}
	if (event->duration_ms >= 0)
		(void)json_object_set_new(
			line, "duration_ms", json_integer(event->duration_ms));
	add_hash(line, "exporter", event->exporter);
	add_hash(line, "spki_sha256", event->spki_sha256);
	add_counts(line, "from_viewer", SJ_GATE_FROM_VIEWER, event->viewer);
	add_counts(line, "from_host", SJ_GATE_FROM_HOST, event->host);
	if (event->dropped > 0)
		(void)json_object_set_new(line, "dropped",
			json_integer((json_int_t)event->dropped));
	text = json_dumps(line, JSON_COMPACT);
	json_decref(line);
	return text;
}

enum sj_err sj_event_log_open(const char *path, int *fd)
{
	enum sj_err err = SJ_ERR_ARGUMENT;
	struct stat info;

	*fd = -1;
	if (path[0] == '\0')
		return SJ_OK;
	/* What is no file may want to be waited for. */
	*fd = open(path,
		O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW |
			O_NOCTTY | O_NONBLOCK,
		0640);
	if (*fd < 0) /* ENXIO: a pipe that nobody reads, a socket */
		return errno == ENXIO ? SJ_ERR_ARGUMENT : SJ_ERR_SYSTEM;
	if (fstat(*fd, &info) == 0 && S_ISREG(info.st_mode))
		err = sj_own_file_is(*fd, SJ_OWN_FILE_EVENTS) ? SJ_OK
							      : SJ_ERR_FORMAT;
	if (err == SJ_OK)
		return SJ_OK;
	(void)close(*fd);
	*fd = -1;
	return err;
}

const char *sj_event_log_fault(enum sj_err err)
{
	if (err == SJ_ERR_ARGUMENT)
		return "is not a file; name one, or a path where none is yet";
	if (err == SJ_ERR_FORMAT)
		return SJ_OWN_FILE_FAULT;
	return errno == ELOOP ? SJ_CHECK_IS_LINK : strerror(errno);
}

enum sj_err sj_event_log_write(int fd, const struct sj_event *event)
{
	struct timespec now = {0};
	struct iovec parts[2];
	char end[] = "\n";
	char *text;
	ssize_t n;

	if (fd < 0)
		return SJ_OK;
	(void)clock_gettime(CLOCK_REALTIME, &now);
	text = sj_event_format(event, &now);
	if (!text)
		return SJ_ERR_MEMORY;
	parts[0] = (struct iovec){.iov_base = text, .iov_len = strlen(text)};
	parts[1] = (struct iovec){.iov_base = end, .iov_len = 1};
	n = writev(fd, parts, 2);
	free(text);
	return n == (ssize_t)(parts[0].iov_len + 1) ? SJ_OK : SJ_ERR_SYSTEM;
}
