/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * password_store: changes the password file of X509Plain.
 */
#ifndef SJ_HOST_PASSWORD_STORE_H
#define SJ_HOST_PASSWORD_STORE_H

#include "protocol/base/attr.h"
#include "protocol/base/err.h"

/*
 * Writes line, made by sj_password_line, to the file at path, in place of the
 * line of the same user if there is one. The file is private and replaced in
 * one step. SJ_ERR_SYSTEM with errno, SJ_ERR_MEMORY or SJ_ERR_LIMIT on
 * failure; the old file is whole then.
 */
SJ_MUST_USE enum sj_err sj_password_store(const char *path, const char *line);

#endif /* SJ_HOST_PASSWORD_STORE_H */
