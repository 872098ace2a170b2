/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sessions of one end alone: whether the other end had to know of them. */
#include <stdlib.h>
#include <string.h>

#include "certs/verify_end.h"

/* Two clocks, and a session that opened while the copy was made. */
#define SKEW_US ((uint64_t)60 * 1000000)

/* By ledger, then by the peer's key, then as they were opened. */
static int compare_peers(const void *left, const void *right)
{
	const struct sj_verify_end *a = left, *b = right;
	int order;

	if (a->ledger->index != b->ledger->index)
		return a->ledger->index < b->ledger->index ? -1 : 1;
	order = memcmp(a->session->open.spki_sha256,
		b->session->open.spki_sha256, SJ_LEDGER_HASH_BYTES);
	if (order != 0)
		return order;
	return (a->session > b->session) - (a->session < b->session);
}

static bool is_same_peer(
	const struct sj_verify_end *a, const struct sj_verify_end *b)
{
	return a->ledger == b->ledger &&
	       memcmp(a->session->open.spki_sha256,
		       b->session->open.spki_sha256, SJ_LEDGER_HASH_BYTES) == 0;
}

/* Tells each end of the joined ones around it. */
static void find_neighbours(struct sj_verify_end *ends, size_t count)
{
	const struct sj_verify_session *joined = NULL;

	qsort(ends, count, sizeof(*ends), compare_peers);
	for (size_t i = 0; i < count; i++) {
		if (i > 0 && !is_same_peer(&ends[i - 1], &ends[i]))
			joined = NULL;
		ends[i].before = joined;
		if (ends[i].session->peer_ledger >= 0)
			joined = ends[i].session;
	}
	joined = NULL;
	for (size_t i = count; i-- > 0;) {
		if (i + 1 < count && !is_same_peer(&ends[i], &ends[i + 1]))
			joined = NULL;
		ends[i].after = joined;
		if (ends[i].session->peer_ledger >= 0)
			joined = ends[i].session;
	}
}

/* Whether ledger goes on at least until then. */
static bool reaches(const struct sj_verify_ledger *ledger, uint64_t then_us)
{
	return ledger->is_stopped || then_us + SKEW_US < ledger->last_us;
}

/* Whether ledger had begun by then, as far as clocks can tell. */
static bool had_begun(const struct sj_verify_ledger *ledger, uint64_t then_us)
{
	return then_us >= ledger->first_us &&
	       then_us - ledger->first_us >= SKEW_US;
}

/*
 * The ledger that had to hold the session of end, or the nearest one and in
 * *what why it had not to; NULL: none was shown. A ledger that holds an earlier
 * session had begun by then, whatever any clock says.
 */
static const struct sj_verify_ledger *find_keeper(
	const struct sj_verify_ledger *ledgers, const struct sj_verify_end *end,
	enum sj_verify_what *what)
{
	const struct sj_verify_ledger *before =
		end->before ? &ledgers[end->before->peer_ledger] : NULL;
	const struct sj_verify_ledger *after =
		end->after ? &ledgers[end->after->peer_ledger] : NULL;
	uint64_t then_us = end->session->opened_us;

	*what = SJ_VERIFY_LEFT_OUT;
	if (before && reaches(before, then_us))
		return before;
	if (after && had_begun(after, then_us) && reaches(after, then_us))
		return after;
	*what = !before && !after                     ? SJ_VERIFY_NO_OTHER
		: before || had_begun(after, then_us) ? SJ_VERIFY_ENDS_EARLIER
						      : SJ_VERIFY_BEGINS_LATER;
	return before ? before : after;
}

/*
 * One end opens a session before the other one knows of it: while the browser
 * is started, or a host is called that does not answer, there is nothing but
 * the handshake. An end that says so has nothing that the other one could hide.
 */
static bool is_never(const struct sj_verify_end *end)
{
	const struct sj_verify_session *session = end->session;
	uint64_t counted = session->close.pixels;

	for (size_t i = 0; i < SJ_LEDGER_TABLES; i++)
		for (size_t k = 0; k < SJ_LEDGER_COUNTERS; k++)
			counted |= session->table[i].count[k] |
				   session->table[i].bytes[k];
	return sj_verify_end_has_counts(end) && counted == 0 &&
	       session->close.sent_bytes <= SJ_VERIFY_HANDSHAKE_BYTES &&
	       session->close.received_bytes <= SJ_VERIFY_HANDSHAKE_BYTES;
}

static void check_one(const struct sj_verify_ledger *ledgers,
	struct sj_verify_findings *findings, const struct sj_verify_end *end)
{
	enum sj_verify_what what;
	const struct sj_verify_ledger *keeper =
		find_keeper(ledgers, end, &what);
	const struct sj_verify_finding peer = {
		.peer = keeper ? keeper->index : SJ_VERIFY_NO_PEER};

	if (what == SJ_VERIFY_LEFT_OUT) {
		end->session->is_never = is_never(end);
		if (end->session->is_never)
			what = SJ_VERIFY_NEVER;
	}
	sj_verify_find_end(findings, what, end, &peer);
}

void sj_verify_check_alone(const struct sj_verify_ledger *ledgers,
	struct sj_verify_end *ends, size_t count,
	struct sj_verify_findings *findings)
{
	find_neighbours(ends, count);
	for (size_t i = 0; i < count; i++)
		if (ends[i].session->peer_ledger < 0)
			check_one(ledgers, findings, &ends[i]);
}
