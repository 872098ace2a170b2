/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * browser_command: the command line that session init starts in the jail.
 *
 * bubblewrap around Chromium, or around the configured command. Pure: builds
 * words in the caller's memory and starts nothing.
 */
#ifndef SJ_HOST_BROWSER_COMMAND_H
#define SJ_HOST_BROWSER_COMMAND_H

#include <stddef.h>

#include "host/host_ipc.h"
#include "protocol/base/attr.h"
#include "protocol/base/err.h"

/* Programs of the system. */
#define SJ_BROWSER_JAIL "/usr/bin/bwrap"
#define SJ_BROWSER_PROGRAM "/usr/lib/chromium/chromium"

#define SJ_BROWSER_WORDS 128

/* A command line; words point into start or static text. */
struct sj_browser_command {
	const char *word[SJ_BROWSER_WORDS]; /* NULL-terminated */
	size_t count;
};

/*
 * Builds the words for start (kept: must outlive command). SJ_ERR_LIMIT when
 * they do not fit.
 */
SJ_MUST_USE enum sj_err sj_browser_command_build(
	struct sj_browser_command *command,
	const struct sj_host_init_start *start);

/* The environment of everything in the jail. Static, NULL-terminated. */
const char *const *sj_browser_command_environment(void);

#endif /* SJ_HOST_BROWSER_COMMAND_H */
