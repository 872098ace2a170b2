/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * pki_check: says in words what is wrong with a file, and what to do.
 *
 * The last word is that of the same verification that a session uses; the
 * findings before it name every fault, not only the first.
 */
#ifndef SJ_CERTS_PKI_CHECK_H
#define SJ_CERTS_PKI_CHECK_H

#include <stddef.h>
#include <stdint.h>

#include "certs/pki_file.h"

#define SJ_PKI_FINDINGS 24

/* Days before the end of a certificate at which warnings begin and rise. */
#define SJ_PKI_WARNING_DAYS_1 60
#define SJ_PKI_WARNING_DAYS_2 30
#define SJ_PKI_WARNING_DAYS_3 7

enum sj_pki_level { SJ_PKI_GOOD, SJ_PKI_WARNING, SJ_PKI_BAD };

struct sj_pki_finding {
	enum sj_pki_level level;
	char text[360];
	char advice[240]; /* what to do; "" when there is nothing to do */
};

struct sj_pki_report {
	struct sj_pki_finding finding[SJ_PKI_FINDINGS];
	size_t count;
};

/* What to check, all PEM and all lent; empty members are not looked at. */
struct sj_pki_check {
	struct sj_pki_bytes subject; /* certificate, list, key or request */
	struct sj_pki_bytes authority;
	struct sj_pki_bytes crl;
	struct sj_pki_bytes key; /* said to belong to the subject */
	const char *host;        /* name that viewers connect to, or NULL */
	const char *renew;       /* command that renews the subject, or NULL */
	int64_t now_s;
};

/* Appends to *report what there is to say; never fails. */
void sj_pki_check(
	const struct sj_pki_check *check, struct sj_pki_report *report);

/* The worst level in report. */
enum sj_pki_level sj_pki_report_level(const struct sj_pki_report *report);

#endif /* SJ_CERTS_PKI_CHECK_H */
