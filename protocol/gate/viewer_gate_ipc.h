/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * viewer_gate_ipc: the messages between shoji-viewer-gate and who starts it.
 *
 * That is the launcher of a viewer, or the supervisor of a guard, whose inner
 * gate is this program. Control messages are struct sj_viewer_gate_message
 * on a SOCK_SEQPACKET pair (protocol/base/ipc.h), input is struct
 * sj_viewer_input on a one-way one. All are fixed in size, and judged as
 * foreign by the receiver.
 */
#ifndef SJ_PROTOCOL_GATE_VIEWER_GATE_IPC_H
#define SJ_PROTOCOL_GATE_VIEWER_GATE_IPC_H

#include <stdint.h>

#include "protocol/base/limits.h"
#include "protocol/base/rect.h"

enum sj_viewer_gate_message_type {
	/* to the gate. START: fds socket, chain, key, authority, CRL,
	 * stream to the decoder or guard core, input from the window or guard
	 * core. CRL: fd of a newer list. END: say goodbye. GO: the ledger has
	 * the opening, the session may begin. */
	SJ_VIEWER_GATE_START = 1,
	SJ_VIEWER_GATE_CRL,
	SJ_VIEWER_GATE_END,
	SJ_VIEWER_GATE_GO,
	/* from the gate. CONNECTED after ServerInit. UPDATE for each
	 * update when statistics are wanted. ALIVE each SJ_LIMIT_PULSE_MS.
	 * CLOSED last. */
	SJ_VIEWER_GATE_CONNECTED,
	SJ_VIEWER_GATE_UPDATE,
	SJ_VIEWER_GATE_CLOSED,
	SJ_VIEWER_GATE_PROVEN, /* to a guard: TLS is done, it is the host */
	SJ_VIEWER_GATE_ALIVE
};

struct sj_viewer_gate_start {
	uint32_t uid, gid; /* UINT32_MAX: keep */
	uint32_t may_miss, log_level;
	char host_name[256]; /* DNS name or address the SAN must hold */
	char zone[SJ_LIMIT_ZONE_BYTES]; /* zone of the terminal */
	char key_passphrase[SJ_LIMIT_PASSWORD_BYTES];
	/* Guard: the user it speaks for, stated by X509Plain; "" for a viewer,
	 * whose certificate says it. */
	char user[SJ_LIMIT_USER_NAME_BYTES + 1];
	struct sj_size size;   /* wished at the start; 0x0: the host's */
	uint8_t wants_updates; /* send GATE_UPDATE */
	uint8_t is_tls12_allowed;
	uint8_t is_guard_accepted; /* peer role guard beside host */
	uint8_t waits_for_go;      /* nothing is asked for before GO */
	uint8_t is_strict;         /* profile strict; of a viewer only */
};

/* Whom the gate is connected with, by its certificate. */
struct sj_viewer_gate_connected {
	uint8_t is_guard;
	char zone[SJ_LIMIT_ZONE_BYTES];
	char name[SJ_LIMIT_USER_NAME_BYTES + 1];
	uint8_t exporter[32]; /* value both ends of the TLS share */
	uint8_t spki_sha256[32];
};

struct sj_viewer_counts {
	uint64_t count[16];
	uint64_t bytes[16];
};

struct sj_viewer_gate_update {
	uint64_t at_us; /* CLOCK_MONOTONIC when its last byte passed */
	uint32_t bytes;
	uint32_t rects;
};

struct sj_viewer_gate_closed {
	uint32_t reason;                   /* enum sj_reason */
	uint32_t is_by_peer;               /* 1: the fault is on this side: the
							 peer said so, or our material */
	struct sj_viewer_counts viewer;    /* viewer to host */
	struct sj_viewer_counts host;      /* host to viewer */
	struct sj_viewer_counts encodings; /* rectangles per encoding */
	struct sj_viewer_counts sent;      /* of viewer: what the line got */
	uint64_t pixels;                   /* of rectangles that passed */
	uint64_t wire_in_bytes, wire_out_bytes; /* on the line, plain */
};

struct sj_viewer_gate_message {
	uint32_t type; /* enum sj_viewer_gate_message_type */
	union {
		struct sj_viewer_gate_start gate_start;
		struct sj_viewer_gate_connected gate_connected;
		struct sj_viewer_gate_update gate_update;
		struct sj_viewer_gate_closed gate_closed;
	} u;
};

enum sj_viewer_input_type {
	SJ_VIEWER_INPUT_KEY = 1,    /* keysym, is_down */
	SJ_VIEWER_INPUT_POINTER,    /* x_px, y_px, buttons (bit 0 left) */
	SJ_VIEWER_INPUT_SIZE,       /* x_px by y_px is the wished size */
	SJ_VIEWER_INPUT_RELEASE_ALL /* focus lost: release keys, buttons */
};

struct sj_viewer_input {
	uint32_t type;
	uint32_t keysym;
	uint8_t is_down;
	uint8_t buttons;
	uint16_t x_px, y_px;
};

#endif /* SJ_PROTOCOL_GATE_VIEWER_GATE_IPC_H */
