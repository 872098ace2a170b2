/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * pki_names: the DNS names and addresses that a server certificate states.
 */
#ifndef SJ_CERTS_PKI_NAMES_H
#define SJ_CERTS_PKI_NAMES_H

#include <openssl/x509v3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "certs/pki_why.h"
#include "protocol/base/attr.h"
#include "protocol/base/limits.h"

struct sj_pki_name {
	size_t address_size; /* 4 or 16; 0: a DNS name in text */
	uint8_t address[16];
	char text[SJ_LIMIT_DNS_NAME_BYTES + 1];
};

struct sj_pki_names {
	struct sj_pki_name name[SJ_LIMIT_SAN_NAMES];
	size_t count;
};

/*
 * Adds text, an address or a DNS name in lower case without wildcard, unless
 * it is there already. SJ_ERR_ARGUMENT with why (what is wrong with it),
 * SJ_ERR_LIMIT when there are too many.
 */
SJ_MUST_USE enum sj_err sj_pki_names_add(
	struct sj_pki_names *names, const char *text, struct sj_pki_why *why);

/* Reads the DNS names and addresses that certificate states to *names. */
SJ_MUST_USE enum sj_err sj_pki_names_of(const X509 *certificate,
	struct sj_pki_names *names, struct sj_pki_why *why);

/* Appends each name to san (lent). False when memory is short. */
SJ_MUST_USE bool sj_pki_names_put(
	const struct sj_pki_names *names, GENERAL_NAMES *san);

#endif /* SJ_CERTS_PKI_NAMES_H */
