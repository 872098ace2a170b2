/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sessions: what they say of the peer, how bytes move, how they end. */
#include <check.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "certs/pki_keys.h"
#include "tests/support/suite.h"
#include "tests/unit/certs/certs_rig.h"

#define LARGE_BYTES (8u << 20)
#define PIECE_BYTES 65536u

START_TEST(both_sides_learn_who_the_other_is)
{
	struct rig_pair pair = rig_pair(rig_authority());
	struct sj_tls_peer viewer;
	struct sj_tls_peer host;
	static const uint8_t zeros[32];
	char pin[SJ_PKI_PIN_BYTES];
	char seen[SJ_PKI_PIN_BYTES];
	struct sj_pki_bytes chain = {NULL, pair.viewer_settings.chain.size};
	X509 *certificate;

	rig_connect(&pair);
	sj_tls_peer(pair.host, &viewer);
	sj_tls_peer(pair.viewer, &host);
	ck_assert(viewer.has_certificate);
	ck_assert_int_eq(viewer.role, SJ_TLS_ROLE_VIEWER);
	ck_assert_str_eq(viewer.zone, "lgwan");
	ck_assert_str_eq(viewer.name, "tanaka");
	ck_assert(host.has_certificate);
	ck_assert_int_eq(host.role, SJ_TLS_ROLE_HOST);
	ck_assert_str_eq(host.zone, "internet");
	ck_assert_str_eq(host.name, "host1");
	ck_assert_mem_eq(host.exporter, viewer.exporter, 32);
	ck_assert_mem_ne(host.exporter, zeros, 32);
	/* The pin is the one that shoji-ca prints. */
	chain.data = malloc(chain.size);
	ck_assert_ptr_nonnull(chain.data);
	memcpy(chain.data, pair.viewer_settings.chain.data, chain.size);
	certificate = sj_pki_certificate_from_pem(&chain);
	ck_assert(sj_pki_key_pin(certificate, pin));
	for (size_t i = 0; i < 32; i++)
		(void)snprintf(seen + 2 * i, 3, "%02x", viewer.spki_sha256[i]);
	ck_assert_str_eq(seen, pin);
	X509_free(certificate);
	sj_pki_bytes_free(&chain);
	rig_end(&pair);
}
END_TEST

START_TEST(another_connection_has_another_exporter)
{
	struct rig_pair pair = rig_pair(rig_authority());
	struct sj_tls_peer first;
	struct sj_tls_peer second;

	rig_connect(&pair);
	sj_tls_peer(pair.host, &first);
	rig_end(&pair);
	rig_connect(&pair);
	sj_tls_peer(pair.host, &second);
	rig_end(&pair);
	ck_assert_mem_ne(first.exporter, second.exporter, 32);
	ck_assert_mem_eq(first.spki_sha256, second.spki_sha256, 32);
}
END_TEST

/* Moves LARGE_BYTES of a pattern from one stream to the other. */
static void move_large(struct sj_stream *from, struct sj_stream *to)
{
	uint8_t *out = malloc(LARGE_BYTES);
	uint8_t *in = malloc(LARGE_BYTES);
	size_t sent = 0;
	size_t received = 0;
	bool was_full = false;

	ck_assert_ptr_nonnull(out);
	ck_assert_ptr_nonnull(in);
	for (size_t i = 0; i < LARGE_BYTES; i++)
		out[i] = (uint8_t)(i * 7 + (i >> 8));
	while (received < LARGE_BYTES) {
		size_t moved = 0;
		enum sj_io io = SJ_IO_WANT_WRITE;

		if (sent < LARGE_BYTES) {
			size_t size = LARGE_BYTES - sent < PIECE_BYTES
					      ? LARGE_BYTES - sent
					      : PIECE_BYTES;

			io = sj_stream_write(from, out + sent, size, &moved);
			ck_assert(io == SJ_IO_OK || io == SJ_IO_WANT_WRITE);
			sent += moved;
		}
		if (io == SJ_IO_OK)
			continue;
		was_full |= sent < LARGE_BYTES;
		io = sj_stream_read(
			to, in + received, LARGE_BYTES - received, &moved);
		ck_assert(io == SJ_IO_OK || io == SJ_IO_WANT_READ);
		received += moved;
	}
	ck_assert(was_full);
	ck_assert_mem_eq(in, out, LARGE_BYTES);
	free(in);
	free(out);
}

