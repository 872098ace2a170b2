/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "certs/verify_select.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#define BYTES SJ_LEDGER_RECORD_BYTES
/* Steps of the key over records that nobody has shown, in all: a ledger that
 * leaps to and fro shall not keep an auditor busy for days. */
#define STEPS_MAX ((uint64_t)1 << 24)
/* A checkpoint may be this late: heartbeats, and the disk. */
#define SILENCE_BEATS 3
#define SILENCE_MORE_US 5000000u

struct judge {
	struct sj_verify_ledger *ledger;
	const struct sj_verify_keys *keys;
	struct sj_ledger_state state; /* key of the next record */
	bool has_key;
	uint64_t steps_left;
	uint8_t prev[SJ_LEDGER_HASH_BYTES];
	struct sj_ledger_record last;
	bool has_last, is_running; /* between START and stop */
	uint32_t heartbeat_s;
	uint64_t checkpoint_us; /* mono of the last one */
	uint64_t signed_us;     /* wall of it; 0: there was none */
	uint64_t signed_seq;    /* first record behind the last good one */
	struct sj_ledger_counts counts[SJ_LEDGER_TABLES];
	size_t count;
	struct sj_ledger_day sums[2];
	struct sj_ledger_counts tables[2][SJ_LEDGER_TABLES];
	uint32_t refused;
};

static void find(struct judge *judge, enum sj_verify_what what, uint64_t seq,
	uint64_t one, uint64_t other)
{
	const struct sj_verify_finding finding = {.what = what,
		.seq = seq,
		.one = one,
		.other = other,
		.ledger = judge->ledger->index,
		.peer = SJ_VERIFY_NO_PEER};

	sj_verify_add(&judge->ledger->findings, &finding);
	if (what <= SJ_VERIFY_LAST_DAMAGE)
		judge->ledger->is_damaged = true;
}

/* A gap in the records of two times: one, if it touches the day. */
static bool is_asked(
	const struct judge *judge, uint64_t one_us, uint64_t other_us)
{
	return sj_verify_is_of_day(judge->keys->selection, one_us, other_us);
}

/* ---- chain ---- */

/* Brings the key to that of seq; false when it is too far. */
static bool reach_key(struct judge *judge, uint64_t seq)
{
	if (!judge->has_key)
		return false;
	if (seq < judge->state.seq)
		judge->state = *judge->keys->first;
	/* The record that follows costs one, and nothing of what is left. */
	if (seq - judge->state.seq > 1) {
		if (seq - judge->state.seq > judge->steps_left)
			return false;
		judge->steps_left -= seq - judge->state.seq;
	}
	while (judge->state.seq < seq) {
		if (!sj_ledger_next_key(&judge->state))
			return false;
		judge->state.seq++;
	}
	return true;
}

static void check_mac(struct judge *judge,
	const struct sj_ledger_record *record, const uint8_t *bytes)
{
	uint8_t mac[SJ_LEDGER_HASH_BYTES];

	if (!judge->has_key)
		return;
	if (!reach_key(judge, record->seq) ||
		!sj_ledger_mac(&judge->state, bytes, mac) ||
		CRYPTO_memcmp(mac, record->mac, sizeof(mac)) != 0)
		find(judge, SJ_VERIFY_MAC, record->seq, 0, 0);
}

static void check_chain(struct judge *judge,
	const struct sj_ledger_record *record, const uint8_t *bytes)
{
	struct sj_verify_ledger *ledger = judge->ledger;

	if (!judge->has_last) {
		ledger->first_seq = record->seq;
		if (record->seq > 0 && is_asked(judge, 0, record->wall_us))
			find(judge, SJ_VERIFY_BEFORE, record->seq, 0, 0);
		else if (record->seq == 0 && memcmp(record->prev, judge->prev,
						     sizeof(judge->prev)) != 0)
			find(judge, SJ_VERIFY_PREV, 0, 0, 0);
	} else if (record->seq != ledger->next_seq) {
		find(judge, SJ_VERIFY_SEQ, record->seq, ledger->next_seq,
			record->seq);
	} else if (memcmp(record->prev, judge->prev, sizeof(judge->prev)) !=
		   0) {
		find(judge, SJ_VERIFY_PREV, record->seq, 0, 0);
	}
	check_mac(judge, record, bytes);
	if (record->kind == SJ_LEDGER_CHECKPOINT && judge->keys->signer &&
		sj_ledger_check(judge->keys->signer, bytes,
			record->u.checkpoint.signature) != SJ_OK)
		find(judge, SJ_VERIFY_SIGNATURE, record->seq, 0, 0);
}

