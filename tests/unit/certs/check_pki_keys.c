/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "certs/pki_keys.h"

#include <check.h>
#include <openssl/ec.h>
#include <openssl/rsa.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/suite.h"
#include "tests/unit/certs/certs_rig.h"

START_TEST(a_key_is_p256_and_comes_back_from_its_file)
{
	EVP_PKEY *key = sj_pki_key_generate();
	EVP_PKEY *again = NULL;
	struct sj_pki_bytes pem;

	ck_assert_ptr_nonnull(key);
	ck_assert(sj_pki_key_is_acceptable(key));
	ck_assert_int_eq(EVP_PKEY_get_bits(key), 256);
	ck_assert_int_eq(sj_pki_key_to_pem(key, NULL, &pem), SJ_OK);
	ck_assert(!sj_pki_key_is_encrypted(&pem));
	ck_assert_int_eq(sj_pki_key_from_pem(&pem, NULL, &again), SJ_OK);
	ck_assert_int_eq(EVP_PKEY_eq(key, again), 1);
	EVP_PKEY_free(key);
	EVP_PKEY_free(again);
	sj_pki_bytes_free(&pem);
}
END_TEST

START_TEST(a_passphrase_protects_a_key)
{
	EVP_PKEY *key = sj_pki_key_generate();
	EVP_PKEY *again = NULL;
	struct sj_pki_bytes pem;

	ck_assert_int_eq(sj_pki_key_to_pem(key, "correct horse", &pem), SJ_OK);
	ck_assert_ptr_nonnull(
		strstr((char *)pem.data, "BEGIN ENCRYPTED PRIVATE KEY"));
	ck_assert(sj_pki_key_is_encrypted(&pem));
	ck_assert_int_eq(
		sj_pki_key_from_pem(&pem, NULL, &again), SJ_ERR_DENIED);
	ck_assert_int_eq(
		sj_pki_key_from_pem(&pem, "wrong", &again), SJ_ERR_DENIED);
	ck_assert_ptr_null(again);
	ck_assert_int_eq(
		sj_pki_key_from_pem(&pem, "correct horse", &again), SJ_OK);
	ck_assert_int_eq(EVP_PKEY_eq(key, again), 1);
	EVP_PKEY_free(key);
	EVP_PKEY_free(again);
	sj_pki_bytes_free(&pem);
}
END_TEST

START_TEST(a_session_reads_an_encrypted_key)
{
	struct rig_pair pair = rig_pair(rig_authority());
	struct sj_pki_bytes clear = {NULL, pair.host_settings.key.size};
	struct sj_pki_bytes sealed;
	enum sj_reason reason;
	EVP_PKEY *key = NULL;

	clear.data = malloc(clear.size);
	memcpy(clear.data, pair.host_settings.key.data, clear.size);
	ck_assert_int_eq(sj_pki_key_from_pem(&clear, NULL, &key), SJ_OK);
	ck_assert_int_eq(
		sj_pki_key_to_pem(key, "correct horse", &sealed), SJ_OK);
	pair.host_settings.key = rig_lend(&sealed);
	ck_assert_ptr_null(sj_tls_create(&pair.host_settings, 0, &reason));
	ck_assert_int_eq(reason, SJ_REASON_CERT_OTHER);
	pair.host_settings.key_passphrase = "correct horse";
	rig_connect(&pair);
	rig_end(&pair);
	EVP_PKEY_free(key);
	sj_pki_bytes_free(&clear);
	sj_pki_bytes_free(&sealed);
}
END_TEST

START_TEST(garbage_is_no_key)
{
	static const char *const texts[] = {"", "hello",
		"-----BEGIN PRIVATE KEY-----\nA\n-----END PRIVATE KEY-----\n"};
	EVP_PKEY *key = NULL;

	for (size_t i = 0; i < SJ_COUNT(texts); i++) {
		char copy[128];
		struct sj_pki_bytes pem = {(uint8_t *)copy, strlen(texts[i])};

		strcpy(copy, texts[i]);
		ck_assert_int_eq(
			sj_pki_key_from_pem(&pem, NULL, &key), SJ_ERR_FORMAT);
		ck_assert_ptr_null(key);
	}
}
END_TEST

START_TEST(only_kinds_that_sessions_take_are_acceptable)
{
	EVP_PKEY *ed25519 = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	EVP_PKEY *p384 = EVP_EC_gen("P-384");
	EVP_PKEY *weak = EVP_RSA_gen(1024);
	EVP_PKEY *strong = EVP_RSA_gen(2048);
	EVP_PKEY *x25519 = EVP_PKEY_Q_keygen(NULL, NULL, "X25519");

	ck_assert(sj_pki_key_is_acceptable(ed25519));
	ck_assert(sj_pki_key_is_acceptable(strong));
	ck_assert(!sj_pki_key_is_acceptable(p384));
	ck_assert(!sj_pki_key_is_acceptable(weak));
	ck_assert(!sj_pki_key_is_acceptable(x25519));
	EVP_PKEY_free(ed25519);
	EVP_PKEY_free(p384);
	EVP_PKEY_free(weak);
	EVP_PKEY_free(strong);
	EVP_PKEY_free(x25519);
}
END_TEST

SJ_SUITE_MAIN("pki_keys", a_key_is_p256_and_comes_back_from_its_file,
	a_passphrase_protects_a_key, a_session_reads_an_encrypted_key,
	garbage_is_no_key, only_kinds_that_sessions_take_are_acceptable)
