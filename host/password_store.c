/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/password_store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "protocol/base/limits.h"
#include "protocol/base/plain_file.h"

#define FILE_BYTES SJ_LIMIT_PEM_BYTES /* what a gate reads at most */

/* Reads the whole file, "" when there is none; the caller frees. */
static enum sj_err read_file(const char *path, char **text)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t used = 0;
	ssize_t n = 1;

	if (fd < 0 && errno != ENOENT)
		return SJ_ERR_SYSTEM;
	*text = calloc(1, FILE_BYTES + 1);
	while (*text && fd >= 0 && n > 0 && used < FILE_BYTES) {
		n = read(fd, *text + used, FILE_BYTES - used);
		if (n > 0)
			used += (size_t)n;
	}
	if (fd >= 0)
		close(fd);
	if (!*text)
		return SJ_ERR_MEMORY;
	return n < 0                ? SJ_ERR_SYSTEM
	       : used == FILE_BYTES ? SJ_ERR_LIMIT
				    : SJ_OK;
}

/* Writes every line but the ones that begin as line does, then line. */
static bool write_lines(int fd, const char *text, const char *line)
{
	size_t name_bytes = strcspn(line, ":") + 1;
	FILE *file = fdopen(fd, "w");
	bool is_written = true;

	if (!file) {
		close(fd);
		return false;
	}
	while (*text) {
		size_t size = strcspn(text, "\n");

		if (size > 0 && strncmp(text, line, name_bytes) != 0)
			is_written = is_written && fprintf(file, "%.*s\n",
							   (int)size, text) > 0;
		text += size + (text[size] == '\n');
	}
	is_written = is_written && fputs(line, file) >= 0 &&
		     fflush(file) == 0 && fsync(fileno(file)) == 0;
	return fclose(file) == 0 && is_written;
}

enum sj_err sj_password_store(const char *path, const char *line)
{
	char fresh[512];
	char *text = NULL;
	enum sj_err err = SJ_ERR_SYSTEM;
	int printed = snprintf(fresh, sizeof(fresh), "%s.new", path);
	int fd;

	if (printed < 0 || (size_t)printed >= sizeof(fresh))
		return SJ_ERR_LIMIT;
	err = read_file(path, &text);
	if (err != SJ_OK)
		goto out;
	err = SJ_ERR_SYSTEM;
	/* What a run that was killed has left; nothing else is in the way. */
	if (!sj_plain_file_fault(fresh))
		(void)unlink(fresh);
	fd = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		goto out;
	if (write_lines(fd, text, line) && rename(fresh, path) == 0)
		err = SJ_OK;
	else
		(void)unlink(fresh);
out:
	free(text);
	return err;
}
