/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "certs/pki_issue.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

#include "certs/pki_keys.h"

#define SERIAL_BYTES 16

bool sj_pki_role_is_server(enum sj_tls_role role)
{
	return role == SJ_TLS_ROLE_HOST || role == SJ_TLS_ROLE_GUARD;
}

bool sj_pki_role_is_client(enum sj_tls_role role)
{
	return role != SJ_TLS_ROLE_HOST;
}

static bool add_extension(
	X509 *certificate, X509 *issuer, int kind, const char *value)
{
	X509V3_CTX context;
	X509_EXTENSION *extension;
	bool is_good;

	X509V3_set_ctx_nodb(&context);
	X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
	extension = X509V3_EXT_nconf_nid(NULL, &context, kind, value);
	is_good = extension && X509_add_ext(certificate, extension, -1) == 1;
	X509_EXTENSION_free(extension);
	return is_good;
}

static bool set_name(X509_NAME *name, const char *text)
{
	return X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
		       (const unsigned char *)text, -1, -1, 0) == 1;
}

/* A positive random number of 127 bits. */
static bool set_serial(X509 *certificate, char text[SJ_PKI_SERIAL_BYTES])
{
	unsigned char bytes[SERIAL_BYTES];
	BIGNUM *number;
	bool is_good;

	if (RAND_bytes(bytes, sizeof(bytes)) != 1)
		return false;
	/* Never negative, and always of the same length. */
	bytes[0] = (unsigned char)((bytes[0] & 0x7f) | 0x40);
	number = BN_bin2bn(bytes, sizeof(bytes), NULL);
	is_good = number && BN_to_ASN1_INTEGER(
				    number, X509_get_serialNumber(certificate));
	BN_free(number);
	return is_good && sj_pki_certificate_serial(certificate, text);
}

bool sj_pki_certificate_serial(
	const X509 *certificate, char serial[SJ_PKI_SERIAL_BYTES])
{
	const ASN1_INTEGER *number = X509_get0_serialNumber(certificate);
	static const char digits[] = "0123456789abcdef";
	const unsigned char *bytes = ASN1_STRING_get0_data(number);
	size_t size = (size_t)ASN1_STRING_length(number);

	if (size == 0 || size > SERIAL_BYTES)
		return false;
	for (size_t i = 0; i < size; i++) {
		serial[2 * i] = digits[bytes[i] >> 4];
		serial[2 * i + 1] = digits[bytes[i] & 15];
	}
	serial[2 * size] = 0;
	return true;
}

static bool set_validity(
	X509 *certificate, const struct sj_pki_validity *validity)
{
	return ASN1_TIME_set(X509_getm_notBefore(certificate),
		       (time_t)validity->from_s) &&
	       ASN1_TIME_set(X509_getm_notAfter(certificate),
		       (time_t)validity->until_s);
}

static const EVP_MD *digest_for(const EVP_PKEY *key)
{
	return EVP_PKEY_is_a(key, "ED25519") ? NULL : EVP_sha256();
}

X509 *sj_pki_issue_authority(
	EVP_PKEY *key, const char *name, const struct sj_pki_validity *validity)
{
	X509 *certificate = X509_new();
	char serial[SJ_PKI_SERIAL_BYTES];

	if (certificate && X509_set_version(certificate, X509_VERSION_3) == 1 &&
		set_serial(certificate, serial) &&
		set_validity(certificate, validity) &&
		set_name(X509_get_subject_name(certificate), name) &&
		X509_set_issuer_name(
			certificate, X509_get_subject_name(certificate)) == 1 &&
		X509_set_pubkey(certificate, key) == 1 &&
		add_extension(certificate, certificate, NID_basic_constraints,
			"critical,CA:TRUE,pathlen:0") &&
		add_extension(certificate, certificate, NID_key_usage,
			"critical,keyCertSign,cRLSign") &&
		add_extension(certificate, certificate,
			NID_subject_key_identifier, "hash") &&
		X509_sign(certificate, key, digest_for(key)) > 0)
		return certificate;
	X509_free(certificate);
	ERR_clear_error();
	return NULL;
}

static bool put_uri(GENERAL_NAMES *san, const char *uri)
{
	GENERAL_NAME *general = GENERAL_NAME_new();
	ASN1_IA5STRING *value = ASN1_IA5STRING_new();

	if (!general || !value || ASN1_STRING_set(value, uri, -1) != 1) {
		ASN1_IA5STRING_free(value);
		GENERAL_NAME_free(general);
		return false;
	}
	GENERAL_NAME_set0_value(general, GEN_URI, value);
	if (sk_GENERAL_NAME_push(san, general) > 0)
		return true;
	GENERAL_NAME_free(general);
	return false;
}

static bool add_names(X509 *certificate, const struct sj_pki_subject *subject)
{
	GENERAL_NAMES *san = sk_GENERAL_NAME_new_null();
	char uri[SJ_IDENTITY_URI_BYTES];
	bool is_good =
		san &&
		sj_identity_format(&subject->identity, uri, sizeof(uri)) &&
		put_uri(san, uri) && sj_pki_names_put(&subject->names, san) &&
		X509_add1_ext_i2d(certificate, NID_subject_alt_name, san, 0,
			X509V3_ADD_DEFAULT) == 1;

	GENERAL_NAMES_free(san);
	return is_good;
}

