/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * verify_select: the sessions that an auditor asks about, by user and day.
 *
 * Everything is read and checked whatever was asked; what is not asked about
 * is left out of the list, the sums and what is milder than damage.
 */
#ifndef SJ_CERTS_VERIFY_SELECT_H
#define SJ_CERTS_VERIFY_SELECT_H

#include "certs/identity.h"
#include "certs/verify.h"

/* The zone of a user that is named without one. */
#define SJ_VERIFY_ZONE "lgwan"

struct sj_verify_selection {
	bool has_user, has_day;
	char user[SJ_IDENTITY_URI_BYTES]; /* zone:name */
	uint8_t identity[SJ_LEDGER_HASH_BYTES];
	char day[16];                /* 2026-11-26 */
	uint64_t day_us, day_end_us; /* wall; the end is the next one's begin */
};

/*
 * Asks about the user of text, NAME or ZONE:NAME. SJ_ERR_ARGUMENT: it is none;
 * SJ_ERR_MEMORY.
 */
SJ_MUST_USE enum sj_err sj_verify_select_user(
	struct sj_verify_selection *selection, const char *text);

/* Asks about a day of UTC, YYYY-MM-DD. SJ_ERR_ARGUMENT: it is none. */
SJ_MUST_USE enum sj_err sj_verify_select_day(
	struct sj_verify_selection *selection, const char *text);

/* Whether what lies between two times of a ledger touches the day, if one was
 * asked about. */
bool sj_verify_is_of_day(const struct sj_verify_selection *selection,
	uint64_t one_us, uint64_t other_us);

/*
 * Tells each session of the count ledgers, which are joined, its user and
 * whether it is left out. A session that may be one of those asked about, by
 * either end, is not. Adds to each ledger's findings that it does not reach
 * over the day, where it should.
 */
void sj_verify_select(struct sj_verify_ledger *ledgers, size_t count,
	const struct sj_verify_selection *selection);

#endif /* SJ_CERTS_VERIFY_SELECT_H */
