/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ledger_sign: Ed25519 keys of a ledger and the signatures of its checkpoints.
 *
 * docs/ledger.md, section 3. Key material is PEM in memory, so that a confined
 * process opens no file.
 */
#ifndef SJ_CERTS_LEDGER_SIGN_H
#define SJ_CERTS_LEDGER_SIGN_H

#include <stddef.h>
#include <stdint.h>

#include "protocol/base/attr.h"
#include "protocol/base/err.h"
#include "protocol/ledger/record.h"

#define SJ_LEDGER_PEM_BYTES 1024 /* either key as PEM is shorter */

struct sj_ledger_signer; /* opaque: a private or a public key */

/*
 * The Ed25519 private key of a PEM text (size bytes, lent); NULL when it is
 * none. A key that needs a passphrase is refused.
 */
SJ_MUST_USE struct sj_ledger_signer *sj_ledger_signer_of_key(
	const void *pem, size_t size);

/* The same for a public key, which can only verify. */
SJ_MUST_USE struct sj_ledger_signer *sj_ledger_signer_of_public(
	const void *pem, size_t size);

/* A new key pair; NULL without memory. */
SJ_MUST_USE struct sj_ledger_signer *sj_ledger_signer_new(void);

/* Wipes and frees signer; NULL does nothing. */
void sj_ledger_signer_free(struct sj_ledger_signer *signer);

/*
 * PEM texts of signer (0 byte behind them) into key and pub, each
 * SJ_LEDGER_PEM_BYTES; key may be NULL.
 */
SJ_MUST_USE enum sj_err sj_ledger_signer_format(
	const struct sj_ledger_signer *signer, char *key, char *pub);

/* SHA-256 of the 32 bytes of the public key. */
SJ_MUST_USE enum sj_err sj_ledger_signer_id(
	const struct sj_ledger_signer *signer,
	uint8_t out[SJ_LEDGER_HASH_BYTES]);

/*
 * Signs the CHECKPOINT at bytes (a whole record with prev, mac not
 * needed) into signature.
 */
SJ_MUST_USE enum sj_err sj_ledger_sign(const struct sj_ledger_signer *signer,
	const uint8_t *bytes, uint8_t signature[SJ_LEDGER_SIGNATURE_BYTES]);

/* SJ_OK when signature is that of the CHECKPOINT at bytes; else DENIED. */
SJ_MUST_USE enum sj_err sj_ledger_check(const struct sj_ledger_signer *signer,
	const uint8_t *bytes,
	const uint8_t signature[SJ_LEDGER_SIGNATURE_BYTES]);

#endif /* SJ_CERTS_LEDGER_SIGN_H */
