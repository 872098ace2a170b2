/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * files: what is wrong with the files that a viewer's settings name.
 *
 * Looks at their places, owners and PEM frames alone, as
 * protocol/base/check_file.h does. The files are those of the person who runs
 * us. Blocks on the disk; sj_files_warn logs.
 */
#ifndef SJ_VIEWER_FILES_H
#define SJ_VIEWER_FILES_H

#include <stdbool.h>
#include <stddef.h>

#include "protocol/base/attr.h"
#include "viewer/options.h"

/*
 * What --check-config looks at. At the first fault false, and message (size
 * bytes) is one line: where the file was named, the file, what is wrong with
 * it and what to do.
 */
SJ_MUST_USE bool sj_files_check(
	const struct sj_viewer_options *options, char *message, size_t size);

/*
 * What every start needs: true if certificates, key and revocation list are
 * PEM of that kind. Else why (size bytes) is one line with the file, and
 * *option the option of the command line (without --) that names it.
 */
SJ_MUST_USE bool sj_files_are_material(const struct sj_viewer_options *options,
	const char **option, char *why, size_t size);

/* Logs a warning for each secret that others can read or change. */
void sj_files_warn(const struct sj_viewer_options *options);

#endif /* SJ_VIEWER_FILES_H */
