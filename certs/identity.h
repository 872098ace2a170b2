/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * identity: who a certificate speaks for, as its SAN URI states it.
 *
 * urn:shoji:<zone>:<role>:<name>; zone [a-z][a-z0-9-]{0,14}, role host, viewer,
 * guard or admin, name [a-z0-9][a-z0-9._-]{0,31}. Pure; the input is hostile.
 */
#ifndef SJ_CERTS_IDENTITY_H
#define SJ_CERTS_IDENTITY_H

#include <stdbool.h>
#include <stddef.h>

#include "certs/tls.h"
#include "protocol/base/attr.h"

#define SJ_IDENTITY_URI_BYTES 80
/* The zone whose terminals are refused everywhere. */
#define SJ_IDENTITY_FORBIDDEN_ZONE "mynumber"

struct sj_identity {
	enum sj_tls_role role;
	char zone[SJ_LIMIT_ZONE_BYTES];
	char name[SJ_LIMIT_USER_NAME_BYTES + 1];
};

/* Parses size bytes of uri exactly; false leaves *identity undefined. */
SJ_MUST_USE bool sj_identity_parse(
	const char *uri, size_t size, struct sj_identity *identity);

/* Writes the URI of identity, terminated; false if a part is not allowed. */
SJ_MUST_USE bool sj_identity_format(
	const struct sj_identity *identity, char *uri, size_t size);

/* "host", "viewer", "guard" or "admin". */
const char *sj_identity_role_text(enum sj_tls_role role);

/* The role whose text this is; false leaves *role as it was. */
SJ_MUST_USE bool sj_identity_parse_role(
	const char *text, enum sj_tls_role *role);

/* True if text is a valid zone; true if text is a valid name. */
SJ_MUST_USE bool sj_identity_is_zone(const char *text);
SJ_MUST_USE bool sj_identity_is_name(const char *text);

#endif /* SJ_CERTS_IDENTITY_H */
