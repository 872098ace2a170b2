/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/supervise/ledger_gate.h"

#include <stdbool.h>
#include <string.h>

#include "protocol/base/reason.h"

_Static_assert(
	sizeof(struct sj_host_counts) == sizeof(struct sj_ledger_tell_counts) &&
		sizeof(struct sj_viewer_counts) ==
			sizeof(struct sj_ledger_tell_counts),
	"counters differ");

/*
 * A gate may have been taken over, and there is one writer for all sessions,
 * which ends where it is told nonsense: what is no name is none.
 */
static void take_names(struct sj_ledger_tell_open *open,
	const char zone[SJ_LIMIT_ZONE_BYTES],
	const char name[SJ_LIMIT_USER_NAME_BYTES + 1])
{
	memset(open->zone, 0, sizeof(open->zone));
	memset(open->name, 0, sizeof(open->name));
	if (!memchr(zone, 0, sizeof(open->zone)) ||
		!memchr(name, 0, sizeof(open->name)))
		return;
	memcpy(open->zone, zone, sizeof(open->zone));
	memcpy(open->name, name, sizeof(open->name));
}

/* And what no gate counts is no count: nobody knows what crossed. */
static void judge_counts(struct sj_ledger_tell_close *close)
{
	bool is_known = true;

	for (size_t i = 0; i < SJ_LEDGER_TABLES; i++)
		is_known = is_known && sj_ledger_counts_are_known(
					       (enum sj_ledger_table)(i + 1),
					       close->table[i].count,
					       close->table[i].bytes);
	close->has_counts = is_known ? 1 : 0;
	if (is_known)
		return;
	memset(close->table, 0, sizeof(close->table));
	close->pixels = close->received_bytes = close->sent_bytes = 0;
}

void sj_ledger_gate_serves(
	struct sj_ledger_tell_open *open, const struct sj_host_gate_user *user)
{
	open->side = SJ_LEDGER_SERVES;
	take_names(open, user->zone, user->name);
	memcpy(open->exporter, user->exporter, sizeof(open->exporter));
	memcpy(open->spki_sha256, user->spki_sha256, sizeof(open->spki_sha256));
}

void sj_ledger_gate_shows(struct sj_ledger_tell_open *open,
	const struct sj_viewer_gate_connected *peer)
{
	open->side = SJ_LEDGER_SHOWS;
	take_names(open, peer->zone, peer->name);
	memcpy(open->exporter, peer->exporter, sizeof(open->exporter));
	memcpy(open->spki_sha256, peer->spki_sha256, sizeof(open->spki_sha256));
}

void sj_ledger_gate_served(struct sj_ledger_tell_close *close,
	const struct sj_host_gate_closed *closed)
{
	close->code = SJ_REASON_LOCAL;
	if (!closed)
		return;
	close->code = closed->reason;
	close->pixels = closed->pixels;
	close->received_bytes = closed->received_bytes;
	close->sent_bytes = closed->sent_bytes;
	memcpy(&close->table[0], &closed->viewer, sizeof(close->table[0]));
	memcpy(&close->table[1], &closed->host, sizeof(close->table[1]));
	memcpy(&close->table[2], &closed->encodings, sizeof(close->table[2]));
	judge_counts(close);
}

void sj_ledger_gate_shown(struct sj_ledger_tell_close *close,
	const struct sj_viewer_gate_closed *closed)
{
	close->code = SJ_REASON_LOCAL;
	if (!closed)
		return;
	close->code = closed->reason;
	close->is_by_peer = closed->is_by_peer != 0;
	close->pixels = closed->pixels;
	close->received_bytes = closed->wire_in_bytes;
	close->sent_bytes = closed->wire_out_bytes;
	memcpy(&close->table[0], &closed->sent, sizeof(close->table[0]));
	for (size_t i = 0; i < SJ_LEDGER_COUNTERS; i++)
		if (sj_ledger_counter_is_dropped(SJ_LEDGER_FROM_VIEWER, i))
			close->table[0].count[i] = closed->viewer.count[i];
	memcpy(&close->table[1], &closed->host, sizeof(close->table[1]));
	memcpy(&close->table[2], &closed->encodings, sizeof(close->table[2]));
	judge_counts(close);
}
