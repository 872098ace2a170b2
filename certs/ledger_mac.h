/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ledger_mac: hashes, macs and the key of a ledger that only goes forward.
 *
 * docs/ledger.md, section 4. A key that was used is overwritten by the next:
 * who takes over the machine cannot make or change a record of before. Pure
 * but for OpenSSL's own memory; blocks never.
 */
#ifndef SJ_CERTS_LEDGER_MAC_H
#define SJ_CERTS_LEDGER_MAC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/base/attr.h"
#include "protocol/base/err.h"
#include "protocol/ledger/record.h"

#define SJ_LEDGER_STATE_BYTES 128
#define SJ_LEDGER_FIRST_BYTES 256 /* the text of BASE.first is shorter */

/* Where a ledger stands: everything that the next record needs. */
struct sj_ledger_state {
	uint8_t id[SJ_LEDGER_ID_BYTES];
	uint64_t seq; /* of the next record */
	uint8_t key[SJ_LEDGER_HASH_BYTES];
	uint8_t prev[SJ_LEDGER_HASH_BYTES]; /* hash of the last record */
};

/* SHA-256 of size bytes of data into out; false without memory. */
SJ_MUST_USE bool sj_ledger_hash(
	const void *data, size_t size, uint8_t out[SJ_LEDGER_HASH_BYTES]);

/* The value that both ends of a TLS session write down for exporter. */
SJ_MUST_USE bool sj_ledger_join(
	const uint8_t exporter[32], uint8_t out[SJ_LEDGER_HASH_BYTES]);

/*
 * The mac that the record at bytes has to have under the key of state. state
 * does not change.
 */
SJ_MUST_USE bool sj_ledger_mac(const struct sj_ledger_state *state,
	const uint8_t *bytes, uint8_t out[SJ_LEDGER_HASH_BYTES]);

/* Replaces the key of state by the next one; the old one is wiped. */
SJ_MUST_USE bool sj_ledger_next_key(struct sj_ledger_state *state);

/* state has written the record at bytes: prev, seq and key go on. */
SJ_MUST_USE bool sj_ledger_step(
	struct sj_ledger_state *state, const uint8_t *bytes);

/* Writes the SJ_LEDGER_STATE_BYTES of state to bytes. */
SJ_MUST_USE bool sj_ledger_state_build(
	const struct sj_ledger_state *state, uint8_t *bytes);

/* Reads them; false when they are no state, or torn. */
SJ_MUST_USE bool sj_ledger_state_parse(
	const uint8_t *bytes, struct sj_ledger_state *state);

/* Fills state as that of an empty ledger, with a new id and key. */
SJ_MUST_USE bool sj_ledger_state_new(struct sj_ledger_state *state);

/*
 * The text of BASE.first for state (seq 0): two lines for a person to keep,
 * into text (SJ_LEDGER_FIRST_BYTES).
 */
SJ_MUST_USE bool sj_ledger_first_format(
	const struct sj_ledger_state *state, char *text);

/* Reads such a text (size bytes). False when it is none. */
SJ_MUST_USE bool sj_ledger_first_parse(
	const char *text, size_t size, struct sj_ledger_state *state);

/* Wipes the key of state. */
void sj_ledger_state_forget(struct sj_ledger_state *state);

#endif /* SJ_CERTS_LEDGER_MAC_H */
