/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two real processes under the shipped filter do all that a session needs. */
#include <arpa/inet.h>
#include <check.h>
#include <fcntl.h>
#include <openssl/core_names.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "certs/pki_keys.h"
#include "protocol/base/memfd.h"
#include "protocol/base/spawn.h"
#include "tests/support/suite.h"
#include "tests/unit/certs/certs_rig.h"

/* Shadows of the address sanitiser are larger and hold no bytes of ours. */
#define PART_BYTES_MAX (64ul << 20)

static int share(const struct sj_tls_pem *pem)
{
	int fd = -1;

	ck_assert_int_eq(
		sj_memfd_copy("pem", pem->data, pem->size, &fd), SJ_OK);
	return fd;
}

static pid_t spawn(const struct sj_tls_settings *settings, int socket_fd,
	const struct sj_tls_pem *newer, const char *mode)
{
	const char *const argv[] = {
		PEER, settings->is_server ? "host" : "viewer", mode, NULL};
	const int fds[] = {socket_fd, share(&settings->chain),
		share(&settings->key), share(&settings->authority),
		share(&settings->crl), share(newer)};
	const struct sj_spawn spec = {.path = PEER,
		.argv = argv,
		.fds = fds,
		.fd_count = SJ_COUNT(fds),
		.stderr_fd = -1};
	pid_t pid = -1;

	ck_assert_int_eq(sj_spawn(&spec, &pid), SJ_OK);
	return pid;
}

static void assert_ends_well(pid_t pid)
{
	int status = -1;

	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	/* Killed by the filter: the signal is SIGSYS. */
	ck_assert_int_eq(WIFSIGNALED(status) ? WTERMSIG(status) : 0, 0);
	ck_assert_int_eq(WEXITSTATUS(status), 0);
}

static void assert_session(int host_fd, int viewer_fd, bool is_revoking)
{
	struct rig_authority *authority = rig_authority();
	struct rig_leaf leaf =
		rig_leaf(authority, SJ_TLS_ROLE_VIEWER, "lgwan", "a", "");
	struct rig_pair pair = rig_pair(authority);
	struct sj_tls_pem newer;
	pid_t host;
	pid_t viewer;

	rig_use(&pair.viewer_settings, &leaf);
	if (is_revoking)
		rig_revoke(authority, &leaf);
	else
		rig_list(authority, 7);
	newer = rig_lend(&authority->crl);
	host = spawn(&pair.host_settings, host_fd, &newer,
		is_revoking ? "revoke" : "keep");
	viewer = spawn(&pair.viewer_settings, viewer_fd, &newer, "keep");
	assert_ends_well(host);
	assert_ends_well(viewer);
}

START_TEST(a_session_over_a_socketpair_needs_nothing_else)
{
	int fds[2];

	rig_sockets(fds);
	assert_session(fds[0], fds[1], false);
}
END_TEST

START_TEST(a_newer_list_is_read_without_opening_a_file)
{
	int fds[2];

	rig_sockets(fds);
	assert_session(fds[0], fds[1], true);
}
END_TEST

START_TEST(a_session_over_tcp_needs_nothing_else)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t size = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int viewer = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int host;

	ck_assert_int_eq(bind(listener, (struct sockaddr *)&address, size), 0);
	ck_assert_int_eq(listen(listener, 1), 0);
	ck_assert_int_eq(
		getsockname(listener, (struct sockaddr *)&address, &size), 0);
	ck_assert_int_eq(connect(viewer, (struct sockaddr *)&address, size), 0);
	host = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	ck_assert_int_ge(host, 0);
	ck_assert_int_eq(fcntl(viewer, F_SETFL, O_NONBLOCK), 0);
	assert_session(host, viewer, false);
}
END_TEST

