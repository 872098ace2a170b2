/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "certs/tls.h"

#include <openssl/err.h>
#include <openssl/provider.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "certs/tls_memory.h"
#include "certs/tls_own.h"
#include "certs/tls_verify.h"
#include "protocol/base/clock.h"
#include "protocol/base/log.h"

#define EXPORTER_LABEL "EXPORTER-shoji-session"
#define KEY_UPDATE_WINDOW_US 60000000ull
#define DRAIN_READS 32

#define SUITES_13                                                              \
	"TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:"                 \
	"TLS_AES_128_GCM_SHA256"
#define SUITES_12 "ECDHE+AESGCM:ECDHE+CHACHA20"

struct sj_tls {
	OSSL_LIB_CTX *lib; /* of this session alone, no configuration */
	OSSL_PROVIDER *provider;
	SSL_CTX *context;
	SSL *ssl;
	int fd;
	X509_STORE *store;
	struct sj_tls_pem authority; /* our copy, for newer CRLs */
	struct sj_tls_wanted wanted;
	struct sj_identity identity;
	enum sj_reason reason;
	bool is_by_peer;
	bool is_done;
	uint64_t key_updates_us; /* start of the counted minute */
	unsigned key_updates;
};

/* ---- construction ---- */

/* Tells clients which authority we want; some send nothing otherwise. */
static bool name_authorities(struct sj_tls *tls)
{
	STACK_OF(X509_OBJECT) *objects = X509_STORE_get0_objects(tls->store);

	for (int i = 0; i < sk_X509_OBJECT_num(objects); i++) {
		X509 *certificate =
			X509_OBJECT_get0_X509(sk_X509_OBJECT_value(objects, i));

		if (certificate &&
			SSL_CTX_add_client_CA(tls->context, certificate) != 1)
			return false;
	}
	return true;
}

static void count_key_update(struct sj_tls *tls)
{
	uint64_t now_us = sj_clock_us();

	if (now_us - tls->key_updates_us > KEY_UPDATE_WINDOW_US) {
		tls->key_updates_us = now_us;
		tls->key_updates = 0;
	}
	tls->key_updates++;
}

/* Sees each handshake message; only KeyUpdates of the peer count. */
static void see_message(int is_sent, int version, int type, const void *data,
	size_t size, SSL *ssl, void *self)
{
	const uint8_t *bytes = data;

	(void)version;
	(void)ssl;
	if (!is_sent && type == SSL3_RT_HANDSHAKE && size > 0 &&
		bytes[0] == SSL3_MT_KEY_UPDATE)
		count_key_update(self);
}

/* Called for each certificate of the chain, the peer's own last. */
static int verify_step(int is_good, X509_STORE_CTX *store_context)
{
	SSL *ssl = X509_STORE_CTX_get_ex_data(
		store_context, SSL_get_ex_data_X509_STORE_CTX_idx());
	struct sj_tls *tls = SSL_get_app_data(ssl);
	int error = X509_STORE_CTX_get_error(store_context);

	if (!is_good) {
		if (tls->reason == SJ_REASON_NONE)
			tls->reason = sj_tls_reason_of_verify(error);
		/* No alert may blame the peer for a list that we lack. */
		if (tls->reason == SJ_REASON_CRL_MISSING ||
			tls->reason == SJ_REASON_CRL_EXPIRED)
			X509_STORE_CTX_set_error(
				store_context, X509_V_ERR_DIFFERENT_CRL_SCOPE);
		return 0;
	}
	if (X509_STORE_CTX_get_error_depth(store_context) != 0)
		return 1;
	tls->reason = sj_tls_verify_identity(
		X509_STORE_CTX_get_current_cert(store_context), &tls->wanted,
		&tls->identity);
	if (tls->reason == SJ_REASON_NONE)
		return 1;
	X509_STORE_CTX_set_error(
		store_context, tls->reason == SJ_REASON_CERT_PURPOSE
				       ? X509_V_ERR_INVALID_PURPOSE
				       : X509_V_ERR_CERT_REJECTED);
	return 0;
}

