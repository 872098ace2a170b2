/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fake-child: stands for every program that a supervisor starts.
 *
 * Called by the name of any of them, it hands its descriptor 3 to the test,
 * which listens beside it, and lives until the test lets it end. As the writer
 * of a ledger it says READY first, unless a file "mute" lies beside it.
 */
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "protocol/base/ipc.h"
#include "protocol/ledger/ledger_ipc.h"
#include "tests/unit/guard/guard_rig.h"

static int say_ready(const char *folder)
{
	const struct sj_ledger_answer ready = {.type = SJ_LEDGER_ANSWER_READY};
	char path[256];

	(void)snprintf(path, sizeof(path), "%s/mute", folder);
	return access(path, F_OK) == 0 ||
	       sj_ipc_send(3, &ready, sizeof(ready), NULL) == SJ_OK;
}

int main(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct sj_ipc_fds fds = {.fd = {3}, .count = 1};
	struct rig_hello hello = {.pid = getpid()};
	char folder[64], byte;
	const char *path;
	char *slash;
	int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);

	/* The folder of the link by which it was started. */
	memcpy(&path, &(unsigned long){getauxval(AT_EXECFN)}, sizeof(path));
	(void)snprintf(folder, sizeof(folder), "%s", path);
	slash = strrchr(folder, '/');
	if (!slash)
		return 1;
	*slash = '\0';
	(void)snprintf(hello.name, sizeof(hello.name), "%s", slash + 1);
	(void)snprintf(
		address.sun_path, sizeof(address.sun_path), "%s/hand", folder);
	if (strcmp(hello.name, "shoji-ledger") == 0 && !say_ready(folder))
		return 1;
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0 ||
		sj_ipc_send(fd, &hello, sizeof(hello), &fds) != SJ_OK)
		return 1;
	close(3);
	(void)!read(fd, &byte, 1);
	return 0;
}