START_TEST(large_data_passes_both_ways_unchanged)
{
	struct rig_pair pair = rig_pair(rig_authority());
	struct sj_stream host;
	struct sj_stream viewer;

	rig_connect(&pair);
	host = sj_tls_stream(pair.host);
	viewer = sj_tls_stream(pair.viewer);
	ck_assert_int_eq(host.fd, pair.host_fd);
	move_large(&host, &viewer);
	move_large(&viewer, &host);
	rig_end(&pair);
}
END_TEST

START_TEST(a_short_read_leaves_the_rest_pending)
{
	struct rig_pair pair = rig_pair(rig_authority());
	struct sj_stream host;
	struct sj_stream viewer;
	uint8_t bytes[8];
	size_t moved;

	rig_connect(&pair);
	host = sj_tls_stream(pair.host);
	viewer = sj_tls_stream(pair.viewer);
	ck_assert_int_eq(sj_stream_write(&host, "abcdef", 6, &moved), SJ_IO_OK);
	ck_assert_uint_eq(moved, 6);
	ck_assert(!sj_stream_has_pending(&viewer));
	ck_assert_int_eq(sj_stream_read(&viewer, bytes, 2, &moved), SJ_IO_OK);
	ck_assert_uint_eq(moved, 2);
	ck_assert(sj_stream_has_pending(&viewer));
	ck_assert_int_eq(sj_stream_read(&viewer, bytes, sizeof(bytes), &moved),
		SJ_IO_OK);
	ck_assert_uint_eq(moved, 4);
	ck_assert_mem_eq(bytes, "cdef", 4);
	ck_assert(!sj_stream_has_pending(&viewer));
	ck_assert_int_eq(sj_stream_read(&viewer, bytes, sizeof(bytes), &moved),
		SJ_IO_WANT_READ);
	ck_assert_uint_eq(moved, 0);
	rig_end(&pair);
}
END_TEST

START_TEST(a_close_notify_is_an_orderly_end)
{
	struct rig_pair pair = rig_pair(rig_authority());
	struct sj_stream host;
	struct sj_stream viewer;
	uint8_t byte;
	size_t moved;

	rig_connect(&pair);
	host = sj_tls_stream(pair.host);
	viewer = sj_tls_stream(pair.viewer);
	ck_assert_int_eq(sj_stream_write(&host, "z", 1, &moved), SJ_IO_OK);
	ck_assert_int_eq(sj_stream_shutdown(&host), SJ_IO_OK);
	ck_assert_int_eq(sj_stream_read(&viewer, &byte, 1, &moved), SJ_IO_OK);
	ck_assert_uint_eq(byte, 'z');
	ck_assert_int_eq(
		sj_stream_read(&viewer, &byte, 1, &moved), SJ_IO_CLOSED);
	ck_assert_int_eq(sj_tls_reason(pair.viewer), SJ_REASON_NONE);
	rig_end(&pair);
}
END_TEST

START_TEST(an_end_without_close_notify_is_a_broken_connection)
{
	struct rig_pair pair = rig_pair(rig_authority());
	struct sj_stream viewer;
	uint8_t byte;
	size_t moved;

	rig_connect(&pair);
	viewer = sj_tls_stream(pair.viewer);
	ck_assert_int_eq(shutdown(pair.host_fd, SHUT_WR), 0);
	ck_assert_int_eq(
		sj_stream_read(&viewer, &byte, 1, &moved), SJ_IO_FAILED);
	ck_assert_int_eq(sj_tls_reason(pair.viewer), SJ_REASON_IO);
	ck_assert(!sj_tls_is_by_peer(pair.viewer));
	rig_end(&pair);
}
END_TEST

