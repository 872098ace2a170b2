/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ledger_book: a ledger that is being written: its file, its state, its key.
 *
 * Records are added in memory and committed together: written, synced, then
 * the state overwritten and synced. What commit did not say SJ_OK to is not in
 * the ledger. Files are opened by the supervisor and judged here as foreign. No
 * path, no log; the disk may make commit and reserve wait.
 */
#ifndef SJ_CERTS_LEDGER_BOOK_H
#define SJ_CERTS_LEDGER_BOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "certs/ledger_mac.h"
#include "certs/ledger_sign.h"
#include "protocol/base/attr.h"
#include "protocol/base/err.h"
#include "protocol/ledger/record.h"

struct sj_ledger_times {
	uint64_t wall_us; /* since 1970 */
	uint64_t mono_us; /* CLOCK_MONOTONIC */
};

struct sj_ledger_book {
	int file_fd, state_fd; /* kept by the caller */
	struct sj_ledger_signer *signer;
	uint8_t boot[16];
	struct sj_ledger_state state; /* as on the disk */
	struct sj_ledger_state next;  /* behind the pending records */
	uint64_t size_bytes;          /* of the file, whole records */
	uint64_t reserved_bytes;      /* the disk has room up to here */
	bool can_reserve;
	uint16_t torn_bytes; /* cut off by open */
	size_t pending;      /* records */
	uint8_t room[SJ_LIMIT_LEDGER_BATCH * SJ_LEDGER_RECORD_BYTES];
};

/*
 * Takes the key of signer and judges file and state: they have to fit each
 * other. A torn record is cut off; records that the state has not seen yet
 * (a crash) are taken over if their macs are right. On failure why (size
 * bytes) says what does not fit, for an operator. boot: this start of the
 * machine.
 */
SJ_MUST_USE enum sj_err sj_ledger_book_open(struct sj_ledger_book *book,
	int file_fd, int state_fd, char *why, size_t size);

/*
 * Adds record, whose kind and body are filled, at the time now; seq, chain,
 * mac and for a CHECKPOINT the signature are made here. SJ_ERR_LIMIT when the
 * batch is full.
 */
SJ_MUST_USE enum sj_err sj_ledger_book_add(struct sj_ledger_book *book,
	struct sj_ledger_record *record, const struct sj_ledger_times *now);

/*
 * Puts the pending records on the disk. On failure none of them is there
 * (SJ_ERR_SYSTEM with errno), and they stay pending. SJ_ERR_DENIED: the file
 * has not the size that it was left with, and nothing is written.
 */
SJ_MUST_USE enum sj_err sj_ledger_book_commit(struct sj_ledger_book *book);

/* Forgets the pending records. */
void sj_ledger_book_drop(struct sj_ledger_book *book);

/*
 * Makes sure that records more fit on the disk, whatever others write.
 * SJ_ERR_SYSTEM with errno when there is no room. Where the file system cannot
 * promise it, SJ_OK.
 */
SJ_MUST_USE enum sj_err sj_ledger_book_reserve(
	struct sj_ledger_book *book, uint64_t records);

/* Records for which room is promised; UINT64_MAX when nothing can be. */
uint64_t sj_ledger_book_room(const struct sj_ledger_book *book);

/* Gives back what was reserved, wipes the key, frees the signer. */
void sj_ledger_book_close(struct sj_ledger_book *book);

#endif /* SJ_CERTS_LEDGER_BOOK_H */