static bool set_versions(SSL_CTX *context, bool is_tls12_allowed)
{
	int lowest = is_tls12_allowed ? TLS1_2_VERSION : TLS1_3_VERSION;
	/* OpenSSL takes these two without const and does not change them. */
	char groups[] = "X25519:P-256";
	char signatures[] =
		"ecdsa_secp256r1_sha256:ed25519:rsa_pss_rsae_sha256";

	return SSL_CTX_set_min_proto_version(context, lowest) == 1 &&
	       SSL_CTX_set_max_proto_version(context, TLS1_3_VERSION) == 1 &&
	       SSL_CTX_set_ciphersuites(context, SUITES_13) == 1 &&
	       (!is_tls12_allowed ||
		       SSL_CTX_set_cipher_list(context, SUITES_12) == 1) &&
	       SSL_CTX_set1_groups_list(context, groups) == 1 &&
	       SSL_CTX_set1_sigalgs_list(context, signatures) == 1;
}

static bool set_options(
	SSL_CTX *context, const struct sj_tls_settings *settings)
{
	int verify = SSL_VERIFY_PEER;

	SSL_CTX_set_security_level(context, 2);
	SSL_CTX_set_options(context, SSL_OP_NO_TICKET |
					     SSL_OP_NO_RENEGOTIATION |
					     SSL_OP_NO_COMPRESSION |
					     SSL_OP_CIPHER_SERVER_PREFERENCE);
	SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE |
					  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	/* One record a call: a flood of KeyUpdates comes back to us to count.
	 */
	SSL_CTX_clear_mode(context, SSL_MODE_AUTO_RETRY);
	SSL_CTX_set_max_cert_list(context, SJ_LIMIT_PEER_CHAIN_BYTES);
	if (settings->is_server && settings->is_peer_certificate_required)
		verify |= SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
	SSL_CTX_set_verify(context, verify, verify_step);
	return SSL_CTX_set_num_tickets(context, 0) == 1 &&
	       SSL_CTX_set_max_early_data(context, 0) == 1 &&
	       set_versions(context, settings->is_tls12_allowed);
}

/* Copies text ("" for NULL); false when it does not fit. */
static bool keep_text(const char *text, char *out, size_t size)
{
	size_t length = text ? strlen(text) : 0;

	if (length >= size)
		return false;
	if (length > 0)
		memcpy(out, text, length);
	out[length] = 0;
	return true;
}

static bool keep_settings(
	struct sj_tls *tls, const struct sj_tls_settings *settings)
{
	uint8_t *copy = malloc(settings->authority.size + 1);

	if (!copy)
		return false;
	if (settings->authority.size > 0)
		memcpy(copy, settings->authority.data,
			settings->authority.size);
	tls->authority.data = copy;
	tls->authority.size = settings->authority.size;
	tls->wanted.is_server = settings->is_server;
	tls->wanted.roles = settings->peer_roles;
	return keep_text(settings->peer_zone, tls->wanted.zone,
		       sizeof(tls->wanted.zone)) &&
	       keep_text(settings->peer_name, tls->wanted.name,
		       sizeof(tls->wanted.name));
}

/* The library of this session, with no file read and no configuration. */
static bool open_library(struct sj_tls *tls)
{
	uint8_t byte;

	sj_tls_memory_wipe();
	/* Reading dates asks for the time zone: its file is read here. */
	tzset();
	if (OPENSSL_init_ssl(
		    OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_LOAD_SSL_STRINGS,
		    NULL) != 1)
		return false;
	tls->lib = OSSL_LIB_CTX_new();
	if (!tls->lib)
		return false;
	tls->provider = OSSL_PROVIDER_load(tls->lib, "default");
	tls->context = SSL_CTX_new_ex(tls->lib, NULL, TLS_method());
	return tls->provider && tls->context &&
	       RAND_bytes_ex(tls->lib, &byte, 1, 0) == 1;
}

