/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "certs/tls_own.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <string.h>

#include "certs/tls_verify.h"

static int give_passphrase(char *out, int size, int is_writing, void *self)
{
	const char *passphrase = self;
	size_t length = passphrase ? strlen(passphrase) : 0;

	(void)is_writing;
	if (length == 0 || length > (size_t)size)
		return -1;
	/* Counted, not terminated. */
	for (size_t i = 0; i < length; i++)
		out[i] = passphrase[i];
	return (int)length;
}

static const char *use_key(
	SSL *ssl, OSSL_LIB_CTX *lib, const struct sj_tls_settings *settings)
{
	BIO *bio = BIO_new_mem_buf(settings->key.data, (int)settings->key.size);
	const void *passphrase = settings->key_passphrase;
	const char *fault = NULL;
	EVP_PKEY *key = NULL;
	void *user;

	/* The callback takes what it lends back without const. */
	memcpy(&user, &passphrase, sizeof(user));
	if (bio)
		key = PEM_read_bio_PrivateKey_ex(
			bio, NULL, give_passphrase, user, lib, NULL);
	if (!key)
		fault = "key holds no private key that can be read, or its "
			"passphrase is another";
	else if (SSL_use_PrivateKey(ssl, key) != 1 ||
		 SSL_check_private_key(ssl) != 1)
		fault = "key does not fit chain";
	EVP_PKEY_free(key);
	BIO_free(bio);
	return fault;
}

static X509 *read_certificate(BIO *bio, OSSL_LIB_CTX *lib)
{
	X509 *certificate = X509_new_ex(lib, NULL);

	if (certificate && PEM_read_bio_X509(bio, &certificate, NULL, NULL))
		return certificate;
	X509_free(certificate);
	return NULL;
}

static bool use_chain(
	SSL *ssl, OSSL_LIB_CTX *lib, const struct sj_tls_pem *chain)
{
	BIO *bio = BIO_new_mem_buf(chain->data, (int)chain->size);
	X509 *certificate = bio ? read_certificate(bio, lib) : NULL;
	bool is_good =
		certificate && SSL_use_certificate(ssl, certificate) == 1;

	X509_free(certificate);
	while (is_good && (certificate = read_certificate(bio, lib))) {
		is_good = SSL_add1_chain_cert(ssl, certificate) == 1;
		X509_free(certificate);
	}
	BIO_free(bio);
	ERR_clear_error();
	return is_good;
}

/* Whether our certificate has an identity of zone. */
static bool is_of_zone(SSL *ssl, const char *zone)
{
	const X509 *certificate = SSL_get_certificate(ssl);
	struct sj_tls_wanted wanted = {.roles = ~0u};
	struct sj_identity identity;

	if (!certificate || strlen(zone) >= sizeof(wanted.zone))
		return false;
	memcpy(wanted.zone, zone, strlen(zone));
	return sj_tls_verify_identity(certificate, &wanted, &identity) ==
	       SJ_REASON_NONE;
}

const char *sj_tls_own_use(
	SSL *ssl, OSSL_LIB_CTX *lib, const struct sj_tls_settings *settings)
{
	if (!use_chain(ssl, lib, &settings->chain))
		return "chain holds no certificate that can be used";
	if (settings->own_zone && !is_of_zone(ssl, settings->own_zone))
		return "chain is of another zone than the users that we speak "
		       "for, or has no identity";
	return use_key(ssl, lib, settings);
}
