/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * pki_issue: makes certificates, exactly of the forms that tls accepts.
 *
 * Nothing is copied from a request but its public key.
 */
#ifndef SJ_CERTS_PKI_ISSUE_H
#define SJ_CERTS_PKI_ISSUE_H

#include <openssl/x509.h>
#include <stdint.h>

#include "certs/identity.h"
#include "certs/pki_file.h"
#include "certs/pki_names.h"
#include "protocol/base/attr.h"
#include "protocol/base/err.h"

/* Sixteen bytes in hexadecimal digits, terminated. */
#define SJ_PKI_SERIAL_BYTES 33

/* Seconds since 1970; the last second is still valid. */
struct sj_pki_validity {
	int64_t from_s;
	int64_t until_s;
};

/* What a certificate of a host, viewer, guard or admin will say. */
struct sj_pki_subject {
	struct sj_identity identity;
	struct sj_pki_names names; /* hosts and guards only */
	struct sj_pki_validity validity;
};

/* The authority that signs; both lent. */
struct sj_pki_authority {
	X509 *certificate;
	EVP_PKEY *key;
};

/*
 * A self-signed authority certificate of key with the common name name. The
 * caller frees; NULL on failure.
 */
SJ_MUST_USE X509 *sj_pki_issue_authority(EVP_PKEY *key, const char *name,
	const struct sj_pki_validity *validity);

/*
 * A certificate for the public half of key. A random serial is written to
 * serial. The caller frees; NULL on failure or when subject is not allowed.
 */
SJ_MUST_USE X509 *sj_pki_issue_leaf(const struct sj_pki_authority *authority,
	EVP_PKEY *key, const struct sj_pki_subject *subject,
	char serial[SJ_PKI_SERIAL_BYTES]);

/* True if the purposes of role include being a server; being a client. */
bool sj_pki_role_is_server(enum sj_tls_role role);
bool sj_pki_role_is_client(enum sj_tls_role role);

/* Writes certificate as PEM to *pem (gives). */
SJ_MUST_USE enum sj_err sj_pki_certificate_to_pem(
	X509 *certificate, struct sj_pki_bytes *pem);

/* Reads the first certificate of pem; gives it, or NULL. */
SJ_MUST_USE X509 *sj_pki_certificate_from_pem(const struct sj_pki_bytes *pem);

/* Writes the serial of certificate in hexadecimal digits. */
SJ_MUST_USE bool sj_pki_certificate_serial(
	const X509 *certificate, char serial[SJ_PKI_SERIAL_BYTES]);

/*
 * Reads a signing request (PEM, hostile) and gives its public key after its
 * signature was verified. SJ_ERR_FORMAT when it is no request, SJ_ERR_DENIED
 * when the signature is wrong or the key is of no accepted kind.
 */
SJ_MUST_USE enum sj_err sj_pki_request_key(
	const struct sj_pki_bytes *pem, EVP_PKEY **key, struct sj_pki_why *why);

/* A signing request for key as PEM (gives); its name is for people only. */
SJ_MUST_USE enum sj_err sj_pki_request_make(
	EVP_PKEY *key, const char *name, struct sj_pki_bytes *pem);

#endif /* SJ_CERTS_PKI_ISSUE_H */
