/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * version_floor: is the installed libvncclient new enough?
 *
 * The library cannot be asked for its patch level, so the package database is,
 * where there is one.
 */
#ifndef SJ_VIEWER_VERSION_FLOOR_H
#define SJ_VIEWER_VERSION_FLOOR_H

#include <stddef.h>

#include "protocol/base/attr.h"

#define SJ_VERSION_FLOOR_PACKAGE "libvncclient1"
#define SJ_VERSION_FLOOR "0.9.14+dfsg-1+deb12u2"

enum sj_version_floor {
	SJ_VERSION_FLOOR_MET,
	SJ_VERSION_FLOOR_OLD,
	SJ_VERSION_FLOOR_UNKNOWN /* no dpkg here, or not its package */
};

/*
 * Asks dpkg-query and dpkg; writes the installed version to installed (size
 * bytes, "" if unknown). Runs two short programs; blocks until they end.
 */
SJ_MUST_USE enum sj_version_floor sj_version_floor_check(
	char *installed, size_t size);

/*
 * Judges the Debian version installed ("": unknown) with dpkg, which runs
 * shortly.
 */
SJ_MUST_USE enum sj_version_floor sj_version_floor_judge(const char *installed);

#endif /* SJ_VIEWER_VERSION_FLOOR_H */
