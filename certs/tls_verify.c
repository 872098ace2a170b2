/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "certs/tls_verify.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <string.h>

/* Intermediates: none is part of the house's PKI. */
#define CHAIN_DEPTH 0
#define SECURITY_LEVEL 2
/* OpenSSL numbers the errors for received alerts from here on. */
#define ALERT_ERRORS 1000

/* True if reading stopped at the end of the text, not at damage. */
static bool is_at_end(void)
{
	unsigned long error = ERR_peek_last_error();

	return ERR_GET_LIB(error) == ERR_LIB_PEM &&
	       ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
}

static bool add_authorities(
	X509_STORE *store, OSSL_LIB_CTX *lib, const struct sj_tls_pem *pem)
{
	BIO *bio = BIO_new_mem_buf(pem->data, (int)pem->size);
	size_t count = 0;
	bool is_good = bio != NULL;

	while (is_good) {
		X509 *certificate = X509_new_ex(lib, NULL);

		if (!certificate ||
			!PEM_read_bio_X509(bio, &certificate, NULL, NULL)) {
			X509_free(certificate);
			is_good = is_at_end();
			break;
		}
		is_good = X509_STORE_add_cert(store, certificate) == 1;
		X509_free(certificate);
		count++;
	}
	BIO_free(bio);
	ERR_clear_error();
	return is_good && count > 0;
}

static bool add_crls(
	X509_STORE *store, OSSL_LIB_CTX *lib, const struct sj_tls_pem *pem)
{
	BIO *bio = BIO_new_mem_buf(pem->data, (int)pem->size);
	size_t count = 0;
	bool is_good = bio != NULL;

	while (is_good) {
		X509_CRL *crl = X509_CRL_new_ex(lib, NULL);

		if (!crl || !PEM_read_bio_X509_CRL(bio, &crl, NULL, NULL)) {
			X509_CRL_free(crl);
			is_good = is_at_end();
			break;
		}
		is_good = X509_STORE_add_crl(store, crl) == 1;
		X509_CRL_free(crl);
		count++;
	}
	BIO_free(bio);
	ERR_clear_error();
	return is_good && count > 0;
}

X509_STORE *sj_tls_store_create(OSSL_LIB_CTX *lib,
	const struct sj_tls_pem *authority, const struct sj_tls_pem *crl,
	enum sj_reason *reason)
{
	X509_STORE *store = X509_STORE_new();

	if (!store) {
		*reason = SJ_REASON_LOCAL;
		return NULL;
	}
	if (!add_authorities(store, lib, authority))
		*reason = SJ_REASON_CERT_UNTRUSTED;
	else if (!add_crls(store, lib, crl))
		*reason = SJ_REASON_CRL_MISSING;
	else
		return store;
	X509_STORE_free(store);
	return NULL;
}

bool sj_tls_verify_setup(
	X509_VERIFY_PARAM *param, const struct sj_tls_wanted *wanted)
{
	X509_VERIFY_PARAM_set_depth(param, CHAIN_DEPTH);
	X509_VERIFY_PARAM_set_auth_level(param, SECURITY_LEVEL);
	if (X509_VERIFY_PARAM_set_flags(
		    param, X509_V_FLAG_X509_STRICT | X509_V_FLAG_CRL_CHECK |
				   X509_V_FLAG_CRL_CHECK_ALL) != 1)
		return false;
	X509_VERIFY_PARAM_set_hostflags(
		param, X509_CHECK_FLAG_NO_WILDCARDS |
			       X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
	if (wanted->name[0] == 0)
		return true;
	/* Fails, without harm, for what is no address. */
	if (X509_VERIFY_PARAM_set1_ip_asc(param, wanted->name) == 1)
		return true;
	ERR_clear_error();
	return X509_VERIFY_PARAM_set1_host(param, wanted->name, 0) == 1;
}

static bool is_wanted(
	const struct sj_identity *identity, const struct sj_tls_wanted *wanted)
{
	if (strcmp(identity->zone, SJ_IDENTITY_FORBIDDEN_ZONE) == 0)
		return false;
	if ((wanted->roles & 1u << identity->role) == 0)
		return false;
	return wanted->zone[0] == 0 ||
	       strcmp(wanted->zone, identity->zone) == 0;
}

enum sj_reason sj_tls_verify_identity(const X509 *certificate,
	const struct sj_tls_wanted *wanted, struct sj_identity *identity)
{
	GENERAL_NAMES *names =
		X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
	int uris = 0;
	bool is_parsed = false;

	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);
		const ASN1_IA5STRING *uri;

		if (name->type != GEN_URI)
			continue;
		uri = name->d.uniformResourceIdentifier;
		uris++;
		is_parsed = sj_identity_parse(
			(const char *)ASN1_STRING_get0_data(uri),
			(size_t)ASN1_STRING_length(uri), identity);
	}
	GENERAL_NAMES_free(names);
	if (uris != 1 || !is_parsed || !is_wanted(identity, wanted))
		return SJ_REASON_CERT_ROLE;
	/* To OpenSSL a certificate that states no purpose serves any. */
	if (X509_get_ext_by_NID(certificate, NID_ext_key_usage, -1) < 0)
		return SJ_REASON_CERT_PURPOSE;
	return SJ_REASON_NONE;
}

/* That a certificate has run out does not end what it has begun. */
static int pass_run_out(int is_good, X509_STORE_CTX *context)
{
	return is_good ||
	       X509_STORE_CTX_get_error(context) == X509_V_ERR_CERT_HAS_EXPIRED;
}

