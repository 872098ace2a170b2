/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * handshake: the four ends of the RFB handshake as resumable state machines.
 *
 * outer server: host gate towards a viewer. RFB 3.8, type VeNCrypt (19) only,
 *   VeNCrypt 0.2, X509None (260) and/or X509Plain (262).
 * outer client: viewer gate (or guard) towards a host; the mirror image.
 * inner client: host gate towards LibVNCServer on a socketpair, None only.
 * inner server: viewer gate towards libvncclient on a socketpair, None only.
 *
 * Input is hostile and compared with constants; anything else is refused
 * without an answer. Pure: no I/O, no allocation. The owner calls
 * sj_handshake_next while it gives DONE, looks at sj_handshake_state, and does
 * what a NEED state asks for. Order of states:
 *   outer server: RUNNING, NEED_TLS, RUNNING, NEED_VERDICT, RUNNING,
 *                 NEED_SIZE, RUNNING, FINISHED
 *   outer client: RUNNING, NEED_TLS, RUNNING, FINISHED
 *   inner client: RUNNING, FINISHED
 *   inner server: RUNNING, NEED_SIZE, RUNNING, FINISHED
 */
#ifndef SJ_PROTOCOL_RFB_HANDSHAKE_H
#define SJ_PROTOCOL_RFB_HANDSHAKE_H

#include <stdbool.h>
#include <stdint.h>

#include "protocol/base/attr.h"
#include "protocol/base/bytes.h"
#include "protocol/base/limits.h"
#include "protocol/base/reason.h"
#include "protocol/base/rect.h"
#include "protocol/base/step.h"

/* Desktop name in every ServerInit that we write. */
#define SJ_RFB_DESKTOP_NAME "shoji"

/* The longest unit that is written, rounded up. */
#define SJ_HANDSHAKE_ROOM_BYTES 256

/* VeNCrypt subtypes that exist here. */
#define SJ_RFB_X509_NONE 260u
#define SJ_RFB_X509_PLAIN 262u

enum sj_handshake_role {
	SJ_HANDSHAKE_OUTER_SERVER,
	SJ_HANDSHAKE_OUTER_CLIENT,
	SJ_HANDSHAKE_INNER_CLIENT,
	SJ_HANDSHAKE_INNER_SERVER
};

enum sj_handshake_state {
	SJ_HANDSHAKE_RUNNING,      /* call next with bytes */
	SJ_HANDSHAKE_NEED_TLS,     /* flush, do TLS, sj_handshake_tls_done */
	SJ_HANDSHAKE_NEED_VERDICT, /* sj_handshake_verdict */
	SJ_HANDSHAKE_NEED_SIZE,    /* sj_handshake_set_size */
	SJ_HANDSHAKE_FINISHED,     /* ServerInit passed: session begins */
	SJ_HANDSHAKE_REFUSED       /* see sj_handshake_reason; flush, close */
};

/* User name and password of X509Plain, terminated. */
struct sj_handshake_login {
	char user[SJ_LIMIT_USER_NAME_BYTES + 1];
	char password[SJ_LIMIT_PASSWORD_BYTES + 1];
};

struct sj_handshake_settings {
	enum sj_handshake_role role;
	bool has_x509_none;  /* outer: offered or accepted */
	bool has_x509_plain; /* outer: offered; a client prefers it to None and
				sends login */
	struct sj_handshake_login login; /* outer client with X509Plain */
	struct sj_size size_max; /* clients: largest ServerInit accepted */
};

/* On the caller's memory; members are private, use the functions. */
struct sj_handshake {
	struct sj_handshake_settings settings;
	enum sj_handshake_state state;
	unsigned stage;
	enum sj_reason reason;
	uint32_t subtype;
	struct sj_handshake_login login; /* that the peer sent */
	enum sj_reason verdict;
	struct sj_size size;
};

/* Starts a handshake at its first state; settings are copied. */
void sj_handshake_init(struct sj_handshake *handshake,
	const struct sj_handshake_settings *settings);

/*
 * Reads from in and writes to out (towards the same peer) one unit. DONE:
 * something moved or the state changed: call again. MORE: nothing moved,
 * more bytes or what the state asks for is needed. FULL: out has less than
 * SJ_HANDSHAKE_ROOM_BYTES free. REFUSE: the state is REFUSED. On entering
 * NEED_TLS bytes left in in are refused with SJ_REASON_CLEAR_BYTES.
 */
SJ_MUST_USE enum sj_step sj_handshake_next(struct sj_handshake *handshake,
	struct sj_reader *in, struct sj_writer *out);

/* Where handshake is. */
enum sj_handshake_state sj_handshake_state(
	const struct sj_handshake *handshake);

/*
 * Why it was refused: 2xx (servers), 3xx (clients), CLEAR_BYTES, the
 * verdict given to sj_handshake_verdict, or the code that the host said.
 * SJ_REASON_NONE before.
 */
enum sj_reason sj_handshake_reason(const struct sj_handshake *handshake);

/* True if the refusal is the word of the peer (a code in SecurityResult). */
bool sj_handshake_is_by_peer(const struct sj_handshake *handshake);

/* In NEED_TLS: the stream below is TLS now, the peer is verified. */
void sj_handshake_tls_done(struct sj_handshake *handshake);

/* The chosen VeNCrypt subtype; 0 before it is known. */
uint32_t sj_handshake_subtype(const struct sj_handshake *handshake);

/*
 * Outer server with X509Plain in NEED_VERDICT: what the peer sent; lent until
 * the verdict, which wipes the password. NULL with X509None.
 */
const struct sj_handshake_login *sj_handshake_login(
	const struct sj_handshake *handshake);

/*
 * In NEED_VERDICT: SJ_REASON_NONE lets the peer in; another reason is told
 * to it as `E` and three digits by the next sj_handshake_next, then the
 * state is REFUSED.
 */
void sj_handshake_verdict(
	struct sj_handshake *handshake, enum sj_reason verdict);

/* In NEED_SIZE: the screen size that ServerInit says. */
void sj_handshake_set_size(
	struct sj_handshake *handshake, const struct sj_size *size);

/* The screen size of ServerInit, once FINISHED. */
struct sj_size sj_handshake_size(const struct sj_handshake *handshake);

/* Wipes user name and password from memory. */
void sj_handshake_forget(struct sj_handshake *handshake);

#endif /* SJ_PROTOCOL_RFB_HANDSHAKE_H */
