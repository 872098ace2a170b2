/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/base/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define FIRST_FD 3

/* Everything the child needs, computed before the fork. */
struct child_plan {
	const struct sj_spawn *spec;
	char uid_map[64];
	char gid_map[64];
};

static bool write_file(const char *path, const char *text)
{
	size_t size = strlen(text);
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool is_written;

	if (fd < 0)
		return false;
	is_written = write(fd, text, size) == (ssize_t)size;
	close(fd);
	return is_written;
}

/*
 * Maps the one id and keeps the capabilities of the new user namespace across
 * the exec, which only ambient ones survive when the id is not 0.
 */
static bool enter_user_namespace(const struct child_plan *plan)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct caps[2];

	/* A parent that is not dumpable would own no /proc/self file. */
	if (prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) != 0 ||
		!write_file("/proc/self/setgroups", "deny") ||
		!write_file("/proc/self/uid_map", plan->uid_map) ||
		!write_file("/proc/self/gid_map", plan->gid_map))
		return false;
	if (plan->spec->map_uid == 0)
		return true;
	if (syscall(SYS_capget, &header, caps) != 0)
		return false;
	caps[0].inheritable = caps[0].permitted;
	caps[1].inheritable = caps[1].permitted;
	if (syscall(SYS_capset, &header, caps) != 0)
		return false;
	for (unsigned cap = 0; cap < 64; cap++) {
		if ((caps[cap / 32].permitted >> (cap % 32) & 1) == 0)
			continue;
		if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0) != 0)
			return false;
	}
	return true;
}

static void reset_signals(void)
{
	struct sigaction action = {.sa_handler = SIG_DFL};
	sigset_t none;

	for (int number = 1; number < NSIG; number++)
		(void)sigaction(number, &action, NULL); /* KILL, STOP refuse */
	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

/*
 * A terminal can be read by whoever may write to it: what is typed there is
 * none of a program's that only reports there. It gets an open file that
 * cannot read, or none. Takes a descriptor of at least high; -1 on failure.
 */
static int open_for_writing(const char *path, int high)
{
	int opened = open(path, O_WRONLY | O_NOCTTY | O_CLOEXEC);

	if (opened < 0)
		opened = open("/dev/null", O_WRONLY | O_CLOEXEC);
	return opened < 0 ? -1 : fcntl(opened, F_DUPFD_CLOEXEC, high);
}

/* Puts the descriptors where the program expects them, closes all others. */
static bool arrange_fds(const struct sj_spawn *spec)
{
	int high = FIRST_FD + (int)spec->fd_count;
	int moved[SJ_SPAWN_FDS_MAX];
	int null_fd, error_fd = -1;

	/* First above all targets, so that no target overwrites a source. */
	for (size_t i = 0; i < spec->fd_count; i++) {
		moved[i] = fcntl(spec->fds[i], F_DUPFD_CLOEXEC, high);
		if (moved[i] < 0)
			return false;
	}
	if (spec->stderr_fd >= 0) {
		error_fd = fcntl(spec->stderr_fd, F_DUPFD_CLOEXEC, high);
		if (error_fd < 0)
			return false;
	} else if (isatty(STDERR_FILENO)) {
		error_fd = open_for_writing("/proc/self/fd/2", high);
		if (error_fd < 0)
			return false;
	}
	null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null_fd < 0)
		return false;
	if (null_fd < high) {
		null_fd = fcntl(null_fd, F_DUPFD_CLOEXEC, high);
		if (null_fd < 0)
			return false;
	}
	if (dup2(null_fd, STDIN_FILENO) < 0 || dup2(null_fd, STDOUT_FILENO) < 0)
		return false;
	if (error_fd >= 0 && dup2(error_fd, STDERR_FILENO) < 0)
		return false;
	for (size_t i = 0; i < spec->fd_count; i++)
		if (dup2(moved[i], FIRST_FD + (int)i) < 0)
			return false;
	return syscall(SYS_close_range, (unsigned)high, ~0u, 0u) == 0;
}

/* The child: from here on only what is safe in a signal handler. */
static SJ_NORETURN void run_child(const struct child_plan *plan)
{
	const struct sj_spawn *spec = plan->spec;
	static const char *const no_environment[] = {NULL};
	const char *const *envp = spec->envp ? spec->envp : no_environment;
	char *const *argv_plain;
	char *const *envp_plain;

	reset_signals();
	if ((spec->clone_flags & CLONE_NEWUSER) != 0 &&
		!enter_user_namespace(plan))
		_exit(SJ_EXIT_CONFINE);
	if (!arrange_fds(spec))
		_exit(SJ_EXIT_LOCAL);
	/* execve takes its strings without const and does not change them. */
	memcpy(&argv_plain, &spec->argv, sizeof(argv_plain));
	memcpy(&envp_plain, &envp, sizeof(envp_plain));
	execve(spec->path, argv_plain, envp_plain);
	_exit(SJ_EXIT_LOCAL);
}

enum sj_err sj_spawn(const struct sj_spawn *spec, pid_t *pid)
{
	struct child_plan plan = {.spec = spec};
	sigset_t all, before;
	long made;
	int saved;

	if (!spec->path || spec->path[0] != '/' || !spec->argv ||
		spec->fd_count > SJ_SPAWN_FDS_MAX)
		return SJ_ERR_ARGUMENT;
	(void)snprintf(plan.uid_map, sizeof(plan.uid_map), "%u %u 1",
		(unsigned)spec->map_uid, (unsigned)geteuid());
	(void)snprintf(plan.gid_map, sizeof(plan.gid_map), "%u %u 1",
		(unsigned)spec->map_gid, (unsigned)getegid());
	/* No handler of ours may run in the child before they are reset. */
	sigfillset(&all);
	(void)sigprocmask(SIG_SETMASK, &all, &before);
	made = syscall(
		SYS_clone, (long)spec->clone_flags | SIGCHLD, 0L, 0L, 0L, 0L);
	saved = errno;
	if (made == 0)
		run_child(&plan);
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	errno = saved;
	if (made < 0)
		return SJ_ERR_SYSTEM;
	*pid = (pid_t)made;
	return SJ_OK;
}

enum sj_err sj_spawn_program_path(const char *name, char *path, size_t size)
{
	char self[1024];
	const char *folder = self;
	ssize_t n;
	char *slash;
	int printed;

	if (size == 0)
		return SJ_ERR_ARGUMENT;
	path[0] = '\0';
	n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	if (n < 0)
		return SJ_ERR_SYSTEM;
	self[n] = '\0';
	slash = strrchr(self, '/');
	if (!slash || name[0] == '\0' || strchr(name, '/'))
		return SJ_ERR_ARGUMENT;
	*slash = '\0';
	if (strcmp(self, SJ_BIN_DIR) == 0)
		folder = SJ_LIBEXEC_DIR;
	printed = snprintf(path, size, "%s/%s", folder, name);
	if (printed < 0 || (size_t)printed >= size) {
		path[0] = '\0';
		return SJ_ERR_LIMIT;
	}
	return SJ_OK;
}
