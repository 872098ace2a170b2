/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What sj_confine takes from a process, beside its system calls. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/suite.h"
#include "tests/unit/base/confine_child.h"

static char proc_text[4096];

/* The line of /proc/PID/status that begins with key. */
static const char *status_line(pid_t pid, const char *key)
{
	static char path[64];
	FILE *file;
	size_t n;
	char *line;

	(void)snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	file = fopen(path, "r");
	ck_assert_ptr_nonnull(file);
	n = fread(proc_text, 1, sizeof(proc_text) - 1, file);
	proc_text[n] = '\0';
	(void)fclose(file);
	line = strstr(proc_text, key);
	ck_assert_ptr_nonnull(line);
	line[strcspn(line, "\n")] = '\0';
	return line + strlen(key);
}

/* Starts a child that confines itself, says so and waits for the end. */
static pid_t start_confined(void)
{
	pid_t pid = fork();
	char byte = 0;

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		char why[256];

		byte = sj_confine(&spec, why, sizeof(why)) == SJ_OK ? 'y' : 'n';
		if (write(sockets[1], &byte, 1) != 1 ||
			read(sockets[1], &byte, 1) < 0)
			_exit(1);
		_exit(0);
	}
	ck_assert_int_eq(read(sockets[0], &byte, 1), 1);
	ck_assert_int_eq(byte, 'y');
	return pid;
}

static void end_confined(pid_t pid)
{
	ck_assert_int_eq(write(sockets[0], "x", 1), 1);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}

START_TEST(everything_is_taken_from_the_process)
{
	pid_t pid;
	struct rlimit limit;

	prepare();
	spec.memory_max_bytes = 1u << 30;
	pid = start_confined();
	ck_assert_str_eq(status_line(pid, "Name:\t"), "tester");
	ck_assert_str_eq(status_line(pid, "NoNewPrivs:\t"), "1");
	ck_assert_str_eq(status_line(pid, "Seccomp:\t"), "2");
	ck_assert_str_eq(status_line(pid, "CapInh:\t"), "0000000000000000");
	ck_assert_str_eq(status_line(pid, "CapPrm:\t"), "0000000000000000");
	ck_assert_str_eq(status_line(pid, "CapEff:\t"), "0000000000000000");
	ck_assert_str_eq(status_line(pid, "CapAmb:\t"), "0000000000000000");
	if (geteuid() == 0)
		ck_assert_str_eq(
			status_line(pid, "CapBnd:\t"), "0000000000000000");
	ck_assert_int_eq(prlimit(pid, RLIMIT_CORE, NULL, &limit), 0);
	ck_assert_uint_eq(limit.rlim_max, 0);
	ck_assert_int_eq(prlimit(pid, RLIMIT_NOFILE, NULL, &limit), 0);
	ck_assert_uint_eq(limit.rlim_max, (rlim_t)memory_fd + 1);
#ifndef SJ_SANITIZED
	ck_assert_int_eq(prlimit(pid, RLIMIT_AS, NULL, &limit), 0);
	ck_assert_uint_eq(limit.rlim_max, 1u << 30);
#endif
	end_confined(pid);
}
END_TEST

static void *wait_for_ever(void *nothing)
{
	for (;;)
		pause();
	return nothing;
}

/* Filter and Landlock would bind one of the two only. */
START_TEST(a_process_with_another_thread_is_refused)
{
	pthread_t thread;
	char why[128];

	prepare();
	ck_assert_int_eq(pthread_create(&thread, NULL, wait_for_ever, NULL), 0);
	ck_assert_int_eq(sj_confine(&spec, why, sizeof(why)), SJ_ERR_SYSTEM);
	ck_assert_ptr_nonnull(strstr(why, "other threads"));
}
END_TEST

START_TEST(ids_and_groups_are_dropped)
{
	pid_t pid;

	if (geteuid() != 0)
		return;
	prepare();
	ck_assert_int_eq(setgroups(2, (const gid_t[]){7, 8}), 0);
	spec.uid = 54321;
	spec.gid = 54322;
	pid = start_confined();
	ck_assert_str_eq(
		status_line(pid, "Uid:\t"), "54321\t54321\t54321\t54321");
	ck_assert_str_eq(
		status_line(pid, "Gid:\t"), "54322\t54322\t54322\t54322");
	ck_assert_str_eq(status_line(pid, "Groups:\t"), " ");
	end_confined(pid);
}
END_TEST

