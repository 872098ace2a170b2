/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "certs/pki_check.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "certs/identity.h"
#include "certs/pki_crl.h"
#include "certs/pki_issue.h"
#include "certs/pki_keys.h"
#include "certs/pki_names.h"
#include "certs/pki_report.h"
#include "certs/tls_verify.h"

#define DAY_S 86400
#define CRL_WARNING_S 259200 /* 72 hours */

static struct sj_tls_pem lend(const struct sj_pki_bytes *bytes)
{
	struct sj_tls_pem pem = {.data = bytes->data, .size = bytes->size};

	return pem;
}

struct advice {
	char text[240];
};

/* By name only what has not run out is renewed, an authority not at all. */
static struct advice renewal(
	const struct sj_pki_check *check, bool is_authority, const char *more)
{
	struct advice advice;
	int size = -1;

	if (is_authority)
		size = snprintf(advice.text, sizeof(advice.text),
			"make another with shoji-ca init in an empty folder, "
			"and issue every certificate again%s",
			more);
	else if (check->renew)
		size = snprintf(advice.text, sizeof(advice.text),
			"renew it: %s%s", check->renew, more);
	/* Half a command would be a wrong one. */
	if (size < 0 || (size_t)size >= sizeof(advice.text))
		(void)snprintf(advice.text, sizeof(advice.text),
			"renew it by its file: shoji-ca renew FILE%s", more);
	return advice;
}

static void check_certificate_times(const struct sj_pki_check *check,
	X509 *certificate, struct sj_pki_report *report)
{
	bool is_authority = X509_check_ca(certificate) == 1;
	int64_t since_s;
	int64_t left_s;
	long long days;

	if (!sj_pki_time_left(
		    X509_get0_notBefore(certificate), check->now_s, &since_s) ||
		!sj_pki_time_left(X509_get0_notAfter(certificate), check->now_s,
			&left_s)) {
		sj_pki_bad(
			report, "issue it again", "its dates cannot be read");
		return;
	}
	days = (long long)(left_s / DAY_S);
	if (since_s > 0)
		sj_pki_bad(report, "check the clock of this machine, or wait",
			"it is not valid yet: only in %lld days",
			(long long)((since_s + DAY_S - 1) / DAY_S));
	if (left_s < 0)
		sj_pki_bad(report,
			renewal(check, is_authority,
				"; if the date is not past, check the clock")
				.text,
			"it ran out %lld days ago", -days);
	else if (days < SJ_PKI_WARNING_DAYS_1)
		sj_pki_warn(report, renewal(check, is_authority, "").text,
			"%sit runs out in %lld days",
			days < SJ_PKI_WARNING_DAYS_3   ? "URGENT: "
			: days < SJ_PKI_WARNING_DAYS_2 ? "soon: "
						       : "",
			days);
	else
		sj_pki_good(report, "valid for %lld more days", days);
}

static void check_names(const struct sj_pki_check *check, X509 *certificate,
	bool is_server, struct sj_pki_report *report)
{
	struct sj_pki_names names;
	struct sj_pki_why why = {""};

	if (sj_pki_names_of(certificate, &names, &why) != SJ_OK)
		sj_pki_bad(report, "issue it again with names in full",
			"its names: %s", why.text);
	else if (is_server && names.count == 0)
		sj_pki_bad(report,
			"issue it again with the DNS names and addresses that "
			"viewers use; a common name (CN) does not count",
			"it states no DNS name and no address");
	for (size_t i = 0; i < names.count; i++)
		sj_pki_good(report, "name %s", names.name[i].text);
	if (!check->host || !is_server)
		return;
	if (X509_check_ip_asc(certificate, check->host, 0) != 1 &&
		X509_check_host(certificate, check->host, 0,
			X509_CHECK_FLAG_NO_WILDCARDS |
				X509_CHECK_FLAG_NEVER_CHECK_SUBJECT,
			NULL) != 1)
		sj_pki_bad(report,
			"connect by a name that it states, or issue it again "
			"with this name",
			"it does not state the name %s", check->host);
	ERR_clear_error();
}

