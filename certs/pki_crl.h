/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * pki_crl: makes and reads revocation lists.
 */
#ifndef SJ_CERTS_PKI_CRL_H
#define SJ_CERTS_PKI_CRL_H

#include <openssl/x509.h>

#include "certs/pki_issue.h"
#include "certs/pki_store.h"
#include "protocol/base/attr.h"

/*
 * A list of what store holds as revoked and not yet run out, signed by
 * authority, with the number store->crl_number. The caller frees; NULL on
 * failure.
 */
SJ_MUST_USE X509_CRL *sj_pki_crl_make(const struct sj_pki_authority *authority,
	const struct sj_pki_store *store,
	const struct sj_pki_validity *validity);

/* Writes list as PEM to *pem (gives). */
SJ_MUST_USE enum sj_err sj_pki_crl_to_pem(
	X509_CRL *list, struct sj_pki_bytes *pem);

/* Reads the first list of pem; gives it, or NULL. */
SJ_MUST_USE X509_CRL *sj_pki_crl_from_pem(const struct sj_pki_bytes *pem);

/* Seconds from now_s until time; false when time is malformed. */
SJ_MUST_USE bool sj_pki_time_left(
	const ASN1_TIME *time, int64_t now_s, int64_t *left_s);

#endif /* SJ_CERTS_PKI_CRL_H */
