/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/certs/certs_rig.h"

#include <check.h>
#include <dirent.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "certs/pki_crl.h"
#include "certs/pki_keys.h"

#define DAY_S 86400
#define TURNS_MAX 1000

struct kept {
	struct kept *next;
	void *memory;
};

static struct kept *all_kept;

void *rig_keep(void *memory)
{
	struct kept *kept = malloc(sizeof(*kept));

	ck_assert_ptr_nonnull(kept);
	kept->memory = memory;
	kept->next = all_kept;
	all_kept = kept;
	return memory;
}

static int64_t now_s(void)
{
	return (int64_t)time(NULL);
}

static struct sj_pki_validity days(int from, int until)
{
	struct sj_pki_validity validity = {
		.from_s = now_s() + (int64_t)from * DAY_S,
		.until_s = now_s() + (int64_t)until * DAY_S,
	};

	return validity;
}

struct rig_authority *rig_authority(void)
{
	struct rig_authority *authority =
		rig_keep(calloc(1, sizeof(*authority)));
	struct sj_pki_validity validity = days(-100, 1000);

	ck_assert_ptr_nonnull(authority);
	authority->store.lock_fd = -1;
	authority->pair.key = sj_pki_key_generate();
	ck_assert_ptr_nonnull(authority->pair.key);
	authority->pair.certificate = sj_pki_issue_authority(
		authority->pair.key, "authority of a test", &validity);
	ck_assert_ptr_nonnull(authority->pair.certificate);
	ck_assert_int_eq(sj_pki_certificate_to_pem(
				 authority->pair.certificate, &authority->pem),
		SJ_OK);
	rig_list(authority, 7);
	return authority;
}

void rig_list(struct rig_authority *authority, int until)
{
	struct sj_pki_validity validity = days(until > 0 ? -1 : -30, until);
	X509_CRL *list;

	authority->store.crl_number++;
	list = sj_pki_crl_make(&authority->pair, &authority->store, &validity);
	ck_assert_ptr_nonnull(list);
	ck_assert_int_eq(sj_pki_crl_to_pem(list, &authority->crl), SJ_OK);
	rig_keep(authority->crl.data);
	X509_CRL_free(list);
}

struct rig_leaf rig_leaf(struct rig_authority *authority, enum sj_tls_role role,
	const char *zone, const char *name, const char *names)
{
	struct sj_pki_subject subject = {
		.identity = {.role = role}, .validity = days(-1, 300)};
	struct rig_leaf leaf = {.serial = ""};
	EVP_PKEY *key = sj_pki_key_generate();
	struct sj_pki_why why = {""};
	char copy[512];
	X509 *certificate;

	ck_assert_ptr_nonnull(key);
	(void)snprintf(subject.identity.zone, sizeof(subject.identity.zone),
		"%s", zone);
	(void)snprintf(subject.identity.name, sizeof(subject.identity.name),
		"%s", name);
	(void)snprintf(copy, sizeof(copy), "%s", names);
	for (char *at = strtok(copy, " "); at; at = strtok(NULL, " "))
		ck_assert_int_eq(
			sj_pki_names_add(&subject.names, at, &why), SJ_OK);
	certificate =
		sj_pki_issue_leaf(&authority->pair, key, &subject, leaf.serial);
	ck_assert_ptr_nonnull(certificate);
	ck_assert_int_eq(
		sj_pki_certificate_to_pem(certificate, &leaf.pem), SJ_OK);
	ck_assert_int_eq(sj_pki_key_to_pem(key, NULL, &leaf.key), SJ_OK);
	rig_keep(leaf.pem.data);
	rig_keep(leaf.key.data);
	X509_free(certificate);
	EVP_PKEY_free(key);
	return leaf;
}

static void add(X509 *certificate, X509 *issuer, int kind, const char *value)
{
	X509V3_CTX context;
	X509_EXTENSION *extension;

	X509V3_set_ctx_nodb(&context);
	X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
	extension = X509V3_EXT_nconf_nid(NULL, &context, kind, value);
	ck_assert_ptr_nonnull(extension);
	ck_assert_int_eq(X509_add_ext(certificate, extension, -1), 1);
	X509_EXTENSION_free(extension);
}

