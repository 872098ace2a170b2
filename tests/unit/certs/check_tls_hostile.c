/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Damaged material and damaged handshakes: refused, never a crash. */
#include <check.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/support/suite.h"
#include "tests/unit/certs/certs_rig.h"

#define FLIGHT_BYTES 4096

static const uint8_t garbage[] =
	"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";

/* Creating a host with settings has to fail for reason. */
static void assert_unusable(
	const struct sj_tls_settings *settings, enum sj_reason wanted)
{
	enum sj_reason reason = SJ_REASON_NONE;

	ck_assert_ptr_null(sj_tls_create(settings, 0, &reason));
	ck_assert_int_eq(reason, wanted);
}

START_TEST(material_that_is_missing_or_garbage_is_refused_with_a_reason)
{
	const struct sj_tls_pem none = {NULL, 0};
	const struct sj_tls_pem bad = {garbage, sizeof(garbage) - 1};
	const struct sj_tls_pem wrong[] = {none, bad};
	struct rig_pair pair = rig_pair(rig_authority());

	for (size_t i = 0; i < SJ_COUNT(wrong); i++) {
		struct sj_tls_settings settings = pair.host_settings;

		settings.chain = wrong[i];
		assert_unusable(&settings, SJ_REASON_CERT_OTHER);
		settings = pair.host_settings;
		settings.key = wrong[i];
		assert_unusable(&settings, SJ_REASON_CERT_OTHER);
		settings = pair.host_settings;
		settings.authority = wrong[i];
		assert_unusable(&settings, SJ_REASON_CERT_UNTRUSTED);
		settings = pair.host_settings;
		settings.crl = wrong[i];
		assert_unusable(&settings, SJ_REASON_CRL_MISSING);
	}
}
END_TEST

/* What a refusal of settings says on standard error, in text. */
static void refusal_text(const struct sj_tls_settings *settings,
	enum sj_reason reason, char *text, size_t size)
{
	int ends[2];

	memset(text, 0, size);
	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_ge(dup2(ends[1], STDERR_FILENO), 0);
	assert_unusable(settings, reason);
	ck_assert_int_gt(read(ends[0], text, size - 1), 0);
	(void)close(ends[0]);
	(void)close(ends[1]);
}

START_TEST(a_key_of_another_certificate_is_refused)
{
	char text[512];
	struct rig_pair pair = rig_pair(rig_authority());
	struct sj_tls_settings settings = pair.host_settings;

	settings.key = pair.viewer_settings.key;
	/* Only the log can tell the administrator. */
	refusal_text(&settings, SJ_REASON_CERT_OTHER, text, sizeof(text));
	ck_assert_ptr_nonnull(strstr(text, "key does not fit chain"));
}
END_TEST

START_TEST(a_certificate_of_another_zone_than_wanted_is_not_shown)
{
	char text[512];
	struct rig_pair pair = rig_pair(rig_authority());
	struct sj_tls_settings settings = pair.viewer_settings;

	pair.viewer_settings.own_zone = "lgwan";
	rig_connect(&pair);
	rig_end(&pair);
	settings.own_zone = "lgwan-of-16-byte";
	assert_unusable(&settings, SJ_REASON_CERT_OTHER);
	settings.own_zone = "lab";
	refusal_text(&settings, SJ_REASON_CERT_OTHER, text, sizeof(text));
	ck_assert_ptr_nonnull(strstr(text, "chain is of another zone"));
}
END_TEST

