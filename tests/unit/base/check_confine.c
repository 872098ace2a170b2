/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/base/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "protocol/base/ipc.h"
#include "protocol/base/memfd.h"
#include "tests/support/suite.h"

#define NOT_CONFINED 100

/* Prepared before the confinement, used by deeds in it. */
static int sockets[2] = {-1, -1};
static int memory_fd = -1;
static struct sj_confine spec;

static void prepare(void)
{
	static int keep[3];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, sockets), 0);
	ck_assert_int_eq(sj_memfd_create("confine", 4096, &memory_fd), SJ_OK);
	keep[0] = sockets[0];
	keep[1] = sockets[1];
	keep[2] = memory_fd;
	spec = (struct sj_confine){.name = "tester",
		.uid = (uid_t)-1,
		.gid = (gid_t)-1,
		.keep_fds = keep,
		.keep_count = 3};
}

/* Wait status of a child that confines itself by spec and does deed. */
static int status_of(int (*deed)(void))
{
	int status;
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		char why[256];

		if (sj_confine(&spec, why, sizeof(why)) != SJ_OK) {
			(void)fprintf(stderr, "confine: %s\n", why);
			_exit(NOT_CONFINED);
		}
		_exit(deed());
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return status;
}

static void assert_killed(int (*deed)(void))
{
	int status = status_of(deed);

	ck_assert_msg(WIFSIGNALED(status), "the deed was permitted: %x",
		(unsigned)status);
	ck_assert_int_eq(WTERMSIG(status), SIGSYS);
}

static void assert_survives(int (*deed)(void))
{
	int status = status_of(deed);

	ck_assert_msg(
		WIFEXITED(status), "the deed was fatal: %x", (unsigned)status);
	ck_assert_int_eq(WEXITSTATUS(status), 0);
}

/* Deeds: 0 when all went well. */

static int deed_fork(void)
{
	return fork() < 0;
}

static int deed_exec(void)
{
	char *const argv[] = {NULL};

	return execve("/bin/true", argv, argv) != 0;
}

static int deed_socket(void)
{
	return socket(AF_INET, SOCK_STREAM, 0) < 0;
}

static int deed_udp(void)
{
	return socket(AF_INET, SOCK_DGRAM, 0) < 0;
}

static int deed_unix(void)
{
	return socket(AF_UNIX, SOCK_STREAM, 0) < 0;
}

static int deed_ptrace(void)
{
	return ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0;
}

static int deed_kill(void)
{
	return kill(getpid(), 0) != 0;
}

static int deed_setuid(void)
{
	return setuid(0) != 0;
}

static int deed_unshare(void)
{
	return (int)syscall(SYS_unshare, 0x10000000);
}

static int deed_dup(void)
{
	return dup(0) < 0;
}

static int deed_process_memory(void)
{
	return (int)syscall(
		SYS_process_vm_readv, getppid(), NULL, 0, NULL, 0, 0);
}

static int deed_terminal_input(void)
{
	return ioctl(0, TIOCSTI, "x") != 0;
}

static int deed_sendto_address(void)
{
	struct sockaddr_in to = {.sin_family = AF_INET};

	return sendto(sockets[0], "x", 1, 0, (struct sockaddr *)&to,
		       sizeof(to)) != 1;
}

#ifndef SJ_SANITIZED
static int deed_open(void)
{
	return open("/etc/passwd", O_RDONLY) < 0;
}

static int deed_code_pages(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_EXEC,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED;
}

static int deed_make_code(void)
{
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return page == MAP_FAILED ||
	       mprotect(page, 4096, PROT_READ | PROT_EXEC) != 0;
}
#endif

static int deed_read_write(void)
{
	char byte;

	return write(sockets[0], "x", 1) != 1 ||
	       read(sockets[1], &byte, 1) != 1 || byte != 'x';
}

static int deed_send_recv(void)
{
	char byte;

	return send(sockets[0], "x", 1, MSG_NOSIGNAL) != 1 ||
	       recv(sockets[1], &byte, 1, 0) != 1;
}

