/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/base/memfd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SIZE_SEALS (F_SEAL_SHRINK | F_SEAL_GROW)

static void close_keeping_errno(int fd)
{
	int saved = errno;

	close(fd);
	errno = saved;
}

/*
 * The plain system call: what the C library makes of fstat names a path, which
 * a confined process may not do.
 */
static bool size_of(int fd, size_t *size)
{
	struct stat facts;

	if (syscall(SYS_fstat, fd, &facts) != 0)
		return false;
	if (facts.st_size < 0) {
		errno = EINVAL;
		return false;
	}
	*size = (size_t)facts.st_size;
	return true;
}

static bool write_all(int fd, const uint8_t *data, size_t size)
{
	for (size_t at = 0; at < size;) {
		ssize_t n = write(fd, data + at, size - at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		at += (size_t)n;
	}
	return true;
}

static enum sj_err create_sealed(
	const char *name, const void *data, size_t size, int seals, int *fd)
{
	int made = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (made < 0)
		return SJ_ERR_SYSTEM;
	if (ftruncate(made, (off_t)size) != 0 ||
		(data && !write_all(made, data, size)) ||
		fcntl(made, F_ADD_SEALS, seals) != 0) {
		close_keeping_errno(made);
		return SJ_ERR_SYSTEM;
	}
	*fd = made;
	return SJ_OK;
}

enum sj_err sj_memfd_create(const char *name, size_t size, int *fd)
{
	if (size == 0)
		return SJ_ERR_ARGUMENT;
	return create_sealed(name, NULL, size, SIZE_SEALS | F_SEAL_SEAL, fd);
}

enum sj_err sj_memfd_copy(
	const char *name, const void *data, size_t size, int *fd)
{
	return create_sealed(
		name, data, size, SIZE_SEALS | F_SEAL_WRITE | F_SEAL_SEAL, fd);
}

/* Reads up to size bytes of fd; -1 on failure. */
static ssize_t read_up_to(int fd, uint8_t *data, size_t size)
{
	size_t at = 0;

	while (at < size) {
		ssize_t n = read(fd, data + at, size - at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (n == 0)
			break;
		at += (size_t)n;
	}
	return (ssize_t)at;
}

static enum sj_err copy_open_file(
	int file, const char *name, size_t limit_bytes, int *fd)
{
	struct stat facts;
	uint8_t *data;
	enum sj_err err;
	ssize_t got;

	if (fstat(file, &facts) != 0)
		return SJ_ERR_SYSTEM;
	if (!S_ISREG(facts.st_mode)) {
		errno = EINVAL;
		return SJ_ERR_SYSTEM;
	}
	if ((size_t)facts.st_size > limit_bytes)
		return SJ_ERR_LIMIT;
	/* One more byte shows a file that grows while it is read. */
	data = malloc((size_t)facts.st_size + 1);
	if (!data)
		return SJ_ERR_MEMORY;
	got = read_up_to(file, data, (size_t)facts.st_size + 1);
	if (got < 0)
		err = SJ_ERR_SYSTEM;
	else if (got > facts.st_size)
		err = SJ_ERR_LIMIT;
	else
		err = sj_memfd_copy(name, data, (size_t)got, fd);
	/* It may be a private key. */
	explicit_bzero(data, (size_t)facts.st_size + 1);
	free(data);
	return err;
}

enum sj_err sj_memfd_from_file(const char *path, size_t limit_bytes, int *fd)
{
	int file = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	enum sj_err err;

	if (file < 0)
		return SJ_ERR_SYSTEM;
	err = copy_open_file(file, "file", limit_bytes, fd);
	close_keeping_errno(file);
	return err;
}

/* True if fd is a memfd that cannot shrink; gives its size. */
static bool is_sealed(int fd, size_t *size)
{
	int seals = fcntl(fd, F_GET_SEALS);

	if (seals < 0)
		return false;
	if ((seals & F_SEAL_SHRINK) == 0) {
		errno = EPERM;
		return false;
	}
	return size_of(fd, size);
}

void *sj_memfd_map(int fd, size_t size, int writable)
{
	int prot = writable ? PROT_READ | PROT_WRITE : PROT_READ;
	size_t there;
	void *memory;

	if (!is_sealed(fd, &there))
		return NULL;
	if (size == 0 || there < size) {
		errno = EINVAL;
		return NULL;
	}
	memory = mmap(NULL, size, prot, MAP_SHARED, fd, 0);
	return memory == MAP_FAILED ? NULL : memory;
}

enum sj_err sj_memfd_read(
	int fd, size_t limit_bytes, uint8_t **data, size_t *size)
{
	size_t there, at = 0;
	uint8_t *copy;

	if (!is_sealed(fd, &there))
		return SJ_ERR_FORMAT;
	if (there > limit_bytes)
		return SJ_ERR_LIMIT;
	copy = malloc(there + 1);
	if (!copy)
		return SJ_ERR_MEMORY;
	while (at < there) {
		ssize_t n = pread(fd, copy + at, there - at, (off_t)at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			free(copy);
			return SJ_ERR_SYSTEM;
		}
		at += (size_t)n;
	}
	copy[there] = 0;
	*data = copy;
	*size = there;
	return SJ_OK;
}
