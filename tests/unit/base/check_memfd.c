/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/base/memfd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/support/suite.h"

static char folder[] = "/tmp/shoji-memfd-XXXXXX";
static char path[64];

static void write_sample(const char *text)
{
	FILE *file;

	ck_assert_ptr_nonnull(mkdtemp(folder));
	(void)snprintf(path, sizeof(path), "%s/sample", folder);
	file = fopen(path, "w");
	ck_assert_ptr_nonnull(file);
	ck_assert_int_ge(fputs(text, file), 0);
	ck_assert_int_eq(fclose(file), 0);
}

static void remove_sample(void)
{
	unlink(path);
	rmdir(folder);
}

START_TEST(created_memory_is_zero_and_writable)
{
	int fd = -1;
	uint8_t *memory;

	ck_assert_int_eq(sj_memfd_create("frame", 10000, &fd), SJ_OK);
	ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
	memory = sj_memfd_map(fd, 10000, 1);
	ck_assert_ptr_nonnull(memory);
	ck_assert_uint_eq(memory[0] + memory[9999], 0);
	memory[9999] = 7;
	ck_assert_int_eq(munmap(memory, 10000), 0);
	memory = sj_memfd_map(fd, 10000, 0);
	ck_assert_ptr_nonnull(memory);
	ck_assert_uint_eq(memory[9999], 7);
	munmap(memory, 10000);
}
END_TEST

START_TEST(nobody_can_change_the_size)
{
	int fd = -1;

	ck_assert_int_eq(sj_memfd_create("frame", 4096, &fd), SJ_OK);
	ck_assert_int_eq(ftruncate(fd, 0), -1);
	ck_assert_int_eq(errno, EPERM);
	ck_assert_int_eq(ftruncate(fd, 8192), -1);
	ck_assert_int_eq(errno, EPERM);
	ck_assert_int_eq(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), -1);
	ck_assert_int_eq(errno, EPERM);
}
END_TEST

START_TEST(a_copy_cannot_be_written)
{
	int fd = -1;
	void *memory;

	ck_assert_int_eq(sj_memfd_copy("crl", "12345", 5, &fd), SJ_OK);
	ck_assert_int_eq(pwrite(fd, "x", 1, 0), -1);
	ck_assert_int_eq(errno, EPERM);
	ck_assert_ptr_null(sj_memfd_map(fd, 5, 1));
	memory = sj_memfd_map(fd, 5, 0);
	ck_assert_ptr_nonnull(memory);
	ck_assert_mem_eq(memory, "12345", 5);
	munmap(memory, 5);
}
END_TEST

START_TEST(empty_memory_is_refused)
{
	int fd = -1;

	ck_assert_int_eq(sj_memfd_create("frame", 0, &fd), SJ_ERR_ARGUMENT);
	ck_assert_int_eq(fd, -1);
}
END_TEST

START_TEST(a_map_beyond_the_end_is_refused)
{
	int fd = -1;

	ck_assert_int_eq(sj_memfd_create("frame", 4096, &fd), SJ_OK);
	ck_assert_ptr_null(sj_memfd_map(fd, 4097, 0));
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_ptr_null(sj_memfd_map(fd, 0, 0));
}
END_TEST

START_TEST(memory_that_may_shrink_is_refused)
{
	int fd = memfd_create("loose", MFD_ALLOW_SEALING);
	uint8_t *data = NULL;
	size_t size = 0;

	ck_assert_int_eq(ftruncate(fd, 4096), 0);
	ck_assert_ptr_null(sj_memfd_map(fd, 4096, 0));
	ck_assert_int_eq(errno, EPERM);
	ck_assert_int_eq(sj_memfd_read(fd, 9999, &data, &size), SJ_ERR_FORMAT);
	ck_assert_ptr_null(data);
}
END_TEST

START_TEST(what_is_no_memory_is_refused)
{
	uint8_t *data = NULL;
	size_t size = 0;
	int ends[2];
	int zero = open("/dev/zero", O_RDWR);

	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_ptr_null(sj_memfd_map(zero, 4096, 0));
	ck_assert_ptr_null(sj_memfd_map(ends[0], 1, 0));
	ck_assert_int_eq(
		sj_memfd_read(ends[0], 9999, &data, &size), SJ_ERR_FORMAT);
	ck_assert_int_eq(
		sj_memfd_read(zero, 9999, &data, &size), SJ_ERR_FORMAT);
}
END_TEST

