/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * confine_filter: the seccomp layer of confine.h.
 */
#ifndef SJ_PROTOCOL_BASE_CONFINE_FILTER_H
#define SJ_PROTOCOL_BASE_CONFINE_FILTER_H

#include <stdbool.h>

#include "protocol/base/attr.h"
#include "protocol/base/err.h"

/* Whether this kernel has filters. */
bool sj_confine_filter_is_there(void);

/*
 * Loads the filter: the base set of confine.h and what allow (enum
 * sj_confine_allow) adds; any other call kills the process. Needs
 * no_new_privs. SJ_ERR_MISSING when the kernel has no filters, SJ_ERR_SYSTEM
 * with errno otherwise. Allocates nothing.
 */
SJ_MUST_USE enum sj_err sj_confine_filter(unsigned allow);

#endif /* SJ_PROTOCOL_BASE_CONFINE_FILTER_H */
