/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * user_name: whether what a gate says of a user can stand in logs and answers.
 *
 * The gate has read it from a certificate, and may have been taken over: a
 * blank would begin a field of its own. Pure.
 */
#ifndef SJ_PROTOCOL_SUPERVISE_USER_NAME_H
#define SJ_PROTOCOL_SUPERVISE_USER_NAME_H

#include <stdbool.h>
#include <stddef.h>

#include "protocol/base/attr.h"

/* True if text ends within size bytes and holds nothing but visible ASCII, or
 * nothing. */
SJ_MUST_USE bool sj_user_name_is_sound(const char *text, size_t size);

#endif /* SJ_PROTOCOL_SUPERVISE_USER_NAME_H */
