/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "certs/pki_crl.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "certs/pki_keys.h"

static bool set_times(X509_CRL *list, const struct sj_pki_validity *validity)
{
	ASN1_TIME *from = ASN1_TIME_set(NULL, (time_t)validity->from_s);
	ASN1_TIME *until = ASN1_TIME_set(NULL, (time_t)validity->until_s);
	bool is_good = from && until &&
		       X509_CRL_set1_lastUpdate(list, from) == 1 &&
		       X509_CRL_set1_nextUpdate(list, until) == 1;

	ASN1_TIME_free(from);
	ASN1_TIME_free(until);
	return is_good;
}

static bool add_revoked(X509_CRL *list, const struct sj_pki_entry *entry)
{
	X509_REVOKED *revoked = X509_REVOKED_new();
	ASN1_TIME *when = ASN1_TIME_set(NULL, (time_t)entry->revoked_s);
	BIGNUM *number = NULL;
	ASN1_INTEGER *serial = NULL;
	bool is_good = revoked && when && BN_hex2bn(&number, entry->serial) > 0;

	if (is_good)
		serial = BN_to_ASN1_INTEGER(number, NULL);
	is_good = serial &&
		  X509_REVOKED_set_serialNumber(revoked, serial) == 1 &&
		  X509_REVOKED_set_revocationDate(revoked, when) == 1 &&
		  X509_CRL_add0_revoked(list, revoked) == 1;
	if (!is_good)
		X509_REVOKED_free(revoked);
	ASN1_INTEGER_free(serial);
	BN_free(number);
	ASN1_TIME_free(when);
	return is_good;
}

static bool add_number(X509_CRL *list, uint64_t number)
{
	ASN1_INTEGER *value = ASN1_INTEGER_new();
	bool is_good = value && ASN1_INTEGER_set_uint64(value, number) == 1 &&
		       X509_CRL_add1_ext_i2d(list, NID_crl_number, value, 0,
			       X509V3_ADD_DEFAULT) == 1;

	ASN1_INTEGER_free(value);
	return is_good;
}

static bool add_issuer_key(X509_CRL *list, X509 *issuer)
{
	X509V3_CTX context;
	X509_EXTENSION *extension;
	bool is_good;

	X509V3_set_ctx_nodb(&context);
	X509V3_set_ctx(&context, issuer, NULL, NULL, list, 0);
	extension = X509V3_EXT_nconf_nid(
		NULL, &context, NID_authority_key_identifier, "keyid:always");
	is_good = extension && X509_CRL_add_ext(list, extension, -1) == 1;
	X509_EXTENSION_free(extension);
	return is_good;
}

static bool add_entries(X509_CRL *list, const struct sj_pki_store *store,
	const struct sj_pki_validity *validity)
{
	for (size_t i = 0; i < store->count; i++) {
		const struct sj_pki_entry *entry = &store->entries[i];

		/* What has run out is refused for that; lists stay short. */
		if (entry->revoked_s == 0 ||
			entry->validity.until_s < validity->from_s)
			continue;
		if (!add_revoked(list, entry))
			return false;
	}
	return X509_CRL_sort(list) == 1;
}

X509_CRL *sj_pki_crl_make(const struct sj_pki_authority *authority,
	const struct sj_pki_store *store,
	const struct sj_pki_validity *validity)
{
	X509_CRL *list = X509_CRL_new();

	if (list && X509_CRL_set_version(list, X509_CRL_VERSION_2) == 1 &&
		X509_CRL_set_issuer_name(list,
			X509_get_subject_name(authority->certificate)) == 1 &&
		set_times(list, validity) &&
		add_entries(list, store, validity) &&
		add_issuer_key(list, authority->certificate) &&
		add_number(list, store->crl_number) &&
		X509_CRL_sign(list, authority->key,
			EVP_PKEY_is_a(authority->key, "ED25519")
				? NULL
				: EVP_sha256()) > 0)
		return list;
	X509_CRL_free(list);
	ERR_clear_error();
	return NULL;
}

enum sj_err sj_pki_crl_to_pem(X509_CRL *list, struct sj_pki_bytes *pem)
{
	BIO *bio = BIO_new(BIO_s_mem());

	pem->data = NULL;
	pem->size = 0;
	if (bio && PEM_write_bio_X509_CRL(bio, list) == 1)
		return sj_pki_bytes_of_bio(bio, pem);
	BIO_free(bio);
	ERR_clear_error();
	return SJ_ERR_MEMORY;
}

X509_CRL *sj_pki_crl_from_pem(const struct sj_pki_bytes *pem)
{
	BIO *bio = BIO_new_mem_buf(pem->data, (int)pem->size);
	X509_CRL *list =
		bio ? PEM_read_bio_X509_CRL(bio, NULL, NULL, NULL) : NULL;

	BIO_free(bio);
	ERR_clear_error();
	return list;
}

bool sj_pki_time_left(const ASN1_TIME *time, int64_t now_s, int64_t *left_s)
{
	ASN1_TIME *now = ASN1_TIME_set(NULL, (time_t)now_s);
	int days = 0;
	int seconds = 0;
	bool is_good =
		now && time && ASN1_TIME_diff(&days, &seconds, now, time) == 1;

	ASN1_TIME_free(now);
	*left_s = (int64_t)days * 86400 + seconds;
	return is_good;
}