/* How often needle stands in the writable memory of a stopped process. */
static size_t count_in(pid_t pid, const uint8_t *needle, size_t size)
{
	char path[64], line[512];
	size_t found = 0;
	FILE *maps;
	int memory;

	(void)snprintf(path, sizeof(path), "/proc/%d/mem", (int)pid);
	memory = open(path, O_RDONLY | O_CLOEXEC);
	(void)snprintf(path, sizeof(path), "/proc/%d/maps", (int)pid);
	maps = fopen(path, "re");
	ck_assert_int_ge(memory, 0);
	ck_assert_ptr_nonnull(maps);
	while (fgets(line, sizeof(line), maps)) {
		unsigned long from, to;
		uint8_t *bytes;
		ssize_t got;

		if (sscanf(line, "%lx-%lx rw", &from, &to) != 2 ||
			!strstr(line, " rw") || to - from > PART_BYTES_MAX)
			continue;
		bytes = malloc(to - from);
		ck_assert_ptr_nonnull(bytes);
		got = pread(memory, bytes, to - from, (off_t)from);
		for (const uint8_t *at = bytes; got > 0;) {
			at = memmem(
				at, (size_t)(bytes + got - at), needle, size);
			if (!at)
				break;
			found++;
			at++;
		}
		free(bytes);
	}
	(void)fclose(maps);
	(void)close(memory);
	return found;
}

/* The secret number of a P-256 key, first byte first. */
static void secret_of(const struct rig_leaf *leaf, uint8_t secret[32])
{
	EVP_PKEY *key = NULL;
	BIGNUM *number = NULL;

	ck_assert_int_eq(sj_pki_key_from_pem(&leaf->key, NULL, &key), SJ_OK);
	ck_assert_int_eq(
		EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_PRIV_KEY, &number),
		1);
	ck_assert_int_eq(BN_bn2binpad(number, secret, 32), 32);
	BN_clear_free(number);
	EVP_PKEY_free(key);
}

static void assert_no_key_in(
	pid_t pid, const struct rig_leaf *leaf, const char *peer_zone)
{
	uint8_t secret[32], other_way[32];
	int status = 0;

	secret_of(leaf, secret);
	for (size_t i = 0; i < sizeof(secret); i++)
		other_way[i] = secret[sizeof(secret) - 1 - i];
	ck_assert_int_eq(waitpid(pid, &status, WUNTRACED), pid);
	ck_assert(WIFSTOPPED(status));
	/* The search finds what is there: who the other is. */
	ck_assert_uint_gt(
		count_in(pid, (const uint8_t *)peer_zone, strlen(peer_zone)),
		0);
	ck_assert_uint_eq(count_in(pid, secret, sizeof(secret)), 0);
	ck_assert_uint_eq(count_in(pid, other_way, sizeof(other_way)), 0);
	/* A line from the middle of its PEM form. */
	ck_assert_uint_eq(count_in(pid, leaf->key.data + 40, 48), 0);
	ck_assert_int_eq(kill(pid, SIGCONT), 0);
	assert_ends_well(pid);
}

START_TEST(no_key_is_left_in_a_process_after_the_handshake)
{
	struct rig_authority *authority = rig_authority();
	struct rig_leaf host = rig_leaf(authority, SJ_TLS_ROLE_HOST, "internet",
		"host1", "host1.city.example");
	struct rig_leaf viewer =
		rig_leaf(authority, SJ_TLS_ROLE_VIEWER, "lgwan", "a", "");
	struct rig_pair pair = rig_pair(authority);
	struct sj_tls_pem newer = rig_lend(&authority->crl);
	pid_t host_pid, viewer_pid;
	int fds[2];

	rig_use(&pair.host_settings, &host);
	rig_use(&pair.viewer_settings, &viewer);
	rig_sockets(fds);
	host_pid = spawn(&pair.host_settings, fds[0], &newer, "stop");
	viewer_pid = spawn(&pair.viewer_settings, fds[1], &newer, "stop");
	assert_no_key_in(host_pid, &host, "lgwan");
	assert_no_key_in(viewer_pid, &viewer, "internet");
}
END_TEST

SJ_SUITE_MAIN("tls_confined", a_session_over_a_socketpair_needs_nothing_else,
	no_key_is_left_in_a_process_after_the_handshake,
	a_newer_list_is_read_without_opening_a_file,
	a_session_over_tcp_needs_nothing_else)
