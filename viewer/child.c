/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "viewer/child.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "protocol/base/spawn.h"

enum sj_err sj_child_start(struct sj_child *child, const char *name,
	const char *const *envp, const struct sj_child_start *start)
{
	const char *argv[] = {name, NULL};
	char path[PATH_MAX];
	int pair[2] = {-1, -1};
	struct sj_spawn spec = {.path = path,
		.argv = argv,
		.envp = envp,
		.fds = &pair[1],
		.fd_count = 1,
		.stderr_fd = -1};
	enum sj_err err = sj_spawn_program_path(name, path, sizeof(path));

	if (err == SJ_OK)
		err = sj_ipc_pair(pair);
	if (err != SJ_OK)
		return err;
	err = sj_spawn(&spec, &child->pid);
	(void)close(pair[1]);
	if (err != SJ_OK) {
		(void)close(pair[0]);
		child->pid = 0;
		return err;
	}
	child->control_fd = pair[0];
	return sj_ipc_send(
		child->control_fd, start->message, start->size, start->fds);
}

void sj_child_tell(struct sj_child *child, const void *message, size_t size)
{
	enum sj_err err;

	if (child->control_fd < 0)
		return;
	err = sj_ipc_send(child->control_fd, message, size, NULL);
	(void)err;
}

int sj_child_end(struct sj_child *child, uint32_t wait_ms)
{
	struct pollfd end = {-1, POLLIN, 0};
	int status = 0;

	if (child->control_fd >= 0)
		(void)close(child->control_fd);
	child->control_fd = -1;
	if (child->pid == 0)
		return 0;
	end.fd = (int)syscall(SYS_pidfd_open, child->pid, 0);
	/* Without pidfd there is no bounded wait: then it is killed now. */
	if (end.fd < 0 || poll(&end, 1, (int)wait_ms) <= 0)
		(void)kill(child->pid, SIGKILL);
	while (waitpid(child->pid, &status, 0) < 0 && errno == EINTR)
		;
	if (end.fd >= 0)
		(void)close(end.fd);
	child->pid = 0;
	return status;
}
