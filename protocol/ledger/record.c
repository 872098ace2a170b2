/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/ledger/record.h"

#include <assert.h>
#include <string.h>

#include "protocol/base/bytes.h"
#include "protocol/base/reason.h"

#define FLAG_DAY 1u
#define FLAG_HAS_COUNTS 1u
#define FLAG_IS_BY_PEER 2u
#define SIGNATURE_AT 336 /* in the body */
#define YEAR_MIN 2020u
#define YEAR_MAX 9999u

/* ---- numbers of 64 bits: two of 32 ---- */

static bool read_u64(struct sj_reader *in, uint64_t *value)
{
	uint32_t high, low;

	if (!sj_read_u32(in, &high) || !sj_read_u32(in, &low))
		return false;
	*value = (uint64_t)high << 32 | low;
	return true;
}

static bool write_u64(struct sj_writer *out, uint64_t value)
{
	return sj_write_u32(out, (uint32_t)(value >> 32)) &&
	       sj_write_u32(out, (uint32_t)value);
}

static bool is_zero(const uint8_t *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (bytes[i] != 0)
			return false;
	return true;
}

/* The next size bytes have to be 0. */
static bool read_zeros(struct sj_reader *in, size_t size)
{
	const uint8_t *view;

	return sj_read_view(in, &view, size) && is_zero(view, size);
}

static bool is_side(uint8_t side)
{
	return side == SJ_LEDGER_SERVES || side == SJ_LEDGER_SHOWS;
}

/* ---- START ---- */

/* Printable ASCII, then zeros; at least one letter. */
static bool is_version(const char *text)
{
	size_t size = strnlen(text, SJ_LEDGER_VERSION_BYTES);

	for (size_t i = 0; i < size; i++)
		if (text[i] <= ' ' || text[i] > '~')
			return false;
	for (size_t i = size; i < SJ_LEDGER_VERSION_BYTES; i++)
		if (text[i] != 0)
			return false;
	return size > 0;
}

static bool parse_start(struct sj_reader *in, struct sj_ledger_start *start)
{
	start->version[SJ_LEDGER_VERSION_BYTES] = 0;
	return sj_read_bytes(in, start->id, sizeof(start->id)) &&
	       sj_read_bytes(in, start->public_sha256,
		       sizeof(start->public_sha256)) &&
	       sj_read_bytes(in, start->version, SJ_LEDGER_VERSION_BYTES) &&
	       is_version(start->version) && sj_read_u8(in, &start->place) &&
	       start->place >= SJ_LEDGER_PLACE_HOST &&
	       start->place <= SJ_LEDGER_PLACE_VIEWER && read_zeros(in, 1) &&
	       sj_read_u16(in, &start->torn_bytes) &&
	       start->torn_bytes < SJ_LEDGER_RECORD_BYTES &&
	       sj_read_u32(in, &start->heartbeat_s) &&
	       start->heartbeat_s >= SJ_LIMIT_LEDGER_HEARTBEAT_MIN_S &&
	       start->heartbeat_s <= SJ_LIMIT_LEDGER_HEARTBEAT_S &&
	       sj_read_s32(in, &start->utc_offset_s) &&
	       start->utc_offset_s >= -SJ_LIMIT_UTC_OFFSET_S &&
	       start->utc_offset_s <= SJ_LIMIT_UTC_OFFSET_S;
}

static bool build_start(
	struct sj_writer *out, const struct sj_ledger_start *start)
{
	return sj_write_bytes(out, start->id, sizeof(start->id)) &&
	       sj_write_bytes(out, start->public_sha256,
		       sizeof(start->public_sha256)) &&
	       sj_write_bytes(out, start->version, SJ_LEDGER_VERSION_BYTES) &&
	       sj_write_u8(out, start->place) && sj_write_u8(out, 0) &&
	       sj_write_u16(out, start->torn_bytes) &&
	       sj_write_u32(out, start->heartbeat_s) &&
	       sj_write_s32(out, start->utc_offset_s);
}

