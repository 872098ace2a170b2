/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/jail_exec.h"

#include <cap-ng.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "host/deny_filter.h"

#define PROGRAM_FD 3

/* Has to come before the uid changes: that takes CAP_SETPCAP away. */
static bool drop_bounding_set(void)
{
	if (capng_get_caps_process() != 0)
		return false;
	if (!capng_have_capability(CAPNG_EFFECTIVE, CAP_SETPCAP))
		return true;
	capng_clear(CAPNG_SELECT_BOUNDS);
	return capng_apply(CAPNG_SELECT_BOUNDS) == 0;
}

enum sj_err sj_jail_drop_capabilities(void)
{
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0 ||
		!drop_bounding_set() || capng_get_caps_process() != 0)
		return SJ_ERR_SYSTEM;
	capng_clear(CAPNG_SELECT_CAPS);
	if (capng_apply(CAPNG_SELECT_CAPS) != 0 ||
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return SJ_ERR_SYSTEM;
	return SJ_OK;
}

static bool arrange_fds(const struct sj_jail_exec *spec)
{
	int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null_fd < 0 || dup2(null_fd, STDIN_FILENO) < 0 ||
		dup2(null_fd, STDOUT_FILENO) < 0 ||
		(spec->is_quiet && dup2(null_fd, STDERR_FILENO) < 0))
		return false;
	if (spec->fd == PROGRAM_FD) {
		if (fcntl(PROGRAM_FD, F_SETFD, 0) != 0)
			return false;
	} else if (spec->fd >= 0 && dup2(spec->fd, PROGRAM_FD) < 0) {
		return false;
	}
	return syscall(SYS_close_range,
		       (unsigned)(spec->fd >= 0 ? PROGRAM_FD + 1 : PROGRAM_FD),
		       ~0u, 0u) == 0;
}

static bool drop_rights(const struct sj_jail_exec *spec)
{
	const struct rlimit no_core = {0, 0};

	if (setrlimit(RLIMIT_CORE, &no_core) != 0 || !drop_bounding_set())
		return false;
	if (spec->uid != (uid_t)-1 &&
		(setgroups(0, NULL) != 0 ||
			setresgid(spec->gid, spec->gid, spec->gid) != 0 ||
			setresuid(spec->uid, spec->uid, spec->uid) != 0))
		return false;
	return sj_jail_drop_capabilities() == SJ_OK;
}

static SJ_NORETURN void run_child(const struct sj_jail_exec *spec)
{
	char *const *argv;
	char *const *envp;
	sigset_t none;

	(void)signal(SIGPIPE, SIG_DFL);
	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	if (!arrange_fds(spec))
		_exit(SJ_EXIT_LOCAL);
	if (!drop_rights(spec))
		_exit(SJ_EXIT_CONFINE);
	if (spec->is_foreign && spec->has_seccomp &&
		sj_deny_filter_load() != SJ_OK)
		_exit(SJ_EXIT_CONFINE);
	/* execve takes its strings without const and does not change them. */
	memcpy(&argv, &spec->argv, sizeof(argv));
	memcpy(&envp, &spec->envp, sizeof(envp));
	execve(spec->path, argv, envp);
	_exit(SJ_EXIT_LOCAL);
}

enum sj_err sj_jail_exec(const struct sj_jail_exec *spec, pid_t *pid)
{
	pid_t child = fork();

	if (child == 0)
		run_child(spec);
	if (child < 0)
		return SJ_ERR_SYSTEM;
	*pid = child;
	return SJ_OK;
}
