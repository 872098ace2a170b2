/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * port_file: the file that tells others where a supervisor listens.
 *
 * Whole as soon as it is there, and gone again with who wrote it. Only what is
 * empty or a port file is replaced, and only the own one removed: not that of
 * another supervisor, nor a key that was named by mistake. Blocks on the disk
 * alone.
 */
#ifndef SJ_PROTOCOL_SUPERVISE_PORT_FILE_H
#define SJ_PROTOCOL_SUPERVISE_PORT_FILE_H

#include <limits.h>
#include <stdint.h>
#include <sys/types.h>

#include "protocol/base/attr.h"

/* All 0: none was written. */
struct sj_port_file {
	char path[PATH_MAX];
	dev_t device;
	ino_t inode;
};

/* NULL, or what is wrong. */
SJ_MUST_USE const char *sj_port_file_write(
	struct sj_port_file *file, const char *path, uint16_t port);

/* Once; nothing happens when none was written, or another one is there. */
void sj_port_file_remove(struct sj_port_file *file);

/* Removes what a supervisor that was killed has left at path. */
void sj_port_file_remove_left(const char *path);

#endif /* SJ_PROTOCOL_SUPERVISE_PORT_FILE_H */