static void check_purpose(
	X509 *certificate, enum sj_tls_role role, struct sj_pki_report *report)
{
	static const char advice[] =
		"issue it again with shoji-ca: the role decides the purpose";

	if (sj_pki_role_is_server(role) &&
		X509_check_purpose(certificate, X509_PURPOSE_SSL_SERVER, 0) !=
			1)
		sj_pki_bad(report, advice,
			"its purpose does not allow a TLS server, which a %s "
			"is",
			sj_identity_role_text(role));
	if (sj_pki_role_is_client(role) &&
		X509_check_purpose(certificate, X509_PURPOSE_SSL_CLIENT, 0) !=
			1)
		sj_pki_bad(report, advice,
			"its purpose does not allow a TLS client, which a %s "
			"is",
			sj_identity_role_text(role));
}

/* The verification of a session; says what nothing before it said. */
static void check_chain(const struct sj_pki_check *check, X509 *certificate,
	bool is_client, struct sj_pki_report *report)
{
	struct sj_tls_wanted wanted = {.is_server = is_client, .roles = ~0u};
	struct sj_tls_pem authority = lend(&check->authority);
	struct sj_tls_pem crl = lend(&check->crl);
	enum sj_reason reason = SJ_REASON_NONE;
	X509_STORE *store;

	if (!is_client && check->host)
		(void)snprintf(
			wanted.name, sizeof(wanted.name), "%s", check->host);
	store = sj_tls_store_create(NULL, &authority, &crl, &reason);
	if (store)
		reason = sj_tls_verify_again(
			NULL, store, certificate, NULL, &wanted);
	X509_STORE_free(store);
	sj_pki_judge(report, reason);
}

/* check_chain looks at no date: that is how a session goes on. */
static void check_authority_end(
	const struct sj_pki_check *check, struct sj_pki_report *report)
{
	X509 *authority = sj_pki_certificate_from_pem(&check->authority);
	int64_t left_s;

	if (authority &&
		sj_pki_time_left(
			X509_get0_notAfter(authority), check->now_s, &left_s) &&
		left_s < 0)
		sj_pki_bad(report, renewal(check, true, "").text,
			"its authority ran out %lld days ago: every connection "
			"is refused",
			(long long)(-left_s / DAY_S));
	X509_free(authority);
}

static void check_identity(X509 *certificate, const struct sj_pki_check *check,
	struct sj_pki_report *report)
{
	struct sj_tls_wanted any = {.roles = ~0u};
	struct sj_identity identity;
	bool is_server;

	if (sj_tls_verify_identity(certificate, &any, &identity) !=
		SJ_REASON_NONE) {
		sj_pki_bad(report,
			"issue it with shoji-ca host, viewer, guard or admin",
			"it does not state exactly one identity of the form "
			"urn:shoji:ZONE:ROLE:NAME of an allowed zone");
		return;
	}
	sj_pki_good(report, "%s %s of zone %s",
		sj_identity_role_text(identity.role), identity.name,
		identity.zone);
	is_server = sj_pki_role_is_server(identity.role);
	check_names(check, certificate, is_server, report);
	check_purpose(certificate, identity.role, report);
	if (!check->authority.data)
		return;
	check_authority_end(check, report);
	if (is_server)
		check_chain(check, certificate, false, report);
	if (sj_pki_role_is_client(identity.role))
		check_chain(check, certificate, true, report);
}

static void check_key(const struct sj_pki_check *check, X509 *certificate,
	struct sj_pki_report *report)
{
	EVP_PKEY *key = NULL;
	enum sj_err err;

	if (!check->key.data)
		return;
	err = sj_pki_key_from_pem(&check->key, NULL, &key);
	if (err == SJ_ERR_DENIED)
		sj_pki_good(report, "its key is protected by a passphrase and "
				    "was not looked at");
	else if (err != SJ_OK)
		sj_pki_bad(report, "restore the key file, or issue both again",
			"the key file holds no key");
	else if (X509_check_private_key(certificate, key) != 1)
		sj_pki_bad(report,
			"copy certificate and key from the same place together",
			"the key belongs to another certificate");
	else
		sj_pki_good(report, "its key fits");
	EVP_PKEY_free(key);
	ERR_clear_error();
}

