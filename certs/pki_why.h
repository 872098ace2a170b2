/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * pki_why: one sentence for the administrator, carried beside an error.
 */
#ifndef SJ_CERTS_PKI_WHY_H
#define SJ_CERTS_PKI_WHY_H

#include "protocol/base/attr.h"
#include "protocol/base/err.h"

/* What went wrong and what to do, in words; "" while all is well. */
struct sj_pki_why {
	char text[1024];
};

/* Writes the sentence and returns err, for the caller to pass on. */
enum sj_err sj_pki_fail(struct sj_pki_why *why, enum sj_err err,
	const char *format, ...) SJ_PRINTF(3, 4);

#endif /* SJ_CERTS_PKI_WHY_H */