START_TEST(a_record_cut_at_any_byte_is_a_broken_connection)
{
	struct rig_authority *authority = rig_authority();
	uint8_t record[256];

	for (size_t cut = 1; cut < 27; cut++) {
		struct rig_pair pair = rig_pair(authority);
		struct sj_stream host;
		struct sj_stream viewer;
		uint8_t bytes[16];
		size_t moved;
		ssize_t size;
		int between[2];

		rig_connect(&pair);
		host = sj_tls_stream(pair.host);
		viewer = sj_tls_stream(pair.viewer);
		ck_assert_int_eq(
			sj_stream_write(&host, "abcde", 5, &moved), SJ_IO_OK);
		/* Takes the record away and gives back a part of it. */
		size = recv(pair.viewer_fd, record, sizeof(record), 0);
		ck_assert_int_eq(size, 5 + 5 + 1 + 16);
		rig_sockets(between);
		ck_assert_int_eq(
			dup2(between[0], pair.viewer_fd), pair.viewer_fd);
		ck_assert_int_eq(write(between[1], record, cut), (ssize_t)cut);
		ck_assert_int_eq(shutdown(between[1], SHUT_WR), 0);
		ck_assert_int_eq(
			sj_stream_read(&viewer, bytes, sizeof(bytes), &moved),
			SJ_IO_FAILED);
		ck_assert_uint_eq(moved, 0);
		ck_assert_int_eq(sj_tls_reason(pair.viewer), SJ_REASON_IO);
		close(between[0]);
		close(between[1]);
		rig_end(&pair);
	}
}
END_TEST

START_TEST(a_changed_byte_of_a_record_is_noticed)
{
	struct rig_pair pair = rig_pair(rig_authority());
	struct sj_stream host;
	struct sj_stream viewer;
	uint8_t record[256];
	uint8_t bytes[16];
	size_t moved;
	ssize_t size;

	rig_connect(&pair);
	host = sj_tls_stream(pair.host);
	viewer = sj_tls_stream(pair.viewer);
	ck_assert_int_eq(sj_stream_write(&host, "abcde", 5, &moved), SJ_IO_OK);
	size = recv(pair.viewer_fd, record, sizeof(record), 0);
	ck_assert_int_gt(size, 20);
	record[12] ^= 1;
	ck_assert_int_eq(write(pair.host_fd, record, (size_t)size), size);
	ck_assert_int_eq(sj_stream_read(&viewer, bytes, sizeof(bytes), &moved),
		SJ_IO_FAILED);
	ck_assert_int_eq(sj_tls_reason(pair.viewer), SJ_REASON_TLS);
	rig_end(&pair);
}
END_TEST

START_TEST(bytes_that_are_no_tls_end_the_handshake)
{
	static const char *const texts[] = {"RFB 003.008\n",
		"GET / HTTP/1.1\r\n\r\n", "\x80\x2e\x01\x00\x02\x00\x15",
		"\x16\x03\x01\xff\xff\x01\x00"};
	struct rig_authority *authority = rig_authority();

	for (size_t i = 0; i < SJ_COUNT(texts); i++) {
		struct rig_pair pair = rig_pair(authority);
		size_t size = strlen(texts[i]);

		rig_start(&pair);
		ck_assert_int_eq(
			send(pair.viewer_fd, texts[i], size, 0), (ssize_t)size);
		ck_assert_int_eq(shutdown(pair.viewer_fd, SHUT_WR), 0);
		ck_assert_int_eq(sj_tls_handshake(pair.host), SJ_IO_FAILED);
		ck_assert_int_ne(sj_tls_reason(pair.host), SJ_REASON_NONE);
		/* And it stays so. */
		ck_assert_int_eq(sj_tls_handshake(pair.host), SJ_IO_FAILED);
		rig_end(&pair);
	}
}
END_TEST

START_TEST(a_failed_handshake_leaves_no_unread_byte)
{
	struct rig_pair pair = rig_pair(rig_authority());
	uint8_t junk[5000];
	uint8_t byte;

	/* Else the kernel resets the connection and the alert is lost. */
	rig_start(&pair);
	memset(junk, 'x', sizeof(junk));
	ck_assert_int_eq(
		write(pair.viewer_fd, junk, sizeof(junk)), (int)sizeof(junk));
	ck_assert_int_eq(sj_tls_handshake(pair.host), SJ_IO_FAILED);
	ck_assert_int_eq(recv(pair.host_fd, &byte, 1, MSG_DONTWAIT), -1);
	rig_end(&pair);
}
END_TEST