static void check_witnesses(
	struct judge *judge, const struct sj_ledger_record *record)
{
	for (size_t i = 0; i < judge->keys->witnesses; i++) {
		struct sj_verify_witness *witness = &judge->keys->witness[i];

		if (witness->seq != record->seq)
			continue;
		witness->is_seen = true;
		if (memcmp(witness->hash, judge->prev, sizeof(judge->prev)) !=
			0)
			find(judge, SJ_VERIFY_WITNESS, record->seq, 0, 0);
	}
}

/* ---- times ---- */

static void check_times(
	struct judge *judge, const struct sj_ledger_record *record)
{
	uint64_t most_us =
		(uint64_t)judge->heartbeat_s * SILENCE_BEATS * 1000000 +
		SILENCE_MORE_US;
	bool is_same_boot =
		judge->has_last && memcmp(judge->last.boot, record->boot,
					   sizeof(record->boot)) == 0;

	if (is_same_boot && record->mono_us < judge->last.mono_us)
		find(judge, SJ_VERIFY_CLOCK, record->seq, judge->last.mono_us,
			record->mono_us);
	if (record->kind != SJ_LEDGER_CHECKPOINT)
		return;
	if (is_same_boot && judge->is_running && judge->checkpoint_us > 0 &&
		record->mono_us > judge->checkpoint_us + most_us &&
		is_asked(judge, judge->signed_us, record->wall_us))
		find(judge, SJ_VERIFY_SILENCE, record->seq,
			(record->mono_us - judge->checkpoint_us) / 1000000,
			judge->heartbeat_s);
	judge->checkpoint_us = record->mono_us;
}

/* ---- sessions ---- */

static struct sj_verify_session *find_session(
	const struct sj_verify_ledger *ledger, uint64_t seq)
{
	for (size_t i = ledger->sessions; i-- > 0;)
		if (ledger->session[i].seq == seq)
			return &ledger->session[i];
	return NULL;
}

static enum sj_err on_open(
	struct judge *judge, const struct sj_ledger_record *record)
{
	struct sj_verify_ledger *ledger = judge->ledger;
	struct sj_verify_session *session;

	if (ledger->sessions == ledger->session_room) {
		size_t room = ledger->session_room * 2 + 16;
		void *more = reallocarray(
			ledger->session, room, sizeof(ledger->session[0]));

		if (!more)
			return SJ_ERR_MEMORY;
		ledger->session = more;
		ledger->session_room = room;
	}
	session = &ledger->session[ledger->sessions++];
	memset(session, 0, sizeof(*session));
	session->seq = record->seq;
	session->opened_us = record->wall_us;
	session->open = record->u.open;
	session->last_us = UINT64_MAX;
	session->peer_ledger = -1;
	judge->sums[session->open.side - 1].opened++;
	return SJ_OK;
}

/* The three COUNTS before belong to session (0: the day) and side. */
static bool are_counts_of(
	const struct judge *judge, uint64_t session, uint8_t side, bool is_day)
{
	if (judge->count != SJ_LEDGER_TABLES)
		return false;
	for (uint8_t i = 0; i < SJ_LEDGER_TABLES; i++)
		if (judge->counts[i].table != i + 1 ||
			judge->counts[i].session != session ||
			judge->counts[i].side != side ||
			judge->counts[i].is_day != is_day)
			return false;
	return true;
}

