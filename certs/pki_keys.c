/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "certs/pki_keys.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PBKDF2_ROUNDS 600000
#define RSA_BITS_MIN 2048

EVP_PKEY *sj_pki_key_generate(void)
{
	return EVP_EC_gen("P-256");
}

enum sj_err sj_pki_bytes_of_bio(BIO *bio, struct sj_pki_bytes *bytes)
{
	char *data = NULL;
	long size = BIO_get_mem_data(bio, &data);

	bytes->data = size > 0 ? malloc((size_t)size + 1) : NULL;
	bytes->size = 0;
	if (bytes->data) {
		memcpy(bytes->data, data, (size_t)size);
		bytes->data[size] = 0;
		bytes->size = (size_t)size;
		OPENSSL_cleanse(data, (size_t)size);
	}
	BIO_free(bio);
	return bytes->data ? SJ_OK : SJ_ERR_MEMORY;
}

/* Writes key to bio, encrypted with many rounds. */
static bool write_encrypted(BIO *bio, EVP_PKEY *key, const char *passphrase)
{
	PKCS8_PRIV_KEY_INFO *clear = EVP_PKEY2PKCS8(key);
	X509_ALGOR *method = PKCS5_pbe2_set_iv(EVP_aes_256_cbc(), PBKDF2_ROUNDS,
		NULL, 0, NULL, NID_hmacWithSHA256);
	X509_SIG *sealed = NULL;
	bool is_good;

	if (clear && method)
		sealed = PKCS8_set0_pbe(
			passphrase, (int)strlen(passphrase), clear, method);
	if (sealed)
		method = NULL; /* now part of sealed */
	is_good = sealed && PEM_write_bio_PKCS8(bio, sealed) == 1;
	X509_SIG_free(sealed);
	X509_ALGOR_free(method);
	PKCS8_PRIV_KEY_INFO_free(clear);
	return is_good;
}

enum sj_err sj_pki_key_to_pem(
	EVP_PKEY *key, const char *passphrase, struct sj_pki_bytes *pem)
{
	BIO *bio = BIO_new(BIO_s_mem());
	bool is_good = bio != NULL;

	pem->data = NULL;
	pem->size = 0;
	if (is_good && passphrase && passphrase[0] != 0)
		is_good = write_encrypted(bio, key, passphrase);
	else if (is_good)
		is_good = PEM_write_bio_PKCS8PrivateKey(
				  bio, key, NULL, NULL, 0, NULL, NULL) == 1;
	if (is_good)
		return sj_pki_bytes_of_bio(bio, pem);
	BIO_free(bio);
	ERR_clear_error();
	return SJ_ERR_MEMORY;
}

struct asking {
	const char *passphrase;
	bool was_asked;
};

static int answer(char *out, int size, int is_writing, void *self)
{
	struct asking *asking = self;
	size_t length = asking->passphrase ? strlen(asking->passphrase) : 0;

	(void)is_writing;
	asking->was_asked = true;
	if (length == 0 || length > (size_t)size)
		return -1;
	memcpy(out, asking->passphrase, length);
	return (int)length;
}

enum sj_err sj_pki_key_from_pem(
	const struct sj_pki_bytes *pem, const char *passphrase, EVP_PKEY **key)
{
	BIO *bio = BIO_new_mem_buf(pem->data, (int)pem->size);
	struct asking asking = {.passphrase = passphrase};

	*key = bio ? PEM_read_bio_PrivateKey(bio, NULL, answer, &asking) : NULL;
	BIO_free(bio);
	ERR_clear_error();
	if (*key)
		return SJ_OK;
	return asking.was_asked ? SJ_ERR_DENIED : SJ_ERR_FORMAT;
}

bool sj_pki_key_is_encrypted(const struct sj_pki_bytes *pem)
{
	EVP_PKEY *key = NULL;
	enum sj_err err = sj_pki_key_from_pem(pem, NULL, &key);

	EVP_PKEY_free(key);
	return err == SJ_ERR_DENIED;
}

bool sj_pki_key_is_acceptable(const EVP_PKEY *key)
{
	char group[32];

	if (EVP_PKEY_is_a(key, "ED25519"))
		return true;
	if (EVP_PKEY_is_a(key, "RSA"))
		return EVP_PKEY_get_bits(key) >= RSA_BITS_MIN;
	return EVP_PKEY_is_a(key, "EC") &&
	       EVP_PKEY_get_group_name(key, group, sizeof(group), NULL) == 1 &&
	       strcmp(group, "prime256v1") == 0;
}

bool sj_pki_key_pin(const X509 *certificate, char pin[SJ_PKI_PIN_BYTES])
{
	unsigned char digest[32];
	unsigned char *der = NULL;
	int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
	bool is_good = size > 0 && EVP_Q_digest(NULL, "SHA256", NULL, der,
					   (size_t)size, digest, NULL) == 1;

	OPENSSL_free(der);
	for (size_t i = 0; is_good && i < sizeof(digest); i++)
		(void)snprintf(pin + 2 * i, 3, "%02x", digest[i]);
	return is_good;
}
