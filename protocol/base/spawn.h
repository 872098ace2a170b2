/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * spawn: starts a program of ours or of the system with exactly the
 * descriptors it is meant to have.
 */
#ifndef SJ_PROTOCOL_BASE_SPAWN_H
#define SJ_PROTOCOL_BASE_SPAWN_H

#include <stddef.h>
#include <sys/types.h>

#include "protocol/base/attr.h"
#include "protocol/base/err.h"

/* Descriptors that one program can be started with. */
#define SJ_SPAWN_FDS_MAX 32

struct sj_spawn {
	const char *path;        /* absolute path of the program */
	const char *const *argv; /* NULL-terminated, argv[0] included */
	const char *const *envp; /* NULL-terminated; NULL: empty environment */
	const int *fds;          /* becomes 3, 4, ... in the child; kept */
	size_t fd_count;
	int stderr_fd;   /* becomes 2; -1: ours, a terminal for writing alone */
	int clone_flags; /* CLONE_NEW* namespaces; 0: none */
	uid_t map_uid;   /* CLONE_NEWUSER: our uid as seen inside */
	gid_t map_gid;   /* CLONE_NEWUSER: our gid as seen inside */
};

/*
 * Forks and executes. In the child stdin and stdout are /dev/null, signals
 * have their defaults and an empty mask, and every descriptor but 0, 1, 2 and
 * the listed ones is closed. Gives the pid in *pid. Does not wait for the
 * exec: a program that cannot be executed exits with SJ_EXIT_LOCAL.
 * With CLONE_NEWUSER the child maps our effective uid and gid to map_uid and
 * map_gid (only these exist inside, setgroups is denied) and starts the
 * program with all capabilities of the new namespace; with map_uid not 0 they
 * are ambient: the program has to clear them before it starts bwrap. A
 * map that cannot be written exits with SJ_EXIT_CONFINE.
 */
SJ_MUST_USE enum sj_err sj_spawn(const struct sj_spawn *spec, pid_t *pid);

/*
 * Writes to path (size bytes, always terminated) where the program name of
 * this installation is: the directory of our own executable in a build tree,
 * SJ_LIBEXEC_DIR when we run from an installed place.
 */
SJ_MUST_USE enum sj_err sj_spawn_program_path(
	const char *name, char *path, size_t size);

#endif /* SJ_PROTOCOL_BASE_SPAWN_H */