static void check_certificate(const struct sj_pki_check *check,
	X509 *certificate, struct sj_pki_report *report)
{
	char pin[SJ_PKI_PIN_BYTES];
	EVP_PKEY *key = X509_get0_pubkey(certificate);
	bool is_authority = X509_check_ca(certificate) == 1;

	sj_pki_good(report,
		is_authority ? "certificate of an authority" : "certificate");
	check_certificate_times(check, certificate, report);
	if (!key || !sj_pki_key_is_acceptable(key))
		sj_pki_bad(report, "issue it again with shoji-ca",
			"its key is of no accepted kind");
	if (sj_pki_key_pin(certificate, pin))
		sj_pki_good(report, "pin sha256 %s", pin);
	check_key(check, certificate, report);
	if (!is_authority)
		check_identity(certificate, check, report);
}

static void check_list(const struct sj_pki_check *check, X509_CRL *list,
	struct sj_pki_report *report)
{
	static const char advice[] = "make a new one: shoji-ca crl, and copy "
				     "it to hosts, guards and terminals";
	X509 *authority = NULL;
	int64_t left_s = 0;

	sj_pki_good(report, "revocation list of %d certificates",
		sk_X509_REVOKED_num(X509_CRL_get_REVOKED(list)) > 0
			? sk_X509_REVOKED_num(X509_CRL_get_REVOKED(list))
			: 0);
	if (!sj_pki_time_left(
		    X509_CRL_get0_nextUpdate(list), check->now_s, &left_s))
		sj_pki_bad(
			report, advice, "the list does not say when it ends");
	else if (left_s < 0)
		sj_pki_bad(report, advice,
			"the revocation list ran out %lld hours ago: every "
			"connection is refused until there is a new one",
			(long long)(-left_s / 3600));
	else if (left_s < CRL_WARNING_S)
		sj_pki_warn(report, advice,
			"the revocation list runs out in %lld hours",
			(long long)(left_s / 3600));
	else
		sj_pki_good(report,
			"the revocation list is valid for %lld more "
			"hours",
			(long long)(left_s / 3600));
	if (check->authority.data)
		authority = sj_pki_certificate_from_pem(&check->authority);
	if (authority &&
		X509_CRL_verify(list, X509_get0_pubkey(authority)) != 1)
		sj_pki_bad(report,
			"copy authority.pem and crl.pem from the "
			"same folder",
			"the list is not one of this authority");
	X509_free(authority);
	ERR_clear_error();
}

static void check_request_or_key(
	const struct sj_pki_check *check, struct sj_pki_report *report)
{
	struct sj_pki_why why = {""};
	EVP_PKEY *key = NULL;
	enum sj_err err = sj_pki_key_from_pem(&check->subject, NULL, &key);

	if (err == SJ_OK || err == SJ_ERR_DENIED) {
		sj_pki_good(report, err == SJ_OK
					    ? "private key without a passphrase"
					    : "private key with a passphrase");
	} else if (sj_pki_request_key(&check->subject, &key, &why) == SJ_OK) {
		sj_pki_good(report, "signing request; its signature is right");
	} else if (strstr((const char *)check->subject.data,
			   "CERTIFICATE REQUEST")) {
		sj_pki_bad(report, "", "%s", why.text);
	} else {
		sj_pki_bad(report,
			"give a file in PEM form; it begins with -----BEGIN",
			"this is no certificate, list, request or key");
	}
	EVP_PKEY_free(key);
}

void sj_pki_check(
	const struct sj_pki_check *check, struct sj_pki_report *report)
{
	X509 *certificate = sj_pki_certificate_from_pem(&check->subject);
	X509_CRL *list =
		certificate ? NULL : sj_pki_crl_from_pem(&check->subject);

	if (certificate)
		check_certificate(check, certificate, report);
	else if (list)
		check_list(check, list, report);
	else
		check_request_or_key(check, report);
	X509_free(certificate);
	X509_CRL_free(list);
}
