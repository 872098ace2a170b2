/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * watcher: the process above shojid that cleans up when shojid is killed.
 *
 * A shojid that is killed with SIGKILL leaves a socket file and empty control
 * groups: processes end by themselves, files do not. The watcher hands signals
 * on, adopts and reaps what is left, removes the rest.
 */
#ifndef SJ_HOST_WATCHER_H
#define SJ_HOST_WATCHER_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

#include "protocol/base/attr.h"

/* What shojid gets when its watcher is gone (sj_watcher_is_gone; others may
 * send it, too): end, but not on purpose. */
#define SJ_WATCHER_GONE SIGUSR1

/* Called once when shojid (pid) was killed and nothing of it runs any more. */
typedef void (*sj_watcher_clean_fn)(void *self, pid_t pid);

/*
 * Forks. Returns true in the child, which is to be shojid and gets
 * SJ_WATCHER_GONE when the watcher dies; also when there was no fork, without a
 * watcher then. The parent never returns: it exits with the child's status,
 * after clean(self, pid) when a signal killed the child.
 */
SJ_MUST_USE bool sj_watcher_start(sj_watcher_clean_fn clean, void *self);

/* In what sj_watcher_start made: true once the watcher above it is gone. */
SJ_MUST_USE bool sj_watcher_is_gone(void);

#endif /* SJ_HOST_WATCHER_H */
