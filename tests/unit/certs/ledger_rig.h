/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ledger_rig: a ledger in memory that tests write, change and judge.
 *
 * The clock stands still until a test moves it. Every failure of ours ends the
 * test.
 */
#ifndef SJ_TESTS_UNIT_CERTS_LEDGER_RIG_H
#define SJ_TESTS_UNIT_CERTS_LEDGER_RIG_H

#include <stddef.h>
#include <stdint.h>

#include "certs/ledger_book.h"
#include "certs/ledger_desk.h"
#include "certs/verify.h"

#define LEDGER_RIG_SECOND UINT64_C(1000000)

struct ledger_rig {
	struct sj_ledger_book book;
	struct sj_ledger_desk desk;
	int file_fd, state_fd;
	struct sj_ledger_state first;
	char key[SJ_LEDGER_PEM_BYTES], pub[SJ_LEDGER_PEM_BYTES];
	struct sj_ledger_tell_start start;
	struct sj_ledger_times now;
	/* of the last judgement */
	struct sj_verify_ledger ledger;
};

/* Fresh keys and empty files; nothing is started. */
void ledger_rig_open(struct ledger_rig *rig, enum sj_ledger_place place);
void ledger_rig_close(struct ledger_rig *rig);

/* A writer begins: opens the book, writes START. */
void ledger_rig_start(struct ledger_rig *rig);

/* A writer ends: the day, the stop. */
void ledger_rig_stop(struct ledger_rig *rig);

/* Signs and commits what was added. */
void ledger_rig_commit(struct ledger_rig *rig, enum sj_ledger_cause cause);

/* An opening; exporter says which connection it is. */
struct sj_ledger_tell_open ledger_rig_opening(
	uint64_t ticket, enum sj_ledger_side side, uint8_t exporter);

/*
 * The closing of a session in which keys key events and updates updates
 * crossed, with bytes on the line that fit.
 */
struct sj_ledger_tell_close ledger_rig_closing(uint64_t ticket,
	enum sj_ledger_side side, uint64_t keys, uint64_t updates);

/* A whole session, of one second: opened, closed, committed. */
void ledger_rig_session(struct ledger_rig *rig,
	const struct sj_ledger_tell_open *open,
	const struct sj_ledger_tell_close *close);

/* Records that are in the file. */
size_t ledger_rig_records(const struct ledger_rig *rig);

/* The file's bytes in fresh memory; the caller frees. */
uint8_t *ledger_rig_bytes(const struct ledger_rig *rig, size_t *size);

/* Judges size bytes as the ledger of rig, with all its keys and its state. */
void ledger_rig_judge(struct ledger_rig *rig, const uint8_t *bytes, size_t size,
	const struct sj_verify_keys *more);

/* The same with the file as it is. */
void ledger_rig_judge_file(struct ledger_rig *rig);

/* Writes the records from at on again, with right chain, macs, signatures:
 * what only somebody with the keys of then could do. */
void ledger_rig_forge(struct ledger_rig *rig, uint8_t *bytes, size_t size);

#endif /* SJ_TESTS_UNIT_CERTS_LEDGER_RIG_H */
