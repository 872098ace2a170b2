/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * window_start: starts the process that shows the picture, or keeps it for
 * --headless. Blocks for a moment; does not log.
 */
#ifndef SJ_VIEWER_WINDOW_START_H
#define SJ_VIEWER_WINDOW_START_H

#include <stdbool.h>

#include "protocol/base/attr.h"
#include "protocol/base/err.h"
#include "viewer/child.h"
#include "viewer/options.h"

/*
 * Starts it in *window as options say, with what it may know of our
 * environment. SJ_ERR_SYSTEM with errno; *window may run then all the same.
 */
SJ_MUST_USE enum sj_err sj_window_start(struct sj_child *window,
	const struct sj_viewer_options *options, bool is_japanese);

#endif /* SJ_VIEWER_WINDOW_START_H */
