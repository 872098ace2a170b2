/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/supervise/children.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "protocol/base/clock.h"
#include "protocol/base/log.h"
#include "protocol/base/spawn.h"

#define LET_END_MS 2000
#define DESTROY_MS 10000

struct process {
	uint64_t id;
	pid_t pid;
	int pidfd;
	uint64_t kill_at_ms; /* UINT64_MAX: not */
	uint32_t uids[SJ_CHILD_UIDS];
	size_t uid_count;
	char program[32];
	struct process *next;
};

struct sj_children {
	struct sj_child_logs *logs;
	const char *libexec;
	uint32_t uid_first, uid_count;
	uint8_t *is_uid_taken;
	uint32_t uid_next; /* round robin: a fresh id as long as possible */
	uint64_t last_id;
	struct process *processes;
	sj_child_gone_fn gone;
	void *self;
};

struct sj_children *sj_children_create(struct sj_child_logs *logs,
	const char *libexec, uint32_t uid_first, uint32_t uid_count,
	sj_child_gone_fn gone, void *self)
{
	struct sj_children *children = calloc(1, sizeof(*children));

	if (!children)
		return NULL;
	children->is_uid_taken = calloc(uid_count + 1u, 1);
	if (!children->is_uid_taken) {
		free(children);
		return NULL;
	}
	children->logs = logs;
	children->libexec = libexec;
	children->uid_first = uid_first;
	children->uid_count = uid_count;
	children->gone = gone;
	children->self = self;
	return children;
}

enum sj_err sj_children_take_uid(struct sj_children *children, uint32_t *uid)
{
	*uid = UINT32_MAX;
	if (children->uid_count == 0)
		return SJ_OK;
	for (uint32_t i = 0; i < children->uid_count; i++) {
		uint32_t at = (children->uid_next + i) % children->uid_count;

		if (children->is_uid_taken[at])
			continue;
		children->is_uid_taken[at] = 1;
		children->uid_next = at + 1;
		*uid = children->uid_first + at;
		return SJ_OK;
	}
	return SJ_ERR_LIMIT;
}

size_t sj_children_count_free_uids(const struct sj_children *children)
{
	size_t count = 0;

	if (children->uid_count == 0)
		return SIZE_MAX;
	for (uint32_t i = 0; i < children->uid_count; i++)
		count += !children->is_uid_taken[i];
	return count;
}

void sj_children_give_uid(struct sj_children *children, uint32_t uid)
{
	uint32_t at = uid - children->uid_first;

	if (uid != UINT32_MAX && at < children->uid_count)
		children->is_uid_taken[at] = 0;
}

static int open_pidfd(pid_t pid)
{
	return (int)syscall(SYS_pidfd_open, pid, 0u);
}

static void signal_process(const struct process *process, int number)
{
	(void)syscall(SYS_pidfd_send_signal, process->pidfd, number, NULL, 0u);
}

static enum sj_err spawn(const struct sj_children *children,
	const struct sj_child_spec *spec, int fd, pid_t *pid)
{
	char path[512];
	const char *const argv[] = {spec->program, NULL};
	const char *const envp[] = {"PATH=/usr/bin:/bin", "LANG=C.UTF-8", NULL};
	struct sj_spawn plan = {.path = path,
		.argv = argv,
		.envp = envp,
		.fds = &fd,
		.fd_count = 1,
		.stderr_fd = -1,
		.clone_flags = spec->clone_flags,
		.map_uid = 1000,
		.map_gid = 1000};
	const char *folder = spec->folder ? spec->folder : children->libexec;
	int printed =
		snprintf(path, sizeof(path), "%s/%s", folder, spec->program);
	enum sj_err err;

	if (printed < 0 || (size_t)printed >= sizeof(path))
		return SJ_ERR_LIMIT;
	err = sj_child_logs_add(children->logs, false, &plan.stderr_fd);
	if (err != SJ_OK)
		return err;
	err = sj_spawn(&plan, pid);
	close(plan.stderr_fd);
	return err;
}

