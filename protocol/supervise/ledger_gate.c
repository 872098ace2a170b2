/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/supervise/ledger_gate.h"

#include <string.h>

#include "protocol/base/reason.h"

_Static_assert(
	sizeof(struct sj_host_counts) == sizeof(struct sj_ledger_tell_counts) &&
		sizeof(struct sj_viewer_counts) ==
			sizeof(struct sj_ledger_tell_counts),
	"counters differ");

void sj_ledger_gate_serves(
	struct sj_ledger_tell_open *open, const struct sj_host_gate_user *user)
{
	open->side = SJ_LEDGER_SERVES;
	memcpy(open->zone, user->zone, sizeof(open->zone));
	memcpy(open->name, user->name, sizeof(open->name));
	memcpy(open->exporter, user->exporter, sizeof(open->exporter));
	memcpy(open->spki_sha256, user->spki_sha256, sizeof(open->spki_sha256));
}

void sj_ledger_gate_shows(struct sj_ledger_tell_open *open,
	const struct sj_viewer_gate_connected *peer)
{
	open->side = SJ_LEDGER_SHOWS;
	memcpy(open->zone, peer->zone, sizeof(open->zone));
	memcpy(open->name, peer->name, sizeof(open->name));
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
	close->has_counts = 1;
	close->pixels = closed->pixels;
	close->received_bytes = closed->received_bytes;
	close->sent_bytes = closed->sent_bytes;
	memcpy(&close->table[0], &closed->viewer, sizeof(close->table[0]));
	memcpy(&close->table[1], &closed->host, sizeof(close->table[1]));
	memcpy(&close->table[2], &closed->encodings, sizeof(close->table[2]));
}

void sj_ledger_gate_shown(struct sj_ledger_tell_close *close,
	const struct sj_viewer_gate_closed *closed)
{
	close->code = SJ_REASON_LOCAL;
	if (!closed)
		return;
	close->code = closed->reason;
	close->has_counts = 1;
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
}
