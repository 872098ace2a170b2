/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "certs/ledger_desk.h"

#include <string.h>
#include <time.h>

#include "certs/identity.h"
#include "protocol/base/reason.h"

#define PROTOCOL_VERSION 0x0308

static enum sj_err add(struct sj_ledger_desk *desk,
	struct sj_ledger_record *record, const struct sj_ledger_times *now)
{
	return sj_ledger_book_add(desk->book, record, now);
}

/* ---- days ---- */

/* The day of local time as a number, 20261126. A clock that was never set is
 * before all that a reader takes for a day. */
static uint32_t date_of(
	const struct sj_ledger_desk *desk, const struct sj_ledger_times *now)
{
	time_t seconds =
		(time_t)(now->wall_us / 1000000) + desk->start.utc_offset_s;
	struct tm day;

	if (!gmtime_r(&seconds, &day) || day.tm_year < 2020 - 1900)
		return 20200101;
	return (uint32_t)((day.tm_year + 1900) * 10000 +
			  (day.tm_mon + 1) * 100 + day.tm_mday);
}

static void begin_day(
	struct sj_ledger_desk *desk, const struct sj_ledger_times *now)
{
	memset(desk->sums, 0, sizeof(desk->sums));
	for (uint8_t i = 0; i < 2; i++) {
		desk->sums[i].day.date = date_of(desk, now);
		desk->sums[i].day.side = (uint8_t)(i + 1);
	}
}

static struct sj_ledger_sums *sums_of(struct sj_ledger_desk *desk, uint8_t side)
{
	return &desk->sums[side - 1];
}

/* The side of which there is a DAY in any case. */
static uint8_t own_side(const struct sj_ledger_desk *desk)
{
	return desk->start.place == SJ_LEDGER_PLACE_VIEWER ? SJ_LEDGER_SHOWS
							   : SJ_LEDGER_SERVES;
}

static enum sj_err add_counts(struct sj_ledger_desk *desk,
	const struct sj_ledger_tell_counts *table,
	const struct sj_ledger_counts *head, const struct sj_ledger_times *now)
{
	enum sj_err err = SJ_OK;

	for (uint8_t i = 0; i < SJ_LEDGER_TABLES && err == SJ_OK; i++) {
		struct sj_ledger_record record = {.kind = SJ_LEDGER_COUNTS};

		record.u.counts = *head;
		record.u.counts.table = (uint8_t)(i + 1);
		memcpy(record.u.counts.count, table[i].count,
			sizeof(table[i].count));
		memcpy(record.u.counts.bytes, table[i].bytes,
			sizeof(table[i].bytes));
		err = add(desk, &record, now);
	}
	return err;
}

/* The lowest code that was refused and is at least from; NULL: none. */
static uint32_t *find_code(
	struct sj_ledger_desk *desk, uint16_t from, uint16_t *code)
{
	uint32_t *found = NULL;

	for (uint32_t i = 0; i < desk->codes; i++) {
		if (desk->refused[i].code < from ||
			(found && desk->refused[i].code >= *code))
			continue;
		found = &desk->refused[i].times;
		*code = desk->refused[i].code;
	}
	return found;
}

static enum sj_err add_refused(
	struct sj_ledger_desk *desk, const struct sj_ledger_times *now)
{
	struct sj_ledger_day *day = &sums_of(desk, own_side(desk))->day;
	uint16_t code = 0, from = 0;
	enum sj_err err = SJ_OK;
	uint32_t *times = find_code(desk, from, &code);

	while (times && err == SJ_OK) {
		struct sj_ledger_record record = {.kind = SJ_LEDGER_REFUSED};
		struct sj_ledger_refused *to = &record.u.refused;

		for (; times && to->count < SJ_LEDGER_REFUSALS;
			times = find_code(desk, from, &code)) {
			to->of[to->count].code = code;
			to->of[to->count++].times = *times;
			day->refused += *times;
			from = (uint16_t)(code + 1);
		}
		err = add(desk, &record, now);
	}
	desk->codes = 0;
	return err;
}

enum sj_err sj_ledger_desk_end_day(
	struct sj_ledger_desk *desk, const struct sj_ledger_times *now)
{
	enum sj_err err = add_refused(desk, now);

