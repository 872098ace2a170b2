/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "viewer/failure.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "protocol/base/ipc.h"

void sj_failure_tell(int control_fd, enum sj_viewer_failed what, int number)
{
	struct sj_viewer_message message;
	enum sj_err err;

	memset(&message, 0, sizeof(message));
	message.type = SJ_VIEWER_WINDOW_FAILED;
	message.u.failure.what = (uint32_t)what;
	message.u.failure.number = number;
	err = sj_ipc_send(control_fd, &message, sizeof(message), NULL);
	(void)err;
}

bool sj_failure_is_without_fds(int fd)
{
	const int more = fcntl(fd, F_DUPFD_CLOEXEC, 0);

	if (more < 0)
		return errno == EMFILE;
	(void)close(more);
	return false;
}
