/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "certs/pki_crl.h"

#include <check.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <time.h>

#include "tests/support/suite.h"
#include "tests/unit/certs/certs_rig.h"

#define DAY_S 86400

static X509_CRL *list_of(const struct rig_authority *authority)
{
	X509_CRL *list = sj_pki_crl_from_pem(&authority->crl);

	ck_assert_ptr_nonnull(list);
	return list;
}

START_TEST(an_empty_list_is_signed_and_numbered)
{
	struct rig_authority *authority = rig_authority();
	X509_CRL *list;
	ASN1_INTEGER *number;

	rig_list(authority, 7);
	list = list_of(authority);
	ck_assert_int_eq(X509_CRL_verify(list, authority->pair.key), 1);
	ck_assert_int_le(sk_X509_REVOKED_num(X509_CRL_get_REVOKED(list)), 0);
	number = X509_CRL_get_ext_d2i(list, NID_crl_number, NULL, NULL);
	ck_assert_int_eq(ASN1_INTEGER_get(number), 2);
	ASN1_INTEGER_free(number);
	X509_CRL_free(list);
}
END_TEST

START_TEST(a_revoked_certificate_is_in_the_list)
{
	struct rig_authority *authority = rig_authority();
	struct rig_leaf leaf =
		rig_leaf(authority, SJ_TLS_ROLE_VIEWER, "lgwan", "a", "");
	struct rig_leaf other =
		rig_leaf(authority, SJ_TLS_ROLE_VIEWER, "lgwan", "b", "");
	X509 *certificate = sj_pki_certificate_from_pem(&leaf.pem);
	X509 *untouched = sj_pki_certificate_from_pem(&other.pem);
	X509_REVOKED *found = NULL;
	X509_CRL *list;

	rig_revoke(authority, &leaf);
	list = list_of(authority);
	ck_assert_int_eq(X509_CRL_get0_by_cert(list, &found, certificate), 1);
	ck_assert_int_eq(X509_CRL_get0_by_cert(list, &found, untouched), 0);
	X509_free(certificate);
	X509_free(untouched);
	X509_CRL_free(list);
}
END_TEST

START_TEST(what_ran_out_before_the_list_is_left_out)
{
	struct rig_authority *authority = rig_authority();
	struct sj_pki_entry entry = {
		.identity = {SJ_TLS_ROLE_VIEWER, "lgwan", "a"},
		.serial = "40",
		.revoked_s = 1700000000,
		.validity = {1600000000, 1700000000}};
	X509_CRL *list;

	ck_assert_int_eq(sj_pki_store_add(&authority->store, &entry), SJ_OK);
	rig_list(authority, 7);
	list = list_of(authority);
	ck_assert_int_le(sk_X509_REVOKED_num(X509_CRL_get_REVOKED(list)), 0);
	X509_CRL_free(list);
}
END_TEST

START_TEST(five_thousand_revoked_still_fit_into_a_session)
{
	struct rig_authority *authority = rig_authority();
	struct sj_pki_entry entry = {
		.identity = {SJ_TLS_ROLE_VIEWER, "lgwan", "a"},
		.revoked_s = 1700000000,
		.validity = {1700000000, 4000000000}};
	struct rig_pair pair;

	for (int i = 0; i < 5000; i++) {
		(void)snprintf(entry.serial, sizeof(entry.serial),
			"40000000000000000000000000%06x", i);
		ck_assert_int_eq(
			sj_pki_store_add(&authority->store, &entry), SJ_OK);
	}
	rig_list(authority, 7);
	ck_assert_uint_le(authority->crl.size, SJ_LIMIT_CRL_BYTES);
	pair = rig_pair(authority);
	rig_connect(&pair);
	rig_end(&pair);
}
END_TEST

START_TEST(time_left_is_exact_and_may_be_negative)
{
	int64_t now_s = (int64_t)time(NULL);
	ASN1_TIME *later = ASN1_TIME_set(NULL, (time_t)(now_s + 3 * DAY_S + 5));
	int64_t left_s = 0;

	ck_assert(sj_pki_time_left(later, now_s, &left_s));
	ck_assert_int_eq(left_s, 3 * DAY_S + 5);
	ck_assert(sj_pki_time_left(later, now_s + 4 * DAY_S, &left_s));
	ck_assert_int_eq(left_s, 5 - DAY_S);
	ck_assert(!sj_pki_time_left(NULL, now_s, &left_s));
	ASN1_TIME_free(later);
}
END_TEST

START_TEST(garbage_is_no_list)
{
	struct rig_authority *authority = rig_authority();
	struct sj_pki_bytes nothing = {NULL, 0};

	ck_assert_ptr_null(sj_pki_crl_from_pem(&nothing));
	ck_assert_ptr_null(sj_pki_crl_from_pem(&authority->pem));
}
END_TEST

SJ_SUITE_MAIN("pki_crl", an_empty_list_is_signed_and_numbered,
	a_revoked_certificate_is_in_the_list,
	what_ran_out_before_the_list_is_left_out,
	five_thousand_revoked_still_fit_into_a_session,
	time_left_is_exact_and_may_be_negative, garbage_is_no_list)
