/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * shield: keeps the terminal's signals away from the launcher's children.
 */
#ifndef SJ_VIEWER_SHIELD_H
#define SJ_VIEWER_SHIELD_H

/*
 * Ignores SIGINT, SIGTERM and SIGHUP: Ctrl-C reaches the whole process group,
 * but only the launcher acts on it, so that the host hears a goodbye. A child
 * ends when its control socket does. SIGPIPE is ignored too: a closed socket
 * is an error of the write. Called first in main.
 */
void sj_shield_signals(void);

#endif /* SJ_VIEWER_SHIELD_H */
