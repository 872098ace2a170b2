/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * pki_store: the folder of one authority.
 *
 *   DIR/authority.pem  DIR/authority.key  DIR/crl.pem
 *   DIR/ROLE/NAME.pem  DIR/ROLE/NAME.key      ROLE: host viewer guard admin
 *   DIR/issued/SERIAL.pem                     every certificate ever issued
 *   DIR/index  DIR/index.old  DIR/lock        what was issued and revoked
 *
 * The index is one text file, replaced as a whole. An entry is written before
 * its certificate leaves, so that nothing is in use that cannot be revoked.
 */
#ifndef SJ_CERTS_PKI_STORE_H
#define SJ_CERTS_PKI_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "certs/identity.h"
#include "certs/pki_issue.h"
#include "certs/pki_why.h"
#include "protocol/base/attr.h"
#include "protocol/base/limits.h"

/* One issued certificate. */
struct sj_pki_entry {
	char serial[SJ_PKI_SERIAL_BYTES];
	struct sj_identity identity;
	struct sj_pki_validity validity;
	int64_t revoked_s; /* 0: not revoked */
};

struct sj_pki_store {
	char folder[SJ_LIMIT_CA_PATH_BYTES];
	char zone[SJ_LIMIT_ZONE_BYTES]; /* of its viewers and admins */
	uint64_t crl_number;            /* of the newest list */
	struct sj_pki_entry *entries;
	size_t count;
	size_t capacity;
	int lock_fd; /* -1: opened for reading */
};

/* A path inside the folder of a store. */
struct sj_pki_path {
	char text[SJ_LIMIT_CA_PATH_BYTES + 128];
};

/*
 * Makes the folder, which must not hold an authority yet, and an empty
 * index in memory; holds the lock. The caller saves and closes.
 */
SJ_MUST_USE enum sj_err sj_pki_store_create(struct sj_pki_store *store,
	const char *folder, const char *zone, struct sj_pki_why *why);

/*
 * Reads the index of folder; with is_writing it holds the lock until close
 * (waits for another holder for some seconds). The caller closes, also after a
 * failure.
 */
SJ_MUST_USE enum sj_err sj_pki_store_open(struct sj_pki_store *store,
	const char *folder, bool is_writing, struct sj_pki_why *why);

/* Writes the index; the one before stays as index.old. */
SJ_MUST_USE enum sj_err sj_pki_store_save(
	struct sj_pki_store *store, struct sj_pki_why *why);

/* Releases the lock and the memory. */
void sj_pki_store_close(struct sj_pki_store *store);

/* Appends a copy of entry. SJ_ERR_MEMORY. */
SJ_MUST_USE enum sj_err sj_pki_store_add(
	struct sj_pki_store *store, const struct sj_pki_entry *entry);

/* The entry with serial, or NULL. Valid until the next add. */
struct sj_pki_entry *sj_pki_store_find(
	const struct sj_pki_store *store, const char *serial);

/*
 * The newest entry of role and name that is neither revoked nor, at now_s, run
 * out; NULL if there is none.
 */
struct sj_pki_entry *sj_pki_store_active(const struct sj_pki_store *store,
	enum sj_tls_role role, const char *name, int64_t now_s);

/* DIR/file. */
struct sj_pki_path sj_pki_store_file(
	const struct sj_pki_store *store, const char *file);

/* DIR/ROLE/NAME with ending ".pem" or ".key". */
struct sj_pki_path sj_pki_store_leaf(const struct sj_pki_store *store,
	const struct sj_identity *identity, const char *ending);

/* DIR/issued/SERIAL.pem. */
struct sj_pki_path sj_pki_store_issued(
	const struct sj_pki_store *store, const char *serial);

#endif /* SJ_CERTS_PKI_STORE_H */
