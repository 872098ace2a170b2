/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "certs/pki_issue.h"

#include <check.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#include "certs/pki_keys.h"
#include "tests/support/suite.h"
#include "tests/unit/certs/certs_rig.h"

static X509 *certificate_of(enum sj_tls_role role, const char *names)
{
	struct rig_leaf leaf =
		rig_leaf(rig_authority(), role, "lgwan", "a", names);
	X509 *certificate = sj_pki_certificate_from_pem(&leaf.pem);

	ck_assert_ptr_nonnull(certificate);
	return certificate;
}

START_TEST(an_authority_signs_certificates_and_lists_and_nothing_else)
{
	struct rig_authority *authority = rig_authority();
	X509 *certificate = authority->pair.certificate;

	ck_assert_int_eq(X509_check_ca(certificate), 1);
	ck_assert_uint_eq(X509_get_key_usage(certificate),
		KU_KEY_CERT_SIGN | KU_CRL_SIGN);
	ck_assert_int_eq(X509_get_pathlen(certificate), 0);
	ck_assert_int_eq(X509_verify(certificate, authority->pair.key), 1);
	ck_assert_int_eq(X509_get_version(certificate), X509_VERSION_3);
}
END_TEST

static const struct {
	enum sj_tls_role role;
	const char *names;
	uint32_t purpose;
} purposes[] = {
	{SJ_TLS_ROLE_HOST, "a.example", XKU_SSL_SERVER},
	{SJ_TLS_ROLE_VIEWER, "", XKU_SSL_CLIENT},
	{SJ_TLS_ROLE_GUARD, "a.example", XKU_SSL_SERVER | XKU_SSL_CLIENT},
	{SJ_TLS_ROLE_ADMIN, "", XKU_SSL_CLIENT},
};

START_TEST(the_role_decides_the_purpose)
{
	X509 *certificate =
		certificate_of(purposes[_i].role, purposes[_i].names);

	ck_assert_uint_eq(
		X509_get_extended_key_usage(certificate), purposes[_i].purpose);
	ck_assert_uint_eq(
		X509_get_key_usage(certificate), KU_DIGITAL_SIGNATURE);
	ck_assert_int_eq(X509_check_ca(certificate), 0);
	X509_free(certificate);
}
END_TEST

START_TEST(serials_are_long_and_never_the_same)
{
	struct rig_authority *authority = rig_authority();
	struct rig_leaf first =
		rig_leaf(authority, SJ_TLS_ROLE_VIEWER, "lgwan", "a", "");
	struct rig_leaf second =
		rig_leaf(authority, SJ_TLS_ROLE_VIEWER, "lgwan", "a", "");

	ck_assert_uint_eq(strlen(first.serial), SJ_PKI_SERIAL_BYTES - 1);
	ck_assert_str_ne(first.serial, second.serial);
}
END_TEST

START_TEST(an_identity_that_is_not_allowed_is_not_signed)
{
	struct rig_authority *authority = rig_authority();
	struct sj_pki_subject subject = {
		.identity = {SJ_TLS_ROLE_VIEWER, "lgwan", "Tanaka"},
		.validity = {1800000000, 1800086400}};
	char serial[SJ_PKI_SERIAL_BYTES];

	ck_assert_ptr_null(sj_pki_issue_leaf(
		&authority->pair, authority->pair.key, &subject, serial));
}
END_TEST

static struct sj_pki_bytes request_of(EVP_PKEY *key)
{
	struct sj_pki_bytes pem;

	ck_assert_int_eq(sj_pki_request_make(key, "urn:root", &pem), SJ_OK);
	return pem;
}

START_TEST(a_request_gives_its_key_and_nothing_else)
{
	EVP_PKEY *key = sj_pki_key_generate();
	struct sj_pki_bytes pem = request_of(key);
	struct sj_pki_why why = {""};
	EVP_PKEY *seen = NULL;

	ck_assert_int_eq(sj_pki_request_key(&pem, &seen, &why), SJ_OK);
	ck_assert_int_eq(EVP_PKEY_eq(key, seen), 1);
	EVP_PKEY_free(seen);
	EVP_PKEY_free(key);
	sj_pki_bytes_free(&pem);
}
END_TEST

