/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tls_verify: judges the certificate of a peer.
 *
 * Internal to certs/: the only place where an error of OpenSSL's verification,
 * an alert or an error of its queue becomes an enum sj_reason.
 */
#ifndef SJ_CERTS_TLS_VERIFY_H
#define SJ_CERTS_TLS_VERIFY_H

#include <openssl/ssl.h>
#include <stdbool.h>

#include "certs/identity.h"
#include "certs/tls.h"
#include "protocol/base/attr.h"

/* What a peer has to be; strings are kept by the session. */
struct sj_tls_wanted {
	bool is_server;                 /* we are: the peer is a client */
	unsigned roles;                 /* bits 1 << enum sj_tls_role */
	char zone[SJ_LIMIT_ZONE_BYTES]; /* "": any but the forbidden */
	char name[256];                 /* "": not checked */
};

/*
 * A store that trusts the certificates of authority and knows the lists of
 * crl. The caller frees. NULL, with *reason set, when one does not parse.
 */
SJ_MUST_USE X509_STORE *sj_tls_store_create(OSSL_LIB_CTX *lib,
	const struct sj_tls_pem *authority, const struct sj_tls_pem *crl,
	enum sj_reason *reason);

/* Sets flags, name and depth of param for wanted. False when memory is short.
 */
SJ_MUST_USE bool sj_tls_verify_setup(
	X509_VERIFY_PARAM *param, const struct sj_tls_wanted *wanted);

/*
 * Reads the one shoji URI of certificate to *identity and checks it against
 * wanted: SJ_REASON_NONE, SJ_REASON_CERT_ROLE, or SJ_REASON_CERT_PURPOSE when
 * it states no purpose at all.
 */
SJ_MUST_USE enum sj_reason sj_tls_verify_identity(const X509 *certificate,
	const struct sj_tls_wanted *wanted, struct sj_identity *identity);

/*
 * Verifies certificate with the intermediates of chain against store, now, but
 * for their last days: it was valid when its connection began. SJ_REASON_NONE
 * or why not.
 */
SJ_MUST_USE enum sj_reason sj_tls_verify_again(OSSL_LIB_CTX *lib,
	X509_STORE *store, X509 *certificate, STACK_OF(X509) * chain,
	const struct sj_tls_wanted *wanted);

/* The reason for an X509_V_ERR number; NONE for X509_V_OK. */
enum sj_reason sj_tls_reason_of_verify(long error);

/*
 * The reason for the oldest error of OpenSSL's queue, which is emptied.
 * *is_by_peer: it was an alert that the peer sent.
 */
enum sj_reason sj_tls_reason_of_queue(bool *is_by_peer);

#endif /* SJ_CERTS_TLS_VERIFY_H */
