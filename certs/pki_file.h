/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * pki_file: files that are there whole or not at all.
 *
 * A file is written beside its place, synced and renamed, so that neither a
 * full disk nor a power cut loses the older one.
 */
#ifndef SJ_CERTS_PKI_FILE_H
#define SJ_CERTS_PKI_FILE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "certs/pki_why.h"
#include "protocol/base/attr.h"
#include "protocol/base/err.h"

/* Bytes in memory of their own. */
struct sj_pki_bytes {
	uint8_t *data;
	size_t size;
};

/* Erases and frees bytes; empty bytes do nothing. */
void sj_pki_bytes_free(struct sj_pki_bytes *bytes);

/*
 * Reads the file at path (at most limit_bytes); gives *bytes, with a 0 byte
 * behind them. SJ_ERR_MISSING, SJ_ERR_LIMIT, SJ_ERR_SYSTEM with why.
 */
SJ_MUST_USE enum sj_err sj_pki_file_read(const char *path, size_t limit_bytes,
	struct sj_pki_bytes *bytes, struct sj_pki_why *why);

/*
 * SJ_ERR_SYSTEM with why if what stands at path is no plain file, so that
 * sj_pki_file_write would refuse it; for who has more to write before.
 */
SJ_MUST_USE enum sj_err sj_pki_file_place(
	const char *path, struct sj_pki_why *why);

/*
 * Puts bytes (lent) at path with mode, whole or not at all. Takes the place of
 * a plain file alone.
 */
SJ_MUST_USE enum sj_err sj_pki_file_write(const char *path,
	const struct sj_pki_bytes *bytes, mode_t mode, struct sj_pki_why *why);

/* Makes the folder path and those above it, mode 0700; existing ones stay. */
SJ_MUST_USE enum sj_err sj_pki_folder_make(
	const char *path, struct sj_pki_why *why);

#endif /* SJ_CERTS_PKI_FILE_H */