static void fill_odd(X509 *certificate, struct rig_authority *authority,
	const struct rig_odd *odd, EVP_PKEY *key)
{
	X509 *issuer = authority->pair.certificate;
	struct sj_pki_validity validity =
		days(odd->from_days ? odd->from_days : -40,
			odd->until_days ? odd->until_days : 300);
	const char *name = odd->common_name ? odd->common_name : "odd";

	ck_assert_int_eq(X509_set_version(certificate, X509_VERSION_3), 1);
	ck_assert_int_eq(
		ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate),
			0x4000000000000000ull | (uint64_t)random()),
		1);
	ck_assert_ptr_nonnull(ASN1_TIME_set(
		X509_getm_notBefore(certificate), (time_t)validity.from_s));
	ck_assert_ptr_nonnull(ASN1_TIME_set(
		X509_getm_notAfter(certificate), (time_t)validity.until_s));
	ck_assert_int_eq(
		X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate),
			"CN", MBSTRING_UTF8, (const unsigned char *)name, -1,
			-1, 0),
		1);
	ck_assert_int_eq(X509_set_issuer_name(
				 certificate, X509_get_subject_name(issuer)),
		1);
	ck_assert_int_eq(X509_set_pubkey(certificate, key), 1);
	add(certificate, issuer, NID_basic_constraints,
		odd->is_authority ? "critical,CA:TRUE" : "critical,CA:FALSE");
	add(certificate, issuer, NID_key_usage,
		odd->is_authority ? "critical,keyCertSign,cRLSign"
				  : "critical,digitalSignature");
	add(certificate, issuer, NID_subject_key_identifier, "hash");
	add(certificate, issuer, NID_authority_key_identifier, "keyid:always");
	if (odd->purpose)
		add(certificate, issuer, NID_ext_key_usage, odd->purpose);
	if (odd->san)
		add(certificate, issuer, NID_subject_alt_name, odd->san);
	ck_assert_int_gt(
		X509_sign(certificate, authority->pair.key, EVP_sha256()), 0);
}

struct rig_leaf rig_odd(
	struct rig_authority *authority, const struct rig_odd *odd)
{
	struct rig_leaf leaf = {.serial = ""};
	EVP_PKEY *key =
		odd->has_rsa_key ? EVP_RSA_gen(2048) : sj_pki_key_generate();
	X509 *certificate = X509_new();

	ck_assert_ptr_nonnull(key);
	ck_assert_ptr_nonnull(certificate);
	fill_odd(certificate, authority, odd, key);
	ck_assert(sj_pki_certificate_serial(certificate, leaf.serial));
	ck_assert_int_eq(
		sj_pki_certificate_to_pem(certificate, &leaf.pem), SJ_OK);
	ck_assert_int_eq(sj_pki_key_to_pem(key, NULL, &leaf.key), SJ_OK);
	rig_keep(leaf.pem.data);
	rig_keep(leaf.key.data);
	X509_free(certificate);
	EVP_PKEY_free(key);
	return leaf;
}

void rig_revoke(struct rig_authority *authority, const struct rig_leaf *leaf)
{
	struct sj_pki_entry entry = {
		.identity = {.role = SJ_TLS_ROLE_VIEWER,
			.zone = "lgwan",
			.name = "revoked"},
		.validity = days(-1, 300),
		.revoked_s = now_s(),
	};

	memcpy(entry.serial, leaf->serial, sizeof(entry.serial));
	ck_assert_int_eq(sj_pki_store_add(&authority->store, &entry), SJ_OK);
	rig_list(authority, 7);
}

struct sj_tls_pem rig_lend(const struct sj_pki_bytes *bytes)
{
	struct sj_tls_pem pem = {.data = bytes->data, .size = bytes->size};

	return pem;
}

void rig_use(struct sj_tls_settings *settings, const struct rig_leaf *leaf)
{
	settings->chain = rig_lend(&leaf->pem);
	settings->key = rig_lend(&leaf->key);
}

struct rig_pair rig_pair(struct rig_authority *authority)
{
	struct rig_leaf host = rig_leaf(authority, SJ_TLS_ROLE_HOST, "internet",
		"host1", "host1.city.example 192.0.2.1 2001:db8::1");
	struct rig_leaf viewer =
		rig_leaf(authority, SJ_TLS_ROLE_VIEWER, "lgwan", "tanaka", "");
	struct rig_pair pair = {
		.host_settings =
			{
				.is_server = true,
				.authority = rig_lend(&authority->pem),
				.crl = rig_lend(&authority->crl),
				.peer_roles = 1u << SJ_TLS_ROLE_VIEWER |
					      1u << SJ_TLS_ROLE_GUARD,
				.peer_zone = "lgwan",
				.is_peer_certificate_required = true,
			},
		.viewer_settings =
			{
				.authority = rig_lend(&authority->pem),
				.crl = rig_lend(&authority->crl),
				.peer_name = "host1.city.example",
				.peer_roles = 1u << SJ_TLS_ROLE_HOST,
				.is_peer_certificate_required = true,
			},
		.host_fd = -1,
		.viewer_fd = -1,
	};

	rig_use(&pair.host_settings, &host);
	rig_use(&pair.viewer_settings, &viewer);
	return pair;
}

void rig_sockets(int fds[2])
{
	ck_assert_int_eq(
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
			0, fds),
		0);
}

