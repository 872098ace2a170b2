/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * material: what a gate shows its peer and trusts there, as sealed memory:
 * certificates, key, revocation list and, at a host, passwords.
 *
 * The supervisor reads the files, which are the administrator's, and looks
 * into none but a new revocation list, through the judge that it was given;
 * gates get the descriptors. Blocks on the disk alone.
 */
#ifndef SJ_PROTOCOL_SUPERVISE_MATERIAL_H
#define SJ_PROTOCOL_SUPERVISE_MATERIAL_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

#include "protocol/base/attr.h"
#include "protocol/base/err.h"
#include "protocol/base/ipc.h"
#include "protocol/base/limits.h"
#include "protocol/supervise/crl_watch.h"

/* In the order of the START messages of both gates. */
enum sj_material {
	SJ_MATERIAL_CHAIN,
	SJ_MATERIAL_KEY,
	SJ_MATERIAL_AUTHORITY,
	SJ_MATERIAL_CRL,
	SJ_MATERIAL_PASSWORDS, /* the only one that may be missing */
	SJ_MATERIALS
};

/*
 * NULL if the list of fresh_fd may replace the one of held_fd, under the
 * certificates of authority_fd; else why not, in words that last.
 */
typedef const char *sj_material_judge_fn(
	int authority_fd, int held_fd, int fresh_fd);

/* The time, in seconds since 1970, in which the list of fd is valid; false if
 * it cannot be known. */
typedef bool sj_material_span_fn(int fd, int64_t *from_s, int64_t *until_s);

struct sj_material_files {
	const char *path[SJ_MATERIALS];
	sj_material_judge_fn *judge_crl; /* NULL: any list is taken */
	sj_material_span_fn *span_crl;   /* NULL: nobody is told of its end */
	const char *key_password_file;   /* "": the key has none */
	bool is_pem; /* what is none of its kind is refused */
};

struct sj_material_set {
	int fd[SJ_MATERIALS]; /* -1: none */
	const char *path[SJ_MATERIALS];
	struct stat seen[SJ_MATERIALS]; /* taken or refused; 0: none there */
	bool is_unread[SJ_MATERIALS];   /* seen, but could not be read then */
	sj_material_judge_fn *judge_crl;
	sj_material_span_fn *span_crl;
	struct sj_crl_watch crl_watch;
	const char *refusal; /* why the last file was SJ_ERR_DENIED */
	bool is_pem, has_key_passphrase;
	char key_passphrase[SJ_LIMIT_PASSWORD_BYTES];
};

/* Nothing read yet. */
void sj_material_init(struct sj_material_set *set);

/* Logs a warning if the secret at path is open to others; "": none. */
void sj_material_warn(const char *path);

/*
 * Reads all files, whose paths are kept. On failure SJ_ERR_SYSTEM with errno,
 * SJ_ERR_LIMIT, SJ_ERR_DENIED with set->refusal or (of a passphrase)
 * SJ_ERR_FORMAT, and *path is the file.
 */
SJ_MUST_USE enum sj_err sj_material_read(struct sj_material_set *set,
	const struct sj_material_files *files, const char **path);

/*
 * Reads again the files that have changed since; *is_crl_new tells whether the
 * revocation list was one of them. A file that cannot be read now keeps
 * its old content, and so does a list that the judge refuses: the error is
 * told once for each change, *path is the file. So does one that is not the PEM
 * that it should be. SJ_ERR_SYSTEM with errno,
 * SJ_ERR_LIMIT, or SJ_ERR_DENIED with set->refusal. Logs that the list in force
 * will run out, or has.
 */
SJ_MUST_USE enum sj_err sj_material_refresh(
	struct sj_material_set *set, bool *is_crl_new, const char **path);

/* The words for err of the last call of either. */
const char *sj_material_error(
	const struct sj_material_set *set, enum sj_err err);

/* Adds the descriptors (kept) behind those of fds, which has the room. */
void sj_material_lend(
	const struct sj_material_set *set, struct sj_ipc_fds *fds);

/* Closes the descriptors and forgets the passphrase. */
void sj_material_finish(struct sj_material_set *set);

#endif /* SJ_PROTOCOL_SUPERVISE_MATERIAL_H */
