/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * failure: why the process that shows (or, headless, keeps) the picture ended
 * by itself, told to the launcher, which has the words. Does not log.
 */
#ifndef SJ_VIEWER_FAILURE_H
#define SJ_VIEWER_FAILURE_H

#include <stdbool.h>

#include "viewer/viewer_ipc.h"

/*
 * Tells the launcher behind control_fd what failed; number is an errno where
 * there is one, else 0. Failure to tell shows as our end.
 */
void sj_failure_tell(int control_fd, enum sj_viewer_failed what, int number);

/* True if not one more descriptor can be had; fd is any that is open. */
bool sj_failure_is_without_fds(int fd);

#endif /* SJ_VIEWER_FAILURE_H */