void rig_start(struct rig_pair *pair)
{
	enum sj_reason reason = SJ_REASON_LOCAL;
	int fds[2];

	rig_sockets(fds);
	pair->host_fd = fds[0];
	pair->viewer_fd = fds[1];
	pair->host =
		sj_tls_create(&pair->host_settings, pair->host_fd, &reason);
	ck_assert_ptr_nonnull(pair->host);
	pair->viewer =
		sj_tls_create(&pair->viewer_settings, pair->viewer_fd, &reason);
	ck_assert_ptr_nonnull(pair->viewer);
	pair->host_io = SJ_IO_WANT_READ;
	pair->viewer_io = SJ_IO_WANT_READ;
}

static bool is_waiting(enum sj_io io)
{
	return io == SJ_IO_WANT_READ || io == SJ_IO_WANT_WRITE;
}

void rig_shake(struct rig_pair *pair)
{
	struct sj_stream stream = sj_tls_stream(pair->viewer);
	uint8_t byte;
	size_t got;

	for (int turn = 0; turn < TURNS_MAX; turn++) {
		if (is_waiting(pair->viewer_io))
			pair->viewer_io = sj_tls_handshake(pair->viewer);
		if (is_waiting(pair->host_io))
			pair->host_io = sj_tls_handshake(pair->host);
		if (!is_waiting(pair->viewer_io) && !is_waiting(pair->host_io))
			break;
		/* One gave up, the other has nothing more to read. */
		if (turn > 20 && (pair->viewer_io == SJ_IO_FAILED ||
					 pair->host_io == SJ_IO_FAILED))
			break;
	}
	if (pair->viewer_io == SJ_IO_OK && pair->host_io == SJ_IO_FAILED)
		pair->viewer_io =
			sj_stream_read(&stream, &byte, sizeof(byte), &got);
}

void rig_connect(struct rig_pair *pair)
{
	rig_start(pair);
	rig_shake(pair);
	ck_assert_int_eq(sj_tls_reason(pair->viewer), SJ_REASON_NONE);
	ck_assert_int_eq(sj_tls_reason(pair->host), SJ_REASON_NONE);
	ck_assert_int_eq(pair->viewer_io, SJ_IO_OK);
	ck_assert_int_eq(pair->host_io, SJ_IO_OK);
}

void rig_end(struct rig_pair *pair)
{
	sj_tls_destroy(pair->host);
	sj_tls_destroy(pair->viewer);
	pair->host = NULL;
	pair->viewer = NULL;
	if (pair->host_fd >= 0)
		(void)close(pair->host_fd);
	if (pair->viewer_fd >= 0)
		(void)close(pair->viewer_fd);
	pair->host_fd = -1;
	pair->viewer_fd = -1;
}

static int trust_anything(int is_good, X509_STORE_CTX *context)
{
	(void)is_good;
	(void)context;
	return 1;
}

SSL *rig_raw(int fd, const struct rig_leaf *leaf, bool is_server, int version)
{
	SSL_CTX *context = SSL_CTX_new(TLS_method());
	SSL *ssl;

	ck_assert_ptr_nonnull(context);
	if (version != 0) {
		ck_assert_int_eq(
			SSL_CTX_set_min_proto_version(context, version), 1);
		ck_assert_int_eq(
			SSL_CTX_set_max_proto_version(context, version), 1);
	}
	SSL_CTX_set_verify(context, SSL_VERIFY_PEER, trust_anything);
	if (leaf) {
		X509 *certificate = sj_pki_certificate_from_pem(&leaf->pem);
		EVP_PKEY *key = NULL;

		ck_assert_ptr_nonnull(certificate);
		ck_assert_int_eq(
			sj_pki_key_from_pem(&leaf->key, NULL, &key), SJ_OK);
		ck_assert_int_eq(
			SSL_CTX_use_certificate(context, certificate), 1);
		ck_assert_int_eq(SSL_CTX_use_PrivateKey(context, key), 1);
		X509_free(certificate);
		EVP_PKEY_free(key);
	}
	ssl = SSL_new(context);
	SSL_CTX_free(context);
	ck_assert_ptr_nonnull(ssl);
	ck_assert_int_eq(SSL_set_fd(ssl, fd), 1);
	if (is_server)
		SSL_set_accept_state(ssl);
	else
		SSL_set_connect_state(ssl);
	return ssl;
}

const char *rig_folder(void)
{
	static char path[64];

	strcpy(path, "/tmp/check-certs.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(path));
	return path;
}

void rig_remove(const char *path)
{
	char below[512];
	struct dirent *entry;
	DIR *dir = opendir(path);

	while (dir && (entry = readdir(dir))) {
		if (strcmp(entry->d_name, ".") == 0 ||
			strcmp(entry->d_name, "..") == 0)
			continue;
		(void)snprintf(
			below, sizeof(below), "%s/%s", path, entry->d_name);
		rig_remove(below);
	}
	if (dir)
		closedir(dir);
	ck_assert_int_eq(remove(path), 0);
}
