/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * host_gate_ipc: the messages between shoji-host-gate and who starts it.
 *
 * That is shojid, or the supervisor of a guard, whose outer gate is this
 * program. All are struct sj_host_gate_message on a SOCK_SEQPACKET pair
 * (protocol/base/ipc.h), fixed in size. A receiver accepts only the types
 * meant for it, with exactly that number of descriptors.
 */
#ifndef SJ_PROTOCOL_GATE_HOST_GATE_IPC_H
#define SJ_PROTOCOL_GATE_HOST_GATE_IPC_H

#include <stdint.h>

#include "protocol/base/limits.h"
#include "protocol/base/rect.h"

enum sj_host_gate_message_type {
	/* to the gate. START: fds socket, chain, key, authority, CRL and,
	 * with X509Plain, the password file. ATTACH: fd of the stream to the
	 * agent, publisher or guard core. CRL: fd of the new list. END:
	 * reason. */
	SJ_HOST_GATE_START = 1,
	SJ_HOST_GATE_ATTACH,
	SJ_HOST_GATE_CRL,
	SJ_HOST_GATE_END,
	/* from the gate. USER once, before anything is attached. ACTIVITY
	 * at most once a second while keys or pointer move. ALIVE each
	 * SJ_LIMIT_PULSE_MS. CLOSED last. */
	SJ_HOST_GATE_USER,
	SJ_HOST_GATE_ACTIVITY,
	SJ_HOST_GATE_CLOSED,
	SJ_HOST_GATE_ALIVE
};

/* Common to all START messages of confined processes. */
struct sj_host_confine_settings {
	uint32_t uid; /* UINT32_MAX: keep */
	uint32_t gid;
	uint32_t may_miss;  /* enum sj_confine_layer */
	uint32_t log_level; /* enum sj_log_level */
};

struct sj_host_gate_start {
	struct sj_host_confine_settings confine;
	uint8_t is_stock_allowed;        /* profile stock for foreign viewers */
	uint8_t is_certificate_required; /* no: throw-away sessions, stock only
					  */
	uint8_t is_none_allowed;  /* X509None: the certificate is enough */
	uint8_t is_plain_allowed; /* X509Plain with the password file */
	uint8_t is_guard_allowed; /* role guard, which states its user by
				     X509Plain without a password */
	uint8_t is_tls12_allowed;
	uint8_t is_strict; /* a guard: profile strict towards the viewer */
	uint8_t is_proxy_protocol;      /* reserved for HAProxy: 0 today */
	char zone[SJ_LIMIT_ZONE_BYTES]; /* zone that viewers must state */
	struct sj_size size_max;        /* of the screen */
	uint32_t handshake_ms;
	char peer[64]; /* address, for the log only */
	char key_passphrase[SJ_LIMIT_PASSWORD_BYTES];
};

enum sj_host_role {
	SJ_HOST_ROLE_VIEWER,
	SJ_HOST_ROLE_GUARD,
	SJ_HOST_ROLE_ANONYMOUS
};

struct sj_host_gate_user {
	uint8_t role;     /* enum sj_host_role */
	uint8_t is_stock; /* not our own viewer (as far as known) */
	char zone[SJ_LIMIT_ZONE_BYTES];
	char name[SJ_LIMIT_USER_NAME_BYTES + 1];
	uint8_t exporter[32];    /* value both ends of the TLS share */
	uint8_t spki_sha256[32]; /* of the peer's key */
};

/* What one direction carried, by message type (ledger's raw material). */
struct sj_host_counts {
	uint64_t count[16];
	uint64_t bytes[16];
};

struct sj_host_gate_closed {
	uint32_t reason;              /* enum sj_reason */
	struct sj_host_counts viewer; /* viewer to host, by counter index */
	struct sj_host_counts host;   /* host to viewer */
	struct sj_host_counts encodings;
	uint64_t pixels;                     /* of rectangles that passed */
	uint64_t received_bytes, sent_bytes; /* on the line, plain */
};

struct sj_host_gate_message {
	uint32_t type; /* enum sj_host_gate_message_type */
	union {
		uint32_t reason; /* END: enum sj_reason */
		struct sj_host_gate_start gate_start;
		struct sj_host_gate_user gate_user;
		struct sj_host_gate_closed gate_closed;
	} u;
};

#endif /* SJ_PROTOCOL_GATE_HOST_GATE_IPC_H */