/* ---- OPEN ---- */

static bool parse_open(struct sj_reader *in, struct sj_ledger_open *open)
{
	return read_u64(in, &open->linked) &&
	       sj_read_bytes(in, open->join, sizeof(open->join)) &&
	       sj_read_bytes(
		       in, open->spki_sha256, sizeof(open->spki_sha256)) &&
	       sj_read_bytes(in, open->identity, sizeof(open->identity)) &&
	       sj_read_u8(in, &open->side) && is_side(open->side) &&
	       sj_read_u8(in, &open->peer) &&
	       open->peer >= SJ_LEDGER_PEER_HOST &&
	       open->peer <= SJ_LEDGER_PEER_UNKNOWN &&
	       sj_read_u16(in, &open->protocol);
}

static bool build_open(struct sj_writer *out, const struct sj_ledger_open *open)
{
	return write_u64(out, open->linked) &&
	       sj_write_bytes(out, open->join, sizeof(open->join)) &&
	       sj_write_bytes(
		       out, open->spki_sha256, sizeof(open->spki_sha256)) &&
	       sj_write_bytes(out, open->identity, sizeof(open->identity)) &&
	       sj_write_u8(out, open->side) && sj_write_u8(out, open->peer) &&
	       sj_write_u16(out, open->protocol);
}

/* ---- COUNTS ---- */

static bool parse_counts(struct sj_reader *in, struct sj_ledger_counts *counts)
{
	uint8_t flags;

	if (!read_u64(in, &counts->session) ||
		!sj_read_u8(in, &counts->table) ||
		!sj_read_u8(in, &counts->side) || !sj_read_u8(in, &flags) ||
		!read_zeros(in, 5))
		return false;
	counts->is_day = flags == FLAG_DAY;
	for (size_t i = 0; i < SJ_LEDGER_COUNTERS; i++)
		if (!read_u64(in, &counts->count[i]) ||
			!read_u64(in, &counts->bytes[i]))
			return false;
	return flags <= FLAG_DAY && is_side(counts->side) &&
	       counts->table >= SJ_LEDGER_FROM_VIEWER &&
	       counts->table <= SJ_LEDGER_ENCODINGS &&
	       sj_ledger_counts_are_known((enum sj_ledger_table)counts->table,
		       counts->count, counts->bytes) &&
	       (!counts->is_day || counts->session == 0);
}

static bool build_counts(
	struct sj_writer *out, const struct sj_ledger_counts *counts)
{
	bool is_written = write_u64(out, counts->session) &&
			  sj_write_u8(out, counts->table) &&
			  sj_write_u8(out, counts->side) &&
			  sj_write_u8(out, counts->is_day ? FLAG_DAY : 0) &&
			  sj_write_zeros(out, 5);

	for (size_t i = 0; i < SJ_LEDGER_COUNTERS; i++)
		is_written = is_written && write_u64(out, counts->count[i]) &&
			     write_u64(out, counts->bytes[i]);
	return is_written;
}

/* ---- CLOSE ---- */

static bool parse_close(struct sj_reader *in, struct sj_ledger_close *close)
{
	uint8_t flags;

	if (!read_u64(in, &close->session) ||
		!sj_read_bytes(in, close->join, sizeof(close->join)) ||
		!sj_read_u16(in, &close->code) ||
		!sj_reason_is_known(close->code) ||
		!sj_read_u8(in, &close->side) || !is_side(close->side) ||
		!sj_read_u8(in, &flags) ||
		flags > (FLAG_HAS_COUNTS | FLAG_IS_BY_PEER) ||
		!read_zeros(in, 4) || !read_u64(in, &close->opened_us) ||
		!read_u64(in, &close->lasted_us) ||
		!read_u64(in, &close->pixels) ||
		!read_u64(in, &close->received_bytes) ||
		!read_u64(in, &close->sent_bytes))
		return false;
	close->has_counts = (flags & FLAG_HAS_COUNTS) != 0;
	close->is_by_peer = (flags & FLAG_IS_BY_PEER) != 0;
	return true;
}

