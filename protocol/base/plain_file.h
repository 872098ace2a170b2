/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * plain_file: what may be replaced by a fresh file.
 *
 * A rename takes the place of whatever stands there: a device would be gone,
 * and a symbolic link would no longer lead to the file that is read.
 */
#ifndef SJ_PROTOCOL_BASE_PLAIN_FILE_H
#define SJ_PROTOCOL_BASE_PLAIN_FILE_H

#include "protocol/base/attr.h"

/*
 * NULL if nothing or a plain file stands at path; else what is wrong and what
 * to do, in words that follow the path and a colon. Looks only.
 */
SJ_MUST_USE const char *sj_plain_file_fault(const char *path);

#endif /* SJ_PROTOCOL_BASE_PLAIN_FILE_H */