static void add_sums(struct judge *judge, const struct sj_ledger_close *close)
{
	struct sj_ledger_day *day = &judge->sums[close->side - 1];

	day->closed++;
	day->without_counts += close->has_counts ? 0 : 1;
	day->pixels += close->pixels;
	day->received_bytes += close->received_bytes;
	day->sent_bytes += close->sent_bytes;
	if (!close->has_counts)
		return;
	for (size_t i = 0; i < SJ_LEDGER_TABLES; i++) {
		struct sj_ledger_counts *sum =
			&judge->tables[close->side - 1][i];

		for (size_t k = 0; k < SJ_LEDGER_COUNTERS; k++) {
			sum->count[k] += judge->counts[i].count[k];
			sum->bytes[k] += judge->counts[i].bytes[k];
		}
	}
}

static void on_close(struct judge *judge, const struct sj_ledger_record *record)
{
	const struct sj_ledger_close *close = &record->u.close;
	struct sj_verify_session *session =
		find_session(judge->ledger, close->session);

	add_sums(judge, close);
	if (!session) {
		/* It may have been opened in a file that was not shown. */
		if (close->session >= judge->ledger->first_seq)
			find(judge, SJ_VERIFY_SESSION, record->seq, 0, 0);
		return;
	}
	if (session->is_closed || session->open.side != close->side ||
		memcmp(session->open.join, close->join, sizeof(close->join)) !=
			0 ||
		(close->has_counts ? !are_counts_of(judge, close->session,
					     close->side, false)
				   : judge->count != 0)) {
		find(judge, SJ_VERIFY_SESSION, record->seq, close->session, 0);
		return;
	}
	session->is_closed = true;
	session->last_us = record->wall_us;
	session->close = *close;
	if (close->has_counts)
		memcpy(session->table, judge->counts, sizeof(session->table));
}

