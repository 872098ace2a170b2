/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * jail_exec: starts a program of a session with the session's rights only.
 *
 * Used by session init, which is pid 1 of the session. The program gets its
 * uid, no capability, no_new_privs, no core dumps and exactly the given
 * descriptors.
 */
#ifndef SJ_HOST_JAIL_EXEC_H
#define SJ_HOST_JAIL_EXEC_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "protocol/base/attr.h"
#include "protocol/base/err.h"

struct sj_jail_exec {
	const char *path;        /* absolute */
	const char *const *argv; /* NULL-terminated */
	const char *const *envp; /* NULL-terminated */
	int fd;                  /* becomes 3 in the program; -1: none */
	uid_t uid;               /* (uid_t)-1: keep */
	gid_t gid;               /* (gid_t)-1: keep */
	bool is_foreign;         /* not ours: inherits the deny filter */
	bool is_quiet;           /* stderr to /dev/null */
	bool has_seccomp;        /* false: configured as missing */
};

/*
 * Forks and executes; gives the pid in *pid. spec and what it points to are
 * lent. A program that cannot be started exits with SJ_EXIT_LOCAL or
 * SJ_EXIT_CONFINE. SJ_ERR_SYSTEM when there was no fork.
 */
SJ_MUST_USE enum sj_err sj_jail_exec(
	const struct sj_jail_exec *spec, pid_t *pid);

/*
 * Gives up every capability of this process itself, ambient and bounding
 * sets included, and sets no_new_privs. SJ_ERR_SYSTEM on failure.
 */
SJ_MUST_USE enum sj_err sj_jail_drop_capabilities(void);

#endif /* SJ_HOST_JAIL_EXEC_H */
