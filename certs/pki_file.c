/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "certs/pki_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <openssl/crypto.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "protocol/base/plain_file.h"

void sj_pki_bytes_free(struct sj_pki_bytes *bytes)
{
	if (bytes->data)
		OPENSSL_cleanse(bytes->data, bytes->size);
	free(bytes->data);
	bytes->data = NULL;
	bytes->size = 0;
}

/* Reads until the end; false with errno on failure or when full. */
static bool read_all(int fd, struct sj_pki_bytes *bytes, size_t room)
{
	while (bytes->size < room) {
		ssize_t got =
			read(fd, bytes->data + bytes->size, room - bytes->size);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return false;
		if (got == 0)
			return true;
		bytes->size += (size_t)got;
	}
	errno = EFBIG;
	return false;
}

/* Room for a file of this size and one byte more, which tells of growth. */
static size_t room_for(int fd, size_t limit_bytes)
{
	struct stat state;

	if (fstat(fd, &state) == 0 && S_ISREG(state.st_mode) &&
		(uint64_t)state.st_size < limit_bytes)
		return (size_t)state.st_size + 1;
	return limit_bytes + 1;
}

enum sj_err sj_pki_file_read(const char *path, size_t limit_bytes,
	struct sj_pki_bytes *bytes, struct sj_pki_why *why)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	size_t room;
	int error;

	bytes->data = NULL;
	bytes->size = 0;
	if (fd < 0)
		return sj_pki_fail(why,
			errno == ENOENT ? SJ_ERR_MISSING : SJ_ERR_SYSTEM,
			"%s cannot be read: %s", path, strerror(errno));
	room = room_for(fd, limit_bytes);
	bytes->data = malloc(room + 1);
	if (!bytes->data) {
		(void)close(fd);
		return sj_pki_fail(why, SJ_ERR_MEMORY, "out of memory");
	}
	if (read_all(fd, bytes, room)) {
		(void)close(fd);
		bytes->data[bytes->size] = 0;
		return SJ_OK;
	}
	error = errno;
	(void)close(fd);
	sj_pki_bytes_free(bytes);
	if (error == EFBIG)
		return sj_pki_fail(why, SJ_ERR_LIMIT,
			"%s is larger than the %zu bytes that are allowed",
			path, limit_bytes);
	return sj_pki_fail(why, SJ_ERR_SYSTEM, "%s cannot be read: %s", path,
		strerror(error));
}

static bool write_all(int fd, const struct sj_pki_bytes *bytes)
{
	size_t at = 0;

	while (at < bytes->size) {
		ssize_t put = write(fd, bytes->data + at, bytes->size - at);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return false;
		at += (size_t)put;
	}
	return true;
}

/* A rename is safe from a power cut only when its folder is synced. */
static bool sync_folder_of(const char *path)
{
	char folder[PATH_MAX];
	const char *slash = strrchr(path, '/');
	size_t size = slash ? (size_t)(slash - path) : 0;
	int fd;
	bool is_synced;

	if (size >= sizeof(folder))
		return false;
	memcpy(folder, path, size);
	folder[size] = 0;
	if (size == 0)
		(void)snprintf(folder, sizeof(folder), slash ? "/" : ".");
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return false;
	/* Some file systems cannot sync a folder; then it is not needed. */
	is_synced = fsync(fd) == 0 || errno == EINVAL;
	(void)close(fd);
	return is_synced;
}

enum sj_err sj_pki_file_place(const char *path, struct sj_pki_why *why)
{
	const char *fault = sj_plain_file_fault(path);

	return fault ? sj_pki_fail(why, SJ_ERR_SYSTEM, "%s: %s", path, fault)
		     : SJ_OK;
}

enum sj_err sj_pki_file_write(const char *path,
	const struct sj_pki_bytes *bytes, mode_t mode, struct sj_pki_why *why)
{
	char beside[PATH_MAX];
	bool is_written;
	int error;
	int fd;

	if (sj_pki_file_place(path, why) != SJ_OK)
		return SJ_ERR_SYSTEM;
	if ((size_t)snprintf(beside, sizeof(beside), "%s.XXXXXX", path) >=
		sizeof(beside))
		return sj_pki_fail(
			why, SJ_ERR_ARGUMENT, "%s is too long a path", path);
	fd = mkostemp(beside, O_CLOEXEC);
	if (fd < 0)
		return sj_pki_fail(why, SJ_ERR_SYSTEM,
			"%s cannot be written: %s%s", path, strerror(errno),
			errno == ENOENT ? "; make its folder first" : "");
	is_written =
		fchmod(fd, mode) == 0 && write_all(fd, bytes) && fsync(fd) == 0;
	error = errno;
	if (close(fd) != 0 && is_written) {
		is_written = false;
		error = errno;
	}
	if (is_written && rename(beside, path) != 0) {
		is_written = false;
		error = errno;
	}
	if (!is_written) {
		(void)unlink(beside);
		return sj_pki_fail(why, SJ_ERR_SYSTEM,
			"%s cannot be written: %s", path, strerror(error));
	}
	if (!sync_folder_of(path))
		return sj_pki_fail(why, SJ_ERR_SYSTEM,
			"the folder of %s cannot be synced: %s", path,
			strerror(errno));
	return SJ_OK;
}

enum sj_err sj_pki_folder_make(const char *path, struct sj_pki_why *why)
{
	char part[PATH_MAX];
	size_t size = strlen(path);

	if (size == 0 || size >= sizeof(part))
		return sj_pki_fail(why, SJ_ERR_ARGUMENT,
			"'%s' is no path of a folder", path);
	for (size_t i = 1; i <= size; i++) {
		if (path[i] != '/' && path[i] != 0)
			continue;
		memcpy(part, path, i);
		part[i] = 0;
		if (mkdir(part, 0700) != 0 && errno != EEXIST)
			return sj_pki_fail(why, SJ_ERR_SYSTEM,
				"folder %s cannot be made: %s", part,
				strerror(errno));
	}
	return SJ_OK;
}
