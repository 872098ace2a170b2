/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * err: results of everything that is not a judgement of foreign bytes.
 *
 * 0 is success, failures are negative. Foreign bytes are judged with
 * protocol/base/step.h instead; the two families are never mixed.
 */
#ifndef SJ_PROTOCOL_BASE_ERR_H
#define SJ_PROTOCOL_BASE_ERR_H

enum sj_err {
	SJ_OK = 0,
	SJ_ERR_ARGUMENT = -1, /* our caller asked for something senseless */
	SJ_ERR_MEMORY = -2,   /* allocation failed */
	SJ_ERR_SYSTEM = -3,   /* a system call failed; errno tells */
	SJ_ERR_CLOSED = -4,   /* the other end is gone */
	SJ_ERR_FORMAT = -5,   /* a file or message of ours is malformed */
	SJ_ERR_LIMIT = -6,    /* a ceiling of limits.h is reached */
	SJ_ERR_TIMEOUT = -7,  /* a deadline passed */
	SJ_ERR_DENIED = -8,   /* permission or verification refused */
	SJ_ERR_MISSING = -9,  /* a file, program or kernel layer is missing */
	SJ_ERR_AGAIN = -10    /* would block; try when the fd is ready */
};

/* Exit codes of every program of shoji. */
enum sj_exit {
	SJ_EXIT_ENDED = 0,  /* did what was asked */
	SJ_EXIT_USAGE = 1,  /* wrong command line or configuration */
	SJ_EXIT_LOCAL = 2,  /* local failure (file, memory, display) */
	SJ_EXIT_PEER = 3,   /* peer violated the protocol or was refused */
	SJ_EXIT_CONFINE = 4 /* confinement could not be established */
};

/*
 * One English sentence part for err, e.g. "out of memory". Never NULL; the
 * string is static.
 */
const char *sj_err_text(enum sj_err err);

#endif /* SJ_PROTOCOL_BASE_ERR_H */