/* A plain peer of the host, as old as version. */
static void assert_old_peer(bool is_tls12_allowed, enum sj_reason wanted)
{
	struct rig_authority *authority = rig_authority();
	struct rig_pair pair = rig_pair(authority);
	struct rig_leaf leaf =
		rig_leaf(authority, SJ_TLS_ROLE_VIEWER, "lgwan", "old", "");
	SSL *raw;

	pair.host_settings.is_tls12_allowed = is_tls12_allowed;
	rig_start(&pair);
	raw = rig_raw(pair.viewer_fd, &leaf, false, TLS1_2_VERSION);
	for (int turn = 0; turn < 20 && pair.host_io == SJ_IO_WANT_READ;
		turn++) {
		(void)SSL_do_handshake(raw);
		pair.host_io = sj_tls_handshake(pair.host);
	}
	ck_assert_int_eq(sj_tls_reason(pair.host), wanted);
	ck_assert_int_eq(pair.host_io,
		wanted == SJ_REASON_NONE ? SJ_IO_OK : SJ_IO_FAILED);
	SSL_free(raw);
	rig_end(&pair);
}

START_TEST(tls_1_2_is_refused)
{
	assert_old_peer(false, SJ_REASON_TLS_VERSION);
}
END_TEST

START_TEST(tls_1_2_passes_where_it_is_configured)
{
	assert_old_peer(true, SJ_REASON_NONE);
}
END_TEST

START_TEST(a_host_of_tls_1_2_is_refused)
{
	struct rig_authority *authority = rig_authority();
	struct rig_pair pair = rig_pair(authority);
	struct rig_leaf leaf = rig_leaf(authority, SJ_TLS_ROLE_HOST, "internet",
		"host1", "host1.city.example");
	SSL *raw;

	rig_start(&pair);
	raw = rig_raw(pair.host_fd, &leaf, true, TLS1_2_VERSION);
	for (int turn = 0; turn < 20 && pair.viewer_io == SJ_IO_WANT_READ;
		turn++) {
		pair.viewer_io = sj_tls_handshake(pair.viewer);
		(void)SSL_do_handshake(raw);
	}
	ck_assert_int_eq(pair.viewer_io, SJ_IO_FAILED);
	ck_assert_int_eq(sj_tls_reason(pair.viewer), SJ_REASON_TLS_VERSION);
	SSL_free(raw);
	rig_end(&pair);
}
END_TEST

/* A plain viewer that is connected to a host of ours. */
static SSL *connect_raw(struct rig_pair *pair, const struct rig_leaf *leaf)
{
	SSL *raw;

	rig_start(pair);
	raw = rig_raw(pair->viewer_fd, leaf, false, 0);
	for (int turn = 0; turn < 20 && pair->host_io == SJ_IO_WANT_READ;
		turn++) {
		(void)SSL_do_handshake(raw);
		pair->host_io = sj_tls_handshake(pair->host);
	}
	ck_assert_int_eq(pair->host_io, SJ_IO_OK);
	return raw;
}

START_TEST(no_ticket_is_sent)
{
	struct rig_authority *authority = rig_authority();
	struct rig_pair pair = rig_pair(authority);
	struct rig_leaf leaf =
		rig_leaf(authority, SJ_TLS_ROLE_VIEWER, "lgwan", "raw", "");
	SSL *raw = connect_raw(&pair, &leaf);
	struct sj_stream host = sj_tls_stream(pair.host);
	uint8_t bytes[8];
	size_t moved;

	ck_assert_int_eq(sj_stream_write(&host, "a", 1, &moved), SJ_IO_OK);
	ck_assert_int_eq(SSL_read(raw, bytes, sizeof(bytes)), 1);
	ck_assert(!SSL_SESSION_has_ticket(SSL_get0_session(raw)));
	ck_assert_uint_eq(
		SSL_SESSION_get_max_early_data(SSL_get0_session(raw)), 0);
	SSL_free(raw);
	rig_end(&pair);
}
END_TEST

/* Sends count KeyUpdates and one byte; the outcome of reading at the host. */
static enum sj_io update_keys(struct rig_pair *pair, SSL *raw, int count)
{
	struct sj_stream host = sj_tls_stream(pair->host);
	uint8_t bytes[8];
	size_t moved;
	enum sj_io io = SJ_IO_WANT_READ;

