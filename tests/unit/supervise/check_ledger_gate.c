/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/supervise/ledger_gate.h"

#include <string.h>

#include "protocol/base/attr.h"
#include "protocol/base/reason.h"
#include "tests/support/suite.h"

/* What fill puts into a counter: says where it comes from. */
static uint64_t units(enum sj_ledger_table table, size_t i, uint64_t first)
{
	return sj_ledger_counter_name(table, i) ? first + i : 0;
}

static uint64_t bytes_of(enum sj_ledger_table table, size_t i, uint64_t first)
{
	return sj_ledger_counter_is_dropped(table, i)
		       ? 0
		       : units(table, i, first + 50);
}

static void fill(uint64_t *count, uint64_t *bytes, enum sj_ledger_table table,
	uint64_t first)
{
	for (size_t i = 0; i < SJ_LEDGER_COUNTERS; i++) {
		count[i] = units(table, i, first);
		bytes[i] = bytes_of(table, i, first);
	}
}

/* The table holds what fill has made with first. */
static void check_table(const struct sj_ledger_tell_close *close,
	enum sj_ledger_table table, uint64_t first)
{
	const struct sj_ledger_tell_counts *got =
		&close->table[(unsigned)table - 1];

	for (size_t i = 0; i < SJ_LEDGER_COUNTERS; i++) {
		ck_assert_uint_eq(got->count[i], units(table, i, first));
		ck_assert_uint_eq(got->bytes[i], bytes_of(table, i, first));
	}
}

START_TEST(an_opening_has_whom_the_gate_let_in)
{
	struct sj_host_gate_user user = {.zone = "lgwan",
		.name = "user",
		.exporter = {1},
		.spki_sha256 = {2}};
	struct sj_viewer_gate_connected peer = {.zone = "internet",
		.name = "host",
		.exporter = {3},
		.spki_sha256 = {4}};
	struct sj_ledger_tell_open open = {
		.ticket = 7, .peer = SJ_LEDGER_PEER_GUARD};

	sj_ledger_gate_serves(&open, &user);
	ck_assert_uint_eq(open.side, SJ_LEDGER_SERVES);
	ck_assert_str_eq(open.zone, "lgwan");
	ck_assert_str_eq(open.name, "user");
	ck_assert_mem_eq(open.exporter, user.exporter, 32);
	ck_assert_mem_eq(open.spki_sha256, user.spki_sha256, 32);
	sj_ledger_gate_shows(&open, &peer);
	ck_assert_uint_eq(open.side, SJ_LEDGER_SHOWS);
	ck_assert_str_eq(open.zone, "internet");
	ck_assert_str_eq(open.name, "host");
	ck_assert_mem_eq(open.exporter, peer.exporter, 32);
	ck_assert_mem_eq(open.spki_sha256, peer.spki_sha256, 32);
	ck_assert_uint_eq(open.ticket, 7);
	ck_assert_uint_eq(open.peer, SJ_LEDGER_PEER_GUARD);
}
END_TEST

START_TEST(a_closing_without_counts_is_a_local_failure)
{
	struct sj_ledger_tell_close close = {.ticket = 7};

	sj_ledger_gate_served(&close, NULL);
	ck_assert_uint_eq(close.code, SJ_REASON_LOCAL);
	ck_assert_uint_eq(close.has_counts, 0);
	close.code = 0;
	sj_ledger_gate_shown(&close, NULL);
	ck_assert_uint_eq(close.code, SJ_REASON_LOCAL);
	ck_assert_uint_eq(close.has_counts, 0);
	ck_assert_uint_eq(close.ticket, 7);
}
END_TEST

START_TEST(the_serving_side_tells_all_its_counts)
{
	struct sj_host_gate_closed closed = {.reason = SJ_REASON_CLOSED,
		.pixels = 1,
		.received_bytes = 2,
		.sent_bytes = 3};
	struct sj_ledger_tell_close close = {.ticket = 7};

	fill(closed.viewer.count, closed.viewer.bytes, SJ_LEDGER_FROM_VIEWER,
		100);
	fill(closed.host.count, closed.host.bytes, SJ_LEDGER_FROM_HOST, 200);
	fill(closed.encodings.count, closed.encodings.bytes,
		SJ_LEDGER_ENCODINGS, 300);
	sj_ledger_gate_served(&close, &closed);
	ck_assert_uint_eq(close.ticket, 7);
	ck_assert_uint_eq(close.code, SJ_REASON_CLOSED);
	ck_assert_uint_eq(close.has_counts, 1);
	ck_assert_uint_eq(close.is_by_peer, 0);
	ck_assert_uint_eq(close.pixels, 1);
	ck_assert_uint_eq(close.received_bytes, 2);
	ck_assert_uint_eq(close.sent_bytes, 3);
	check_table(&close, SJ_LEDGER_FROM_VIEWER, 100);
	check_table(&close, SJ_LEDGER_FROM_HOST, 200);
	check_table(&close, SJ_LEDGER_ENCODINGS, 300);
}
END_TEST

