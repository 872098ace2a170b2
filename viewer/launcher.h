/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * launcher: connects, starts the viewer's processes, and starts gate and
 * decoder anew when the connection breaks.
 *
 * Reads no byte of the wire, and of a key the PEM frame. Single-threaded;
 * blocks in poll, in the resolver, and for moments while a child ends.
 */
#ifndef SJ_VIEWER_LAUNCHER_H
#define SJ_VIEWER_LAUNCHER_H

#include "protocol/base/attr.h"
#include "viewer/options.h"

/*
 * Runs a whole viewer by options and returns its exit status (enum sj_exit).
 * Problems are told on stderr in the language of options. SIGINT and SIGTERM
 * end it orderly.
 */
SJ_MUST_USE int sj_launcher_run(const struct sj_viewer_options *options);

#endif /* SJ_VIEWER_LAUNCHER_H */
