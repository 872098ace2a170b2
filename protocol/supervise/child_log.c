/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/supervise/child_log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "protocol/base/attr.h"
#include "protocol/base/clock.h"
#include "protocol/base/log.h"

struct child_log {
	struct sj_child_logs *logs;
	int fd;
	char line[SJ_CHILD_LOG_LINE_BYTES + 1]; /* and its end */
	size_t used;
	bool is_cut; /* the rest of an overlong line is dropped */
	bool is_ledger;
	struct sj_bucket bucket;
	unsigned long dropped;
	struct child_log *next;
};

struct sj_child_logs {
	struct sj_loop *loop;
	struct child_log *first;
};

struct sj_child_logs *sj_child_logs_create(struct sj_loop *loop)
{
	struct sj_child_logs *logs = calloc(1, sizeof(*logs));

	if (logs)
		logs->loop = loop;
	return logs;
}

/* True if second can follow first: no long form of a shorter one, no half of
 * a pair, nothing beyond U+10FFFF, none of U+0080 to U+009F, which control
 * terminals as well. */
static bool is_pair(unsigned char first, unsigned char second)
{
	switch (first) {
	case 0xc2:
	case 0xe0:
		return second >= 0xa0;
	case 0xed:
		return second < 0xa0;
	case 0xf0:
		return second >= 0x90;
	case 0xf4:
		return second < 0x90;
	default:
		return true;
	}
}

/* Bytes of the UTF-8 character at text; 0 if it is none. */
static size_t character_bytes(const unsigned char *text, size_t size)
{
	size_t length = text[0] < 0x80                      ? 1
			: text[0] >= 0xc2 && text[0] < 0xe0 ? 2
			: text[0] >= 0xe0 && text[0] < 0xf0 ? 3
			: text[0] >= 0xf0 && text[0] < 0xf5 ? 4
							    : 0;

	if (length == 0 || length > size)
		return 0;
	for (size_t i = 1; i < length; i++)
		if ((text[i] & 0xc0) != 0x80)
			return 0;
	return length == 1 || is_pair(text[0], text[1]) ? length : 0;
}

void sj_child_log_clean(char *line, size_t size)
{
	for (size_t i = 0; i < size;) {
		unsigned char c = (unsigned char)line[i];
		size_t length = character_bytes(
			(const unsigned char *)line + i, size - i);

		if (length == 0 || c < ' ' || c == 0x7f) {
			line[i] = '?';
			length = 1;
		}
		i += length;
	}
}

/* True if word stands at line, of which size bytes are left. */
static bool begins(const char *line, size_t size, const char *word)
{
	return size >= strlen(word) && memcmp(line, word, strlen(word)) == 0;
}

void sj_child_log_disown(char *line, size_t size)
{
	/* Behind the level stands who speaks. */
	static const char *const names[] = {
		"shojid ", "shoji-guard ", "ledger "};
	/* A witness line is looked for in whatever a log server has made of
	 * it. */
	static const char witness[] = "head seq=";
	size_t at = 0;

	/* More blanks, or none before the level, read the same. */
	for (int word = 0; word < 2; word++) {
		while (at < size && line[at] == ' ')
			at++;
		for (size_t i = 0; i < SJ_COUNT(names); i++)
			if (begins(line + at, size - at, names[i]))
				line[at] = '?';
		while (at < size && line[at] != ' ')
			at++;
	}
	for (size_t i = 0; i < size; i++)
		if (begins(line + i, size - i, witness))
			line[i] = '?';
}

static void write_line(struct child_log *log)
{
	size_t used = log->used;

	log->used = 0;
	if (used == 0)
		return;
	if (!sj_bucket_take(&log->bucket, sj_clock_us())) {
		log->dropped++;
		return;
	}
	if (log->dropped > 0)
		sj_log(SJ_LOG_WARNING, "child_log dropped=%lu", log->dropped);
	log->dropped = 0;
	sj_child_log_clean(log->line, used);
	if (!log->is_ledger)
		sj_child_log_disown(log->line, used);
	log->line[used] = '\n';
	if (write(STDERR_FILENO, log->line, used + 1) < 0) {
		/* Nobody is left to be told. */
	}
}

static void take_bytes(struct child_log *log, const char *data, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		if (data[i] == '\n') {
			write_line(log);
			log->is_cut = false;
		} else if (log->used == SJ_CHILD_LOG_LINE_BYTES) {
			write_line(log);
			log->is_cut = true;
		} else if (!log->is_cut) {
			log->line[log->used++] = data[i];
		}
	}
}

static void remove_log(struct child_log *log)
{
	struct child_log **at = &log->logs->first;

	while (*at != log)
		at = &(*at)->next;
	*at = log->next;
	write_line(log);
	sj_loop_remove(log->logs->loop, log->fd);
	close(log->fd);
	free(log);
}

static void log_readable(void *self, int fd)
{
	struct child_log *log = self;
	char data[4096];
	ssize_t n = read(fd, data, sizeof(data));

	if (n > 0)
		take_bytes(log, data, (size_t)n);
	else if (n == 0 || (errno != EAGAIN && errno != EINTR))
		remove_log(log);
}

enum sj_err sj_child_logs_add(
	struct sj_child_logs *logs, bool is_ledger, int *fd)
{
	struct child_log *log = calloc(1, sizeof(*log));
	int ends[2];

	if (!log)
		return SJ_ERR_MEMORY;
	if (pipe2(ends, O_CLOEXEC) != 0) {
		free(log);
		return SJ_ERR_SYSTEM;
	}
	log->logs = logs;
	log->is_ledger = is_ledger;
	log->fd = ends[0];
	log->bucket = sj_bucket_of(
		SJ_CHILD_LOG_PER_SECOND, SJ_CHILD_LOG_BURST, sj_clock_us());
	if (fcntl(ends[0], F_SETFL, O_NONBLOCK) != 0 ||
		sj_loop_add(logs->loop, ends[0], log_readable, log) != SJ_OK) {
		close(ends[0]);
		close(ends[1]);
		free(log);
		return SJ_ERR_SYSTEM;
	}
	log->next = logs->first;
	logs->first = log;
	*fd = ends[1];
	return SJ_OK;
}

void sj_child_logs_destroy(struct sj_child_logs *logs)
{
	char data[4096];

	if (!logs)
		return;
	while (logs->first) {
		struct child_log *log = logs->first;
		/* remove_log unlinks it, which the analyser does not see.
		 * NOLINTNEXTLINE(clang-analyzer-unix.Malloc) */
		ssize_t n = read(log->fd, data, sizeof(data));

		if (n > 0)
			take_bytes(log, data, (size_t)n);
		remove_log(log);
	}
	free(logs);
}
