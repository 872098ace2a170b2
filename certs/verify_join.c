/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lays the ends of each connection beside each other. */
#include <stdlib.h>
#include <string.h>

#include "certs/verify_end.h"
#include "certs/verify_select.h"
#include "protocol/base/limits.h"

static int compare_ends(const void *left, const void *right)
{
	const struct sj_verify_end *a = left, *b = right;

	return memcmp(a->session->open.join, b->session->open.join,
		SJ_LEDGER_HASH_BYTES);
}

void sj_verify_find_end(struct sj_verify_findings *findings,
	enum sj_verify_what what, const struct sj_verify_end *end,
	const struct sj_verify_finding *more)
{
	struct sj_verify_finding finding = *more;

	if (end->session->is_left_out &&
		sj_verify_mark_of(what) != SJ_VERIFY_DAMAGE)
		return;
	finding.what = what;
	finding.seq = end->session->seq;
	finding.ledger = end->ledger->index;
	sj_verify_add(findings, &finding);
}

/* With the other end, if there is one. */
static void find(struct sj_verify_findings *findings, enum sj_verify_what what,
	const struct sj_verify_end *end, const struct sj_verify_finding *more)
{
	struct sj_verify_finding finding = *more;

	finding.peer = end->session->peer_ledger < 0
			       ? SJ_VERIFY_NO_PEER
			       : (uint16_t)end->session->peer_ledger;
	sj_verify_find_end(findings, what, end, &finding);
}

static uint64_t sum_bytes(const struct sj_ledger_counts *table)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < SJ_LEDGER_COUNTERS; i++)
		sum += table->bytes[i];
	return sum;
}

bool sj_verify_end_has_counts(const struct sj_verify_end *end)
{
	return end->session->is_closed && end->session->close.has_counts;
}

/*
 * What one end put on the line is what it counted, and the handshake. What came
 * is that, and a buffer that nobody read when the connection ended.
 */
static void check_line(
	struct sj_verify_findings *findings, const struct sj_verify_end *end)
{
	const struct sj_verify_session *session = end->session;
	bool is_serving = session->open.side == SJ_LEDGER_SERVES;
	uint64_t counted = sum_bytes(&session->table[is_serving ? 1 : 0]);
	uint64_t taken = sum_bytes(&session->table[is_serving ? 0 : 1]);
	uint64_t sent = session->close.sent_bytes;
	uint64_t got = session->close.received_bytes;

	if (sent > counted && sent - counted > SJ_VERIFY_HANDSHAKE_BYTES)
		find(findings, SJ_VERIFY_UNCOUNTED, end,
			&(struct sj_verify_finding){
				.one = sent, .other = counted});
	if (got > taken &&
		got - taken > SJ_VERIFY_HANDSHAKE_BYTES + SJ_LIMIT_PUMP_BYTES)
		find(findings, SJ_VERIFY_UNCOUNTED, end,
			&(struct sj_verify_finding){
				.one = got, .other = taken});
}

/* One table of a direction: from sent to got. */
static void compare_table(struct sj_verify_findings *findings,
	const struct sj_verify_end *sender,
	const struct sj_verify_end *receiver, uint8_t table)
{
	const struct sj_ledger_counts *sent =
		&sender->session->table[table - 1];
	const struct sj_ledger_counts *got =
		&receiver->session->table[table - 1];

	for (uint8_t i = 0; i < SJ_LEDGER_COUNTERS; i++) {
		bool is_more = got->count[i] > sent->count[i];

		if (sj_ledger_counter_is_dropped(
			    (enum sj_ledger_table)table, i))
			continue;
		if (!is_more && got->bytes[i] <= sent->bytes[i])
			continue;
		find(findings, SJ_VERIFY_MORE, receiver,
			&(struct sj_verify_finding){
				.one = is_more ? got->count[i] : got->bytes[i],
				.other = is_more ? sent->count[i]
						 : sent->bytes[i],
				.table = table,
				.index = i});
	}
}

/* A whole direction; bytes on the line. */
static void compare_line(struct sj_verify_findings *findings,
	const struct sj_verify_end *sender,
	const struct sj_verify_end *receiver)
{
	uint64_t sent = sender->session->close.sent_bytes;
	uint64_t got = receiver->session->close.received_bytes;
	const struct sj_verify_finding numbers = {.one = got, .other = sent};

	if (got > sent)
		find(findings, SJ_VERIFY_MORE, receiver, &numbers);
	else if (sent - got > SJ_VERIFY_UNDER_WAY_BYTES)
		find(findings, SJ_VERIFY_FAR_UNDER_WAY, sender, &numbers);
	else if (sent > got)
		find(findings, SJ_VERIFY_UNDER_WAY, sender, &numbers);
}