enum sj_err sj_children_start(struct sj_children *children,
	const struct sj_child_spec *spec, struct sj_child *child)
{
	struct process *process = calloc(1, sizeof(*process));
	int pair[2] = {-1, -1};
	enum sj_err err = SJ_ERR_MEMORY;

	if (!process || spec->uid_count > SJ_CHILD_UIDS)
		goto out;
	err = sj_ipc_pair(pair);
	if (err != SJ_OK)
		goto out;
	err = spawn(children, spec, pair[1], &process->pid);
	if (err != SJ_OK)
		goto out;
	process->pidfd = open_pidfd(process->pid);
	process->kill_at_ms = UINT64_MAX;
	process->id = ++children->last_id;
	process->uid_count = spec->uids ? spec->uid_count : 0;
	if (process->uid_count > 0)
		memcpy(process->uids, spec->uids,
			process->uid_count * sizeof(spec->uids[0]));
	(void)snprintf(process->program, sizeof(process->program), "%s",
		spec->program);
	process->next = children->processes;
	children->processes = process;
	(void)fcntl(pair[0], F_SETFL, O_NONBLOCK);
	*child = (struct sj_child){
		.id = process->id, .pid = process->pid, .control_fd = pair[0]};
	sj_pulse_hear(&child->pulse);
	process = NULL;
	pair[0] = -1;
out:
	free(process);
	if (pair[0] >= 0)
		close(pair[0]);
	if (pair[1] >= 0)
		close(pair[1]);
	return err;
}

static struct process *find(const struct sj_children *children, uint64_t id)
{
	struct process *process = children->processes;

	while (process && process->id != id)
		process = process->next;
	return process;
}

void sj_children_signal(
	struct sj_children *children, const struct sj_child *child, int number)
{
	struct process *process = find(children, child->id);

	if (process)
		signal_process(process, number);
}

static void forget(struct sj_child *child)
{
	if (child->id != 0 && child->control_fd >= 0)
		close(child->control_fd);
	*child = (struct sj_child){.control_fd = -1};
}

void sj_children_kill(struct sj_children *children, struct sj_child *child)
{
	struct process *process = find(children, child->id);

	if (process)
		signal_process(process, SIGKILL);
	forget(child);
}

void sj_children_let_end(struct sj_children *children, struct sj_child *child)
{
	struct process *process = find(children, child->id);

	if (process)
		process->kill_at_ms = sj_clock_ms() + LET_END_MS;
	forget(child);
}

uint64_t sj_children_tick(struct sj_children *children, uint64_t now_ms)
{
	uint64_t next_ms = UINT64_MAX;

	for (struct process *process = children->processes; process;
		process = process->next) {
		if (process->kill_at_ms <= now_ms) {
			signal_process(process, SIGKILL);
			process->kill_at_ms = UINT64_MAX;
		}
		if (process->kill_at_ms < next_ms)
			next_ms = process->kill_at_ms;
	}
	return next_ms;
}

static void log_end(const struct process *process, int status)
{
	if (WIFSIGNALED(status))
		sj_log(WTERMSIG(status) == SIGKILL ? SJ_LOG_INFO : SJ_LOG_ERROR,
			"child program=%s pid=%d signal=%d", process->program,
			(int)process->pid, WTERMSIG(status));
	else if (WEXITSTATUS(status) != SJ_EXIT_ENDED)
		sj_log(SJ_LOG_WARNING, "child program=%s pid=%d status=%d",
			process->program, (int)process->pid,
			WEXITSTATUS(status));
}

/* Takes the process out of the list, frees its uids, tells its owner. */
static void end_process(
	struct sj_children *children, struct process *process, int status)
{
	struct process **at = &children->processes;
	uint64_t id = process->id;

	while (*at != process)
		at = &(*at)->next;
	*at = process->next;
	log_end(process, status);
	for (size_t i = 0; i < process->uid_count; i++)
		sj_children_give_uid(children, process->uids[i]);
	if (process->pidfd >= 0)
		close(process->pidfd);
	free(process);
	if (children->gone)
		children->gone(children->self, id, status);
}

void sj_children_reap(struct sj_children *children)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		struct process *process = children->processes;

		while (process && process->pid != pid)
			process = process->next;
		if (process)
			end_process(children, process, status);
	}
}

size_t sj_children_count(const struct sj_children *children)
{
	size_t count = 0;

	for (const struct process *process = children->processes; process;
		process = process->next)
		count++;
	return count;
}

void sj_children_destroy(struct sj_children *children)
{
	uint64_t deadline_ms = sj_clock_ms() + DESTROY_MS;

	if (!children)
		return;
	for (struct process *process = children->processes; process;
		process = process->next)
		signal_process(process, SIGKILL);
	while (children->processes && sj_clock_ms() < deadline_ms) {
		struct pollfd ended = {
			.fd = children->processes->pidfd, .events = POLLIN};

		(void)poll(&ended, 1, 100);
		sj_children_reap(children);
	}
	free(children->is_uid_taken);
	free(children);
}
