/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/scarce/material.h"

#include <check.h>
#include <sys/wait.h>
#include <unistd.h>

#include "protocol/base/ipc.h"
#include "protocol/base/memfd.h"
#include "tests/support/suite.h"
#include "tests/unit/certs/certs_rig.h"

#define ZONE "lgwan"

static void share(int pair_fd, const struct sj_pki_bytes *bytes)
{
	struct sj_ipc_fds fds = {.count = 1};
	const char byte = 0;

	ck_assert_int_eq(
		sj_memfd_copy("pem", bytes->data, bytes->size, &fds.fd[0]),
		SJ_OK);
	ck_assert_int_eq(
		sj_ipc_send(pair_fd, &byte, sizeof(byte), &fds), SJ_OK);
	close(fds.fd[0]);
}

static void make(int pair_fd)
{
	struct rig_authority *authority = rig_authority();
	struct rig_leaf leaf[] = {rig_leaf(authority, SJ_TLS_ROLE_HOST, ZONE,
					  "host1", "localhost"),
		rig_leaf(authority, SJ_TLS_ROLE_VIEWER, ZONE, "tanaka", ""),
		rig_leaf(authority, SJ_TLS_ROLE_GUARD, ZONE, "guard1",
			"localhost")};

	share(pair_fd, &authority->pem);
	share(pair_fd, &authority->crl);
	for (size_t i = 0; i < SJ_COUNT(leaf); i++) {
		share(pair_fd, &leaf[i].pem);
		share(pair_fd, &leaf[i].key);
	}
}

static int take(int pair_fd)
{
	struct sj_ipc_fds fds = {.count = 0};
	char byte;

	ck_assert_int_eq(
		sj_ipc_receive(pair_fd, &byte, sizeof(byte), &fds), SJ_OK);
	ck_assert_uint_eq(fds.count, 1);
	return fds.fd[0];
}

struct sj_scarce_material sj_scarce_material(void)
{
	struct sj_scarce_material material;
	int pair[2], status = -1;
	pid_t pid;

	ck_assert_int_eq(sj_ipc_pair(pair), SJ_OK);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		make(pair[1]);
		sj_suite_leave(0);
	}
	close(pair[1]);
	material.authority = take(pair[0]);
	material.crl = take(pair[0]);
	material.host_chain = take(pair[0]);
	material.host_key = take(pair[0]);
	material.viewer_chain = take(pair[0]);
	material.viewer_key = take(pair[0]);
	material.guard_chain = take(pair[0]);
	material.guard_key = take(pair[0]);
	close(pair[0]);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	return material;
}
