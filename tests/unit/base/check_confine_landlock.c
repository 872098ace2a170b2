/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/base/confine_landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "protocol/base/confine.h"
#include "tests/support/suite.h"

/* Version of the kernel's Landlock; below 1: there is none. */
static long version(void)
{
	return syscall(SYS_landlock_create_ruleset, NULL, (size_t)0, 1u);
}

/* Exit status of a child that restricts itself and does deed. */
static int status_of(unsigned allow, int (*deed)(void))
{
	int status;
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
			_exit(100);
		if (sj_confine_landlock(allow) != SJ_OK)
			_exit(101);
		_exit(deed());
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static int deed_read(void)
{
	return open("/etc/passwd", O_RDONLY) < 0 ? errno : 0;
}

static int deed_create(void)
{
	return open("/tmp", O_TMPFILE | O_WRONLY, 0600) < 0 ? errno : 0;
}

static int deed_list(void)
{
	return open("/", O_RDONLY | O_DIRECTORY) < 0 ? errno : 0;
}

static int deed_execute(void)
{
	char *const argv[] = {NULL};

	execve("/bin/true", argv, argv);
	return errno;
}

static int deed_connect(void)
{
	struct sockaddr_in to = {.sin_family = AF_INET,
		.sin_port = htons(1),
		.sin_addr = {htonl(INADDR_LOOPBACK)}};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	return connect(fd, (struct sockaddr *)&to, sizeof(to)) != 0 ? errno : 0;
}

static int deed_bind(void)
{
	struct sockaddr_in to = {
		.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	return bind(fd, (struct sockaddr *)&to, sizeof(to)) != 0 ? errno : 0;
}

static int deed_signal_parent(void)
{
	return kill(getppid(), 0) != 0 ? errno : 0;
}

START_TEST(no_file_can_be_reached)
{
	if (version() < 1)
		return;
	ck_assert_int_eq(status_of(0xff, deed_read), EACCES);
	ck_assert_int_eq(status_of(0xff, deed_create), EACCES);
	ck_assert_int_eq(status_of(0xff, deed_list), EACCES);
	ck_assert_int_eq(status_of(0xff, deed_execute), EACCES);
}
END_TEST

START_TEST(only_the_forwarder_connects_and_nobody_listens)
{
	if (version() < 4)
		return;
	ck_assert_int_eq(
		status_of(~(unsigned)SJ_ALLOW_CONNECT, deed_connect), EACCES);
	ck_assert_int_eq(
		status_of(SJ_ALLOW_CONNECT, deed_connect), ECONNREFUSED);
	ck_assert_int_eq(status_of(SJ_ALLOW_CONNECT, deed_bind), EACCES);
}
END_TEST

START_TEST(only_supervisors_signal_others)
{
	if (version() < 6)
		return;
	ck_assert_int_eq(
		status_of(~(unsigned)SJ_ALLOW_SIGNALS, deed_signal_parent),
		EPERM);
	ck_assert_int_eq(status_of(SJ_ALLOW_SIGNALS, deed_signal_parent), 0);
}
END_TEST

START_TEST(privileges_that_could_grow_are_an_error)
{
	int status;
	pid_t pid;

	if (version() < 1)
		return;
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		if (geteuid() == 0 && setresuid(54321, 54321, 54321) != 0)
			_exit(100);
		_exit(sj_confine_landlock(0) == SJ_ERR_SYSTEM && errno == EPERM
				? 0
				: 1);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}
END_TEST

SJ_SUITE_MAIN("confine_landlock", no_file_can_be_reached,
	only_the_forwarder_connects_and_nobody_listens,
	only_supervisors_signal_others, privileges_that_could_grow_are_an_error)
