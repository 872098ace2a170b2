/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * verify_end: one end of a connection, as verify_join.c and verify_alone.c
 * look at it.
 */
#ifndef SJ_CERTS_VERIFY_END_H
#define SJ_CERTS_VERIFY_END_H

#include "certs/verify.h"

struct sj_verify_end {
	struct sj_verify_ledger *ledger;
	struct sj_verify_session *session;
	/* The nearest sessions of the same ledger with the same peer that are
	 * joined, before and after this one; NULL: none. */
	const struct sj_verify_session *before, *after;
};

/* Adds more as a finding of what about end, unless that was left out and it is
 * no damage. */
void sj_verify_find_end(struct sj_verify_findings *findings,
	enum sj_verify_what what, const struct sj_verify_end *end,
	const struct sj_verify_finding *more);

/*
 * The session with a viewer that a guard's session with a host is of; NULL if
 * there is none.
 */
struct sj_verify_session *sj_verify_find_linked(
	const struct sj_verify_ledger *ledger,
	const struct sj_verify_session *session);

/* True if the counts of the session are known. */
bool sj_verify_end_has_counts(const struct sj_verify_end *end);

/*
 * Judges the count ends that were joined as far as they can be: what is alone
 * has to be so. Puts them in another order.
 */
void sj_verify_check_alone(const struct sj_verify_ledger *ledgers,
	struct sj_verify_end *ends, size_t count,
	struct sj_verify_findings *findings);

#endif /* SJ_CERTS_VERIFY_END_H */
