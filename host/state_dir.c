/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/control_socket.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum sj_err sj_control_socket_default_dir(char *path, size_t size)
{
	const char *runtime = getenv("XDG_RUNTIME_DIR");
	int printed;

	if (geteuid() == 0)
		printed = snprintf(path, size, "/run/shoji");
	else if (runtime && runtime[0] == '/')
		printed = snprintf(path, size, "%s/shoji", runtime);
	else
		printed = snprintf(
			path, size, "/tmp/shoji-%u", (unsigned)geteuid());
	return printed > 0 && (size_t)printed < size ? SJ_OK : SJ_ERR_LIMIT;
}