static int deed_memory(void)
{
	for (size_t size = 16; size < 64 * 1024 * 1024; size *= 4) {
		char *data = malloc(size);

		if (!data)
			return 1;
		memset(data, 1, size);
		data = realloc(data, size * 2);
		if (!data)
			return 2;
		free(data);
	}
	return 0;
}

static int deed_time_and_poll(void)
{
	struct pollfd poll_fd = {.fd = sockets[0], .events = POLLOUT};
	struct timespec now;
	fd_set set;

	FD_ZERO(&set);
	FD_SET(sockets[0], &set);
	return clock_gettime(CLOCK_MONOTONIC, &now) != 0 ||
	       syscall(SYS_clock_gettime, CLOCK_REALTIME, &now) != 0 ||
	       time(NULL) <= 0 || poll(&poll_fd, 1, 0) != 1 ||
	       select(sockets[0] + 1, NULL, &set, NULL, NULL) != 1;
}

static int deed_random(void)
{
	char data[16];

	return syscall(SYS_getrandom, data, sizeof(data), 0) != sizeof(data);
}

static int deed_print(void)
{
	return fprintf(stderr, "%s", "") < 0;
}

static int deed_recvmsg(void)
{
	char byte;

	if (send(sockets[0], "x", 1, 0) != 1)
		return 1;
	return sj_ipc_receive(sockets[1], &byte, 1, NULL) != SJ_OK;
}

static int deed_sendmsg(void)
{
	return sj_ipc_send(sockets[0], "x", 1, NULL) != SJ_OK;
}

static int deed_shutdown(void)
{
	return shutdown(sockets[0], SHUT_WR) != 0;
}

#ifndef SJ_SANITIZED
static int deed_map(void)
{
	return mmap(NULL, 4096, PROT_READ, MAP_SHARED, memory_fd, 0) ==
	       MAP_FAILED;
}
#endif

static int deed_sockopt(void)
{
	int value = 0;
	socklen_t size = sizeof(value);

	return getsockopt(sockets[0], SOL_SOCKET, SO_ERROR, &value, &size) != 0;
}

static int deed_queue(void)
{
	int value;

	return ioctl(sockets[0], TIOCOUTQ, &value) != 0 ||
	       ioctl(sockets[0], FIONREAD, &value) != 0;
}

static int deed_nonblock(void)
{
	int flags = fcntl(sockets[0], F_GETFL);

	return flags < 0 || fcntl(sockets[0], F_SETFL, flags | O_NONBLOCK);
}

static int deed_tcp_sockets(void)
{
	return socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0) <
		       0 ||
	       socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0) < 0;
}

/* Port 1 of loopback: reached, and nobody there. */
static int deed_connect(void)
{
	struct sockaddr_in to = {.sin_family = AF_INET,
		.sin_port = htons(1),
		.sin_addr = {htonl(INADDR_LOOPBACK)}};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	return fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0 ||
	       errno != ECONNREFUSED;
}

static int deed_wait(void)
{
	return wait4(-1, NULL, WNOHANG, NULL) != -1 || errno != ECHILD;
}

static int deed_sync(void)
{
	return fdatasync(memory_fd) != 0;
}

static const struct {
	const char *name;
	int (*deed)(void);
} forbidden[] = {
	{"fork", deed_fork},
	{"exec", deed_exec},
	{"udp socket", deed_udp},
	{"unix socket", deed_unix},
	{"ptrace", deed_ptrace},
	{"setuid", deed_setuid},
	{"unshare", deed_unshare},
	{"dup", deed_dup},
	{"process_vm_readv", deed_process_memory},
	{"terminal input", deed_terminal_input},
	{"sendto an address", deed_sendto_address},
#ifndef SJ_SANITIZED
	{"open", deed_open},
	{"code pages", deed_code_pages},
	{"memory made code", deed_make_code},
#endif
};