	for (uint8_t side = 1; side <= 2 && err == SJ_OK; side++) {
		const struct sj_ledger_sums *sums = sums_of(desk, side);
		const struct sj_ledger_counts head = {
			.side = side, .is_day = true};
		struct sj_ledger_record record = {.kind = SJ_LEDGER_DAY};

		if (side != own_side(desk) && sums->day.opened == 0 &&
			sums->day.closed == 0)
			continue;
		record.u.day = sums->day;
		err = add_counts(desk, sums->table, &head, now);
		if (err == SJ_OK)
			err = add(desk, &record, now);
	}
	begin_day(desk, now);
	return err;
}

enum sj_err sj_ledger_desk_tick(struct sj_ledger_desk *desk,
	const struct sj_ledger_times *now, bool is_beat, bool *is_day)
{
	*is_day = desk->sums[0].day.date != date_of(desk, now);
	if (*is_day)
		return sj_ledger_desk_end_day(desk, now);
	return is_beat ? add_refused(desk, now) : SJ_OK;
}

/* ---- start ---- */

bool sj_ledger_desk_is_sound(const struct sj_ledger_tell_start *start)
{
	size_t size = strnlen(start->version, sizeof(start->version));

	for (size_t i = 0; i < size; i++)
		if (start->version[i] <= ' ' || start->version[i] > '~')
			return false;
	return size > 0 && size < sizeof(start->version) &&
	       start->place >= SJ_LEDGER_PLACE_HOST &&
	       start->place <= SJ_LEDGER_PLACE_VIEWER &&
	       start->heartbeat_s >= SJ_LIMIT_LEDGER_HEARTBEAT_MIN_S &&
	       start->heartbeat_s <= SJ_LIMIT_LEDGER_HEARTBEAT_S &&
	       start->utc_offset_s >= -SJ_LIMIT_UTC_OFFSET_S &&
	       start->utc_offset_s <= SJ_LIMIT_UTC_OFFSET_S;
}

enum sj_err sj_ledger_desk_start(struct sj_ledger_desk *desk,
	struct sj_ledger_book *book, const struct sj_ledger_tell_start *start,
	const struct sj_ledger_times *now)
{
	struct sj_ledger_record record = {.kind = SJ_LEDGER_START};
	struct sj_ledger_start *to = &record.u.start;
	enum sj_err err;

	memset(desk, 0, sizeof(*desk));
	desk->book = book;
	desk->start = *start;
	begin_day(desk, now);
	memcpy(to->id, book->state.id, sizeof(to->id));
	/* A version is padded with zeros, behind them nothing is taken. */
	memcpy(to->version, start->version,
		strnlen(start->version, SJ_LEDGER_VERSION_BYTES));
	to->place = start->place;
	to->torn_bytes = book->torn_bytes;
	to->heartbeat_s = start->heartbeat_s;
	to->utc_offset_s = start->utc_offset_s;
	err = sj_ledger_signer_id(book->signer, to->public_sha256);
	if (err == SJ_OK)
		err = add(desk, &record, now);
	return err == SJ_OK
		       ? sj_ledger_desk_sign(desk, SJ_LEDGER_CAUSE_START, now)
		       : err;
}

enum sj_err sj_ledger_desk_sign(struct sj_ledger_desk *desk,
	enum sj_ledger_cause cause, const struct sj_ledger_times *now)
{
	struct sj_ledger_record record = {.kind = SJ_LEDGER_CHECKPOINT};

	record.u.checkpoint.cause = (uint16_t)cause;
	record.u.checkpoint.open = desk->open;
	return add(desk, &record, now);
}

/* ---- sessions ---- */

static struct sj_ledger_session *find(
	struct sj_ledger_desk *desk, uint64_t ticket)
{
	for (size_t i = 0; i < SJ_LIMIT_LEDGER_SESSIONS; i++)
		if (desk->session[i].ticket == ticket)
			return &desk->session[i];
	return NULL;
}

