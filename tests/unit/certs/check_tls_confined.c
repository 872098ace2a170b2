/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two real processes under the shipped filter do all that a session needs. */
#include <arpa/inet.h>
#include <check.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "protocol/base/memfd.h"
#include "protocol/base/spawn.h"
#include "tests/support/suite.h"
#include "tests/unit/certs/certs_rig.h"

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

SJ_SUITE_MAIN("tls_confined", a_session_over_a_socketpair_needs_nothing_else,
	a_newer_list_is_read_without_opening_a_file,
	a_session_over_tcp_needs_nothing_else)
