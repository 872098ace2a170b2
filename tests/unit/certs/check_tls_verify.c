/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every wrong certificate, and what each side says of it. */
#include <check.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>

#include "certs/pki_keys.h"
#include "certs/tls_verify.h"
#include "tests/support/suite.h"
#include "tests/unit/certs/certs_rig.h"

#define LGWAN "URI:urn:shoji:lgwan:"
#define HOST "DNS:host1.city.example,URI:urn:shoji:internet:host:host1"

/* One wrong certificate: what the judge says and what the judged learns. */
struct row {
	const char *name;
	struct rig_odd odd;
	enum sj_reason judge;
	enum sj_reason judged;
};

static const struct row viewer_rows[] = {
	{"expired", {LGWAN "viewer:a", "clientAuth", NULL, -40, -1, 0, 0},
		SJ_REASON_CERT_EXPIRED, SJ_REASON_CERT_EXPIRED},
	{"not yet valid", {LGWAN "viewer:a", "clientAuth", NULL, 1, 30, 0, 0},
		SJ_REASON_CERT_NOT_YET, SJ_REASON_CERT_REFUSED_BY_PEER},
	{"role host", {LGWAN "host:a", "clientAuth", NULL, 0, 0, 0, 0},
		SJ_REASON_CERT_ROLE, SJ_REASON_CERT_REFUSED_BY_PEER},
	{"role admin", {LGWAN "admin:a", "clientAuth", NULL, 0, 0, 0, 0},
		SJ_REASON_CERT_ROLE, SJ_REASON_CERT_REFUSED_BY_PEER},
	{"a role that is none",
		{LGWAN "root:a", "clientAuth", NULL, 0, 0, 0, 0},
		SJ_REASON_CERT_ROLE, SJ_REASON_CERT_REFUSED_BY_PEER},
	{"another zone",
		{"URI:urn:shoji:other:viewer:a", "clientAuth", NULL, 0, 0, 0,
			0},
		SJ_REASON_CERT_ROLE, SJ_REASON_CERT_REFUSED_BY_PEER},
	{"zone mynumber",
		{"URI:urn:shoji:mynumber:viewer:a", "clientAuth", NULL, 0, 0, 0,
			0},
		SJ_REASON_CERT_ROLE, SJ_REASON_CERT_REFUSED_BY_PEER},
	{"capitals in the name",
		{LGWAN "viewer:Tanaka", "clientAuth", NULL, 0, 0, 0, 0},
		SJ_REASON_CERT_ROLE, SJ_REASON_CERT_REFUSED_BY_PEER},
	{"two identities",
		{LGWAN "viewer:a," LGWAN "viewer:b", "clientAuth", NULL, 0, 0,
			0, 0},
		SJ_REASON_CERT_ROLE, SJ_REASON_CERT_REFUSED_BY_PEER},
	{"no SAN, the identity in CN",
		{NULL, "clientAuth", "urn:shoji:lgwan:viewer:a", 0, 0, 0, 0},
		SJ_REASON_CERT_ROLE, SJ_REASON_CERT_REFUSED_BY_PEER},
	{"the purpose of a server",
		{LGWAN "viewer:a", "serverAuth", NULL, 0, 0, 0, 0},
		SJ_REASON_CERT_PURPOSE, SJ_REASON_CERT_PURPOSE},
	{"no purpose", {LGWAN "viewer:a", NULL, NULL, 0, 0, 0, 0},
		SJ_REASON_CERT_PURPOSE, SJ_REASON_CERT_PURPOSE},
};