	for (int i = 0; i < count; i++) {
		ck_assert_int_eq(
			SSL_key_update(raw, SSL_KEY_UPDATE_NOT_REQUESTED), 1);
		ck_assert_int_eq(SSL_do_handshake(raw), 1);
	}
	ck_assert_int_eq(SSL_write(raw, "a", 1), 1);
	for (int turn = 0; turn <= count && io == SJ_IO_WANT_READ; turn++)
		io = sj_stream_read(&host, bytes, sizeof(bytes), &moved);
	return io;
}

START_TEST(key_updates_are_allowed_up_to_the_limit)
{
	struct rig_authority *authority = rig_authority();
	struct rig_pair pair = rig_pair(authority);
	struct rig_leaf leaf =
		rig_leaf(authority, SJ_TLS_ROLE_VIEWER, "lgwan", "raw", "");
	SSL *raw = connect_raw(&pair, &leaf);

	ck_assert_int_eq(
		update_keys(&pair, raw, SJ_LIMIT_KEY_UPDATES_PER_MINUTE),
		SJ_IO_OK);
	ck_assert_int_eq(update_keys(&pair, raw, 1), SJ_IO_FAILED);
	ck_assert_int_eq(sj_tls_reason(pair.host), SJ_REASON_TLS);
	SSL_free(raw);
	rig_end(&pair);
}
END_TEST

START_TEST(a_flood_of_key_updates_never_holds_one_read)
{
	struct rig_authority *authority = rig_authority();
	struct rig_pair pair = rig_pair(authority);
	struct rig_leaf leaf =
		rig_leaf(authority, SJ_TLS_ROLE_VIEWER, "lgwan", "raw", "");
	SSL *raw = connect_raw(&pair, &leaf);
	struct sj_stream host = sj_tls_stream(pair.host);
	uint8_t byte;
	size_t moved;

	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(
			SSL_key_update(raw, SSL_KEY_UPDATE_NOT_REQUESTED), 1);
		ck_assert_int_eq(SSL_do_handshake(raw), 1);
	}
	ck_assert_int_eq(SSL_write(raw, "a", 1), 1);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(sj_stream_read(&host, &byte, 1, &moved),
			SJ_IO_WANT_READ);
	ck_assert_int_eq(sj_stream_read(&host, &byte, 1, &moved), SJ_IO_OK);
	SSL_free(raw);
	rig_end(&pair);
}
END_TEST

START_TEST(a_viewer_without_certificate_passes_where_it_is_configured)
{
	struct rig_pair pair = rig_pair(rig_authority());
	struct sj_tls_peer peer;
	SSL *raw;

	pair.host_settings.is_peer_certificate_required = false;
	raw = connect_raw(&pair, NULL);
	sj_tls_peer(pair.host, &peer);
	ck_assert(!peer.has_certificate);
	ck_assert_str_eq(peer.name, "");
	ck_assert_int_eq(sj_tls_recheck(pair.host), SJ_OK);
	SSL_free(raw);
	rig_end(&pair);
}
END_TEST

START_TEST(a_newer_list_ends_the_revoked_and_only_them)
{
	struct rig_authority *authority = rig_authority();
	struct rig_leaf leaf =
		rig_leaf(authority, SJ_TLS_ROLE_VIEWER, "lgwan", "tanaka", "");
	struct rig_leaf other =
		rig_leaf(authority, SJ_TLS_ROLE_VIEWER, "lgwan", "suzuki", "");
	struct rig_pair pair = rig_pair(authority);
	struct sj_tls_pem crl;

	rig_use(&pair.viewer_settings, &leaf);
	rig_connect(&pair);
	ck_assert_int_eq(sj_tls_recheck(pair.host), SJ_OK);
	rig_revoke(authority, &other);
	crl = rig_lend(&authority->crl);
	ck_assert_int_eq(sj_tls_set_crl(pair.host, &crl), SJ_OK);
	ck_assert_int_eq(sj_tls_set_crl(pair.viewer, &crl), SJ_OK);
	rig_revoke(authority, &leaf);
	crl = rig_lend(&authority->crl);
	ck_assert_int_eq(sj_tls_set_crl(pair.host, &crl), SJ_ERR_DENIED);
	ck_assert_int_eq(sj_tls_reason(pair.host), SJ_REASON_CERT_REVOKED);
	ck_assert(!sj_tls_is_by_peer(pair.host));
	ck_assert_int_eq(sj_tls_recheck(pair.host), SJ_ERR_DENIED);
	rig_end(&pair);
}
END_TEST