static const char *purpose_of(enum sj_tls_role role)
{
	if (!sj_pki_role_is_server(role))
		return "clientAuth";
	return sj_pki_role_is_client(role) ? "serverAuth,clientAuth"
					   : "serverAuth";
}

static bool add_leaf_extensions(
	X509 *certificate, X509 *issuer, const struct sj_pki_subject *subject)
{
	return add_extension(certificate, issuer, NID_basic_constraints,
		       "critical,CA:FALSE") &&
	       add_extension(certificate, issuer, NID_key_usage,
		       "critical,digitalSignature") &&
	       add_extension(certificate, issuer, NID_ext_key_usage,
		       purpose_of(subject->identity.role)) &&
	       add_extension(certificate, issuer, NID_subject_key_identifier,
		       "hash") &&
	       add_extension(certificate, issuer, NID_authority_key_identifier,
		       "keyid:always") &&
	       add_names(certificate, subject);
}

X509 *sj_pki_issue_leaf(const struct sj_pki_authority *authority, EVP_PKEY *key,
	const struct sj_pki_subject *subject, char serial[SJ_PKI_SERIAL_BYTES])
{
	X509 *certificate = X509_new();

	if (certificate && X509_set_version(certificate, X509_VERSION_3) == 1 &&
		set_serial(certificate, serial) &&
		set_validity(certificate, &subject->validity) &&
		set_name(X509_get_subject_name(certificate),
			subject->identity.name) &&
		X509_set_issuer_name(certificate,
			X509_get_subject_name(authority->certificate)) == 1 &&
		X509_set_pubkey(certificate, key) == 1 &&
		add_leaf_extensions(
			certificate, authority->certificate, subject) &&
		X509_sign(certificate, authority->key,
			digest_for(authority->key)) > 0)
		return certificate;
	X509_free(certificate);
	ERR_clear_error();
	return NULL;
}

enum sj_err sj_pki_certificate_to_pem(
	X509 *certificate, struct sj_pki_bytes *pem)
{
	BIO *bio = BIO_new(BIO_s_mem());

	pem->data = NULL;
	pem->size = 0;
	if (bio && PEM_write_bio_X509(bio, certificate) == 1)
		return sj_pki_bytes_of_bio(bio, pem);
	BIO_free(bio);
	ERR_clear_error();
	return SJ_ERR_MEMORY;
}

X509 *sj_pki_certificate_from_pem(const struct sj_pki_bytes *pem)
{
	BIO *bio = BIO_new_mem_buf(pem->data, (int)pem->size);
	X509 *certificate =
		bio ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;

	BIO_free(bio);
	ERR_clear_error();
	return certificate;
}

enum sj_err sj_pki_request_key(
	const struct sj_pki_bytes *pem, EVP_PKEY **key, struct sj_pki_why *why)
{
	BIO *bio = BIO_new_mem_buf(pem->data, (int)pem->size);
	X509_REQ *request =
		bio ? PEM_read_bio_X509_REQ(bio, NULL, NULL, NULL) : NULL;
	EVP_PKEY *candidate = request ? X509_REQ_get_pubkey(request) : NULL;
	enum sj_err err = SJ_OK;

	*key = NULL;
	if (!candidate)
		err = sj_pki_fail(why, SJ_ERR_FORMAT,
			"this is no signing request in PEM form; make one on "
			"the terminal with: shoji-ca request NAME");
	else if (!sj_pki_key_is_acceptable(candidate))
		err = sj_pki_fail(why, SJ_ERR_DENIED,
			"the key of the request is of no accepted kind; "
			"accepted are ECDSA P-256, Ed25519, RSA of 2048 bits "
			"and more");
	else if (X509_REQ_verify(request, candidate) != 1)
		err = sj_pki_fail(why, SJ_ERR_DENIED,
			"the signature of the request is wrong: the file was "
			"damaged or changed on its way; make a new one");
	else
		*key = candidate;
	if (err != SJ_OK)
		EVP_PKEY_free(candidate);
	X509_REQ_free(request);
	BIO_free(bio);
	ERR_clear_error();
	return err;
}

enum sj_err sj_pki_request_make(
	EVP_PKEY *key, const char *name, struct sj_pki_bytes *pem)
{
	X509_REQ *request = X509_REQ_new();
	BIO *bio = BIO_new(BIO_s_mem());
	bool is_good = request && bio &&
		       X509_REQ_set_version(request, X509_REQ_VERSION_1) == 1 &&
		       set_name(X509_REQ_get_subject_name(request), name) &&
		       X509_REQ_set_pubkey(request, key) == 1 &&
		       X509_REQ_sign(request, key, digest_for(key)) > 0 &&
		       PEM_write_bio_X509_REQ(bio, request) == 1;

	X509_REQ_free(request);
	pem->data = NULL;
	pem->size = 0;
	if (is_good)
		return sj_pki_bytes_of_bio(bio, pem);
	BIO_free(bio);
	ERR_clear_error();
	return SJ_ERR_MEMORY;
}