static const struct row host_rows[] = {
	{"expired", {HOST, "serverAuth", NULL, -40, -1, 0, 0},
		SJ_REASON_CERT_EXPIRED, SJ_REASON_CERT_EXPIRED},
	{"not yet valid", {HOST, "serverAuth", NULL, 1, 30, 0, 0},
		SJ_REASON_CERT_NOT_YET, SJ_REASON_CERT_REFUSED_BY_PEER},
	{"another name",
		{"DNS:host2.city.example,URI:urn:shoji:internet:host:host1",
			"serverAuth", NULL, 0, 0, 0, 0},
		SJ_REASON_CERT_NAME, SJ_REASON_CERT_REFUSED_BY_PEER},
	{"a wildcard",
		{"DNS:*.city.example,URI:urn:shoji:internet:host:host1",
			"serverAuth", NULL, 0, 0, 0, 0},
		SJ_REASON_CERT_NAME, SJ_REASON_CERT_REFUSED_BY_PEER},
	{"the name in CN only",
		{"URI:urn:shoji:internet:host:host1", "serverAuth",
			"host1.city.example", 0, 0, 0, 0},
		SJ_REASON_CERT_NAME, SJ_REASON_CERT_REFUSED_BY_PEER},
	{"role viewer",
		{"DNS:host1.city.example,URI:urn:shoji:internet:viewer:host1",
			"serverAuth", NULL, 0, 0, 0, 0},
		SJ_REASON_CERT_ROLE, SJ_REASON_CERT_REFUSED_BY_PEER},
	{"role guard where only hosts are wanted",
		{"DNS:host1.city.example,URI:urn:shoji:internet:guard:host1",
			"serverAuth", NULL, 0, 0, 0, 0},
		SJ_REASON_CERT_ROLE, SJ_REASON_CERT_REFUSED_BY_PEER},
	{"zone mynumber",
		{"DNS:host1.city.example,URI:urn:shoji:mynumber:host:host1",
			"serverAuth", NULL, 0, 0, 0, 0},
		SJ_REASON_CERT_ROLE, SJ_REASON_CERT_REFUSED_BY_PEER},
	{"no identity",
		{"DNS:host1.city.example", "serverAuth", NULL, 0, 0, 0, 0},
		SJ_REASON_CERT_ROLE, SJ_REASON_CERT_REFUSED_BY_PEER},
	{"the purpose of a client", {HOST, "clientAuth", NULL, 0, 0, 0, 0},
		SJ_REASON_CERT_PURPOSE, SJ_REASON_CERT_PURPOSE},
	{"no purpose", {HOST, NULL, NULL, 0, 0, 0, 0}, SJ_REASON_CERT_PURPOSE,
		SJ_REASON_CERT_PURPOSE},
};

/* Fails unless judge refused for one reason and judged heard the other. */
static void assert_refused(const struct sj_tls *judge, enum sj_io judge_io,
	const struct sj_tls *judged, enum sj_io judged_io,
	const enum sj_reason reasons[2])
{
	ck_assert_int_eq(judge_io, SJ_IO_FAILED);
	ck_assert_int_eq(sj_tls_reason(judge), reasons[0]);
	ck_assert(!sj_tls_is_by_peer(judge));
	ck_assert_int_eq(judged_io, SJ_IO_FAILED);
	ck_assert_int_eq(sj_tls_reason(judged), reasons[1]);
	ck_assert(sj_tls_is_by_peer(judged));
}

static void assert_host_refuses(
	struct rig_pair *pair, enum sj_reason judge, enum sj_reason judged)
{
	const enum sj_reason reasons[2] = {judge, judged};

	rig_start(pair);
	rig_shake(pair);
	assert_refused(pair->host, pair->host_io, pair->viewer, pair->viewer_io,
		reasons);
	rig_end(pair);
}

static void assert_viewer_refuses(
	struct rig_pair *pair, enum sj_reason judge, enum sj_reason judged)
{
	const enum sj_reason reasons[2] = {judge, judged};

	rig_start(pair);
	rig_shake(pair);
	assert_refused(pair->viewer, pair->viewer_io, pair->host, pair->host_io,
		reasons);
	rig_end(pair);
}

START_TEST(the_host_refuses_wrong_viewers)
{
	const struct row *row = &viewer_rows[_i];
	struct rig_authority *authority = rig_authority();
	struct rig_leaf leaf = rig_odd(authority, &row->odd);
	struct rig_pair pair = rig_pair(authority);

	rig_use(&pair.viewer_settings, &leaf);
	assert_host_refuses(&pair, row->judge, row->judged);
}
END_TEST

START_TEST(the_viewer_refuses_wrong_hosts)
{
	const struct row *row = &host_rows[_i];
	struct rig_authority *authority = rig_authority();
	struct rig_leaf leaf = rig_odd(authority, &row->odd);
	struct rig_pair pair = rig_pair(authority);

	rig_use(&pair.host_settings, &leaf);
	assert_viewer_refuses(&pair, row->judge, row->judged);
}
END_TEST

