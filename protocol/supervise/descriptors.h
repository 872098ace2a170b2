/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * descriptors: so many that connections_max bounds a supervisor, and not they.
 *
 * systemd starts a service with room for 1024, which silent connections could
 * use up before all places are taken. Never blocks, allocates or logs.
 */
#ifndef SJ_PROTOCOL_SUPERVISE_DESCRIPTORS_H
#define SJ_PROTOCOL_SUPERVISE_DESCRIPTORS_H

#include <stdbool.h>
#include <stddef.h>

#include "protocol/base/attr.h"

/* Of each process in struct sj_children: control socket, pidfd, log. */
#define SJ_DESCRIPTORS_OF_CHILD ((size_t)3)
/* Of a supervisor itself: files, lists, signals, listeners, the next start. */
#define SJ_DESCRIPTORS_OWN 64

/*
 * Lets this process open count descriptors; what it starts inherits that.
 * False when it may not; it can then open as many as it may. Never fewer than
 * before.
 */
SJ_MUST_USE bool sj_descriptors_want(size_t count);

#endif /* SJ_PROTOCOL_SUPERVISE_DESCRIPTORS_H */