static enum sj_reason open_material(
	struct sj_tls *tls, const struct sj_tls_settings *settings)
{
	enum sj_reason reason = SJ_REASON_NONE;

	tls->store = sj_tls_store_create(
		tls->lib, &settings->authority, &settings->crl, &reason);
	/* Only the log can say which file it is. */
	if (!tls->store && reason == SJ_REASON_CERT_UNTRUSTED)
		sj_log(SJ_LOG_ERROR, "tls text=\"authority holds no "
				     "certificate that can be read\"");
	else if (!tls->store && reason == SJ_REASON_CRL_MISSING)
		sj_log(SJ_LOG_ERROR, "tls text=\"crl holds no revocation list "
				     "that can be read\"");
	if (!tls->store)
		return reason;
	if (X509_STORE_up_ref(tls->store) != 1)
		return SJ_REASON_LOCAL;
	SSL_CTX_set_cert_store(tls->context, tls->store);
	if (settings->is_server && !name_authorities(tls))
		return SJ_REASON_LOCAL;
	return SJ_REASON_NONE;
}

static enum sj_reason open_session(struct sj_tls *tls, int fd)
{
	tls->ssl = SSL_new(tls->context);
	if (!tls->ssl || SSL_set_fd(tls->ssl, fd) != 1 ||
		!sj_tls_verify_setup(SSL_get0_param(tls->ssl), &tls->wanted))
		return SJ_REASON_LOCAL;
	SSL_set_app_data(tls->ssl, tls);
	SSL_set_msg_callback(tls->ssl, see_message);
	SSL_set_msg_callback_arg(tls->ssl, tls);
	if (tls->wanted.is_server)
		SSL_set_accept_state(tls->ssl);
	else
		SSL_set_connect_state(tls->ssl);
	tls->fd = fd;
	return SJ_REASON_NONE;
}

struct sj_tls *sj_tls_create(
	const struct sj_tls_settings *settings, int fd, enum sj_reason *reason)
{
	struct sj_tls *tls = calloc(1, sizeof(*tls));
	const char *fault = NULL;

	*reason = SJ_REASON_LOCAL;
	if (!tls)
		return NULL;
	if (!keep_settings(tls, settings) || !open_library(tls) ||
		!set_options(tls->context, settings))
		goto out;
	*reason = open_material(tls, settings);
	if (*reason != SJ_REASON_NONE)
		goto out;
	*reason = open_session(tls, fd);
	/* Of the session alone, so that it can forget the key. */
	if (*reason == SJ_REASON_NONE)
		fault = sj_tls_own_use(tls->ssl, tls->lib, settings);
	if (fault) {
		*reason = SJ_REASON_CERT_OTHER;
		sj_log(SJ_LOG_ERROR, "tls text=\"%s\"", fault);
	}
out:
	ERR_clear_error();
	if (*reason == SJ_REASON_NONE)
		return tls;
	sj_tls_destroy(tls);
	return NULL;
}

void sj_tls_destroy(struct sj_tls *tls)
{
	void *authority;

	if (!tls)
		return;
	SSL_free(tls->ssl);
	SSL_CTX_free(tls->context);
	X509_STORE_free(tls->store);
	if (tls->provider)
		OSSL_PROVIDER_unload(tls->provider);
	OSSL_LIB_CTX_free(tls->lib);
	memcpy(&authority, &tls->authority.data, sizeof(authority));
	free(authority);
	free(tls);
}

/* ---- running ---- */

/* Keeps the first reason: what follows is its consequence. */
static void set_reason(
	struct sj_tls *tls, enum sj_reason reason, bool is_by_peer)
{
	if (tls->reason != SJ_REASON_NONE)
		return;
	tls->reason = reason;
	tls->is_by_peer = is_by_peer;
}