START_TEST(an_odd_certificate_of_the_right_form_is_accepted)
{
	/* So that the rows above fail for what their names say. */
	static const struct rig_odd viewer = {
		LGWAN "viewer:a", "clientAuth", NULL, 0, 0, 0, 0};
	static const struct rig_odd host = {
		HOST, "serverAuth", NULL, 0, 0, 0, 0};
	struct rig_authority *authority = rig_authority();
	struct rig_leaf viewer_leaf = rig_odd(authority, &viewer);
	struct rig_leaf host_leaf = rig_odd(authority, &host);
	struct rig_pair pair = rig_pair(authority);

	rig_use(&pair.viewer_settings, &viewer_leaf);
	rig_use(&pair.host_settings, &host_leaf);
	rig_connect(&pair);
	rig_end(&pair);
}
END_TEST

START_TEST(an_rsa_certificate_of_the_right_form_is_accepted)
{
	static const struct rig_odd viewer = {
		LGWAN "viewer:a", "clientAuth", NULL, 0, 0, 0, 1};
	struct rig_authority *authority = rig_authority();
	struct rig_leaf leaf = rig_odd(authority, &viewer);
	struct rig_pair pair = rig_pair(authority);

	rig_use(&pair.viewer_settings, &leaf);
	rig_connect(&pair);
	rig_end(&pair);
}
END_TEST

START_TEST(a_viewer_of_another_authority_is_refused)
{
	struct rig_authority *other = rig_authority();
	struct rig_leaf leaf =
		rig_leaf(other, SJ_TLS_ROLE_VIEWER, "lgwan", "tanaka", "");
	struct rig_pair pair = rig_pair(rig_authority());

	rig_use(&pair.viewer_settings, &leaf);
	assert_host_refuses(
		&pair, SJ_REASON_CERT_UNTRUSTED, SJ_REASON_CERT_UNTRUSTED);
}
END_TEST

START_TEST(a_host_of_another_authority_is_refused)
{
	struct rig_authority *other = rig_authority();
	struct rig_leaf leaf = rig_leaf(other, SJ_TLS_ROLE_HOST, "internet",
		"host1", "host1.city.example");
	struct rig_pair pair = rig_pair(rig_authority());

	rig_use(&pair.host_settings, &leaf);
	assert_viewer_refuses(
		&pair, SJ_REASON_CERT_UNTRUSTED, SJ_REASON_CERT_UNTRUSTED);
}
END_TEST

START_TEST(a_chain_through_an_intermediate_is_refused)
{
	/* Made by hand: no authority of ours can sign an authority. */
	static const struct rig_odd middle = {
		NULL, NULL, "in the middle", 0, 0, 1, 0};
	struct rig_authority *authority = rig_authority();
	struct rig_authority *below = rig_authority();
	struct rig_leaf middle_leaf = rig_odd(authority, &middle);
	struct rig_pair pair = rig_pair(authority);
	struct rig_leaf leaf;
	EVP_PKEY *key = NULL;
	uint8_t *chain;

	X509_free(below->pair.certificate);
	EVP_PKEY_free(below->pair.key);
	below->pair.certificate = sj_pki_certificate_from_pem(&middle_leaf.pem);
	ck_assert_int_eq(
		sj_pki_key_from_pem(&middle_leaf.key, NULL, &key), SJ_OK);
	below->pair.key = key;
	leaf = rig_leaf(below, SJ_TLS_ROLE_VIEWER, "lgwan", "tanaka", "");
	chain = rig_keep(malloc(leaf.pem.size + middle_leaf.pem.size));
	ck_assert_ptr_nonnull(chain);
	memcpy(chain, leaf.pem.data, leaf.pem.size);
	memcpy(chain + leaf.pem.size, middle_leaf.pem.data,
		middle_leaf.pem.size);
	leaf.pem.data = chain;
	leaf.pem.size += middle_leaf.pem.size;
	rig_use(&pair.viewer_settings, &leaf);
	assert_host_refuses(
		&pair, SJ_REASON_CERT_UNTRUSTED, SJ_REASON_CERT_UNTRUSTED);
}
END_TEST

START_TEST(a_revoked_viewer_is_refused)
{
	struct rig_authority *authority = rig_authority();
	struct rig_leaf leaf =
		rig_leaf(authority, SJ_TLS_ROLE_VIEWER, "lgwan", "tanaka", "");
	struct rig_pair pair;

	rig_revoke(authority, &leaf);
	pair = rig_pair(authority);
	rig_use(&pair.viewer_settings, &leaf);
	assert_host_refuses(
		&pair, SJ_REASON_CERT_REVOKED, SJ_REASON_CERT_REVOKED);
}
END_TEST