enum sj_reason sj_tls_verify_again(OSSL_LIB_CTX *lib, X509_STORE *store,
	X509 *certificate, STACK_OF(X509) * chain,
	const struct sj_tls_wanted *wanted)
{
	X509_STORE_CTX *context = X509_STORE_CTX_new_ex(lib, NULL);
	enum sj_reason reason = SJ_REASON_LOCAL;

	if (context &&
		X509_STORE_CTX_init(context, store, certificate, chain) == 1 &&
		X509_STORE_CTX_set_default(context,
			wanted->is_server ? "ssl_client" : "ssl_server") == 1 &&
		sj_tls_verify_setup(
			X509_STORE_CTX_get0_param(context), wanted)) {
		X509_STORE_CTX_set_verify_cb(context, pass_run_out);
		if (X509_verify_cert(context) == 1)
			reason = SJ_REASON_NONE;
		else
			reason = sj_tls_reason_of_verify(
				X509_STORE_CTX_get_error(context));
	}
	X509_STORE_CTX_free(context);
	ERR_clear_error();
	return reason;
}

/* Numbers of OpenSSL or of TLS alerts, and what they mean here. */
struct meaning {
	long number;
	enum sj_reason reason;
};

static enum sj_reason look_up(const struct meaning *table, size_t count,
	long number, enum sj_reason otherwise)
{
	for (size_t i = 0; i < count; i++) {
		if (table[i].number == number)
			return table[i].reason;
	}
	return otherwise;
}

enum sj_reason sj_tls_reason_of_verify(long error)
{
	static const struct meaning table[] = {
		{X509_V_OK, SJ_REASON_NONE},
		{X509_V_ERR_CERT_HAS_EXPIRED, SJ_REASON_CERT_EXPIRED},
		{X509_V_ERR_CERT_NOT_YET_VALID, SJ_REASON_CERT_NOT_YET},
		{X509_V_ERR_CERT_REVOKED, SJ_REASON_CERT_REVOKED},
		{X509_V_ERR_HOSTNAME_MISMATCH, SJ_REASON_CERT_NAME},
		{X509_V_ERR_IP_ADDRESS_MISMATCH, SJ_REASON_CERT_NAME},
		{X509_V_ERR_INVALID_PURPOSE, SJ_REASON_CERT_PURPOSE},
		{X509_V_ERR_CERT_REJECTED, SJ_REASON_CERT_ROLE},
		{X509_V_ERR_UNABLE_TO_GET_CRL, SJ_REASON_CRL_MISSING},
		{X509_V_ERR_CRL_HAS_EXPIRED, SJ_REASON_CRL_EXPIRED},
		{X509_V_ERR_CRL_NOT_YET_VALID, SJ_REASON_CRL_EXPIRED},
		{X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT,
			SJ_REASON_CERT_UNTRUSTED},
		{X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
			SJ_REASON_CERT_UNTRUSTED},
		{X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE,
			SJ_REASON_CERT_UNTRUSTED},
		{X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT,
			SJ_REASON_CERT_UNTRUSTED},
		{X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN,
			SJ_REASON_CERT_UNTRUSTED},
		{X509_V_ERR_CERT_SIGNATURE_FAILURE, SJ_REASON_CERT_UNTRUSTED},
		{X509_V_ERR_CERT_CHAIN_TOO_LONG, SJ_REASON_CERT_UNTRUSTED},
	};

	return look_up(table, SJ_COUNT(table), error, SJ_REASON_CERT_OTHER);
}

static enum sj_reason reason_of_alert(long alert)
{
	static const struct meaning table[] = {
		{SSL_AD_BAD_CERTIFICATE, SJ_REASON_CERT_REFUSED_BY_PEER},
		{SSL_AD_CERTIFICATE_UNKNOWN, SJ_REASON_CERT_REFUSED_BY_PEER},
		{SSL_AD_ACCESS_DENIED, SJ_REASON_CERT_REFUSED_BY_PEER},
		{SSL_AD_UNSUPPORTED_CERTIFICATE, SJ_REASON_CERT_PURPOSE},
		{SSL_AD_CERTIFICATE_REVOKED, SJ_REASON_CERT_REVOKED},
		{SSL_AD_CERTIFICATE_EXPIRED, SJ_REASON_CERT_EXPIRED},
		{SSL_AD_UNKNOWN_CA, SJ_REASON_CERT_UNTRUSTED},
		{SSL_AD_CERTIFICATE_REQUIRED, SJ_REASON_CERT_MISSING},
		{SSL_AD_PROTOCOL_VERSION, SJ_REASON_TLS_VERSION},
	};

	return look_up(table, SJ_COUNT(table), alert, SJ_REASON_TLS);
}

enum sj_reason sj_tls_reason_of_queue(bool *is_by_peer)
{
	static const struct meaning table[] = {
		{SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE,
			SJ_REASON_CERT_MISSING},
		{SSL_R_UNSUPPORTED_PROTOCOL, SJ_REASON_TLS_VERSION},
		{SSL_R_WRONG_VERSION_NUMBER, SJ_REASON_TLS_VERSION},
		{SSL_R_NO_PROTOCOLS_AVAILABLE, SJ_REASON_TLS_VERSION},
		{SSL_R_UNEXPECTED_EOF_WHILE_READING, SJ_REASON_IO},
	};
	unsigned long error = ERR_get_error();
	long number = ERR_GET_REASON(error);

	ERR_clear_error();
	*is_by_peer = false;
	if (error == 0)
		return SJ_REASON_IO;
	if (ERR_GET_LIB(error) != ERR_LIB_SSL)
		return SJ_REASON_TLS;
	if (number >= ALERT_ERRORS) {
		*is_by_peer = true;
		return reason_of_alert(number - ALERT_ERRORS);
	}
	return look_up(table, SJ_COUNT(table), number, SJ_REASON_TLS);
}
