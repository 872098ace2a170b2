/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * record: the records of a ledger as checked structs (docs/ledger.md).
 *
 * What a file holds is foreign until it is parsed: whoever was on the machine
 * may have written it. Parsing is strict, so that equal meaning is equal bytes.
 * Chain, mac and signature are judged by certs/; here they are bytes. Pure:
 * no allocation, no clock, no file.
 */
#ifndef SJ_PROTOCOL_LEDGER_RECORD_H
#define SJ_PROTOCOL_LEDGER_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/base/attr.h"
#include "protocol/base/limits.h"

#define SJ_LEDGER_VERSION 1
/* The first four bytes of each record. */
#define SJ_LEDGER_MAGIC "SJLG"

#define SJ_LEDGER_RECORD_BYTES 512
#define SJ_LEDGER_BODY_AT 48
#define SJ_LEDGER_BODY_BYTES 400
#define SJ_LEDGER_SIGNED_BYTES 384 /* what a signature covers, and prev */
#define SJ_LEDGER_PREV_AT 448
#define SJ_LEDGER_MAC_AT 480
#define SJ_LEDGER_HASH_BYTES 32
#define SJ_LEDGER_SIGNATURE_BYTES 64
#define SJ_LEDGER_ID_BYTES 16
#define SJ_LEDGER_VERSION_BYTES 16 /* of shoji, as text */
#define SJ_LEDGER_COUNTERS 16
#define SJ_LEDGER_REFUSALS 48 /* codes of one REFUSED */

enum sj_ledger_kind {
	SJ_LEDGER_START = 1,
	SJ_LEDGER_OPEN,
	SJ_LEDGER_COUNTS,
	SJ_LEDGER_CLOSE,
	SJ_LEDGER_DAY,
	SJ_LEDGER_REFUSED,
	SJ_LEDGER_CHECKPOINT
};

enum sj_ledger_place {
	SJ_LEDGER_PLACE_HOST = 1,
	SJ_LEDGER_PLACE_GUARD,
	SJ_LEDGER_PLACE_VIEWER
};

enum sj_ledger_side {
	SJ_LEDGER_SERVES = 1, /* gets input, sends pixels */
	SJ_LEDGER_SHOWS       /* sends input, gets pixels */
};

enum sj_ledger_peer {
	SJ_LEDGER_PEER_HOST = 1,
	SJ_LEDGER_PEER_GUARD,
	SJ_LEDGER_PEER_VIEWER,
	SJ_LEDGER_PEER_FOREIGN, /* a viewer that is not shoji's */
	SJ_LEDGER_PEER_UNKNOWN  /* without a certificate */
};

enum sj_ledger_table {
	SJ_LEDGER_FROM_VIEWER = 1, /* units that went from viewer to host */
	SJ_LEDGER_FROM_HOST,
	SJ_LEDGER_ENCODINGS
};
#define SJ_LEDGER_TABLES 3

enum sj_ledger_cause {
	SJ_LEDGER_CAUSE_START = 1,
	SJ_LEDGER_CAUSE_HEARTBEAT,
	SJ_LEDGER_CAUSE_SESSION,
	SJ_LEDGER_CAUSE_DAY,
	SJ_LEDGER_CAUSE_STOP
};

struct sj_ledger_start {
	uint8_t id[SJ_LEDGER_ID_BYTES];
	uint8_t public_sha256[SJ_LEDGER_HASH_BYTES];
	char version[SJ_LEDGER_VERSION_BYTES + 1];
	uint8_t place; /* enum sj_ledger_place */
	uint16_t torn_bytes;
	uint32_t heartbeat_s;
	int32_t utc_offset_s;
};

struct sj_ledger_open {
	uint64_t linked;
	uint8_t join[SJ_LEDGER_HASH_BYTES];
	uint8_t spki_sha256[SJ_LEDGER_HASH_BYTES];
	uint8_t identity[SJ_LEDGER_HASH_BYTES];
	uint8_t side; /* enum sj_ledger_side */
	uint8_t peer; /* enum sj_ledger_peer */
	uint16_t protocol;
};

struct sj_ledger_counts {
	uint64_t session;
	uint8_t table; /* enum sj_ledger_table */
	uint8_t side;
	bool is_day;
	uint64_t count[SJ_LEDGER_COUNTERS];
	uint64_t bytes[SJ_LEDGER_COUNTERS];
};

struct sj_ledger_close {
	uint64_t session;
	uint8_t join[SJ_LEDGER_HASH_BYTES];
	uint16_t code; /* enum sj_reason */
	uint8_t side;
	bool has_counts;
	bool is_by_peer;
	uint64_t opened_us; /* wall */
	uint64_t lasted_us;
	uint64_t pixels;
	uint64_t received_bytes, sent_bytes; /* on the line */
};

struct sj_ledger_day {
	uint32_t date; /* 20261126 */
	uint8_t side;
	uint64_t first_us, last_us; /* wall; 0: none */
	uint32_t opened, closed, without_counts, refused;
	uint64_t pixels, received_bytes, sent_bytes;
};

struct sj_ledger_refused {
	uint16_t count; /* of codes */
	struct {
		uint16_t code;
		uint32_t times;
	} of[SJ_LEDGER_REFUSALS];
};

struct sj_ledger_checkpoint {
	uint16_t cause; /* enum sj_ledger_cause */
	uint32_t open;
	uint8_t signature[SJ_LEDGER_SIGNATURE_BYTES];
};

struct sj_ledger_record {
	uint16_t kind; /* enum sj_ledger_kind */
	uint64_t seq;
	uint64_t wall_us, mono_us;
	uint8_t boot[16];
	union {
		struct sj_ledger_start start;
		struct sj_ledger_open open;
		struct sj_ledger_counts counts;
		struct sj_ledger_close close;
		struct sj_ledger_day day;
		struct sj_ledger_refused refused;
		struct sj_ledger_checkpoint checkpoint;
	} u;
	uint8_t prev[SJ_LEDGER_HASH_BYTES];
	uint8_t mac[SJ_LEDGER_HASH_BYTES];
};

/*
 * Parses the SJ_LEDGER_RECORD_BYTES at bytes into *record. False when they are
 * no record of this version; *what (static) then says what is wrong.
 */
SJ_MUST_USE bool sj_ledger_record_parse(const uint8_t *bytes,
	struct sj_ledger_record *record, const char **what);

/*
 * Writes record to the SJ_LEDGER_RECORD_BYTES at bytes. A record that parse
 * would refuse is a fault of ours.
 */
void sj_ledger_record_build(
	const struct sj_ledger_record *record, uint8_t *bytes);

/* English name of kind, e.g. "CLOSE"; "?" for another number. Static. */
const char *sj_ledger_kind_text(unsigned kind);

/*
 * Name of a counter of table, as in section 11 of docs/protocol.md; NULL if
 * the index is not used.
 */
const char *sj_ledger_counter_name(enum sj_ledger_table table, size_t index);

/*
 * True if only counters that have a name are used, and no bytes stand with
 * units that did not cross: 16 units and bytes each.
 */
SJ_MUST_USE bool sj_ledger_counts_are_known(enum sj_ledger_table table,
	const uint64_t *count, const uint64_t *bytes);

/* True if a table 1 counter is a unit that did not cross. */
bool sj_ledger_counter_is_dropped(enum sj_ledger_table table, size_t index);

#endif /* SJ_PROTOCOL_LEDGER_RECORD_H */
