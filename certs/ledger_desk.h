/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ledger_desk: turns what the writer is told into records of a book.
 *
 * Knows the open sessions and the sums of the day. Everything it is told is
 * judged; the time is given, so that tests decide it. Adds to the book and
 * never commits; a batch that fails is undone by restoring a copy of the desk.
 */
#ifndef SJ_CERTS_LEDGER_DESK_H
#define SJ_CERTS_LEDGER_DESK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "certs/ledger_book.h"
#include "protocol/base/attr.h"
#include "protocol/base/err.h"
#include "protocol/ledger/ledger_ipc.h"

/* Records that closing one session takes, with the signed one. */
#define SJ_LEDGER_CLOSING_RECORDS 5
#define SJ_LEDGER_DESK_CODES 128

struct sj_ledger_session {
	uint64_t ticket; /* 0: free */
	uint64_t seq;    /* of its OPEN */
	struct sj_ledger_times opened;
	uint8_t join[SJ_LEDGER_HASH_BYTES];
	uint8_t side;
};

struct sj_ledger_sums {
	struct sj_ledger_day day;
	struct sj_ledger_tell_counts table[SJ_LEDGER_TABLES];
};

struct sj_ledger_desk {
	struct sj_ledger_book *book; /* kept by the caller */
	struct sj_ledger_tell_start start;
	uint32_t open; /* sessions */
	struct sj_ledger_session session[SJ_LIMIT_LEDGER_SESSIONS];
	struct sj_ledger_sums sums[2]; /* SERVES, SHOWS */
	uint32_t codes;                /* refused since the last REFUSED */
	struct {
		uint16_t code;
		uint32_t times;
	} refused[SJ_LEDGER_DESK_CODES];
};

/* True if start can be one of a supervisor. */
bool sj_ledger_desk_is_sound(const struct sj_ledger_tell_start *start);

/* Begins: adds START and its checkpoint. desk is filled. */
SJ_MUST_USE enum sj_err sj_ledger_desk_start(struct sj_ledger_desk *desk,
	struct sj_ledger_book *book, const struct sj_ledger_tell_start *start,
	const struct sj_ledger_times *now);

/*
 * Adds OPEN. SJ_ERR_ARGUMENT when open is senseless or its ticket is in use,
 * SJ_ERR_LIMIT when too many are open.
 */
SJ_MUST_USE enum sj_err sj_ledger_desk_open(struct sj_ledger_desk *desk,
	const struct sj_ledger_tell_open *open,
	const struct sj_ledger_times *now);

/* Adds COUNTS and CLOSE. SJ_ERR_ARGUMENT when there is no such ticket. */
SJ_MUST_USE enum sj_err sj_ledger_desk_close(struct sj_ledger_desk *desk,
	const struct sj_ledger_tell_close *close,
	const struct sj_ledger_times *now);

/* True if the session with this ticket is open. */
SJ_MUST_USE bool sj_ledger_desk_is_open(
	const struct sj_ledger_desk *desk, uint64_t ticket);

/* Counts a refused connection; nothing is added yet. */
SJ_MUST_USE enum sj_err sj_ledger_desk_refuse(
	struct sj_ledger_desk *desk, uint32_t code);

/*
 * Adds what time asks for: REFUSED when is_beat, the DAY records when
 * the day has ended. *is_day says whether it has.
 */
SJ_MUST_USE enum sj_err sj_ledger_desk_tick(struct sj_ledger_desk *desk,
	const struct sj_ledger_times *now, bool is_beat, bool *is_day);

/* Adds the signed record that ends a batch. */
SJ_MUST_USE enum sj_err sj_ledger_desk_sign(struct sj_ledger_desk *desk,
	enum sj_ledger_cause cause, const struct sj_ledger_times *now);

/*
 * The supervisor is gone or ends: adds a CLOSE without counts for one session
 * that is still open. SJ_ERR_MISSING when none is.
 */
SJ_MUST_USE enum sj_err sj_ledger_desk_abandon(
	struct sj_ledger_desk *desk, const struct sj_ledger_times *now);

/* Adds the sums of the day so far. */
SJ_MUST_USE enum sj_err sj_ledger_desk_end_day(
	struct sj_ledger_desk *desk, const struct sj_ledger_times *now);

#endif /* SJ_CERTS_LEDGER_DESK_H */