bool sj_ledger_desk_is_open(const struct sj_ledger_desk *desk, uint64_t ticket)
{
	for (size_t i = 0; ticket != 0 && i < SJ_LIMIT_LEDGER_SESSIONS; i++)
		if (desk->session[i].ticket == ticket)
			return true;
	return false;
}

/*
 * SHA-256 of the URI that the peer's certificate states; that of the user when
 * a guard speaks for one. 0 when there is no such URI.
 */
static enum sj_err hash_identity(
	const struct sj_ledger_tell_open *open, uint8_t *out)
{
	struct sj_identity identity;
	char uri[SJ_IDENTITY_URI_BYTES];

	memset(out, 0, SJ_LEDGER_HASH_BYTES);
	memset(&identity, 0, sizeof(identity));
	identity.role = SJ_TLS_ROLE_VIEWER;
	if (open->peer == SJ_LEDGER_PEER_HOST)
		identity.role = SJ_TLS_ROLE_HOST;
	else if (open->peer == SJ_LEDGER_PEER_GUARD &&
		 open->side == SJ_LEDGER_SHOWS)
		identity.role = SJ_TLS_ROLE_GUARD;
	memcpy(identity.zone, open->zone, sizeof(identity.zone));
	memcpy(identity.name, open->name, sizeof(identity.name));
	if (open->peer == SJ_LEDGER_PEER_UNKNOWN ||
		!sj_identity_format(&identity, uri, sizeof(uri)))
		return SJ_OK;
	return sj_ledger_hash(uri, strlen(uri), out) ? SJ_OK : SJ_ERR_MEMORY;
}

static bool is_open_sound(const struct sj_ledger_tell_open *open)
{
	return open->ticket != 0 && memchr(open->zone, 0, sizeof(open->zone)) &&
	       memchr(open->name, 0, sizeof(open->name)) &&
	       (open->side == SJ_LEDGER_SERVES ||
		       open->side == SJ_LEDGER_SHOWS) &&
	       open->peer >= SJ_LEDGER_PEER_HOST &&
	       open->peer <= SJ_LEDGER_PEER_UNKNOWN;
}

enum sj_err sj_ledger_desk_open(struct sj_ledger_desk *desk,
	const struct sj_ledger_tell_open *open,
	const struct sj_ledger_times *now)
{
	struct sj_ledger_record record = {.kind = SJ_LEDGER_OPEN};
	struct sj_ledger_open *to = &record.u.open;
	struct sj_ledger_session *place = find(desk, 0);
	struct sj_ledger_session *linked;
	struct sj_ledger_day *day;
	enum sj_err err;

	if (!is_open_sound(open) || find(desk, open->ticket))
		return SJ_ERR_ARGUMENT;
	if (!place)
		return SJ_ERR_LIMIT;
	linked = open->linked_ticket ? find(desk, open->linked_ticket) : NULL;
	to->linked = linked ? linked->seq : 0;
	to->side = open->side;
	to->peer = open->peer;
	to->protocol = PROTOCOL_VERSION;
	memcpy(to->spki_sha256, open->spki_sha256, sizeof(to->spki_sha256));
	err = hash_identity(open, to->identity);
	if (err == SJ_OK && !sj_ledger_join(open->exporter, to->join))
		err = SJ_ERR_MEMORY;
	if (err == SJ_OK)
		err = add(desk, &record, now);
	if (err != SJ_OK)
		return err;
	*place = (struct sj_ledger_session){.ticket = open->ticket,
		.seq = record.seq,
		.opened = *now,
		.side = open->side};
	memcpy(place->join, to->join, sizeof(place->join));
	desk->open++;
	day = &sums_of(desk, open->side)->day;
	day->opened++;
	if (day->first_us == 0)
		day->first_us = now->wall_us;
	return SJ_OK;
}