static void compare(struct sj_verify_findings *findings,
	const struct sj_verify_end *serving,
	const struct sj_verify_end *showing)
{
	uint64_t sent = serving->session->close.pixels;
	uint64_t got = showing->session->close.pixels;

	if (!sj_verify_end_has_counts(serving) ||
		!sj_verify_end_has_counts(showing))
		return;
	compare_table(findings, showing, serving, SJ_LEDGER_FROM_VIEWER);
	compare_table(findings, serving, showing, SJ_LEDGER_FROM_HOST);
	compare_table(findings, serving, showing, SJ_LEDGER_ENCODINGS);
	compare_line(findings, showing, serving);
	compare_line(findings, serving, showing);
	if (got > sent)
		find(findings, SJ_VERIFY_MORE, showing,
			&(struct sj_verify_finding){.one = got, .other = sent});
}

static int compare_seq(const void *left, const void *right)
{
	const uint64_t *seq = left;
	const struct sj_verify_session *session = right;

	return (*seq > session->seq) - (*seq < session->seq);
}

struct sj_verify_session *sj_verify_find_linked(
	const struct sj_verify_ledger *ledger,
	const struct sj_verify_session *session)
{
	struct sj_verify_session *found = NULL;

	if (ledger->place == SJ_LEDGER_PLACE_GUARD &&
		session->open.side == SJ_LEDGER_SHOWS)
		found = bsearch(&session->open.linked, ledger->session,
			ledger->sessions, sizeof(*session), compare_seq);
	return found && found->open.side == SJ_LEDGER_SERVES ? found : NULL;
}

/*
 * The user that a guard stated to the host is its viewer, by what each of them
 * has judged itself. 0: there is no name that could be compared.
 */
static void check_user(struct sj_verify_findings *findings,
	const struct sj_verify_ledger *ledgers, const struct sj_verify_end *end,
	const struct sj_verify_session *viewer)
{
	static const uint8_t nobody[SJ_LEDGER_HASH_BYTES];
	const struct sj_verify_session *host;

	if (end->session->peer_ledger < 0)
		return;
	host = &ledgers[end->session->peer_ledger]
			.session[end->session->peer_session];
	if (memcmp(host->open.identity, nobody, sizeof(nobody)) == 0 ||
		memcmp(viewer->open.identity, nobody, sizeof(nobody)) == 0 ||
		memcmp(host->open.identity, viewer->open.identity,
			sizeof(nobody)) == 0)
		return;
	find(findings, SJ_VERIFY_OTHER_USER, end,
		&(struct sj_verify_finding){.one = 0});
}

/*
 * What a guard sends to a host it has got from the viewer of the linked
 * session. By itself it lets go of what is held when that leaves: at most one
 * release for each press.
 */
static void check_linked(struct sj_verify_findings *findings,
	const struct sj_verify_ledger *ledgers, const struct sj_verify_end *end)
{
	static const uint8_t input[] = {3, 4}; /* keys, pointer events */
	struct sj_verify_session *viewer;

	if (end->ledger->place != SJ_LEDGER_PLACE_GUARD ||
		end->session->open.side != SJ_LEDGER_SHOWS)
		return;
	viewer = sj_verify_find_linked(end->ledger, end->session);
	if (!viewer) {
		find(findings, SJ_VERIFY_UNLINKED, end,
			&(struct sj_verify_finding){.one = 0});
		return;
	}
	if (viewer->is_linked)
		find(findings, SJ_VERIFY_INVENTED, end,
			&(struct sj_verify_finding){.one = 0});
	viewer->is_linked = true;
	check_user(findings, ledgers, end, viewer);
	if (!sj_verify_end_has_counts(end) || !viewer->is_closed ||
		!viewer->close.has_counts)
		return;
	for (size_t i = 0; i < sizeof(input); i++) {
		uint64_t got = viewer->table[0].count[input[i]];
		uint64_t sent = end->session->table[0].count[input[i]];

		if (sent / 2 + sent % 2 > got)
			find(findings, SJ_VERIFY_INVENTED, end,
				&(struct sj_verify_finding){.one = sent,
					.other = got,
					.table = SJ_LEDGER_FROM_VIEWER,
					.index = input[i]});
	}
}

/* Ends with one join, next to each other from first on. */
static void join(struct sj_verify_findings *findings,
	struct sj_verify_end *first, size_t count)
{
	struct sj_verify_end *serving = first, *showing = first;

	if (count == 1)
		return;
	if (first[0].session->open.side == SJ_LEDGER_SERVES)
		showing = &first[1];
	else
		serving = &first[1];
	if (count > 2 || serving->session->open.side != SJ_LEDGER_SERVES ||
		showing->session->open.side != SJ_LEDGER_SHOWS) {
		find(findings, SJ_VERIFY_TWICE, first,
			&(struct sj_verify_finding){.one = count, .other = 2});
		return;
	}
	serving->session->peer_ledger = showing->ledger->index;
	serving->session->peer_session =
		(size_t)(showing->session - showing->ledger->session);
	showing->session->peer_ledger = serving->ledger->index;
	showing->session->peer_session =
		(size_t)(serving->session - serving->ledger->session);
}