static bool are_tables_equal(
	const struct sj_ledger_counts *a, const struct sj_ledger_counts *b)
{
	return memcmp(a->count, b->count, sizeof(a->count)) == 0 &&
	       memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

static void begin_sums(struct judge *judge)
{
	memset(judge->sums, 0, sizeof(judge->sums));
	memset(judge->tables, 0, sizeof(judge->tables));
	judge->refused = 0;
}

static void on_day(struct judge *judge, const struct sj_ledger_record *record)
{
	const struct sj_ledger_day *said = &record->u.day;
	const struct sj_ledger_day *sum = &judge->sums[said->side - 1];
	bool is_own = (said->side == SJ_LEDGER_SHOWS) ==
		      (judge->ledger->place == SJ_LEDGER_PLACE_VIEWER);
	bool is_right = are_counts_of(judge, 0, said->side, true) &&
			said->opened == sum->opened &&
			said->closed == sum->closed &&
			said->without_counts == sum->without_counts &&
			said->pixels == sum->pixels &&
			said->received_bytes == sum->received_bytes &&
			said->sent_bytes == sum->sent_bytes &&
			said->refused == (is_own ? judge->refused : 0);

	for (size_t i = 0; is_right && i < SJ_LEDGER_TABLES; i++)
		is_right = are_tables_equal(
			&judge->counts[i], &judge->tables[said->side - 1][i]);
	/* Not everything of the first day was shown. */
	if (!is_right &&
		!(judge->ledger->first_seq > 0 && judge->ledger->runs == 0))
		find(judge, SJ_VERIFY_SUMS, record->seq, said->date, 0);
	if (is_own)
		judge->refused = 0;
	memset(&judge->sums[said->side - 1], 0, sizeof(judge->sums[0]));
	memset(judge->tables[said->side - 1], 0, sizeof(judge->tables[0]));
}

/* Sessions that were open when a run ended. */
static void close_run(struct judge *judge)
{
	struct sj_verify_ledger *ledger = judge->ledger;

	for (size_t i = 0; i < ledger->sessions; i++) {
		struct sj_verify_session *session = &ledger->session[i];

		if (session->is_closed || session->is_broken_off)
			continue;
		session->is_broken_off = true;
		session->last_us = judge->last.wall_us;
	}
}

static void on_start(struct judge *judge, const struct sj_ledger_record *record)
{
	const struct sj_ledger_start *start = &record->u.start;
	struct sj_verify_ledger *ledger = judge->ledger;
	uint8_t id[SJ_LEDGER_HASH_BYTES];

	if (judge->is_running) {
		if (is_asked(judge, judge->last.wall_us, record->wall_us))
			find(judge, SJ_VERIFY_CRASH, record->seq, 0, 0);
		close_run(judge);
	}
	if (start->torn_bytes > 0)
		find(judge, SJ_VERIFY_TORN, record->seq, start->torn_bytes, 0);
	if ((judge->keys->first && memcmp(judge->keys->first->id, start->id,
					   sizeof(start->id)) != 0) ||
		(ledger->runs > 0 && memcmp(ledger->id, start->id,
					     sizeof(start->id)) != 0) ||
		(judge->keys->signer &&
			(sj_ledger_signer_id(judge->keys->signer, id) !=
					SJ_OK ||
				memcmp(id, start->public_sha256, sizeof(id)) !=
					0)))
		find(judge, SJ_VERIFY_KEYS, record->seq, 0, 0);
	ledger->place = start->place;
	memcpy(ledger->id, start->id, sizeof(ledger->id));
	memcpy(ledger->public_sha256, start->public_sha256,
		sizeof(ledger->public_sha256));
	memcpy(ledger->version, start->version, sizeof(ledger->version));
	ledger->runs++;
	ledger->is_stopped = false;
	judge->is_running = true;
	judge->heartbeat_s = start->heartbeat_s;
	judge->checkpoint_us = record->mono_us;
	begin_sums(judge);
}

/* ---- all ---- */

static enum sj_err judge_kind(
	struct judge *judge, const struct sj_ledger_record *record)
{
	enum sj_err err = SJ_OK;

	switch ((enum sj_ledger_kind)record->kind) {
	case SJ_LEDGER_START:
		on_start(judge, record);
		break;
	case SJ_LEDGER_OPEN:
		err = on_open(judge, record);
		break;
	case SJ_LEDGER_COUNTS:
		if (judge->count < SJ_LEDGER_TABLES)
			judge->counts[judge->count++] = record->u.counts;
		else
			find(judge, SJ_VERIFY_SESSION, record->seq, 0, 0);
		return SJ_OK;
	case SJ_LEDGER_CLOSE:
		on_close(judge, record);
		break;
	case SJ_LEDGER_DAY:
		on_day(judge, record);
		break;
	case SJ_LEDGER_REFUSED:
		for (size_t i = 0; i < record->u.refused.count; i++) {
			judge->refused += record->u.refused.of[i].times;
			judge->ledger->refused += record->u.refused.of[i].times;
		}
		break;
	case SJ_LEDGER_CHECKPOINT:
		judge->ledger->checkpoints++;
		judge->signed_seq = record->seq + 1;
		judge->signed_us = record->wall_us;
		if (record->u.checkpoint.cause != SJ_LEDGER_CAUSE_STOP)
			break;
		close_run(judge);
		judge->is_running = false;
		judge->ledger->is_stopped = true;
		break;
	}
	if (judge->count > 0 && record->kind != SJ_LEDGER_CLOSE &&
		record->kind != SJ_LEDGER_DAY)
		find(judge, SJ_VERIFY_SESSION, record->seq, 0, 0);
	judge->count = 0;
	return err;
}

static enum sj_err judge_record(struct judge *judge, const uint8_t *bytes)
{
	struct sj_verify_ledger *ledger = judge->ledger;
	struct sj_ledger_record record;
	enum sj_err err = SJ_OK;
	const char *what;

	if (!sj_ledger_record_parse(bytes, &record, &what)) {
		find(judge, SJ_VERIFY_RECORD, ledger->next_seq, 0, 0);
		ledger->next_seq++;
	} else {
		check_chain(judge, &record, bytes);
		check_times(judge, &record);
		if (!judge->is_running && record.kind != SJ_LEDGER_START &&
			(judge->has_last || record.seq == 0))
			find(judge, SJ_VERIFY_BEGINNING, record.seq, 0, 0);
		if (!judge->has_last)
			ledger->first_us = record.wall_us;
		err = judge_kind(judge, &record);
		/* Shown from the middle on: it is running. */
		judge->is_running = judge->is_running ||
				    (!judge->has_last && record.seq > 0);
		judge->last = record;
		judge->has_last = true;
		ledger->next_seq = record.seq + 1;
		ledger->last_us = record.wall_us;
	}
	if (!sj_ledger_hash(bytes, BYTES, judge->prev))
		return SJ_ERR_MEMORY;
	check_witnesses(judge, &judge->last);
	ledger->records++;
	if (!ledger->is_damaged)
		ledger->trusted = ledger->records;
	return err;
}

/* What is not known of the end. */
static void find_end_gaps(struct judge *judge, size_t part_bytes)
{
	const struct sj_verify_ledger *ledger = judge->ledger;

	if (part_bytes > 0)
		find(judge, SJ_VERIFY_PART, ledger->next_seq, part_bytes, 0);
	if (!ledger->is_stopped)
		find(judge, SJ_VERIFY_NO_STOP, ledger->next_seq, 0, 0);
	if (judge->signed_seq < ledger->next_seq)
		find(judge, SJ_VERIFY_TAIL, judge->signed_seq,
			ledger->next_seq - judge->signed_seq, 0);
}

static void judge_end(struct judge *judge, size_t part_bytes)
{
	struct sj_verify_ledger *ledger = judge->ledger;
	const struct sj_ledger_state *state = judge->keys->state;

	/* What was signed behind the day vouches for all of the day. */
	if (is_asked(judge, judge->signed_us, UINT64_MAX))
		find_end_gaps(judge, part_bytes);
	/* A state that was copied earlier knows less: no fault. */
	if (state &&
		(state->seq > ledger->next_seq ||
			(state->seq == ledger->next_seq && state->seq > 0 &&
				memcmp(state->prev, judge->prev,
					sizeof(judge->prev)) != 0)))
		find(judge, SJ_VERIFY_CUT, ledger->next_seq, state->seq,
			ledger->next_seq);
	ledger->witnesses = judge->keys->witnesses;
	for (size_t i = 0; i < judge->keys->witnesses; i++)
		if (judge->keys->witness[i].is_seen)
			ledger->witnesses_seen++;
		else if (judge->keys->witness[i].seq >= ledger->first_seq)
			find(judge, SJ_VERIFY_WITNESS_GONE,
				judge->keys->witness[i].seq, 0, 0);
	if (!judge->keys->first)
		find(judge, SJ_VERIFY_NO_FIRST, 0, 0, 0);
	if (!judge->keys->signer)
		find(judge, SJ_VERIFY_NO_PUBLIC, 0, 0, 0);
}

enum sj_err sj_verify_read(struct sj_verify_ledger *ledger, FILE *file,
	const struct sj_verify_keys *keys)
{
	struct judge *judge = calloc(1, sizeof(*judge));
	uint8_t bytes[BYTES];
	enum sj_err err = SJ_OK;
	size_t got = 0;

	if (!judge)
		return SJ_ERR_MEMORY;
	judge->ledger = ledger;
	judge->keys = keys;
	judge->has_key = keys->first != NULL;
	judge->steps_left = keys->steps_max > 0 ? keys->steps_max : STEPS_MAX;
	if (keys->first)
		judge->state = *keys->first;
	ledger->has_first = keys->first != NULL;
	ledger->has_public = keys->signer != NULL;
	ledger->has_state = keys->state != NULL;
	while (err == SJ_OK) {
		got = fread(bytes, 1, sizeof(bytes), file);
		if (got < sizeof(bytes))
			break;
		if (ledger->records >= SJ_LIMIT_LEDGER_BYTES / BYTES)
			err = SJ_ERR_LIMIT;
		else
			err = judge_record(judge, bytes);
	}
	if (err == SJ_OK && ferror(file))
		err = SJ_ERR_SYSTEM;
	if (err == SJ_OK)
		judge_end(judge, got);
	sj_ledger_state_forget(&judge->state);
	free(judge);
	return err;
}

void sj_verify_free(struct sj_verify_ledger *ledger)
{
	free(ledger->session);
	ledger->session = NULL;
	ledger->sessions = ledger->session_room = 0;
}
