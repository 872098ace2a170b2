/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * material: certificates, key and revocation list of one side of a guard.
 *
 * The supervisor reads the files to sealed memory and never looks into them;
 * gates get the descriptors.
 */
#ifndef SJ_GUARD_MATERIAL_H
#define SJ_GUARD_MATERIAL_H

#include <stdbool.h>
#include <sys/stat.h>

#include "guard/guard_config.h"
#include "protocol/base/attr.h"
#include "protocol/base/err.h"

/* In the order of the START messages of both gates. */
enum sj_material {
	SJ_MATERIAL_CHAIN,
	SJ_MATERIAL_KEY,
	SJ_MATERIAL_AUTHORITY,
	SJ_MATERIAL_CRL,
	SJ_MATERIALS
};

struct sj_material_set {
	int fd[SJ_MATERIALS]; /* -1: none */
	const char *path[SJ_MATERIALS];
	struct stat seen[SJ_MATERIALS];
	char key_passphrase[SJ_LIMIT_PASSWORD_BYTES];
};

/* Nothing read yet. */
void sj_material_init(struct sj_material_set *set);

/*
 * Reads all files that side (kept) names. On failure SJ_ERR_SYSTEM with errno
 * or SJ_ERR_LIMIT, and *path is the file.
 */
SJ_MUST_USE enum sj_err sj_material_read(struct sj_material_set *set,
	const struct sj_guard_side *side, const char **path);

/*
 * Reads again what has changed; *is_crl_new tells whether the revocation list
 * was one of it. What cannot be read now keeps its old content:
 * SJ_ERR_SYSTEM, *path is the file.
 */
SJ_MUST_USE enum sj_err sj_material_refresh(
	struct sj_material_set *set, bool *is_crl_new, const char **path);

/* Closes the descriptors and forgets the passphrase. */
void sj_material_finish(struct sj_material_set *set);

#endif /* SJ_GUARD_MATERIAL_H */