static bool build_close(
	struct sj_writer *out, const struct sj_ledger_close *close)
{
	unsigned flags = (close->has_counts ? FLAG_HAS_COUNTS : 0) |
			 (close->is_by_peer ? FLAG_IS_BY_PEER : 0);

	return write_u64(out, close->session) &&
	       sj_write_bytes(out, close->join, sizeof(close->join)) &&
	       sj_write_u16(out, close->code) &&
	       sj_write_u8(out, close->side) &&
	       sj_write_u8(out, (uint8_t)flags) && sj_write_zeros(out, 4) &&
	       write_u64(out, close->opened_us) &&
	       write_u64(out, close->lasted_us) &&
	       write_u64(out, close->pixels) &&
	       write_u64(out, close->received_bytes) &&
	       write_u64(out, close->sent_bytes);
}

/* ---- DAY ---- */

static bool is_date(uint32_t date)
{
	uint32_t year = date / 10000, month = date / 100 % 100;
	uint32_t day = date % 100;

	return year >= YEAR_MIN && year <= YEAR_MAX && month >= 1 &&
	       month <= 12 && day >= 1 && day <= 31;
}

static bool parse_day(struct sj_reader *in, struct sj_ledger_day *day)
{
	return sj_read_u32(in, &day->date) && is_date(day->date) &&
	       sj_read_u8(in, &day->side) && is_side(day->side) &&
	       read_zeros(in, 3) && read_u64(in, &day->first_us) &&
	       read_u64(in, &day->last_us) && sj_read_u32(in, &day->opened) &&
	       sj_read_u32(in, &day->closed) &&
	       sj_read_u32(in, &day->without_counts) &&
	       day->without_counts <= day->closed &&
	       sj_read_u32(in, &day->refused) && read_u64(in, &day->pixels) &&
	       read_u64(in, &day->received_bytes) &&
	       read_u64(in, &day->sent_bytes);
}

static bool build_day(struct sj_writer *out, const struct sj_ledger_day *day)
{
	return sj_write_u32(out, day->date) && sj_write_u8(out, day->side) &&
	       sj_write_zeros(out, 3) && write_u64(out, day->first_us) &&
	       write_u64(out, day->last_us) && sj_write_u32(out, day->opened) &&
	       sj_write_u32(out, day->closed) &&
	       sj_write_u32(out, day->without_counts) &&
	       sj_write_u32(out, day->refused) && write_u64(out, day->pixels) &&
	       write_u64(out, day->received_bytes) &&
	       write_u64(out, day->sent_bytes);
}

/* ---- REFUSED ---- */

/* Codes in order, so that equal meaning is equal bytes. */
static bool parse_refused(
	struct sj_reader *in, struct sj_ledger_refused *refused)
{
	uint16_t before = 0;

	if (!sj_read_u16(in, &refused->count) || refused->count == 0 ||
		refused->count > SJ_LEDGER_REFUSALS)
		return false;
	for (size_t i = 0; i < refused->count; i++) {
		if (!sj_read_u16(in, &refused->of[i].code) ||
			!sj_reason_is_known(refused->of[i].code) ||
			(i > 0 && refused->of[i].code <= before) ||
			!read_zeros(in, 2) ||
			!sj_read_u32(in, &refused->of[i].times) ||
			refused->of[i].times == 0)
			return false;
		before = refused->of[i].code;
	}
	return true;
}

static bool build_refused(
	struct sj_writer *out, const struct sj_ledger_refused *refused)
{
	bool is_written = sj_write_u16(out, refused->count);

	for (size_t i = 0; i < refused->count; i++)
		is_written = is_written &&
			     sj_write_u16(out, refused->of[i].code) &&
			     sj_write_zeros(out, 2) &&
			     sj_write_u32(out, refused->of[i].times);
	return is_written;
}

