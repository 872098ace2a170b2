/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/supervise/descriptors.h"

#include <sys/resource.h>

bool sj_descriptors_want(size_t count)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) != 0)
		return false;
	if (files.rlim_cur >= count)
		return true;
	files.rlim_cur = files.rlim_max < count ? files.rlim_max : count;
	return setrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur == count;
}
