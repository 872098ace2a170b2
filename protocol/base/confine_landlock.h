/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * confine_landlock: the Landlock layer of confine.h.
 */
#ifndef SJ_PROTOCOL_BASE_CONFINE_LANDLOCK_H
#define SJ_PROTOCOL_BASE_CONFINE_LANDLOCK_H

#include <stdbool.h>

#include "protocol/base/attr.h"
#include "protocol/base/err.h"

/* Whether this kernel has Landlock. */
bool sj_confine_landlock_is_there(void);

/*
 * Denies this thread every file, and where the kernel knows how: TCP bind and
 * connect, abstract sockets and signals to others, unless allow (enum
 * sj_confine_allow) asks for them. Needs no_new_privs and one free
 * descriptor. SJ_ERR_MISSING when the kernel has no Landlock, SJ_ERR_SYSTEM
 * with errno otherwise.
 */
SJ_MUST_USE enum sj_err sj_confine_landlock(unsigned allow);

#endif /* SJ_PROTOCOL_BASE_CONFINE_LANDLOCK_H */