static void add_to_day(struct sj_ledger_desk *desk,
	const struct sj_ledger_close *close,
	const struct sj_ledger_tell_counts *table,
	const struct sj_ledger_times *now)
{
	struct sj_ledger_sums *sums = sums_of(desk, close->side);

	sums->day.closed++;
	sums->day.without_counts += close->has_counts ? 0 : 1;
	sums->day.last_us = now->wall_us;
	sums->day.pixels += close->pixels;
	sums->day.received_bytes += close->received_bytes;
	sums->day.sent_bytes += close->sent_bytes;
	for (size_t i = 0; table && i < SJ_LEDGER_TABLES; i++) {
		for (size_t k = 0; k < SJ_LEDGER_COUNTERS; k++) {
			sums->table[i].count[k] += table[i].count[k];
			sums->table[i].bytes[k] += table[i].bytes[k];
		}
	}
}

/* Adds what closes session; table NULL: nobody knows the counts. */
static enum sj_err close_session(struct sj_ledger_desk *desk,
	struct sj_ledger_session *session, struct sj_ledger_record *record,
	const struct sj_ledger_tell_counts *table,
	const struct sj_ledger_times *now)
{
	struct sj_ledger_close *to = &record->u.close;
	const struct sj_ledger_counts head = {
		.session = session->seq, .side = session->side};
	enum sj_err err = SJ_OK;

	record->kind = SJ_LEDGER_CLOSE;
	to->session = session->seq;
	to->side = session->side;
	to->has_counts = table != NULL;
	to->opened_us = session->opened.wall_us;
	to->lasted_us = now->mono_us - session->opened.mono_us;
	memcpy(to->join, session->join, sizeof(to->join));
	if (table)
		err = add_counts(desk, table, &head, now);
	if (err == SJ_OK)
		err = add(desk, record, now);
	if (err != SJ_OK)
		return err;
	add_to_day(desk, to, table, now);
	memset(session, 0, sizeof(*session));
	desk->open--;
	return SJ_OK;
}

enum sj_err sj_ledger_desk_close(struct sj_ledger_desk *desk,
	const struct sj_ledger_tell_close *close,
	const struct sj_ledger_times *now)
{
	struct sj_ledger_session *session =
		close->ticket ? find(desk, close->ticket) : NULL;
	struct sj_ledger_record record = {.kind = SJ_LEDGER_CLOSE};

	if (!session)
		return SJ_ERR_ARGUMENT;
	for (size_t i = 0; close->has_counts != 0 && i < SJ_LEDGER_TABLES; i++)
		if (!sj_ledger_counts_are_known((enum sj_ledger_table)(i + 1),
			    close->table[i].count, close->table[i].bytes))
			return SJ_ERR_ARGUMENT;
	record.u.close.code = sj_reason_is_known(close->code)
				      ? (uint16_t)close->code
				      : (uint16_t)SJ_REASON_LOCAL;
	record.u.close.is_by_peer = close->is_by_peer != 0;
	if (close->has_counts != 0) {
		record.u.close.pixels = close->pixels;
		record.u.close.received_bytes = close->received_bytes;
		record.u.close.sent_bytes = close->sent_bytes;
	}
	return close_session(desk, session, &record,
		close->has_counts != 0 ? close->table : NULL, now);
}

enum sj_err sj_ledger_desk_abandon(
	struct sj_ledger_desk *desk, const struct sj_ledger_times *now)
{
	struct sj_ledger_record record = {.kind = SJ_LEDGER_CLOSE};

	record.u.close.code = SJ_REASON_LOCAL;
	for (size_t i = 0; i < SJ_LIMIT_LEDGER_SESSIONS; i++)
		if (desk->session[i].ticket != 0)
			return close_session(
				desk, &desk->session[i], &record, NULL, now);
	return SJ_ERR_MISSING;
}

enum sj_err sj_ledger_desk_refuse(struct sj_ledger_desk *desk, uint32_t code)
{
	uint16_t known = sj_reason_is_known(code) ? (uint16_t)code
						  : (uint16_t)SJ_REASON_LOCAL;

	for (uint32_t i = 0; i < desk->codes; i++) {
		if (desk->refused[i].code != known)
			continue;
		if (desk->refused[i].times < UINT32_MAX)
			desk->refused[i].times++;
		return SJ_OK;
	}
	if (desk->codes == SJ_LEDGER_DESK_CODES)
		return SJ_ERR_LIMIT;
	desk->refused[desk->codes].code = known;
	desk->refused[desk->codes++].times = 1;
	return SJ_OK;
}
