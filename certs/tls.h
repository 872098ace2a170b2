/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tls: mutual TLS 1.3 sessions over a non-blocking socket.
 *
 * Trust: everything that the peer sends is hostile. Material is PEM in memory,
 * so that a confined process opens no file. Certificate checks: chain,
 * strict X.509, purpose (EKU), SAN (never CN), CRL required and current, and
 * the URI urn:shoji:<zone>:<role>:<name>. No tickets, no early data, no
 * renegotiation. Not thread-safe, never blocks.
 */
#ifndef SJ_CERTS_TLS_H
#define SJ_CERTS_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/base/attr.h"
#include "protocol/base/err.h"
#include "protocol/base/limits.h"
#include "protocol/base/reason.h"
#include "protocol/base/stream.h"

enum sj_tls_role {
	SJ_TLS_ROLE_HOST,
	SJ_TLS_ROLE_VIEWER,
	SJ_TLS_ROLE_GUARD,
	SJ_TLS_ROLE_ADMIN
};

/* One PEM text in memory; lent for the call. */
struct sj_tls_pem {
	const uint8_t *data;
	size_t size;
};

struct sj_tls_settings {
	bool is_server;
	struct sj_tls_pem chain, key, authority, crl;
	const char *key_passphrase; /* NULL or "": none */
	const char *peer_name;      /* client: DNS name or address wanted
				       in the SAN; NULL on a server */
	unsigned peer_roles;        /* bits 1 << enum sj_tls_role */
	const char *peer_zone;      /* NULL: any but mynumber */
	const char *own_zone;       /* of our certificate; NULL: any */
	bool is_peer_certificate_required;
	bool is_tls12_allowed;
};

/* Who the peer is, after the handshake. */
struct sj_tls_peer {
	bool has_certificate;
	enum sj_tls_role role;
	char zone[SJ_LIMIT_ZONE_BYTES];
	char name[SJ_LIMIT_USER_NAME_BYTES + 1];
	uint8_t spki_sha256[32];
	uint8_t exporter[32]; /* label EXPORTER-shoji-session */
};

struct sj_tls; /* opaque: context and session of one connection */

/*
 * Builds a session over fd (kept by the caller, non-blocking). On failure
 * NULL and *reason says what is wrong with our own material (expired
 * CRL, key that does not fit...).
 */
SJ_MUST_USE struct sj_tls *sj_tls_create(
	const struct sj_tls_settings *settings, int fd, enum sj_reason *reason);

/* Frees tls; NULL does nothing. Does not close the fd. */
void sj_tls_destroy(struct sj_tls *tls);

/*
 * Drives the handshake: SJ_IO_OK when done and the peer is verified, WANT_* to
 * wait, FAILED when refused: see sj_tls_reason, sj_tls_is_by_peer.
 */
SJ_MUST_USE enum sj_io sj_tls_handshake(struct sj_tls *tls);

/* Why it failed; SJ_REASON_NONE while all is well. */
enum sj_reason sj_tls_reason(const struct sj_tls *tls);

/* True if the failure is an alert of the peer about us. */
bool sj_tls_is_by_peer(const struct sj_tls *tls);

/* Fills *peer after a successful handshake. */
void sj_tls_peer(const struct sj_tls *tls, struct sj_tls_peer *peer);

/* The stream of tls, valid until destroy. */
struct sj_stream sj_tls_stream(struct sj_tls *tls);

/*
 * Takes a newer CRL and checks the running peer against it again:
 * SJ_OK, or SJ_ERR_DENIED with sj_tls_reason set (the caller closes).
 */
SJ_MUST_USE enum sj_err sj_tls_set_crl(
	struct sj_tls *tls, const struct sj_tls_pem *crl);

/* Checks the peer against the CRL again, as sj_tls_set_crl does. A certificate
 * that has run out meanwhile passes. */
SJ_MUST_USE enum sj_err sj_tls_recheck(struct sj_tls *tls);

#endif /* SJ_CERTS_TLS_H */