START_TEST(a_copy_is_read_back_with_a_zero_behind)
{
	uint8_t *data = NULL;
	size_t size = 0;
	int fd = -1;

	ck_assert_int_eq(sj_memfd_copy("crl", "12345", 5, &fd), SJ_OK);
	ck_assert_int_eq(sj_memfd_read(fd, 4, &data, &size), SJ_ERR_LIMIT);
	ck_assert_int_eq(sj_memfd_read(fd, 5, &data, &size), SJ_OK);
	ck_assert_uint_eq(size, 5);
	ck_assert_mem_eq(data, "12345", 6);
	free(data);
	ck_assert_int_eq(sj_memfd_read(fd, 5, &data, &size), SJ_OK);
	ck_assert_uint_eq(size, 5);
	free(data);
}
END_TEST

START_TEST(a_file_is_copied_up_to_the_limit)
{
	uint8_t *data = NULL;
	size_t size = 0;
	int fd = -1;

	write_sample("shoji");
	ck_assert_int_eq(sj_memfd_from_file(path, 4, &fd), SJ_ERR_LIMIT);
	ck_assert_int_eq(fd, -1);
	ck_assert_int_eq(sj_memfd_from_file(path, 5, &fd), SJ_OK);
	ck_assert_int_eq(sj_memfd_read(fd, 5, &data, &size), SJ_OK);
	ck_assert_mem_eq(data, "shoji", 6);
	ck_assert_int_eq(fcntl(fd, F_GET_SEALS) & F_SEAL_WRITE, F_SEAL_WRITE);
	free(data);
	remove_sample();
}
END_TEST

/* In place of the C library's: what was wiped last, before it was. Not static:
 * the C library's header declares the function inline, for clang. */
extern char wiped[64];
char wiped[64];

void explicit_bzero(void *memory, size_t size);
void __explicit_bzero_chk(void *memory, size_t size, size_t room);

void explicit_bzero(void *memory, size_t size)
{
	volatile unsigned char *at = memory;

	memset(wiped, 0, sizeof(wiped));
	memcpy(wiped, memory, size < sizeof(wiped) ? size : sizeof(wiped) - 1);
	while (size > 0)
		at[--size] = 0;
}

void __explicit_bzero_chk(void *memory, size_t size, size_t room)
{
	ck_assert_uint_le(size, room);
	explicit_bzero(memory, size);
}

START_TEST(no_copy_of_a_file_stays_in_our_memory)
{
	int fd;

	write_sample("a private key");
	ck_assert_int_eq(sj_memfd_from_file(path, 100, &fd), SJ_OK);
	ck_assert_int_eq(memcmp(wiped, "a private key", 13), 0);
	close(fd);
	remove_sample();
}
END_TEST

START_TEST(a_missing_file_and_a_folder_are_errors)
{
	int fd = -1;

	ck_assert_int_eq(
		sj_memfd_from_file("/nonexistent", 5, &fd), SJ_ERR_SYSTEM);
	ck_assert_int_eq(errno, ENOENT);
	ck_assert_int_eq(sj_memfd_from_file("/", 5000, &fd), SJ_ERR_SYSTEM);
	ck_assert_int_eq(
		sj_memfd_from_file("/dev/zero", 5000, &fd), SJ_ERR_SYSTEM);
	ck_assert_int_eq(fd, -1);
}
END_TEST

SJ_SUITE_MAIN("memfd", created_memory_is_zero_and_writable,
	nobody_can_change_the_size, a_copy_cannot_be_written,
	empty_memory_is_refused, a_map_beyond_the_end_is_refused,
	memory_that_may_shrink_is_refused, what_is_no_memory_is_refused,
	a_copy_is_read_back_with_a_zero_behind,
	a_file_is_copied_up_to_the_limit, no_copy_of_a_file_stays_in_our_memory,
	a_missing_file_and_a_folder_are_errors)
