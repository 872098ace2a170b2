/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * log: one line per event on stderr, for process edges only.
 *
 * `level program event key=value ...`. Keys and events are ours; every
 * foreign text goes through sj_log_text, which escapes it and cuts it at
 * SJ_LIMIT_LOG_TEXT_BYTES. Never keys, clipboard or pixels. Preserves errno.
 * Lines that a peer can trigger are limited by a token bucket, but for
 * accounts; the next line says how many were dropped. Written with one write(2)
 * each.
 */
#ifndef SJ_PROTOCOL_BASE_LOG_H
#define SJ_PROTOCOL_BASE_LOG_H

#include <stddef.h>

#include "protocol/base/attr.h"

enum sj_log_level { SJ_LOG_ERROR, SJ_LOG_WARNING, SJ_LOG_INFO, SJ_LOG_DEBUG };

/* Names this process in every line and sets the lowest level shown. */
void sj_log_open(const char *program, enum sj_log_level level);

/* Writes one line; format gives `event key=value ...`. */
void sj_log(enum sj_log_level level, const char *format, ...) SJ_PRINTF(2, 3);

/* The same at level INFO for what has to be accounted for and only somebody
 * with a certificate can cause: never dropped. */
void sj_log_account(const char *format, ...) SJ_PRINTF(1, 2);

/*
 * Escapes text (size bytes, need not be terminated) into out (out_size bytes,
 * always terminated): printable ASCII without space, quote and backslash as
 * it is, all else as \xHH, cut at SJ_LIMIT_LOG_TEXT_BYTES. Returns out.
 */
const char *sj_log_text(
	const void *text, size_t size, char *out, size_t out_size);

#endif /* SJ_PROTOCOL_BASE_LOG_H */