/* ---- CHECKPOINT ---- */

static bool parse_checkpoint(
	struct sj_reader *in, struct sj_ledger_checkpoint *checkpoint)
{
	return sj_read_u16(in, &checkpoint->cause) &&
	       checkpoint->cause >= SJ_LEDGER_CAUSE_START &&
	       checkpoint->cause <= SJ_LEDGER_CAUSE_STOP && read_zeros(in, 2) &&
	       sj_read_u32(in, &checkpoint->open) &&
	       read_zeros(in, SIGNATURE_AT - 8) &&
	       sj_read_bytes(in, checkpoint->signature,
		       sizeof(checkpoint->signature));
}

static bool build_checkpoint(
	struct sj_writer *out, const struct sj_ledger_checkpoint *checkpoint)
{
	return sj_write_u16(out, checkpoint->cause) && sj_write_zeros(out, 2) &&
	       sj_write_u32(out, checkpoint->open) &&
	       sj_write_zeros(out, SIGNATURE_AT - 8) &&
	       sj_write_bytes(out, checkpoint->signature,
		       sizeof(checkpoint->signature));
}

/* ---- all ---- */

static bool parse_body(struct sj_reader *in, struct sj_ledger_record *record)
{
	switch ((enum sj_ledger_kind)record->kind) {
	case SJ_LEDGER_START:
		return parse_start(in, &record->u.start);
	case SJ_LEDGER_OPEN:
		return parse_open(in, &record->u.open);
	case SJ_LEDGER_COUNTS:
		return parse_counts(in, &record->u.counts);
	case SJ_LEDGER_CLOSE:
		return parse_close(in, &record->u.close);
	case SJ_LEDGER_DAY:
		return parse_day(in, &record->u.day);
	case SJ_LEDGER_REFUSED:
		return parse_refused(in, &record->u.refused);
	case SJ_LEDGER_CHECKPOINT:
		return parse_checkpoint(in, &record->u.checkpoint);
	}
	return false;
}

static bool build_body(
	struct sj_writer *out, const struct sj_ledger_record *record)
{
	switch ((enum sj_ledger_kind)record->kind) {
	case SJ_LEDGER_START:
		return build_start(out, &record->u.start);
	case SJ_LEDGER_OPEN:
		return build_open(out, &record->u.open);
	case SJ_LEDGER_COUNTS:
		return build_counts(out, &record->u.counts);
	case SJ_LEDGER_CLOSE:
		return build_close(out, &record->u.close);
	case SJ_LEDGER_DAY:
		return build_day(out, &record->u.day);
	case SJ_LEDGER_REFUSED:
		return build_refused(out, &record->u.refused);
	case SJ_LEDGER_CHECKPOINT:
		return build_checkpoint(out, &record->u.checkpoint);
	}
	return false;
}

bool sj_ledger_record_parse(const uint8_t *bytes,
	struct sj_ledger_record *record, const char **what)
{
	struct sj_reader in = sj_reader_of(bytes, SJ_LEDGER_RECORD_BYTES);
	struct sj_reader body =
		sj_reader_of(bytes + SJ_LEDGER_BODY_AT, SJ_LEDGER_BODY_BYTES);
	uint8_t magic[4];
	uint16_t version = 0;

