/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * deny_filter: the seccomp filter that foreign programs of a session inherit.
 *
 * Xvfb, bubblewrap and Chromium are not ours: a list of permitted calls
 * would break with their next version. What only an attack on the kernel
 * needs is denied; namespaces and mounts stay, bubblewrap and Chromium's own
 * sandbox are built from them.
 */
#ifndef SJ_HOST_DENY_FILTER_H
#define SJ_HOST_DENY_FILTER_H

#include "protocol/base/attr.h"
#include "protocol/base/err.h"

/*
 * Loads the filter into this process for good; denied calls fail with EPERM.
 * Needs no_new_privs. SJ_ERR_MISSING when the kernel has no filters,
 * SJ_ERR_SYSTEM with errno otherwise.
 */
SJ_MUST_USE enum sj_err sj_deny_filter_load(void);

#endif /* SJ_HOST_DENY_FILTER_H */
