/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * connection: gate and decoder of one connection, and what joins them.
 */
#ifndef SJ_VIEWER_CONNECTION_H
#define SJ_VIEWER_CONNECTION_H

#include <stdbool.h>

#include "protocol/base/attr.h"
#include "protocol/base/err.h"
#include "protocol/base/reason.h"
#include "viewer/child.h"
#include "viewer/options.h"
#include "viewer/viewer_ipc.h"

struct sj_connection {
	struct sj_child gate;
	struct sj_child decoder;
	bool is_closed; /* the gate has said CLOSED: closed is filled */
	struct sj_viewer_gate_closed closed;
	int decoder_status; /* wait status, once it has ended */
};

/* Files of a connection, by the option of the command line (without --) that
 * names them. */
struct sj_connection_file {
	const char *option;
	const char *path;
};

/*
 * Reads what every connection needs, the passphrase too, and forgets it: who
 * lacks a key is to hear so before the network is tried. Else *file is the
 * first that cannot be read (strings are static or of options), with errno
 * for SJ_ERR_SYSTEM.
 */
SJ_MUST_USE enum sj_err sj_connection_check(
	const struct sj_viewer_options *options,
	struct sj_connection_file *file);

/* No connection. */
void sj_connection_init(struct sj_connection *connection);

struct sj_connection_plan {
	const struct sj_viewer_options *options; /* lent */
	struct sj_child *window;                 /* lent */
	int socket_fd;                           /* taken, also on failure */
	struct sj_size size; /* that the host is asked for */
};

/*
 * Starts gate and decoder over the socket of plan and gives the window
 * its ends by a LINK message. Certificates are read anew, so that
 * a renewed CRL counts. On failure nothing is left running and *what names
 * the file or step that failed (static or of options).
 */
SJ_MUST_USE enum sj_err sj_connection_start(struct sj_connection *connection,
	const struct sj_connection_plan *plan, const char **what);

/*
 * Ends both processes (waits briefly) and returns why the connection
 * ended; NONE when there was none.
 */
enum sj_reason sj_connection_end(struct sj_connection *connection);

#endif /* SJ_VIEWER_CONNECTION_H */