START_TEST(the_showing_side_tells_what_the_line_got)
{
	struct sj_viewer_gate_closed closed = {.reason = SJ_REASON_CLOSED,
		.is_by_peer = 5,
		.pixels = 1,
		.wire_in_bytes = 2,
		.wire_out_bytes = 3};
	struct sj_ledger_tell_close close = {.ticket = 7};

	fill(closed.viewer.count, closed.viewer.bytes, SJ_LEDGER_FROM_VIEWER,
		400);
	fill(closed.sent.count, closed.sent.bytes, SJ_LEDGER_FROM_VIEWER, 100);
	fill(closed.host.count, closed.host.bytes, SJ_LEDGER_FROM_HOST, 200);
	fill(closed.encodings.count, closed.encodings.bytes,
		SJ_LEDGER_ENCODINGS, 300);
	sj_ledger_gate_shown(&close, &closed);
	ck_assert_uint_eq(close.ticket, 7);
	ck_assert_uint_eq(close.code, SJ_REASON_CLOSED);
	ck_assert_uint_eq(close.has_counts, 1);
	ck_assert_uint_eq(close.is_by_peer, 1);
	ck_assert_uint_eq(close.pixels, 1);
	ck_assert_uint_eq(close.received_bytes, 2);
	ck_assert_uint_eq(close.sent_bytes, 3);
	check_table(&close, SJ_LEDGER_FROM_HOST, 200);
	check_table(&close, SJ_LEDGER_ENCODINGS, 300);
	/* Keys that were dropped and motions that were joined never get to
	 * the line: they are those of the input itself. */
	for (size_t i = 14; i < SJ_LEDGER_COUNTERS; i++) {
		ck_assert_uint_eq(close.table[0].count[i], 400 + i);
		close.table[0].count[i] = 100 + i;
	}
	check_table(&close, SJ_LEDGER_FROM_VIEWER, 100);
}
END_TEST

START_TEST(what_is_no_name_is_none)
{
	struct sj_host_gate_user user = {.zone = "lgwan", .spki_sha256 = {2}};
	struct sj_viewer_gate_connected peer = {
		.name = "host", .spki_sha256 = {4}};
	struct sj_ledger_tell_open open = {.ticket = 7};

	memset(user.name, 'a', sizeof(user.name));
	sj_ledger_gate_serves(&open, &user);
	ck_assert_str_eq(open.zone, "");
	ck_assert_str_eq(open.name, "");
	ck_assert_mem_eq(open.spki_sha256, user.spki_sha256, 32);
	memset(peer.zone, 'a', sizeof(peer.zone));
	sj_ledger_gate_shows(&open, &peer);
	ck_assert_str_eq(open.zone, "");
	ck_assert_str_eq(open.name, "");
	ck_assert_mem_eq(open.spki_sha256, peer.spki_sha256, 32);
}
END_TEST

START_TEST(what_no_gate_counts_is_no_count)
{
	struct sj_host_gate_closed served = {
		.reason = SJ_REASON_CLOSED, .pixels = 1};
	struct sj_viewer_gate_closed shown = {
		.reason = SJ_REASON_CLOSED, .pixels = 1};
	struct sj_ledger_tell_close close = {.ticket = 7};

	served.encodings.count[15] = 1; /* without a name */
	sj_ledger_gate_served(&close, &served);
	ck_assert_uint_eq(close.code, SJ_REASON_CLOSED);
	ck_assert_uint_eq(close.has_counts, 0);
	ck_assert_uint_eq(close.pixels, 0);
	ck_assert_uint_eq(close.table[2].count[15], 0);
	shown.sent.bytes[14] = 1; /* of keys that were dropped */
	sj_ledger_gate_shown(&close, &shown);
	ck_assert_uint_eq(close.code, SJ_REASON_CLOSED);
	ck_assert_uint_eq(close.has_counts, 0);
	ck_assert_uint_eq(close.table[0].bytes[14], 0);
}
END_TEST

SJ_SUITE_MAIN("supervise_ledger_gate", an_opening_has_whom_the_gate_let_in,
	a_closing_without_counts_is_a_local_failure,
	the_serving_side_tells_all_its_counts,
	the_showing_side_tells_what_the_line_got, what_is_no_name_is_none,
	what_no_gate_counts_is_no_count)
