/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/base/confine_child.h"

#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "protocol/base/memfd.h"
#include "tests/support/suite.h"

#define NOT_CONFINED 100

/* Prepared before the confinement, used by deeds in it. */
int sockets[2] = {-1, -1};
int memory_fd = -1;
struct sj_confine spec;

void prepare(void)
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
int status_of(int (*deed)(void))
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

void assert_killed(int (*deed)(void))
{
	int status = status_of(deed);

	ck_assert_msg(WIFSIGNALED(status), "the deed was permitted: %x",
		(unsigned)status);
	ck_assert_int_eq(WTERMSIG(status), SIGSYS);
}

void assert_survives(int (*deed)(void))
{
	int status = status_of(deed);

	ck_assert_msg(
		WIFEXITED(status), "the deed was fatal: %x", (unsigned)status);
	ck_assert_int_eq(WEXITSTATUS(status), 0);
}

int deed_read_write(void)
{
	char byte;

	return write(sockets[0], "x", 1) != 1 ||
	       read(sockets[1], &byte, 1) != 1 || byte != 'x';
}