/* What a call of OpenSSL that did not succeed means. */
static enum sj_io outcome(struct sj_tls *tls, int result)
{
	bool is_by_peer = false;
	enum sj_reason reason;

	switch (SSL_get_error(tls->ssl, result)) {
	case SSL_ERROR_WANT_READ:
		return SJ_IO_WANT_READ;
	case SSL_ERROR_WANT_WRITE:
		return SJ_IO_WANT_WRITE;
	case SSL_ERROR_ZERO_RETURN:
		return SJ_IO_CLOSED;
	case SSL_ERROR_SYSCALL:
		set_reason(tls, SJ_REASON_IO, false);
		return SJ_IO_FAILED;
	default:
		reason = sj_tls_reason_of_queue(&is_by_peer);
		set_reason(tls, reason, is_by_peer);
		return SJ_IO_FAILED;
	}
}

/*
 * Takes what the peer sent behind the flight that we refused: closing a
 * socket with unread bytes resets the connection, which can destroy the alert
 * on its way.
 */
static void drain(const struct sj_tls *tls)
{
	uint8_t bytes[1024];

	for (size_t i = 0; i < DRAIN_READS; i++) {
		if (recv(tls->fd, bytes, sizeof(bytes), MSG_DONTWAIT) <= 0)
			break;
	}
}

enum sj_io sj_tls_handshake(struct sj_tls *tls)
{
	enum sj_io io;
	int result;

	if (tls->reason != SJ_REASON_NONE)
		return SJ_IO_FAILED;
	ERR_clear_error();
	result = SSL_do_handshake(tls->ssl);
	if (result == 1) {
		tls->is_done = true;
		/* Nothing is signed any more: what breaks into this process
		 * from now on finds no key in it. */
		SSL_certs_clear(tls->ssl);
		return SJ_IO_OK;
	}
	io = outcome(tls, result);
	if (io == SJ_IO_WANT_READ || io == SJ_IO_WANT_WRITE)
		return io;
	set_reason(tls, SJ_REASON_IO, false);
	drain(tls);
	return SJ_IO_FAILED;
}

static enum sj_io stream_read(void *self, void *data, size_t size, size_t *got)
{
	struct sj_tls *tls = self;
	int result;

	ERR_clear_error();
	result = SSL_read_ex(tls->ssl, data, size, got);
	if (tls->key_updates > SJ_LIMIT_KEY_UPDATES_PER_MINUTE) {
		set_reason(tls, SJ_REASON_TLS, false);
		*got = 0;
		return SJ_IO_FAILED;
	}
	if (result == 1)
		return SJ_IO_OK;
	*got = 0;
	return outcome(tls, result);
}

/*
 * With TLS 1.3 a client writes before it can know that its certificate was
 * refused. When the write breaks, the alert that tells may still be there.
 */
static void look_for_alert(struct sj_tls *tls)
{
	uint8_t byte;
	size_t got;
	int result;
	bool is_by_peer = false;
	enum sj_reason reason;

	ERR_clear_error();
	result = SSL_read_ex(tls->ssl, &byte, sizeof(byte), &got);
	if (result == 1 || SSL_get_error(tls->ssl, result) != SSL_ERROR_SSL)
		return;
	reason = sj_tls_reason_of_queue(&is_by_peer);
	if (is_by_peer) {
		tls->reason = reason;
		tls->is_by_peer = true;
	}
}

static enum sj_io stream_write(
	void *self, const void *data, size_t size, size_t *put)
{
	struct sj_tls *tls = self;
	enum sj_io io;
	int result;

	ERR_clear_error();
	result = SSL_write_ex(tls->ssl, data, size, put);
	if (result == 1)
		return SJ_IO_OK;
	*put = 0;
	io = outcome(tls, result);
	if (io == SJ_IO_FAILED && tls->reason == SJ_REASON_IO)
		look_for_alert(tls);
	return io;
}