/* The two ends of a connection; once, by the one that serves. */
static void compare_pair(struct sj_verify_ledger *ledgers,
	struct sj_verify_findings *findings,
	const struct sj_verify_end *serving)
{
	const struct sj_verify_session *session = serving->session;
	struct sj_verify_end showing;

	if (session->peer_ledger < 0 || session->open.side != SJ_LEDGER_SERVES)
		return;
	showing = (struct sj_verify_end){
		.ledger = &ledgers[session->peer_ledger]};
	showing.session = &showing.ledger->session[session->peer_session];
	compare(findings, serving, &showing);
}

/* What one end's ledger says of its session by itself. */
static void check_own(const struct sj_verify_end *end)
{
	const struct sj_verify_finding alone = {.peer = SJ_VERIFY_NO_PEER};
	struct sj_verify_findings *findings = &end->ledger->findings;

	if (end->session->is_broken_off)
		sj_verify_find_end(findings, SJ_VERIFY_OPEN, end, &alone);
	if (end->session->is_closed && !end->session->close.has_counts)
		sj_verify_find_end(findings, SJ_VERIFY_NO_COUNTS, end, &alone);
}

/* Two ledgers without a pair agree about nothing. */
static void check_any(const struct sj_verify_end *ends, size_t count,
	struct sj_verify_findings *findings)
{
	const struct sj_verify_finding nothing = {
		.what = SJ_VERIFY_NOTHING, .peer = SJ_VERIFY_NO_PEER};

	for (size_t i = 0; i < count; i++)
		if (ends[i].session->peer_ledger >= 0 &&
			!ends[i].session->is_left_out)
			return;
	sj_verify_add(findings, &nothing);
}

/* A key writes every number once. */
static void check_fork(const struct sj_verify_ledger *one,
	const struct sj_verify_ledger *other,
	struct sj_verify_findings *findings)
{
	const struct sj_verify_finding forked = {.what = SJ_VERIFY_FORKED,
		.seq = one->first_seq > other->first_seq ? one->first_seq
							 : other->first_seq,
		.ledger = one->index,
		.peer = other->index};

	/* Without a START nobody knows whose it is. */
	if (one->place != 0 && other->place != 0 &&
		memcmp(one->id, other->id, sizeof(one->id)) == 0 &&
		one->first_seq < other->next_seq &&
		other->first_seq < one->next_seq)
		sj_verify_add(findings, &forked);
}

/* Fills ends with all sessions of ledgers. */
static void collect(struct sj_verify_ledger *ledgers, size_t count,
	struct sj_verify_end *ends)
{
	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < ledgers[i].sessions; k++)
			*ends++ = (struct sj_verify_end){.ledger = &ledgers[i],
				.session = &ledgers[i].session[k]};
}

static void join_all(struct sj_verify_end *ends, size_t total,
	struct sj_verify_findings *findings)
{
	qsort(ends, total, sizeof(*ends), compare_ends);
	for (size_t i = 0, next; i < total; i = next) {
		for (next = i + 1; next < total &&
				   compare_ends(&ends[i], &ends[next]) == 0;
			next++)
			;
		join(findings, &ends[i], next - i);
	}
}

enum sj_err sj_verify_join(struct sj_verify_ledger *ledgers, size_t count,
	const struct sj_verify_selection *selection,
	struct sj_verify_findings *findings)
{
	static const struct sj_verify_selection all = {.has_user = false};
	struct sj_verify_end *ends;
	size_t total = 0;

	for (size_t i = 0; i < count; i++)
		total += ledgers[i].sessions;
	ends = calloc(total + 1, sizeof(*ends));
	if (!ends)
		return SJ_ERR_MEMORY;
	collect(ledgers, count, ends);
	join_all(ends, total, findings);
	sj_verify_select(ledgers, count, selection ? selection : &all);
	for (size_t i = 0; i < total; i++) {
		check_own(&ends[i]);
		compare_pair(ledgers, findings, &ends[i]);
		if (sj_verify_end_has_counts(&ends[i]))
			check_line(findings, &ends[i]);
		check_linked(findings, ledgers, &ends[i]);
	}
	sj_verify_check_alone(ledgers, ends, total, findings);
	check_any(ends, total, findings);
	for (size_t i = 0; i < count; i++)
		for (size_t k = i + 1; k < count; k++)
			check_fork(&ledgers[i], &ledgers[k], findings);
	free(ends);
	return SJ_OK;
}

enum sj_verify_verdict sj_verify_verdict(const struct sj_verify_ledger *ledgers,
	size_t count, const struct sj_verify_findings *findings)
{
	enum sj_verify_verdict verdict = SJ_VERIFY_AGREES;

	for (size_t i = 0; i <= count; i++) {
		const struct sj_verify_findings *of =
			i < count ? &ledgers[i].findings : findings;

		for (int what = 0; what <= SJ_VERIFY_LAST_GAP; what++) {
			if (of->times[what] == 0)
				continue;
			if (what <= SJ_VERIFY_LAST_DAMAGE)
				return SJ_VERIFY_DAMAGED;
			verdict = SJ_VERIFY_INCOMPLETE;
		}
	}
	return verdict;
}
