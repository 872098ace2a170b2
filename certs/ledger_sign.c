/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "certs/ledger_sign.h"

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <string.h>

#include "certs/ledger_mac.h"

#define LABEL "shoji ledger checkpoint 1\n"
#define LABEL_BYTES (sizeof(LABEL) - 1)
#define MESSAGE_BYTES                                                          \
	(LABEL_BYTES + SJ_LEDGER_SIGNED_BYTES + SJ_LEDGER_HASH_BYTES)
#define PUBLIC_BYTES 32

struct sj_ledger_signer {
	EVP_PKEY *key;
};

/* Takes key; NULL unless it is Ed25519. */
static struct sj_ledger_signer *wrap(EVP_PKEY *key)
{
	struct sj_ledger_signer *signer = NULL;

	if (key && EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519)
		signer = OPENSSL_zalloc(sizeof(*signer));
	if (signer)
		signer->key = key;
	else
		EVP_PKEY_free(key);
	ERR_clear_error();
	return signer;
}

/* Nobody is asked for a passphrase. */
static int refuse_passphrase(char *out, int size, int rw, void *self)
{
	(void)out;
	(void)size;
	(void)rw;
	(void)self;
	return -1;
}

struct sj_ledger_signer *sj_ledger_signer_of_key(const void *pem, size_t size)
{
	BIO *in = size <= SJ_LIMIT_PEM_BYTES ? BIO_new_mem_buf(pem, (int)size)
					     : NULL;
	EVP_PKEY *key = NULL;

	if (in)
		key = PEM_read_bio_PrivateKey(
			in, NULL, refuse_passphrase, NULL);
	BIO_free(in);
	return wrap(key);
}

struct sj_ledger_signer *sj_ledger_signer_of_public(
	const void *pem, size_t size)
{
	BIO *in = size <= SJ_LIMIT_PEM_BYTES ? BIO_new_mem_buf(pem, (int)size)
					     : NULL;
	EVP_PKEY *key = NULL;

	if (in)
		key = PEM_read_bio_PUBKEY(in, NULL, refuse_passphrase, NULL);
	BIO_free(in);
	return wrap(key);
}

struct sj_ledger_signer *sj_ledger_signer_new(void)
{
	return wrap(EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"));
}

void sj_ledger_signer_free(struct sj_ledger_signer *signer)
{
	if (!signer)
		return;
	EVP_PKEY_free(signer->key);
	OPENSSL_free(signer);
}

/* What out holds, as a terminated text of at most SJ_LEDGER_PEM_BYTES. */
static enum sj_err take_text(BIO *out, char *text)
{
	int got = BIO_read(out, text, SJ_LEDGER_PEM_BYTES - 1);

	if (got <= 0 || BIO_ctrl_pending(out) != 0)
		return SJ_ERR_LIMIT;
	text[got] = 0;
	return SJ_OK;
}

enum sj_err sj_ledger_signer_format(
	const struct sj_ledger_signer *signer, char *key, char *pub)
{
	BIO *key_out = BIO_new(BIO_s_secmem());
	BIO *pub_out = BIO_new(BIO_s_mem());
	enum sj_err err = SJ_ERR_MEMORY;

	if (key_out && pub_out &&
		PEM_write_bio_PUBKEY(pub_out, signer->key) == 1 &&
		(!key || PEM_write_bio_PKCS8PrivateKey(key_out, signer->key,
				 NULL, NULL, 0, NULL, NULL) == 1))
		err = take_text(pub_out, pub);
	if (err == SJ_OK && key)
		err = take_text(key_out, key);
	BIO_free(key_out);
	BIO_free(pub_out);
	return err;
}

enum sj_err sj_ledger_signer_id(const struct sj_ledger_signer *signer,
	uint8_t out[SJ_LEDGER_HASH_BYTES])
{
	uint8_t raw[PUBLIC_BYTES];
	size_t size = sizeof(raw);

	if (EVP_PKEY_get_raw_public_key(signer->key, raw, &size) != 1 ||
		size != sizeof(raw) || !sj_ledger_hash(raw, size, out))
		return SJ_ERR_MEMORY;
	return SJ_OK;
}

static void make_message(const uint8_t *bytes, uint8_t *message)
{
	memcpy(message, LABEL, LABEL_BYTES);
	memcpy(message + LABEL_BYTES, bytes, SJ_LEDGER_SIGNED_BYTES);
	memcpy(message + LABEL_BYTES + SJ_LEDGER_SIGNED_BYTES,
		bytes + SJ_LEDGER_PREV_AT, SJ_LEDGER_HASH_BYTES);
}

enum sj_err sj_ledger_sign(const struct sj_ledger_signer *signer,
	const uint8_t *bytes, uint8_t signature[SJ_LEDGER_SIGNATURE_BYTES])
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	uint8_t message[MESSAGE_BYTES];
	size_t size = SJ_LEDGER_SIGNATURE_BYTES;
	enum sj_err err = SJ_ERR_MEMORY;

	make_message(bytes, message);
	if (context &&
		EVP_DigestSignInit(context, NULL, NULL, NULL, signer->key) ==
			1 &&
		EVP_DigestSign(context, signature, &size, message,
			sizeof(message)) == 1 &&
		size == SJ_LEDGER_SIGNATURE_BYTES)
		err = SJ_OK;
	EVP_MD_CTX_free(context);
	return err;
}

enum sj_err sj_ledger_check(const struct sj_ledger_signer *signer,
	const uint8_t *bytes,
	const uint8_t signature[SJ_LEDGER_SIGNATURE_BYTES])
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	uint8_t message[MESSAGE_BYTES];
	enum sj_err err = SJ_ERR_MEMORY;

	make_message(bytes, message);
	if (context && EVP_DigestVerifyInit(
			       context, NULL, NULL, NULL, signer->key) == 1)
		err = EVP_DigestVerify(context, signature,
			      SJ_LEDGER_SIGNATURE_BYTES, message,
			      sizeof(message)) == 1
			      ? SJ_OK
			      : SJ_ERR_DENIED;
	EVP_MD_CTX_free(context);
	ERR_clear_error();
	return err;
}
