/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * check_file: what --check-config finds out about the files a setting names.
 *
 * Looks only: opens for reading, makes and changes nothing. The files are the
 * administrator's. Keys and passwords are not to be every user's, nor writable
 * for a group, nor owned by others than root and the user who runs us. Of PEM
 * the frame is judged, not what is inside; no library of TLS is needed for
 * that. Blocks on the disk alone.
 */
#ifndef SJ_PROTOCOL_BASE_CHECK_FILE_H
#define SJ_PROTOCOL_BASE_CHECK_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "protocol/base/attr.h"

/* Of what is opened as what it is: a ledger, its state, the event log. */
#define SJ_CHECK_IS_LINK "is a symbolic link; name the file itself"

enum sj_check_kind {
	SJ_CHECK_CERTIFICATES, /* PEM, at least one */
	SJ_CHECK_KEY,          /* PEM of a private key that has a password */
	SJ_CHECK_OPEN_KEY,     /* PEM of a private key without one */
	SJ_CHECK_CRL,          /* PEM of a revocation list */
	SJ_CHECK_FILE,         /* a plain file that can be read */
	SJ_CHECK_FIRST_LINE,   /* its first line is a password */
	SJ_CHECK_SECRET,       /* a plain file that is not every user's */
	SJ_CHECK_STATE,        /* the same, and no symbolic link */
	SJ_CHECK_PROGRAM,      /* a file that can be executed */
	SJ_CHECK_FOLDER,       /* a folder */
	SJ_CHECK_PLACE,        /* a file whose folder is there; what is there is
				  a plain one */
	SJ_CHECK_PORT,         /* the same, no symbolic link, and empty or one
				  of own_file.h; so are the next two */
	SJ_CHECK_EVENTS,
	SJ_CHECK_LEDGER,
	SJ_CHECK_THERE /* whatever it is */
};

/* A setting that names a path; path "" is not looked at. */
struct sj_check_row {
	const char *section, *key, *path;
	enum sj_check_kind kind;
};

/*
 * True if path is what kind says. Else why (size bytes) says in one line what
 * is wrong and what to do.
 */
SJ_MUST_USE bool sj_check_path(
	const char *path, enum sj_check_kind kind, char *why, size_t size);

/*
 * The same without a look at whose a secret is: who runs can be warned of
 * that, and needs what the file holds.
 */
SJ_MUST_USE bool sj_check_content(
	const char *path, enum sj_check_kind kind, char *why, size_t size);

/*
 * NULL if text (size bytes and a zero behind them, changed by it) is what kind,
 * one of PEM, says; else what is wrong and what to do, in words that last.
 */
SJ_MUST_USE const char *sj_check_pem(
	char *text, size_t size, enum sj_check_kind kind);

/*
 * Looks at rows (count) of the configuration file config_path in turn. At the
 * first fault false, and message (size bytes) is one line with file, line, key
 * and what sj_check_path says.
 */
SJ_MUST_USE bool sj_check_rows(const char *config_path,
	const struct sj_check_row *rows, size_t count, char *message,
	size_t size);

/* True if a certificate can state the zone and is let in by it. */
SJ_MUST_USE bool sj_check_zone(const char *zone);

/* True if count user ids from first on are all of them possible ones. */
SJ_MUST_USE bool sj_check_uids(unsigned first, unsigned count);

#endif /* SJ_PROTOCOL_BASE_CHECK_FILE_H */
