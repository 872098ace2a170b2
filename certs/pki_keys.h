/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * pki_keys: private keys, their files and their pins.
 */
#ifndef SJ_CERTS_PKI_KEYS_H
#define SJ_CERTS_PKI_KEYS_H

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "certs/pki_file.h"
#include "protocol/base/attr.h"
#include "protocol/base/err.h"

/* SHA-256 of a SubjectPublicKeyInfo in hexadecimal digits, terminated. */
#define SJ_PKI_PIN_BYTES 65

/* A fresh ECDSA P-256 key; the caller frees. NULL on failure. */
SJ_MUST_USE EVP_PKEY *sj_pki_key_generate(void);

/*
 * Writes key as PKCS #8 PEM to *pem (gives); passphrase NULL or "": in clear.
 * Encrypted with AES-256 and PBKDF2.
 */
SJ_MUST_USE enum sj_err sj_pki_key_to_pem(
	EVP_PKEY *key, const char *passphrase, struct sj_pki_bytes *pem);

/*
 * Reads a key; gives *key. SJ_ERR_DENIED when the passphrase is missing or
 * wrong, SJ_ERR_FORMAT when pem (lent) holds no key.
 */
SJ_MUST_USE enum sj_err sj_pki_key_from_pem(
	const struct sj_pki_bytes *pem, const char *passphrase, EVP_PKEY **key);

/* True if pem holds an encrypted key. */
bool sj_pki_key_is_encrypted(const struct sj_pki_bytes *pem);

/* True for what our TLS settings accept: P-256, Ed25519, RSA from 2048 bits. */
bool sj_pki_key_is_acceptable(const EVP_PKEY *key);

/* Writes the pin of the key of certificate; false on failure. */
SJ_MUST_USE bool sj_pki_key_pin(
	const X509 *certificate, char pin[SJ_PKI_PIN_BYTES]);

/* Moves what bio (memory, taken) holds to *bytes (gives). */
SJ_MUST_USE enum sj_err sj_pki_bytes_of_bio(
	BIO *bio, struct sj_pki_bytes *bytes);

#endif /* SJ_CERTS_PKI_KEYS_H */
