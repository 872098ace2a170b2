/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * verify_print: the parts of a report, each in a file of its own.
 *
 * All write on standard output.
 */
#ifndef SJ_CERTS_VERIFY_PRINT_H
#define SJ_CERTS_VERIFY_PRINT_H

#include "certs/verify.h"

/* The letters of a ledger: A to Z, AA to ZZ, and so on. */
void sj_verify_print_letter(size_t index);

/* Whether the language is wanted. */
bool sj_verify_says(const struct sj_verify_print *print, bool is_japanese);

/* The lines of all findings: verify_lines.c. */
void sj_verify_print_findings(const struct sj_verify_print *print);

/* Behind a session's time: whose it is. Redacted: nothing. verify_scope.c */
void sj_verify_print_user(const struct sj_verify_print *print,
	const struct sj_verify_session *session);

/* The sentences that say what was asked about; nothing when that is all. */
void sj_verify_print_scope(
	const struct sj_verify_print *print, bool is_japanese);

/* The same at the end of a line. */
void sj_verify_print_short_scope(const struct sj_verify_print *print);

#endif /* SJ_CERTS_VERIFY_PRINT_H */