	memset(record, 0, sizeof(*record));
	*what = "it does not begin as a record does";
	if (!sj_read_bytes(&in, magic, sizeof(magic)) ||
		memcmp(magic, SJ_LEDGER_MAGIC, sizeof(magic)) != 0)
		return false;
	*what = "it is of another version";
	if (!sj_read_u16(&in, &version) || version != SJ_LEDGER_VERSION)
		return false;
	*what = "its head is no head";
	if (!sj_read_u16(&in, &record->kind) || !read_u64(&in, &record->seq) ||
		!read_u64(&in, &record->wall_us) ||
		!read_u64(&in, &record->mono_us) ||
		!sj_read_bytes(&in, record->boot, sizeof(record->boot)) ||
		!sj_read_skip(&in, SJ_LEDGER_BODY_BYTES) ||
		!sj_read_bytes(&in, record->prev, sizeof(record->prev)) ||
		!sj_read_bytes(&in, record->mac, sizeof(record->mac)))
		return false;
	*what = "its body does not fit its kind";
	return parse_body(&body, record) &&
	       read_zeros(&body, sj_reader_left(&body));
}

void sj_ledger_record_build(
	const struct sj_ledger_record *record, uint8_t *bytes)
{
	struct sj_writer out = sj_writer_of(bytes, SJ_LEDGER_RECORD_BYTES);
	struct sj_writer body =
		sj_writer_of(bytes + SJ_LEDGER_BODY_AT, SJ_LEDGER_BODY_BYTES);
	bool is_written;

	memset(bytes, 0, SJ_LEDGER_RECORD_BYTES);
	is_written = sj_write_bytes(&out, SJ_LEDGER_MAGIC, 4) &&
		     sj_write_u16(&out, SJ_LEDGER_VERSION) &&
		     sj_write_u16(&out, record->kind) &&
		     write_u64(&out, record->seq) &&
		     write_u64(&out, record->wall_us) &&
		     write_u64(&out, record->mono_us) &&
		     sj_write_bytes(&out, record->boot, sizeof(record->boot)) &&
		     build_body(&body, record);
	assert(is_written);
	memcpy(bytes + SJ_LEDGER_PREV_AT, record->prev, sizeof(record->prev));
	memcpy(bytes + SJ_LEDGER_MAC_AT, record->mac, sizeof(record->mac));
}

/* ---- names ---- */

const char *sj_ledger_kind_text(unsigned kind)
{
	static const char *const texts[] = {"?", "START", "OPEN", "COUNTS",
		"CLOSE", "DAY", "REFUSED", "CHECKPOINT"};

	return texts[kind < SJ_COUNT(texts) ? kind : 0];
}

const char *sj_ledger_counter_name(enum sj_ledger_table table, size_t index)
{
	static const char *const names[SJ_LEDGER_TABLES +
				       1][SJ_LEDGER_COUNTERS] = {
		{NULL},
		{"SetPixelFormat", "SetEncodings", "FramebufferUpdateRequest",
			"KeyEvent", "PointerEvent", "ClientCutText",
			"EnableContinuousUpdates", "ClientFence",
			"SetDesktopSize", NULL, NULL, NULL, NULL, NULL,
			"keys dropped", "pointer motions coalesced"},
		{"FramebufferUpdate", "Bell", "ServerCutText",
			"EndOfContinuousUpdates", "ServerFence"},
		{"Raw", "CopyRect", "Zlib", "Tight", "ZRLE", "Cursor",
			"ExtendedDesktopSize", "tile", "alpha cursor", "caret",
			"session end", "motion", "cursor shape"},
	};

	if ((size_t)table > SJ_LEDGER_TABLES || index >= SJ_LEDGER_COUNTERS)
		return NULL;
	return names[table][index];
}

bool sj_ledger_counts_are_known(enum sj_ledger_table table,
	const uint64_t *count, const uint64_t *bytes)
{
	for (size_t i = 0; i < SJ_LEDGER_COUNTERS; i++) {
		if ((count[i] != 0 || bytes[i] != 0) &&
			!sj_ledger_counter_name(table, i))
			return false;
		/* It was on no line, so it accounts for no byte of one. */
		if (bytes[i] != 0 && sj_ledger_counter_is_dropped(table, i))
			return false;
	}
	return true;
}

bool sj_ledger_counter_is_dropped(enum sj_ledger_table table, size_t index)
{
	return table == SJ_LEDGER_FROM_VIEWER && index >= 14;
}