static bool stream_has_pending(void *self)
{
	struct sj_tls *tls = self;

	return SSL_has_pending(tls->ssl) == 1;
}

static enum sj_io stream_shutdown(void *self)
{
	struct sj_tls *tls = self;
	int result;

	if (!tls->is_done || tls->reason != SJ_REASON_NONE)
		return SJ_IO_FAILED;
	ERR_clear_error();
	result = SSL_shutdown(tls->ssl);
	if (result >= 0)
		return SJ_IO_OK;
	return outcome(tls, result);
}

static const struct sj_stream_ops stream_ops = {
	.read = stream_read,
	.write = stream_write,
	.has_pending = stream_has_pending,
	.shutdown = stream_shutdown,
};

struct sj_stream sj_tls_stream(struct sj_tls *tls)
{
	struct sj_stream stream = {
		.ops = &stream_ops, .self = tls, .fd = tls->fd};

	return stream;
}

enum sj_reason sj_tls_reason(const struct sj_tls *tls)
{
	return tls->reason;
}

bool sj_tls_is_by_peer(const struct sj_tls *tls)
{
	return tls->is_by_peer;
}

/* SHA-256 of the peer's SubjectPublicKeyInfo. */
static bool hash_key(
	const struct sj_tls *tls, const X509 *certificate, uint8_t out[32])
{
	unsigned char *der = NULL;
	int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
	bool is_good = size > 0 && EVP_Q_digest(tls->lib, "SHA256", NULL, der,
					   (size_t)size, out, NULL) == 1;

	OPENSSL_free(der);
	return is_good;
}

void sj_tls_peer(const struct sj_tls *tls, struct sj_tls_peer *peer)
{
	X509 *certificate = SSL_get0_peer_certificate(tls->ssl);

	memset(peer, 0, sizeof(*peer));
	if (SSL_export_keying_material(tls->ssl, peer->exporter,
		    sizeof(peer->exporter), EXPORTER_LABEL,
		    strlen(EXPORTER_LABEL), NULL, 0, 0) != 1)
		memset(peer->exporter, 0, sizeof(peer->exporter));
	if (!certificate || !hash_key(tls, certificate, peer->spki_sha256))
		return;
	peer->has_certificate = true;
	peer->role = tls->identity.role;
	memcpy(peer->zone, tls->identity.zone, sizeof(peer->zone));
	memcpy(peer->name, tls->identity.name, sizeof(peer->name));
}

enum sj_err sj_tls_recheck(struct sj_tls *tls)
{
	X509 *certificate = SSL_get0_peer_certificate(tls->ssl);
	enum sj_reason reason;

	if (!certificate)
		return SJ_OK;
	reason = sj_tls_verify_again(tls->lib, tls->store, certificate,
		SSL_get_peer_cert_chain(tls->ssl), &tls->wanted);
	if (reason == SJ_REASON_NONE)
		return SJ_OK;
	set_reason(tls, reason, false);
	return SJ_ERR_DENIED;
}

enum sj_err sj_tls_set_crl(struct sj_tls *tls, const struct sj_tls_pem *crl)
{
	enum sj_reason reason = SJ_REASON_NONE;
	X509_STORE *store =
		sj_tls_store_create(tls->lib, &tls->authority, crl, &reason);

	if (!store) {
		set_reason(tls, reason, false);
		return SJ_ERR_DENIED;
	}
	/* A handshake that still runs judges by the newer list, too. */
	if (X509_STORE_up_ref(store) != 1) {
		X509_STORE_free(store);
		set_reason(tls, SJ_REASON_LOCAL, false);
		return SJ_ERR_DENIED;
	}
	SSL_CTX_set_cert_store(tls->context, store);
	X509_STORE_free(tls->store);
	tls->store = store;
	return sj_tls_recheck(tls);
}
