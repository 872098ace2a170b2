/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "protocol/base/clock.h"
#include "protocol/base/limits.h"

#define LINE_BYTES 1024
#define LINES_PER_SECOND 20
#define LINES_BURST 200

/* The one mutable global of the base layer: a process has one log. */
static struct {
	char program[32];
	enum sj_log_level level;
	struct sj_bucket bucket;
	unsigned long dropped;
	int is_open;
} the_log = {.level = SJ_LOG_INFO};

static const char *level_name(enum sj_log_level level)
{
	switch (level) {
	case SJ_LOG_ERROR:
		return "error";
	case SJ_LOG_WARNING:
		return "warning";
	case SJ_LOG_INFO:
		return "info";
	case SJ_LOG_DEBUG:
		return "debug";
	}
	return "error";
}

void sj_log_open(const char *program, enum sj_log_level level)
{
	(void)snprintf(the_log.program, sizeof(the_log.program), "%s", program);
	the_log.level = level;
	the_log.bucket =
		sj_bucket_of(LINES_PER_SECOND, LINES_BURST, sj_clock_us());
	the_log.dropped = 0;
	the_log.is_open = 1;
}

/* One event is one line whatever a caller let slip into it. */
static void strip_controls(char *line, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f)
			line[i] = '?';
}

static size_t used_of(int printed, size_t room)
{
	if (printed < 0)
		return 0;
	return (size_t)printed < room ? (size_t)printed : room - 1;
}

/* False: the line is below the level that is shown. */
static bool is_shown(enum sj_log_level level)
{
	if (level > the_log.level)
		return false;
	if (!the_log.is_open)
		sj_log_open("shoji", the_log.level);
	return true;
}

SJ_PRINTF(2, 0)
static void write_line(
	enum sj_log_level level, const char *format, va_list args)
{
	char line[LINE_BYTES];
	const size_t room = sizeof(line) - 1;
	size_t at = used_of(snprintf(line, room, "%s %s ", level_name(level),
				    the_log.program),
		room);

	at += used_of(vsnprintf(line + at, room - at, format, args), room - at);
	if (the_log.dropped > 0)
		at += used_of(snprintf(line + at, room - at, " dropped=%lu",
				      the_log.dropped),
			room - at);
	the_log.dropped = 0;
	strip_controls(line, at);
	line[at++] = '\n';
	if (write(STDERR_FILENO, line, at) < 0) {
		/* Nobody is left to be told. */
	}
}

void sj_log(enum sj_log_level level, const char *format, ...)
{
	int saved = errno;
	va_list args;

	if (!is_shown(level))
		return;
	if (sj_bucket_take(&the_log.bucket, sj_clock_us())) {
		va_start(args, format);
		write_line(level, format, args);
		va_end(args);
	} else {
		the_log.dropped++;
	}
	errno = saved;
}

void sj_log_account(const char *format, ...)
{
	int saved = errno;
	va_list args;

	if (!is_shown(SJ_LOG_INFO))
		return;
	va_start(args, format);
	write_line(SJ_LOG_INFO, format, args);
	va_end(args);
	errno = saved;
}

const char *sj_log_text(
	const void *text, size_t size, char *out, size_t out_size)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *bytes = text;
	size_t at = 0;

	if (out_size == 0)
		return "";
	if (size > SJ_LIMIT_LOG_TEXT_BYTES)
		size = SJ_LIMIT_LOG_TEXT_BYTES;
	for (size_t i = 0; i < size; i++) {
		unsigned char b = bytes[i];

		if (b > 0x20 && b < 0x7f && b != '"' && b != '\\') {
			if (out_size - at < 2)
				break;
			out[at++] = (char)b;
			continue;
		}
		if (out_size - at < 5)
			break;
		out[at++] = '\\';
		out[at++] = 'x';
		out[at++] = digits[b >> 4];
		out[at++] = digits[b & 15];
	}
	out[at] = '\0';
	return out;
}