START_TEST(a_file_that_cannot_be_read_is_called_by_its_name)
{
	/* The frames are right, what is in them is not. */
#define FRAMED(label)                                                          \
	"-----BEGIN " label "-----\nAAAA\n-----END " label "-----\n"
	static const char certificate[] = FRAMED("CERTIFICATE");
	static const char key[] = FRAMED("PRIVATE KEY");
	static const char list[] = FRAMED("X509 CRL");
#undef FRAMED
	const struct sj_tls_pem bad[] = {
		{(const uint8_t *)certificate, sizeof(certificate) - 1},
		{(const uint8_t *)key, sizeof(key) - 1},
		{(const uint8_t *)list, sizeof(list) - 1},
	};
	struct rig_pair pair = rig_pair(rig_authority());
	struct sj_tls_settings settings = pair.viewer_settings;
	char text[512];

	settings.chain = bad[0];
	refusal_text(&settings, SJ_REASON_CERT_OTHER, text, sizeof(text));
	ck_assert_ptr_nonnull(strstr(text, "\"chain holds no certificate"));
	settings = pair.viewer_settings;
	settings.key = bad[1];
	refusal_text(&settings, SJ_REASON_CERT_OTHER, text, sizeof(text));
	ck_assert_ptr_nonnull(strstr(text, "\"key holds no private key"));
	settings = pair.viewer_settings;
	settings.authority = bad[0];
	refusal_text(&settings, SJ_REASON_CERT_UNTRUSTED, text, sizeof(text));
	ck_assert_ptr_nonnull(strstr(text, "\"authority holds no certificate"));
	settings = pair.viewer_settings;
	settings.crl = bad[2];
	refusal_text(&settings, SJ_REASON_CRL_MISSING, text, sizeof(text));
	ck_assert_ptr_nonnull(strstr(text, "\"crl holds no revocation list"));
}
END_TEST

START_TEST(names_that_do_not_fit_are_never_cut)
{
	struct rig_pair pair = rig_pair(rig_authority());
	struct sj_tls_settings settings = pair.host_settings;
	char name[300];

	/* Sixteen bytes: cut, this would be another zone. */
	settings.peer_zone = "lgwan-0123456789";
	assert_unusable(&settings, SJ_REASON_LOCAL);
	memset(name, 'a', sizeof(name));
	name[256] = 0;
	settings = pair.viewer_settings;
	settings.peer_name = name;
	assert_unusable(&settings, SJ_REASON_LOCAL);
}
END_TEST

START_TEST(damage_behind_the_first_list_is_noticed)
{
	struct rig_authority *authority = rig_authority();
	struct rig_pair pair = rig_pair(authority);
	size_t size = authority->crl.size;
	uint8_t *twice = rig_keep(malloc(2 * size));

	ck_assert_ptr_nonnull(twice);
	memcpy(twice, authority->crl.data, size);
	memcpy(twice + size, authority->crl.data, size);
	twice[size + 60] ^= 0x55;
	pair.host_settings.crl = (struct sj_tls_pem){twice, 2 * size};
	assert_unusable(&pair.host_settings, SJ_REASON_CRL_MISSING);
}
END_TEST

/* What the peer of fd has sent, taken out of the socket. */
static size_t take_flight(int fd, uint8_t flight[FLIGHT_BYTES])
{
	ssize_t size = recv(fd, flight, FLIGHT_BYTES, MSG_DONTWAIT);

	ck_assert_int_gt(size, 100);
	ck_assert_int_lt(size, FLIGHT_BYTES);
	return (size_t)size;
}

static void give(int fd, const uint8_t *bytes, size_t size)
{
	ck_assert_int_eq(send(fd, bytes, size, MSG_NOSIGNAL), (ssize_t)size);
}

START_TEST(no_damage_of_the_first_flight_gets_in)
{
	struct rig_pair pair = rig_pair(rig_authority());
	uint8_t flight[FLIGHT_BYTES];
	size_t size;

	rig_start(&pair);
	ck_assert_int_eq(sj_tls_handshake(pair.viewer), SJ_IO_WANT_READ);
	size = take_flight(pair.host_fd, flight);
	rig_end(&pair);
	for (size_t at = 0; at < size; at++) {
		struct sj_tls *host;
		enum sj_reason reason;
		enum sj_io io;
		int fds[2];

		rig_sockets(fds);
		host = sj_tls_create(&pair.host_settings, fds[0], &reason);
		ck_assert_ptr_nonnull(host);
		flight[at] ^= (uint8_t)(1u << at % 8);
		give(fds[1], flight, size);
		flight[at] ^= (uint8_t)(1u << at % 8);
		io = sj_tls_handshake(host);
		ck_assert(io == SJ_IO_FAILED || io == SJ_IO_WANT_READ);
		ck_assert_int_eq(io == SJ_IO_FAILED,
			sj_tls_reason(host) != SJ_REASON_NONE);
		sj_tls_destroy(host);
		close(fds[0]);
		close(fds[1]);
	}
}
END_TEST