START_TEST(a_newer_list_counts_in_a_handshake_that_runs)
{
	struct rig_authority *authority = rig_authority();
	struct rig_leaf leaf =
		rig_leaf(authority, SJ_TLS_ROLE_VIEWER, "lgwan", "tanaka", "");
	struct rig_pair pair = rig_pair(authority);
	struct sj_tls_pem crl;

	rig_use(&pair.viewer_settings, &leaf);
	rig_start(&pair);
	ck_assert_int_eq(sj_tls_handshake(pair.viewer), SJ_IO_WANT_READ);
	ck_assert_int_eq(sj_tls_handshake(pair.host), SJ_IO_WANT_READ);
	rig_revoke(authority, &leaf);
	crl = rig_lend(&authority->crl);
	ck_assert_int_eq(sj_tls_set_crl(pair.host, &crl), SJ_OK);
	rig_shake(&pair);
	ck_assert_int_eq(pair.host_io, SJ_IO_FAILED);
	ck_assert_int_eq(sj_tls_reason(pair.host), SJ_REASON_CERT_REVOKED);
	rig_end(&pair);
}
END_TEST

START_TEST(a_newer_list_that_is_garbage_or_old_ends_the_session)
{
	static const uint8_t garbage[] = "-----BEGIN X509 CRL-----\nAAAA\n";
	struct rig_authority *authority = rig_authority();
	struct rig_pair pair = rig_pair(authority);
	struct sj_tls_pem crl = {garbage, sizeof(garbage) - 1};

	rig_connect(&pair);
	ck_assert_int_eq(sj_tls_set_crl(pair.host, &crl), SJ_ERR_DENIED);
	ck_assert_int_eq(sj_tls_reason(pair.host), SJ_REASON_CRL_MISSING);
	rig_list(authority, -1);
	crl = rig_lend(&authority->crl);
	ck_assert_int_eq(sj_tls_set_crl(pair.viewer, &crl), SJ_ERR_DENIED);
	ck_assert_int_eq(sj_tls_reason(pair.viewer), SJ_REASON_CRL_EXPIRED);
	rig_end(&pair);
}
END_TEST

START_TEST(a_shutdown_before_the_handshake_says_nothing)
{
	struct rig_pair pair = rig_pair(rig_authority());
	struct sj_stream host;
	uint8_t byte;

	rig_start(&pair);
	host = sj_tls_stream(pair.host);
	ck_assert_int_eq(sj_stream_shutdown(&host), SJ_IO_FAILED);
	ck_assert_int_eq(recv(pair.viewer_fd, &byte, 1, MSG_DONTWAIT), -1);
	rig_end(&pair);
	sj_tls_destroy(NULL);
}
END_TEST

SJ_SUITE_MAIN("tls", both_sides_learn_who_the_other_is,
	another_connection_has_another_exporter,
	large_data_passes_both_ways_unchanged,
	a_short_read_leaves_the_rest_pending, a_close_notify_is_an_orderly_end,
	an_end_without_close_notify_is_a_broken_connection,
	a_record_cut_at_any_byte_is_a_broken_connection,
	a_changed_byte_of_a_record_is_noticed,
	bytes_that_are_no_tls_end_the_handshake,
	a_failed_handshake_leaves_no_unread_byte, tls_1_2_is_refused,
	tls_1_2_passes_where_it_is_configured, a_host_of_tls_1_2_is_refused,
	no_ticket_is_sent, key_updates_are_allowed_up_to_the_limit,
	a_flood_of_key_updates_never_holds_one_read,
	a_viewer_without_certificate_passes_where_it_is_configured,
	a_newer_list_ends_the_revoked_and_only_them,
	a_newer_list_counts_in_a_handshake_that_runs,
	a_newer_list_that_is_garbage_or_old_ends_the_session,
	a_shutdown_before_the_handshake_says_nothing)
