/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ledger_ipc: the fixed-size messages between a supervisor and its
 * ledger writer.
 *
 * struct sj_ledger_message to the writer, struct sj_ledger_answer from it, on
 * a SOCK_SEQPACKET pair (protocol/base/ipc.h). Each side judges what it gets
 * as foreign. A ticket is the supervisor's number of a session; the writer
 * only gives it back.
 */
#ifndef SJ_PROTOCOL_LEDGER_LEDGER_IPC_H
#define SJ_PROTOCOL_LEDGER_LEDGER_IPC_H

#include <stdint.h>

#include "protocol/base/limits.h"
#include "protocol/ledger/record.h"

enum sj_ledger_message_type {
	/* START: fds ledger file, state file, signing key (PEM, memfd). */
	SJ_LEDGER_TELL_START = 1,
	SJ_LEDGER_TELL_OPEN,
	SJ_LEDGER_TELL_CLOSE,
	SJ_LEDGER_TELL_REFUSED /* a connection without a session */
};

struct sj_ledger_tell_start {
	uint32_t uid, gid; /* UINT32_MAX: keep */
	uint32_t may_miss; /* enum sj_confine_layer */
	uint32_t log_level;
	uint32_t heartbeat_s;
	int32_t utc_offset_s;
	uint8_t place; /* enum sj_ledger_place */
	char version[SJ_LEDGER_VERSION_BYTES + 1];
};

/* zone and name are those of the peer's certificate, "" when unknown. */
struct sj_ledger_tell_open {
	uint64_t ticket;
	uint64_t linked_ticket; /* of the other side of a guard; 0 none */
	uint8_t side;           /* enum sj_ledger_side */
	uint8_t peer;           /* enum sj_ledger_peer */
	char zone[SJ_LIMIT_ZONE_BYTES];
	char name[SJ_LIMIT_USER_NAME_BYTES + 1];
	uint8_t exporter[32];
	uint8_t spki_sha256[32];
};

/* The counts of one table, in the order of docs/protocol.md, section 11. */
struct sj_ledger_tell_counts {
	uint64_t count[SJ_LEDGER_COUNTERS];
	uint64_t bytes[SJ_LEDGER_COUNTERS];
};

struct sj_ledger_tell_close {
	uint64_t ticket;
	uint32_t code; /* enum sj_reason */
	uint8_t has_counts;
	uint8_t is_by_peer;
	uint64_t pixels, received_bytes, sent_bytes;
	struct sj_ledger_tell_counts table[SJ_LEDGER_TABLES]; /* in the order
			of enum sj_ledger_table */
};

struct sj_ledger_message {
	uint32_t type; /* enum sj_ledger_message_type */
	union {
		struct sj_ledger_tell_start start;
		struct sj_ledger_tell_open open;
		struct sj_ledger_tell_close close;
		uint32_t code; /* REFUSED: enum sj_reason */
	} u;
};

enum sj_ledger_answer_type {
	SJ_LEDGER_ANSWER_READY = 1, /* to START */
	SJ_LEDGER_ANSWER_KEPT,      /* OPEN is on the disk */
	SJ_LEDGER_ANSWER_NOT_KEPT,  /* OPEN is not: refuse the session */
	SJ_LEDGER_ANSWER_NO_ROOM    /* end the running sessions now */
};

struct sj_ledger_answer {
	uint32_t type;  /* enum sj_ledger_answer_type */
	int32_t number; /* NOT_KEPT, NO_ROOM: errno */
	uint64_t ticket;
};

#endif /* SJ_PROTOCOL_LEDGER_LEDGER_IPC_H */
