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
#include "tests/support/suite.h"
#include "tests/unit/base/confine_child.h"

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

/* The sanitised filter lets open through: the layer below is seen. */
#ifdef SJ_SANITIZED
static int deed_open_denied(void)
{
	return open("/etc/passwd", O_RDONLY) >= 0 || errno != EACCES;
}
#else
#define deed_open_denied deed_read_write
#endif

START_TEST(files_are_denied_below_the_filter_too)
{
	prepare();
	spec.fd_max = 64;
	spec.may_miss = 0;
	assert_survives(deed_open_denied);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {only_the_forwarder_makes_sockets,
		files_are_denied_below_the_filter_too};
	const struct sj_suite_loop loops[] = {
		{a_forbidden_call_kills, SJ_COUNT(forbidden)},
		{the_base_set_survives, SJ_COUNT(permitted)},
		{an_extra_is_fatal_until_it_is_allowed, SJ_COUNT(extras)}};

	return sj_suite_run_loops(
		"confine", tests, SJ_COUNT(tests), loops, SJ_COUNT(loops));
}
