/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * http_address: which hosts a browser may name.
 *
 * The decision is on names and literal addresses as they stand in a request;
 * what a name resolves to is the upstream proxy's business (RFC 6890).
 */
#ifndef SJ_HOST_HTTP_ADDRESS_H
#define SJ_HOST_HTTP_ADDRESS_H

#include <stdbool.h>

#include "protocol/base/attr.h"

/*
 * True if host (lower case, IPv6 without brackets) is a public address or
 * a name with a dot that is none of localhost, and not an address in disguise
 * (decimal, hexadecimal, short forms).
 */
SJ_MUST_USE bool sj_http_address_is_public(const char *host);

#endif /* SJ_HOST_HTTP_ADDRESS_H */
