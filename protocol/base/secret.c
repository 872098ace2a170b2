/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/base/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/* Byte by byte: what follows the line is not ours to hold. */
static enum sj_err read_line(int fd, char *out, size_t size)
{
	size_t used = 0;

	for (;;) {
		char byte = 0;
		ssize_t got = read(fd, &byte, 1);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return SJ_ERR_SYSTEM;
		if (got == 0 || byte == '\n')
			break;
		if (byte == 0)
			return SJ_ERR_FORMAT;
		/* A carriage return before the end may go yet. */
		if (used == size - 1 && byte != '\r')
			return SJ_ERR_LIMIT;
		if (used == size - 1)
			continue;
		out[used++] = byte;
	}
	if (used > 0 && out[used - 1] == '\r')
		out[--used] = 0;
	return used > 0 ? SJ_OK : SJ_ERR_FORMAT;
}

enum sj_err sj_secret_read_line(const char *path, char *out, size_t size)
{
	enum sj_err err = SJ_ERR_FORMAT;
	struct stat info;
	int error;
	int fd;

	memset(out, 0, size);
	if (size == 0)
		return SJ_ERR_ARGUMENT;
	/* A pipe may have nobody who writes. */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0)
		return SJ_ERR_SYSTEM;
	/* Of a folder the system says what it is. */
	if (fstat(fd, &info) == 0 &&
		(S_ISREG(info.st_mode) || S_ISDIR(info.st_mode)))
		err = read_line(fd, out, size);
	error = errno;
	(void)close(fd);
	if (err != SJ_OK)
		explicit_bzero(out, size);
	errno = error;
	return err;
}

bool sj_secret_hide_memory(void)
{
	const struct rlimit no_core = {0, 0};
	bool is_limited = setrlimit(RLIMIT_CORE, &no_core) == 0;

	return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 && is_limited;
}
