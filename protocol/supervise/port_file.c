/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/supervise/port_file.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "protocol/base/own_file.h"
#include "protocol/base/plain_file.h"

static bool write_number(const char *path, uint16_t port, struct stat *info)
{
	FILE *file = fopen(path, "we");
	bool is_written;

	if (!file)
		return false;
	is_written = fprintf(file, "%u\n", port) > 0 &&
		     fstat(fileno(file), info) == 0;
	return fclose(file) == 0 && is_written;
}

const char *sj_port_file_write(
	struct sj_port_file *file, const char *path, uint16_t port)
{
	const char *fault = sj_plain_file_fault(path);
	char fresh[PATH_MAX];
	struct stat info;

	if (fault)
		return fault;
	if (!sj_own_file_is_at(path, SJ_OWN_FILE_PORT))
		return SJ_OWN_FILE_FAULT;
	(void)snprintf(fresh, sizeof(fresh), "%s.new", path);
	if (!write_number(fresh, port, &info) || rename(fresh, path) != 0)
		return strerror(errno);
	(void)snprintf(file->path, sizeof(file->path), "%s", path);
	file->device = info.st_dev;
	file->inode = info.st_ino;
	return NULL;
}

void sj_port_file_remove(struct sj_port_file *file)
{
	struct stat info;

	if (file->path[0] && lstat(file->path, &info) == 0 &&
		info.st_dev == file->device && info.st_ino == file->inode)
		(void)unlink(file->path);
	file->path[0] = '\0';
}

void sj_port_file_remove_left(const char *path)
{
	if (path[0] && sj_own_file_is_at(path, SJ_OWN_FILE_PORT))
		(void)unlink(path);
}
