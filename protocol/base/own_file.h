/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * own_file: whether a file that we are told to write to is one of ours.
 *
 * A setting may name the wrong file, a key for instance: what holds something
 * else is never written over, added to or removed. Looks at the first bytes
 * only, so it keeps mistakes away and no attacker. Blocks on the disk alone.
 */
#ifndef SJ_PROTOCOL_BASE_OWN_FILE_H
#define SJ_PROTOCOL_BASE_OWN_FILE_H

#include <stdbool.h>

#include "protocol/base/attr.h"

#define SJ_OWN_FILE_FAULT "holds something else; name a file of its own"

enum sj_own_file_kind {
	SJ_OWN_FILE_PORT,   /* a number and a line end */
	SJ_OWN_FILE_EVENTS, /* lines of JSON */
	SJ_OWN_FILE_LEDGER  /* records of a ledger */
};

/* True if the regular file fd, open for reading, is empty or of kind. Its
 * offset stays. */
SJ_MUST_USE bool sj_own_file_is(int fd, enum sj_own_file_kind kind);

/* The same for path; true, too, if nothing is there. What cannot be read, or
 * is no regular file, is not ours. Waits for nobody. */
SJ_MUST_USE bool sj_own_file_is_at(
	const char *path, enum sj_own_file_kind kind);

#endif /* SJ_PROTOCOL_BASE_OWN_FILE_H */