START_TEST(a_revoked_host_is_refused)
{
	struct rig_authority *authority = rig_authority();
	struct rig_leaf leaf = rig_leaf(authority, SJ_TLS_ROLE_HOST, "internet",
		"host1", "host1.city.example");
	struct rig_pair pair;

	rig_revoke(authority, &leaf);
	pair = rig_pair(authority);
	rig_use(&pair.host_settings, &leaf);
	assert_viewer_refuses(
		&pair, SJ_REASON_CERT_REVOKED, SJ_REASON_CERT_REVOKED);
}
END_TEST

START_TEST(a_viewer_without_a_certificate_is_refused)
{
	struct rig_pair pair = rig_pair(rig_authority());
	const enum sj_reason heard = SJ_REASON_CERT_MISSING;
	uint8_t bytes[512];
	SSL *raw;

	rig_start(&pair);
	sj_tls_destroy(pair.viewer);
	pair.viewer = NULL;
	raw = rig_raw(pair.viewer_fd, NULL, false, 0);
	for (int turn = 0; turn < 20; turn++) {
		(void)SSL_do_handshake(raw);
		pair.host_io = sj_tls_handshake(pair.host);
	}
	ck_assert_int_eq(pair.host_io, SJ_IO_FAILED);
	ck_assert_int_eq(sj_tls_reason(pair.host), heard);
	/* And the alert says so: certificate_required. */
	ck_assert_int_le(SSL_read(raw, bytes, sizeof(bytes)), 0);
	ck_assert_int_eq(ERR_GET_REASON(ERR_get_error()),
		SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED);
	SSL_free(raw);
	rig_end(&pair);
}
END_TEST

START_TEST(a_list_that_ran_out_refuses_everybody_and_blames_nobody)
{
	struct rig_authority *authority = rig_authority();
	struct rig_pair pair = rig_pair(authority);

	rig_list(authority, -1);
	pair.host_settings.crl = rig_lend(&authority->crl);
	assert_host_refuses(
		&pair, SJ_REASON_CRL_EXPIRED, SJ_REASON_CERT_REFUSED_BY_PEER);
}
END_TEST

START_TEST(a_list_that_ran_out_on_the_terminal_refuses_the_host)
{
	struct rig_authority *authority = rig_authority();
	struct rig_pair pair = rig_pair(authority);

	rig_list(authority, -1);
	pair.viewer_settings.crl = rig_lend(&authority->crl);
	assert_viewer_refuses(
		&pair, SJ_REASON_CRL_EXPIRED, SJ_REASON_CERT_REFUSED_BY_PEER);
}
END_TEST

START_TEST(the_list_of_another_authority_is_as_none)
{
	struct rig_authority *other = rig_authority();
	struct rig_pair pair = rig_pair(rig_authority());

	pair.host_settings.crl = rig_lend(&other->crl);
	assert_host_refuses(
		&pair, SJ_REASON_CRL_MISSING, SJ_REASON_CERT_REFUSED_BY_PEER);
}
END_TEST

START_TEST(any_zone_but_mynumber_passes_when_none_is_wanted)
{
	struct rig_authority *authority = rig_authority();
	struct rig_leaf good =
		rig_leaf(authority, SJ_TLS_ROLE_VIEWER, "other", "a", "");
	struct rig_leaf bad =
		rig_leaf(authority, SJ_TLS_ROLE_VIEWER, "mynumber", "a", "");
	struct rig_pair pair = rig_pair(authority);

	pair.host_settings.peer_zone = NULL;
	rig_use(&pair.viewer_settings, &good);
	rig_connect(&pair);
	rig_end(&pair);
	rig_use(&pair.viewer_settings, &bad);
	assert_host_refuses(
		&pair, SJ_REASON_CERT_ROLE, SJ_REASON_CERT_REFUSED_BY_PEER);
}
END_TEST

START_TEST(addresses_of_the_host_are_names_too)
{
	struct rig_pair pair = rig_pair(rig_authority());

	pair.viewer_settings.peer_name = "192.0.2.1";
	rig_connect(&pair);
	rig_end(&pair);
	pair.viewer_settings.peer_name = "2001:db8:0:0::1";
	rig_connect(&pair);
	rig_end(&pair);
	pair.viewer_settings.peer_name = "192.0.2.2";
	assert_viewer_refuses(
		&pair, SJ_REASON_CERT_NAME, SJ_REASON_CERT_REFUSED_BY_PEER);
}
END_TEST

