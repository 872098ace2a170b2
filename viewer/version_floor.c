/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "viewer/version_floor.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Runs path with an empty environment; its stdout goes to out_fd. */
static int run(const char *path, char *const *argv, int out_fd)
{
	char *const envp[] = {NULL};
	posix_spawn_file_actions_t actions;
	pid_t pid = 0;
	int status = -1;

	if (posix_spawn_file_actions_init(&actions) != 0)
		return -1;
	(void)posix_spawn_file_actions_adddup2(&actions, out_fd, 1);
	(void)posix_spawn_file_actions_addopen(
		&actions, 2, "/dev/null", O_WRONLY, 0);
	if (posix_spawn(&pid, path, &actions, NULL, argv, envp) == 0) {
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
	}
	(void)posix_spawn_file_actions_destroy(&actions);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void read_installed(char *installed, size_t size)
{
	char name[] = SJ_VERSION_FLOOR_PACKAGE;
	char format[] = "-f${Version}";
	char show[] = "-W";
	char program[] = "dpkg-query";
	char *const argv[] = {program, show, format, name, NULL};
	int ends[2];
	ssize_t got = 0;

	installed[0] = 0;
	if (pipe2(ends, O_CLOEXEC) != 0)
		return;
	/* A version is far smaller than a pipe: no reader is needed yet. */
	if (run("/usr/bin/dpkg-query", argv, ends[1]) == 0) {
		(void)close(ends[1]);
		ends[1] = -1;
		got = read(ends[0], installed, size - 1);
	}
	installed[got > 0 ? got : 0] = 0;
	if (ends[1] >= 0)
		(void)close(ends[1]);
	(void)close(ends[0]);
}

enum sj_version_floor sj_version_floor_judge(const char *installed)
{
	char version[128];
	char program[] = "dpkg";
	char compare[] = "--compare-versions";
	char relation[] = "ge";
	char floor[] = SJ_VERSION_FLOOR;
	char *const argv[] = {program, compare, version, relation, floor, NULL};
	int result;

	(void)snprintf(version, sizeof(version), "%s", installed);
	if (version[0] == 0)
		return SJ_VERSION_FLOOR_UNKNOWN;
	result = run("/usr/bin/dpkg", argv, 1);
	if (result < 0)
		return SJ_VERSION_FLOOR_UNKNOWN;
	return result == 0 ? SJ_VERSION_FLOOR_MET : SJ_VERSION_FLOOR_OLD;
}

enum sj_version_floor sj_version_floor_check(char *installed, size_t size)
{
	read_installed(installed, size);
	return sj_version_floor_judge(installed);
}
