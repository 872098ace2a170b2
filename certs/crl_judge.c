/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "certs/crl_judge.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

#include "protocol/base/limits.h"
#include "protocol/base/memfd.h"

typedef STACK_OF(X509) authorities;
typedef STACK_OF(X509_CRL) lists;

/* True if reading stopped at the end of the text, not at damage. */
static bool is_at_end(void)
{
	unsigned long error = ERR_peek_last_error();

	return ERR_GET_LIB(error) == ERR_LIB_PEM &&
	       ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
}

static BIO *open_bio(int fd, size_t limit_bytes, uint8_t **data)
{
	size_t size = 0;

	if (sj_memfd_read(fd, limit_bytes, data, &size) != SJ_OK)
		return NULL;
	return BIO_new_mem_buf(*data, (int)size);
}

static bool read_authorities(int fd, authorities *all)
{
	uint8_t *data = NULL;
	BIO *bio = open_bio(fd, SJ_LIMIT_PEM_BYTES, &data);
	X509 *one;

	ERR_clear_error();
	while (bio && (one = PEM_read_bio_X509(bio, NULL, NULL, NULL)) != NULL)
		if (sk_X509_push(all, one) <= 0) {
			X509_free(one);
			break;
		}
	BIO_free(bio);
	free(data);
	return is_at_end() && sk_X509_num(all) > 0;
}

static bool read_lists(int fd, lists *all)
{
	uint8_t *data = NULL;
	BIO *bio = open_bio(fd, SJ_LIMIT_CRL_BYTES, &data);
	X509_CRL *one;

	ERR_clear_error();
	while (bio &&
		(one = PEM_read_bio_X509_CRL(bio, NULL, NULL, NULL)) != NULL)
		if (sk_X509_CRL_push(all, one) <= 0) {
			X509_CRL_free(one);
			break;
		}
	BIO_free(bio);
	free(data);
	return is_at_end() && sk_X509_CRL_num(all) > 0;
}

static bool is_signed(X509_CRL *list, const authorities *all)
{
	for (int i = 0; i < sk_X509_num(all); i++) {
		X509 *one = sk_X509_value(all, i);

		if (X509_NAME_cmp(X509_get_subject_name(one),
			    X509_CRL_get_issuer(list)) == 0 &&
			X509_CRL_verify(list, X509_get0_pubkey(one)) == 1)
			return true;
	}
	return false;
}

/* NULL, or what is wrong with the dates of list, now. */
static const char *judge_dates(const X509_CRL *list)
{
	const ASN1_TIME *end = X509_CRL_get0_nextUpdate(list);

	if (X509_cmp_current_time(X509_CRL_get0_lastUpdate(list)) >= 0)
		return "it is not valid yet (is the clock right?); the list "
		       "before stays in force";
	if (!end || X509_cmp_current_time(end) <= 0)
		return "it has run out; the list before stays in force";
	return NULL;
}

/* False: fresh has a lower number than held, or none where held has one. */
static bool is_as_new(const X509_CRL *fresh, const X509_CRL *held)
{
	ASN1_INTEGER *now =
		X509_CRL_get_ext_d2i(fresh, NID_crl_number, NULL, NULL);
	ASN1_INTEGER *before =
		X509_CRL_get_ext_d2i(held, NID_crl_number, NULL, NULL);
	bool is_good = !before || (now && ASN1_INTEGER_cmp(now, before) >= 0);

	ASN1_INTEGER_free(now);
	ASN1_INTEGER_free(before);
	return is_good;
}

/* NULL, or why what fresh holds is less than held. */
static const char *compare(X509_CRL *held, const lists *fresh)
{
	const char *fault = "the list of an authority is missing; the one "
			    "before stays in force";

	for (int i = 0; i < sk_X509_CRL_num(fresh); i++) {
		const X509_CRL *one = sk_X509_CRL_value(fresh, i);

		if (X509_NAME_cmp(X509_CRL_get_issuer(one),
			    X509_CRL_get_issuer(held)) != 0)
			continue;
		if (is_as_new(one, held))
			return NULL;
		fault = "its number is lower than that of the list in force, "
			"which stays";
	}
	return fault;
}

static const char *judge(
	const authorities *all, const lists *held, const lists *fresh)
{
	const char *fault = NULL;

	for (int i = 0; i < sk_X509_CRL_num(fresh); i++)
		if (!is_signed(sk_X509_CRL_value(fresh, i), all))
			return "not signed by the authority; the list before "
			       "stays in force";
	for (int i = 0; i < sk_X509_CRL_num(fresh) && !fault; i++)
		fault = judge_dates(sk_X509_CRL_value(fresh, i));
	for (int i = 0; i < sk_X509_CRL_num(held) && !fault; i++)
		/* One of an authority that is trusted no more asks nothing. */
		if (is_signed(sk_X509_CRL_value(held, i), all))
			fault = compare(sk_X509_CRL_value(held, i), fresh);
	return fault;
}

const char *sj_crl_judge(int authority_fd, int held_fd, int fresh_fd)
{
	const char *fault = "no memory to judge it; the list before stays in "
			    "force";
	authorities *all;
	lists *held, *fresh;

	(void)OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
	all = sk_X509_new_null();
	held = sk_X509_CRL_new_null();
	fresh = sk_X509_CRL_new_null();
	if (all && held && fresh) {
		/* Damage in what was in force is no reason to keep it. */
		(void)read_lists(held_fd, held);
		if (!read_lists(fresh_fd, fresh))
			fault = "no whole revocation list; the one before "
				"stays in force";
		else if (!read_authorities(authority_fd, all))
			fault = "the authority cannot be read";
		else
			fault = judge(all, held, fresh);
	}
	sk_X509_pop_free(all, X509_free);
	sk_X509_CRL_pop_free(held, X509_CRL_free);
	sk_X509_CRL_pop_free(fresh, X509_CRL_free);
	ERR_clear_error();
	return fault;
}

static bool read_time(const ASN1_TIME *time, int64_t *seconds)
{
	struct tm parts;

	if (!time || ASN1_TIME_to_tm(time, &parts) != 1)
		return false;
	*seconds = (int64_t)timegm(&parts);
	return true;
}

/* Makes the span smaller by what one list says. */
static bool narrow(const X509_CRL *list, int64_t *from_s, int64_t *until_s)
{
	int64_t from, until;

	if (!read_time(X509_CRL_get0_lastUpdate(list), &from) ||
		!read_time(X509_CRL_get0_nextUpdate(list), &until))
		return false;
	if (from > *from_s)
		*from_s = from;
	if (until < *until_s)
		*until_s = until;
	return true;
}

bool sj_crl_span(int fd, int64_t *from_s, int64_t *until_s)
{
	lists *all;
	bool is_good;

	(void)OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
	all = sk_X509_CRL_new_null();
	is_good = all && read_lists(fd, all);
	*from_s = INT64_MIN;
	*until_s = INT64_MAX;
	for (int i = 0; is_good && i < sk_X509_CRL_num(all); i++)
		is_good = narrow(sk_X509_CRL_value(all, i), from_s, until_s);
	sk_X509_CRL_pop_free(all, X509_CRL_free);
	ERR_clear_error();
	return is_good;
}
