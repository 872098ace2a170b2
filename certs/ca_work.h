/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ca_work: what several commands of shoji-ca do.
 */
#ifndef SJ_CERTS_CA_WORK_H
#define SJ_CERTS_CA_WORK_H

#include <stdbool.h>
#include <stdint.h>

#include "certs/ca_options.h"
#include "certs/pki_issue.h"
#include "certs/pki_store.h"
#include "certs/pki_why.h"
#include "protocol/base/attr.h"
#include "protocol/base/err.h"

#define SJ_CA_DAY_S 86400
#define SJ_CA_AUTHORITY_DAYS 3653
#define SJ_CA_LEAF_DAYS 397
#define SJ_CA_CRL_DAYS 7
#define SJ_CA_CRL_WARNING_S 259200 /* 72 hours */

/* One run of a command. */
struct sj_ca {
	const struct sj_ca_options *options;
	struct sj_pki_store store;
	struct sj_pki_authority authority; /* empty until unlocked */
	int64_t now_s;
	struct sj_pki_why *why; /* kept by the caller */
};

/* "2026-04-01 09:00:00 UTC", in memory of its own. */
struct sj_ca_time {
	char text[32];
};

/*
 * Writes the folder to use to folder (SJ_LIMIT_CA_PATH_BYTES): the option, the
 * environment, or the default.
 */
SJ_MUST_USE enum sj_err sj_ca_folder(const struct sj_ca_options *options,
	char *folder, struct sj_pki_why *why);

/*
 * Fills *ca and opens the store; is_writing: looks at what may be replaced,
 * too. The caller closes, also after a failure.
 */
SJ_MUST_USE enum sj_err sj_ca_open(struct sj_ca *ca,
	const struct sj_ca_options *options, bool is_writing,
	struct sj_pki_why *why);

/* Releases what ca holds. */
void sj_ca_close(struct sj_ca *ca);

/* Reads the authority's certificate and key; may ask for a passphrase. */
SJ_MUST_USE enum sj_err sj_ca_unlock(struct sj_ca *ca);

/* The validity that the options ask for, of days by default. */
SJ_MUST_USE enum sj_err sj_ca_validity(
	const struct sj_ca *ca, int days, struct sj_pki_validity *validity);

/*
 * Signs a new list, numbered one higher, saves the index, writes crl.pem and
 * the file of --install. The authority is unlocked.
 */
SJ_MUST_USE enum sj_err sj_ca_write_crl(struct sj_ca *ca);

/* Says so if nobody takes certificates of zone. */
void sj_ca_note_zone(const char *zone);

/*
 * Issues a certificate for the public half of key: enters it, keeps a copy
 * under issued/, writes key_pem (NULL: not here) to ROLE/NAME.key, the
 * certificate to ROLE/NAME.pem and the file of --out, and prints what was
 * made. The authority is unlocked.
 */
SJ_MUST_USE enum sj_err sj_ca_issue(struct sj_ca *ca, EVP_PKEY *key,
	const struct sj_pki_bytes *key_pem,
	const struct sj_pki_subject *subject);

/*
 * Makes a key (with the passphrase of the options, if any) and gives it as
 * key and as PEM.
 */
SJ_MUST_USE enum sj_err sj_ca_make_key(const struct sj_ca_options *options,
	EVP_PKEY **key, struct sj_pki_bytes *pem, struct sj_pki_why *why);

/* Reads the certificate with serial from issued/; gives it, or NULL. */
SJ_MUST_USE X509 *sj_ca_issued(struct sj_ca *ca, const char *serial);

/* time_s in words. */
struct sj_ca_time sj_ca_time_text(int64_t time_s);

#endif /* SJ_CERTS_CA_WORK_H */
