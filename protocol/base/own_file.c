/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/base/own_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LEDGER "SJLG"
#define PORT_BYTES 6 /* 65535 and a line end */
#define LOOK_BYTES 512

static bool is_port(const char *text, size_t size)
{
	return size <= PORT_BYTES && text[size - 1] == '\n' &&
	       strspn(text, "0123456789") == size - 1;
}

/* Zeros are what a crash may leave of a first record. */
static bool is_ledger(const char *text, size_t size)
{
	const size_t begin = size < strlen(LEDGER) ? size : strlen(LEDGER);
	size_t zeros = 0;

	while (zeros < size && text[zeros] == '\0')
		zeros++;
	return memcmp(text, LEDGER, begin) == 0 ||
	       (zeros == size && size < LOOK_BYTES);
}

bool sj_own_file_is(int fd, enum sj_own_file_kind kind)
{
	char text[LOOK_BYTES + 1];
	const ssize_t got = pread(fd, text, LOOK_BYTES, 0);

	if (got <= 0)
		return got == 0;
	text[got] = '\0';
	switch (kind) {
	case SJ_OWN_FILE_PORT:
		return is_port(text, (size_t)got);
	case SJ_OWN_FILE_EVENTS:
		return text[0] == '{';
	case SJ_OWN_FILE_LEDGER:
		return is_ledger(text, (size_t)got);
	default:
		return false;
	}
}

bool sj_own_file_is_at(const char *path, enum sj_own_file_kind kind)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat info;
	bool is_ours;

	if (fd < 0)
		return errno == ENOENT;
	is_ours = fstat(fd, &info) == 0 && S_ISREG(info.st_mode) &&
		  sj_own_file_is(fd, kind);
	(void)close(fd);
	return is_ours;
}