START_TEST(a_request_of_a_weak_key_is_refused)
{
	EVP_PKEY *key = EVP_RSA_gen(1024);
	struct sj_pki_bytes pem = request_of(key);
	struct sj_pki_why why = {""};
	EVP_PKEY *seen = NULL;

	ck_assert_int_eq(sj_pki_request_key(&pem, &seen, &why), SJ_ERR_DENIED);
	ck_assert_ptr_null(seen);
	ck_assert_ptr_nonnull(strstr(why.text, "accepted"));
	EVP_PKEY_free(key);
	sj_pki_bytes_free(&pem);
}
END_TEST

/* The request for one key with the signature of another. */
static struct sj_pki_bytes forged_request(void)
{
	EVP_PKEY *key = sj_pki_key_generate();
	EVP_PKEY *other = sj_pki_key_generate();
	X509_REQ *request = X509_REQ_new();
	BIO *bio = BIO_new(BIO_s_mem());
	struct sj_pki_bytes pem;

	ck_assert_int_eq(X509_REQ_set_pubkey(request, key), 1);
	ck_assert_int_gt(X509_REQ_sign(request, other, EVP_sha256()), 0);
	ck_assert_int_eq(PEM_write_bio_X509_REQ(bio, request), 1);
	ck_assert_int_eq(sj_pki_bytes_of_bio(bio, &pem), SJ_OK);
	X509_REQ_free(request);
	EVP_PKEY_free(key);
	EVP_PKEY_free(other);
	return pem;
}

START_TEST(a_request_that_its_key_did_not_sign_is_refused)
{
	struct sj_pki_bytes pem = forged_request();
	struct sj_pki_why why = {""};
	EVP_PKEY *seen = NULL;

	ck_assert_int_eq(sj_pki_request_key(&pem, &seen, &why), SJ_ERR_DENIED);
	ck_assert_ptr_null(seen);
	ck_assert_ptr_nonnull(strstr(why.text, "signature"));
	sj_pki_bytes_free(&pem);
}
END_TEST

START_TEST(every_damage_of_a_request_is_refused)
{
	EVP_PKEY *key = sj_pki_key_generate();
	struct sj_pki_bytes pem = request_of(key);
	struct sj_pki_why why = {""};
	size_t refused = 0;

	/* Each character of the body in turn; the check of one is enough. */
	for (size_t at = 40; at < pem.size - 40; at++) {
		uint8_t kept = pem.data[at];
		EVP_PKEY *seen = NULL;

		if (kept == '\n')
			continue;
		pem.data[at] = kept == 'A' ? 'B' : 'A';
		if (sj_pki_request_key(&pem, &seen, &why) != SJ_OK)
			refused++;
		/* The last bits of base64 padding have no meaning. */
		else
			ck_assert_int_eq(EVP_PKEY_eq(key, seen), 1);
		EVP_PKEY_free(seen);
		pem.data[at] = kept;
	}
	ck_assert_uint_gt(refused, 250);
	EVP_PKEY_free(key);
	sj_pki_bytes_free(&pem);
}
END_TEST

START_TEST(a_certificate_comes_back_from_its_file)
{
	struct rig_leaf leaf =
		rig_leaf(rig_authority(), SJ_TLS_ROLE_VIEWER, "lgwan", "a", "");
	X509 *certificate = sj_pki_certificate_from_pem(&leaf.pem);
	char serial[SJ_PKI_SERIAL_BYTES];
	struct sj_pki_bytes nothing = {NULL, 0};

	ck_assert(sj_pki_certificate_serial(certificate, serial));
	ck_assert_str_eq(serial, leaf.serial);
	ck_assert_ptr_null(sj_pki_certificate_from_pem(&leaf.key));
	ck_assert_ptr_null(sj_pki_certificate_from_pem(&nothing));
	X509_free(certificate);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		an_authority_signs_certificates_and_lists_and_nothing_else,
		serials_are_long_and_never_the_same,
		an_identity_that_is_not_allowed_is_not_signed,
		a_request_gives_its_key_and_nothing_else,
		a_request_of_a_weak_key_is_refused,
		a_request_that_its_key_did_not_sign_is_refused,
		every_damage_of_a_request_is_refused,
		a_certificate_comes_back_from_its_file,
	};
	const struct sj_suite_loop loops[] = {
		{the_role_decides_the_purpose, SJ_COUNT(purposes)},
	};

	return sj_suite_run_loops(
		"pki_issue", tests, SJ_COUNT(tests), loops, SJ_COUNT(loops));
}