START_TEST(a_guard_is_a_client_of_hosts_and_a_server_of_viewers)
{
	struct rig_authority *authority = rig_authority();
	struct rig_leaf guard = rig_leaf(authority, SJ_TLS_ROLE_GUARD, "lgwan",
		"guard1", "host1.city.example");
	struct rig_pair pair = rig_pair(authority);
	struct sj_tls_peer peer;

	rig_use(&pair.viewer_settings, &guard);
	rig_connect(&pair);
	sj_tls_peer(pair.host, &peer);
	ck_assert_int_eq(peer.role, SJ_TLS_ROLE_GUARD);
	rig_end(&pair);
	pair = rig_pair(authority);
	rig_use(&pair.host_settings, &guard);
	pair.viewer_settings.peer_roles |= 1u << SJ_TLS_ROLE_GUARD;
	rig_connect(&pair);
	sj_tls_peer(pair.viewer, &peer);
	ck_assert_int_eq(peer.role, SJ_TLS_ROLE_GUARD);
	ck_assert_str_eq(peer.name, "guard1");
	rig_end(&pair);
}
END_TEST

static enum sj_reason verify_again(
	const struct rig_authority *authority, const struct rig_leaf *leaf)
{
	const struct sj_tls_wanted wanted = {
		.is_server = true, .roles = 1u << SJ_TLS_ROLE_VIEWER};
	const struct sj_tls_pem pem = rig_lend(&authority->pem);
	const struct sj_tls_pem crl = rig_lend(&authority->crl);
	enum sj_reason reason = SJ_REASON_NONE;
	X509_STORE *store = sj_tls_store_create(NULL, &pem, &crl, &reason);
	BIO *bio = BIO_new_mem_buf(leaf->pem.data, (int)leaf->pem.size);
	X509 *certificate = PEM_read_bio_X509(bio, NULL, NULL, NULL);

	ck_assert_ptr_nonnull(store);
	ck_assert_ptr_nonnull(certificate);
	reason = sj_tls_verify_again(NULL, store, certificate, NULL, &wanted);
	X509_free(certificate);
	BIO_free(bio);
	X509_STORE_free(store);
	return reason;
}

START_TEST(what_has_run_out_meanwhile_passes_a_new_list_unless_revoked)
{
	const struct rig_odd odd = {
		LGWAN "viewer:a", "clientAuth", NULL, -40, -1, 0, 0};
	const struct rig_odd early = {
		LGWAN "viewer:a", "clientAuth", NULL, 1, 30, 0, 0};
	struct rig_authority *authority = rig_authority();
	struct rig_leaf leaf = rig_odd(authority, &odd);
	struct rig_leaf other = rig_odd(authority, &early);

	ck_assert_int_eq(verify_again(authority, &leaf), SJ_REASON_NONE);
	ck_assert_int_eq(
		verify_again(authority, &other), SJ_REASON_CERT_NOT_YET);
	rig_revoke(authority, &leaf);
	ck_assert_int_eq(
		verify_again(authority, &leaf), SJ_REASON_CERT_REVOKED);
	rig_list(authority, -1);
	ck_assert_int_eq(verify_again(authority, &leaf), SJ_REASON_CRL_EXPIRED);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		an_odd_certificate_of_the_right_form_is_accepted,
		an_rsa_certificate_of_the_right_form_is_accepted,
		a_viewer_of_another_authority_is_refused,
		a_host_of_another_authority_is_refused,
		a_chain_through_an_intermediate_is_refused,
		a_revoked_viewer_is_refused,
		a_revoked_host_is_refused,
		a_viewer_without_a_certificate_is_refused,
		a_list_that_ran_out_refuses_everybody_and_blames_nobody,
		a_list_that_ran_out_on_the_terminal_refuses_the_host,
		the_list_of_another_authority_is_as_none,
		any_zone_but_mynumber_passes_when_none_is_wanted,
		addresses_of_the_host_are_names_too,
		a_guard_is_a_client_of_hosts_and_a_server_of_viewers,
		what_has_run_out_meanwhile_passes_a_new_list_unless_revoked,
	};
	const struct sj_suite_loop loops[] = {
		{the_host_refuses_wrong_viewers, SJ_COUNT(viewer_rows)},
		{the_viewer_refuses_wrong_hosts, SJ_COUNT(host_rows)},
	};

	return sj_suite_run_loops(
		"tls_verify", tests, SJ_COUNT(tests), loops, SJ_COUNT(loops));
}
