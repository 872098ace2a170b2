/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * pki_report: collects findings, and words for each reason.
 */
#ifndef SJ_CERTS_PKI_REPORT_H
#define SJ_CERTS_PKI_REPORT_H

#include "certs/pki_check.h"
#include "protocol/base/attr.h"
#include "protocol/base/reason.h"

/* Appends something to know. */
void sj_pki_good(struct sj_pki_report *report, const char *format, ...)
	SJ_PRINTF(2, 3);

/* Appends a warning; advice says what to do. */
void sj_pki_warn(struct sj_pki_report *report, const char *advice,
	const char *format, ...) SJ_PRINTF(3, 4);

/* Appends a fault; advice says what to do. */
void sj_pki_bad(struct sj_pki_report *report, const char *advice,
	const char *format, ...) SJ_PRINTF(3, 4);

/*
 * Appends what a session would say: that it accepts, or why not, unless a
 * fault was found before that is the cause.
 */
void sj_pki_judge(struct sj_pki_report *report, enum sj_reason reason);

#endif /* SJ_CERTS_PKI_REPORT_H */
