/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * materials: certificates, key, revocation list and passwords as sealed memory.
 *
 * shojid reads the files and never looks into them; gates get the descriptors.
 */
#ifndef SJ_HOST_MATERIALS_H
#define SJ_HOST_MATERIALS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

#include "host/host_config.h"
#include "protocol/base/attr.h"
#include "protocol/base/err.h"

/* In the order of SJ_HOST_GATE_START. */
enum sj_material {
	SJ_MATERIAL_CHAIN,
	SJ_MATERIAL_KEY,
	SJ_MATERIAL_AUTHORITY,
	SJ_MATERIAL_CRL,
	SJ_MATERIAL_PASSWORDS,
	SJ_MATERIALS
};

struct sj_materials {
	int fd[SJ_MATERIALS]; /* -1: none */
	const char *path[SJ_MATERIALS];
	struct stat seen[SJ_MATERIALS];
	char key_passphrase[SJ_LIMIT_PASSWORD_BYTES];
};

/*
 * Reads all files that config (kept) names. On failure SJ_ERR_SYSTEM with
 * errno, SJ_ERR_LIMIT or (of a passphrase) SJ_ERR_FORMAT, and *path is the
 * file.
 */
SJ_MUST_USE enum sj_err sj_materials_read(struct sj_materials *materials,
	const struct sj_host_config *config, const char **path);

/*
 * Reads again the files that have changed since; *is_crl_new tells whether the
 * revocation list was one of them. A file that cannot be read now keeps
 * its old content: SJ_ERR_SYSTEM, *path is the file.
 */
SJ_MUST_USE enum sj_err sj_materials_refresh(
	struct sj_materials *materials, bool *is_crl_new, const char **path);

/* Closes the descriptors and forgets the passphrase. */
void sj_materials_finish(struct sj_materials *materials);

#endif /* SJ_HOST_MATERIALS_H */