START_TEST(not_even_the_same_user_can_look_into_the_process)
{
	char path[64];
	pid_t pid;
	int fd;

	prepare();
	if (geteuid() == 0)
		ck_assert_int_eq(setresuid(54321, 54321, 54321), 0);
	ck_assert_int_eq(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0), 0);
	(void)snprintf(path, sizeof(path), "/proc/%d/mem", (int)getpid());
	fd = open(path, O_RDONLY);
	ck_assert_int_ge(fd, 0);
	pid = start_confined();
	(void)snprintf(path, sizeof(path), "/proc/%d/mem", (int)pid);
	ck_assert_int_eq(open(path, O_RDONLY), -1);
	ck_assert_int_eq(errno, EACCES);
	end_confined(pid);
}
END_TEST

static int other_fd;

/* The other is closed, the first of the kept is not. */
static int deed_fd_facts(void)
{
	char byte;

	if (read(other_fd, &byte, 1) != -1 || errno != EBADF)
		return 1;
	return send(sockets[0], "x", 1, MSG_NOSIGNAL) < 0 && errno != EPIPE;
}

START_TEST(other_descriptors_are_closed)
{
	prepare();
	other_fd = open("/dev/zero", O_RDONLY);
	ck_assert_int_gt(other_fd, memory_fd);
	assert_survives(deed_fd_facts);
}
END_TEST

START_TEST(descriptors_between_the_kept_are_closed)
{
	int keep[2];

	prepare();
	keep[0] = memory_fd;
	keep[1] = sockets[0];
	spec.keep_fds = keep;
	spec.keep_count = 2;
	other_fd = sockets[1];
	ck_assert_int_gt(other_fd, sockets[0]);
	ck_assert_int_lt(other_fd, memory_fd);
	assert_survives(deed_fd_facts);
}
END_TEST

/* The address space of a sanitised build has no limit. */
#ifndef SJ_SANITIZED
static int deed_too_much_memory(void)
{
	return mmap(NULL, (size_t)512 << 20, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED ||
	       errno != ENOMEM;
}

START_TEST(memory_has_an_end)
{
	prepare();
	spec.memory_max_bytes = 256u << 20;
	assert_survives(deed_too_much_memory);
}
END_TEST
#endif

static int deed_broken_pipe(void)
{
	return write(sockets[0], "x", 1) != -1 || errno != EPIPE;
}

START_TEST(a_broken_pipe_is_no_signal)
{
	prepare();
	spec.keep_count = 1;
	close(sockets[1]);
	assert_survives(deed_broken_pipe);
}
END_TEST

START_TEST(senseless_requests_are_refused)
{
	static const int bad[] = {-1};
	char why[64];

	spec = (struct sj_confine){.uid = (uid_t)-1, .gid = (gid_t)-1};
	ck_assert_int_eq(sj_confine(&spec, why, sizeof(why)), SJ_ERR_ARGUMENT);
	ck_assert_str_eq(why, "arguments: Invalid argument");
	spec.name = "x";
	spec.keep_fds = bad;
	spec.keep_count = 1;
	ck_assert_int_eq(sj_confine(&spec, why, sizeof(why)), SJ_ERR_ARGUMENT);
}
END_TEST

static int deed_nothing(void)
{
	return 0;
}

START_TEST(ids_that_cannot_be_changed_are_an_error)
{
	int status;
	pid_t pid;

	prepare();
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		char why[256];
		struct sj_confine again = spec;

		/* No longer root, this one cannot become anybody else. */
		if (geteuid() == 0 && setresuid(54321, 54321, 54321) != 0)
			_exit(2);
		again.uid = 54399;
		if (sj_confine(&again, why, sizeof(why)) != SJ_ERR_DENIED)
			_exit(3);
		_exit(strncmp(why, "user and group: ", 16) == 0 ? 0 : 4);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	assert_survives(deed_nothing);
}
END_TEST

#ifdef SJ_SANITIZED
#define SHIPPED_ONLY
#else
#define SHIPPED_ONLY memory_has_an_end,
#endif
SJ_SUITE_MAIN("confine_process",
	SHIPPED_ONLY everything_is_taken_from_the_process,
	a_process_with_another_thread_is_refused, ids_and_groups_are_dropped,
	not_even_the_same_user_can_look_into_the_process,
	descriptors_between_the_kept_are_closed, other_descriptors_are_closed,
	a_broken_pipe_is_no_signal, senseless_requests_are_refused,
	ids_that_cannot_be_changed_are_an_error)
