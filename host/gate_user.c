/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/gate_user.h"

#include <stdbool.h>
#include <string.h>

#include "certs/identity.h"
#include "certs/tls.h"
#include "host/password.h"

/* A guard has judged the certificate of its user: a name and nothing else. */
static enum sj_reason check_guard(const struct sj_gate_session_parts *parts,
	const struct sj_handshake_login *login)
{
	if (!parts->start->is_guard_allowed || !login)
		return SJ_REASON_REFUSED_CONFIG;
	if (!sj_identity_is_name(login->user) || login->password[0] != 0)
		return SJ_REASON_REFUSED_LOGIN;
	return SJ_REASON_NONE;
}

static enum sj_reason check_login(const struct sj_gate_session_parts *parts,
	const struct sj_tls_peer *peer, const struct sj_handshake_login *login)
{
	if (!parts->start->is_plain_allowed || !parts->passwords)
		return SJ_REASON_REFUSED_CONFIG;
	if (!sj_password_check(parts->passwords, login->user, login->password))
		return SJ_REASON_REFUSED_LOGIN;
	/* The second factor belongs to the holder of the first. */
	if (peer->has_certificate && strcmp(peer->name, login->user) != 0)
		return SJ_REASON_REFUSED_LOGIN;
	return SJ_REASON_NONE;
}

enum sj_reason sj_gate_user(const struct sj_gate_session_parts *parts,
	const struct sj_handshake_login *login, struct sj_host_gate_user *user)
{
	const struct sj_host_gate_start *start = parts->start;
	struct sj_tls_peer peer;
	enum sj_reason reason = SJ_REASON_NONE;
	bool is_guard;

	sj_tls_peer(parts->tls, &peer);
	is_guard = peer.has_certificate && peer.role == SJ_TLS_ROLE_GUARD;
	if (is_guard)
		reason = check_guard(parts, login);
	else if (login)
		reason = check_login(parts, &peer, login);
	if (reason != SJ_REASON_NONE)
		return reason;
	user->role = SJ_HOST_ROLE_VIEWER;
	memcpy(user->zone, start->zone, sizeof(user->zone));
	if (peer.has_certificate) {
		memcpy(user->zone, peer.zone, sizeof(user->zone));
		memcpy(user->name, peer.name, sizeof(user->name));
	}
	if (is_guard)
		user->role = SJ_HOST_ROLE_GUARD;
	if (login)
		memcpy(user->name, login->user, sizeof(user->name));
	else if (!peer.has_certificate)
		user->role = SJ_HOST_ROLE_ANONYMOUS;
	memcpy(user->exporter, peer.exporter, sizeof(user->exporter));
	memcpy(user->spki_sha256, peer.spki_sha256, sizeof(user->spki_sha256));
	return SJ_REASON_NONE;
}
