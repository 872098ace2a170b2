/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * pki_index: the text of an authority's index.
 *
 *   shoji-ca index 1
 *   zone lgwan
 *   crl 12
 *   cert SERIAL ROLE ZONE NAME FROM UNTIL REVOKED     one line each
 *
 * Times are seconds since 1970, REVOKED is 0 for a certificate in use.
 */
#ifndef SJ_CERTS_PKI_INDEX_H
#define SJ_CERTS_PKI_INDEX_H

#include "certs/pki_file.h"
#include "certs/pki_store.h"
#include "certs/pki_why.h"
#include "protocol/base/attr.h"

/*
 * Reads text (terminated) into the empty store. SJ_ERR_FORMAT with the line;
 * SJ_ERR_MEMORY.
 */
SJ_MUST_USE enum sj_err sj_pki_index_parse(
	const char *text, struct sj_pki_store *store, struct sj_pki_why *why);

/* Writes the text of store to *text (gives). SJ_ERR_MEMORY, SJ_ERR_LIMIT. */
SJ_MUST_USE enum sj_err sj_pki_index_format(
	const struct sj_pki_store *store, struct sj_pki_bytes *text);

#endif /* SJ_CERTS_PKI_INDEX_H */
