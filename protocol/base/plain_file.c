/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/base/plain_file.h"

#include <stddef.h>
#include <sys/stat.h>

#include "protocol/base/check_file.h"

const char *sj_plain_file_fault(const char *path)
{
	struct stat info;

	/* Who writes says why a path cannot be reached. */
	if (lstat(path, &info) != 0 || S_ISREG(info.st_mode))
		return NULL;
	if (S_ISLNK(info.st_mode))
		return SJ_CHECK_IS_LINK;
	if (S_ISDIR(info.st_mode))
		return "is a folder; name a file in it";
	return "is not a file and would be replaced; name another path";
}