/* Even with everything that can be allowed at once. */
START_TEST(a_forbidden_call_kills)
{
	prepare();
	assert_killed(forbidden[_i].deed);
	spec.allow = 0xff;
	assert_killed(forbidden[_i].deed);
}
END_TEST

static int (*const permitted[])(void) = {deed_read_write, deed_send_recv,
	deed_memory, deed_time_and_poll, deed_random, deed_print};

START_TEST(the_base_set_survives)
{
	prepare();
	assert_survives(permitted[_i]);
}
END_TEST

static const struct {
	unsigned allow;
	int (*deed)(void);
} extras[] = {
	{SJ_ALLOW_RECVMSG, deed_recvmsg},
	{SJ_ALLOW_SENDMSG, deed_sendmsg},
	{SJ_ALLOW_SHUTDOWN, deed_shutdown},
#ifndef SJ_SANITIZED
	{SJ_ALLOW_MAP_SHARED, deed_map},
#endif
	{SJ_ALLOW_SOCKOPT, deed_sockopt},
	{SJ_ALLOW_SOCKOPT, deed_queue},
	{SJ_ALLOW_SOCKOPT, deed_nonblock},
	{SJ_ALLOW_SIGNALS, deed_kill},
	{SJ_ALLOW_SIGNALS, deed_wait},
	{SJ_ALLOW_APPEND, deed_sync},
};

START_TEST(an_extra_is_fatal_until_it_is_allowed)
{
	prepare();
	spec.allow = 0xffu & ~extras[_i].allow;
	assert_killed(extras[_i].deed);
	spec.allow = extras[_i].allow;
	assert_survives(extras[_i].deed);
}
END_TEST

START_TEST(only_the_forwarder_makes_sockets)
{
	prepare();
	spec.fd_max = 64;
	spec.allow = 0xffu & ~(unsigned)SJ_ALLOW_CONNECT;
	assert_killed(deed_socket);
	spec.allow = SJ_ALLOW_CONNECT;
	assert_survives(deed_tcp_sockets);
	assert_survives(deed_connect);
	assert_killed(deed_unix);
}
END_TEST

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

START_TEST(ids_and_groups_are_dropped)
{
	pid_t pid;

	if (geteuid() != 0)
		return;
	prepare();
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

static int other_fd;

static int deed_fd_facts(void)
{
	char byte;

	if (read(other_fd, &byte, 1) != -1 || errno != EBADF)
		return 1;
	return deed_read_write();
}

START_TEST(other_descriptors_are_closed)
{
	prepare();
	other_fd = open("/dev/zero", O_RDONLY);
	ck_assert_int_gt(other_fd, memory_fd);
	assert_survives(deed_fd_facts);
	/* One in the middle, too. */
	other_fd = memory_fd;
	spec.keep_count = 2;
	assert_survives(deed_fd_facts);
}
END_TEST

static int deed_too_much_memory(void)
{
	return malloc((size_t)512 << 20) != NULL;
}

START_TEST(memory_has_an_end)
{
#ifndef SJ_SANITIZED
	prepare();
	spec.memory_max_bytes = 256u << 20;
	assert_survives(deed_too_much_memory);
#else
	ck_assert_ptr_nonnull((void *)(uintptr_t)deed_too_much_memory);
#endif
}
END_TEST

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

int main(void)
{
	const TTest *const tests[] = {only_the_forwarder_makes_sockets,
		everything_is_taken_from_the_process,
		ids_and_groups_are_dropped, other_descriptors_are_closed,
		memory_has_an_end, a_broken_pipe_is_no_signal,
		senseless_requests_are_refused,
		ids_that_cannot_be_changed_are_an_error};
	const struct sj_suite_loop loops[] = {
		{a_forbidden_call_kills, SJ_COUNT(forbidden)},
		{the_base_set_survives, SJ_COUNT(permitted)},
		{an_extra_is_fatal_until_it_is_allowed, SJ_COUNT(extras)}};

	return sj_suite_run_loops(
		"confine", tests, SJ_COUNT(tests), loops, SJ_COUNT(loops));
}