START_TEST(no_truncation_of_the_first_flight_gets_in)
{
	struct rig_pair pair = rig_pair(rig_authority());
	uint8_t flight[FLIGHT_BYTES];
	size_t size;

	rig_start(&pair);
	ck_assert_int_eq(sj_tls_handshake(pair.viewer), SJ_IO_WANT_READ);
	size = take_flight(pair.host_fd, flight);
	rig_end(&pair);
	for (size_t cut = 0; cut < size; cut += 3) {
		struct sj_tls *host;
		enum sj_reason reason;
		int fds[2];

		rig_sockets(fds);
		host = sj_tls_create(&pair.host_settings, fds[0], &reason);
		ck_assert_ptr_nonnull(host);
		give(fds[1], flight, cut);
		ck_assert_int_eq(sj_tls_handshake(host), SJ_IO_WANT_READ);
		ck_assert_int_eq(shutdown(fds[1], SHUT_WR), 0);
		ck_assert_int_eq(sj_tls_handshake(host), SJ_IO_FAILED);
		ck_assert_int_eq(sj_tls_reason(host), SJ_REASON_IO);
		sj_tls_destroy(host);
		close(fds[0]);
		close(fds[1]);
	}
}
END_TEST

/* One connection whose flight from the judged side is damaged at a byte. */
static void assert_damage_refused(
	struct rig_pair *pair, bool is_of_host, size_t step)
{
	uint8_t flight[FLIGHT_BYTES];
	size_t size;
	size_t at;

	rig_start(pair);
	ck_assert_int_eq(sj_tls_handshake(pair->viewer), SJ_IO_WANT_READ);
	ck_assert_int_eq(sj_tls_handshake(pair->host), SJ_IO_WANT_READ);
	if (is_of_host) {
		size = take_flight(pair->viewer_fd, flight);
		at = step * 7 % size;
		flight[at] ^= 0x10;
		give(pair->host_fd, flight, size);
		ck_assert_int_ne(sj_tls_handshake(pair->viewer), SJ_IO_OK);
	} else {
		ck_assert_int_eq(sj_tls_handshake(pair->viewer), SJ_IO_OK);
		size = take_flight(pair->host_fd, flight);
		at = step * 7 % size;
		/* The ChangeCipherSpec in front is ignored by TLS 1.3. */
		if (at < 6)
			at = 6;
		flight[at] ^= 0x10;
		give(pair->viewer_fd, flight, size);
		ck_assert_int_ne(sj_tls_handshake(pair->host), SJ_IO_OK);
	}
	rig_end(pair);
}

START_TEST(no_damage_of_the_second_flights_gets_in)
{
	struct rig_pair pair = rig_pair(rig_authority());

	for (size_t step = 0; step < 100; step++) {
		assert_damage_refused(&pair, true, step);
		assert_damage_refused(&pair, false, step);
	}
}
END_TEST

START_TEST(a_recorded_viewer_does_not_get_in_again)
{
	struct rig_pair pair = rig_pair(rig_authority());
	uint8_t first[FLIGHT_BYTES];
	uint8_t second[FLIGHT_BYTES];
	size_t first_size;
	size_t second_size;
	struct sj_tls *host;
	enum sj_reason reason;
	int fds[2];

	rig_start(&pair);
	ck_assert_int_eq(sj_tls_handshake(pair.viewer), SJ_IO_WANT_READ);
	first_size = take_flight(pair.host_fd, first);
	give(pair.viewer_fd, first, first_size);
	ck_assert_int_eq(sj_tls_handshake(pair.host), SJ_IO_WANT_READ);
	ck_assert_int_eq(sj_tls_handshake(pair.viewer), SJ_IO_OK);
	second_size = take_flight(pair.host_fd, second);
	give(pair.viewer_fd, second, second_size);
	ck_assert_int_eq(sj_tls_handshake(pair.host), SJ_IO_OK);
	rig_end(&pair);
	rig_sockets(fds);
	host = sj_tls_create(&pair.host_settings, fds[0], &reason);
	ck_assert_ptr_nonnull(host);
	give(fds[1], first, first_size);
	ck_assert_int_eq(sj_tls_handshake(host), SJ_IO_WANT_READ);
	give(fds[1], second, second_size);
	ck_assert_int_eq(sj_tls_handshake(host), SJ_IO_FAILED);
	ck_assert_int_eq(sj_tls_reason(host), SJ_REASON_TLS);
	sj_tls_destroy(host);
	close(fds[0]);
	close(fds[1]);
}
END_TEST

