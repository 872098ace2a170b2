/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * password: the password file of X509Plain.
 *
 * One line `user:hash` for each user, hash as crypt(3) makes it (yescrypt).
 * Works on text in memory, so that a confined process opens no file.
 */
#ifndef SJ_HOST_PASSWORD_H
#define SJ_HOST_PASSWORD_H

#include <stdbool.h>
#include <stddef.h>

#include "protocol/base/attr.h"
#include "protocol/base/err.h"

/* Bytes of a line that sj_password_line makes, at most. */
#define SJ_PASSWORD_LINE_BYTES 512

/*
 * True if file (terminated text of the password file) has a line for user
 * whose hash fits password. Takes as long for an unknown user as for a wrong
 * password. Both are hostile.
 */
SJ_MUST_USE bool sj_password_check(
	const char *file, const char *user, const char *password);

/*
 * Writes the line for user and password with a fresh salt, newline included,
 * to line (size bytes). SJ_ERR_ARGUMENT for a user name that is not allowed.
 */
SJ_MUST_USE enum sj_err sj_password_line(
	const char *user, const char *password, char *line, size_t size);

#endif /* SJ_HOST_PASSWORD_H */
