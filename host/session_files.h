/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * session_files: the small files of /etc that a session gets written.
 */
#ifndef SJ_HOST_SESSION_FILES_H
#define SJ_HOST_SESSION_FILES_H

#include <stddef.h>

#include "host/host_ipc.h"
#include "protocol/base/attr.h"
#include "protocol/base/err.h"

/* Where the operator's own policies are bound, beside ours. */
#define SJ_SESSION_EXTRA_POLICY "/etc/chromium/policies/managed/operator.json"

/*
 * Writes passwd, group, hosts, nsswitch.conf, GTK's settings and Chromium's
 * managed policies below the current root; only session init in its new root
 * calls it. SJ_ERR_SYSTEM with errno on failure.
 */
SJ_MUST_USE enum sj_err sj_session_files_write(
	const struct sj_host_init_start *start);

/*
 * Writes GTK's settings, which Chromium follows, for browser to text (size
 * bytes); their length, 0 when there is no room.
 */
SJ_MUST_USE size_t sj_session_files_gtk(
	const struct sj_host_browser *browser, char *text, size_t size);

/* The managed policies of Chromium as a JSON text. Static. */
const char *sj_session_files_policy(void);

#endif /* SJ_HOST_SESSION_FILES_H */