START_TEST(a_refused_viewer_that_writes_first_still_hears_why)
{
	struct rig_authority *authority = rig_authority();
	struct rig_leaf leaf =
		rig_leaf(authority, SJ_TLS_ROLE_VIEWER, "lgwan", "a", "");
	struct rig_pair pair;
	struct sj_stream viewer;
	enum sj_io io;
	size_t moved;

	/* As every confined process does. */
	(void)signal(SIGPIPE, SIG_IGN);
	rig_revoke(authority, &leaf);
	pair = rig_pair(authority);
	/* The viewer does not know the newer list. */
	rig_use(&pair.viewer_settings, &leaf);
	rig_start(&pair);
	ck_assert_int_eq(sj_tls_handshake(pair.viewer), SJ_IO_WANT_READ);
	ck_assert_int_eq(sj_tls_handshake(pair.host), SJ_IO_WANT_READ);
	ck_assert_int_eq(sj_tls_handshake(pair.viewer), SJ_IO_OK);
	ck_assert_int_eq(sj_tls_handshake(pair.host), SJ_IO_FAILED);
	close(pair.host_fd);
	pair.host_fd = -1;
	viewer = sj_tls_stream(pair.viewer);
	do
		io = sj_stream_write(&viewer, "x", 1, &moved);
	while (io == SJ_IO_OK);
	ck_assert_int_eq(io, SJ_IO_FAILED);
	ck_assert_int_eq(sj_tls_reason(pair.viewer), SJ_REASON_CERT_REVOKED);
	ck_assert(sj_tls_is_by_peer(pair.viewer));
	rig_end(&pair);
}
END_TEST

START_TEST(a_chain_larger_than_the_limit_is_refused)
{
	struct rig_authority *authority = rig_authority();
	struct rig_leaf leaf =
		rig_leaf(authority, SJ_TLS_ROLE_VIEWER, "lgwan", "a", "");
	struct rig_pair pair = rig_pair(authority);
	size_t size = leaf.pem.size;
	uint8_t *chain = rig_keep(malloc(100 * size));

	/* A hundred times some 450 bytes of DER. */
	ck_assert_ptr_nonnull(chain);
	for (size_t i = 0; i < 100; i++)
		memcpy(chain + i * size, leaf.pem.data, size);
	leaf.pem = (struct sj_pki_bytes){chain, 100 * size};
	rig_use(&pair.viewer_settings, &leaf);
	rig_start(&pair);
	rig_shake(&pair);
	ck_assert_int_eq(pair.host_io, SJ_IO_FAILED);
	ck_assert_int_eq(sj_tls_reason(pair.host), SJ_REASON_TLS);
	rig_end(&pair);
}
END_TEST

SJ_SUITE_MAIN("tls_hostile",
	material_that_is_missing_or_garbage_is_refused_with_a_reason,
	a_key_of_another_certificate_is_refused,
	a_certificate_of_another_zone_than_wanted_is_not_shown,
	a_file_that_cannot_be_read_is_called_by_its_name,
	names_that_do_not_fit_are_never_cut,
	damage_behind_the_first_list_is_noticed,
	no_damage_of_the_first_flight_gets_in,
	no_truncation_of_the_first_flight_gets_in,
	no_damage_of_the_second_flights_gets_in,
	a_recorded_viewer_does_not_get_in_again,
	a_refused_viewer_that_writes_first_still_hears_why,
	a_chain_larger_than_the_limit_is_refused)
