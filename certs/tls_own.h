/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tls_own: what we show a peer, certificate chain and key.
 *
 * Internal to certs/. The texts are those of our own files.
 */
#ifndef SJ_CERTS_TLS_OWN_H
#define SJ_CERTS_TLS_OWN_H

#include <openssl/ssl.h>

#include "certs/tls.h"
#include "protocol/base/attr.h"

/*
 * Gives ssl chain and key of settings, read with lib: NULL, or in words that
 * last which of the two is wrong. Leaves errors in the queue of OpenSSL.
 */
SJ_MUST_USE const char *sj_tls_own_use(
	SSL *ssl, OSSL_LIB_CTX *lib, const struct sj_tls_settings *settings);

#endif /* SJ_CERTS_TLS_OWN_H */
