/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/certs/ends_rig.h"

#include <check.h>
#include <string.h>

#include "protocol/base/reason.h"

struct ends_rig ends;

void ends_begin(void)
{
	ledger_rig_open(&ends.host, SJ_LEDGER_PLACE_HOST);
	ledger_rig_start(&ends.host);
	ledger_rig_open(&ends.viewer, SJ_LEDGER_PLACE_VIEWER);
	ledger_rig_start(&ends.viewer);
	ends.host_close = ledger_rig_closing(1, SJ_LEDGER_SERVES, 3, 5);
	ends.viewer_close = ledger_rig_closing(1, SJ_LEDGER_SHOWS, 3, 5);
}

void ends_session(struct ledger_rig *rig, enum sj_ledger_side side,
	uint8_t exporter, const struct sj_ledger_tell_close *close)
{
	const struct sj_ledger_tell_open open =
		ledger_rig_opening(exporter, side, exporter);
	struct sj_ledger_tell_close own = *close;

	own.ticket = exporter;
	ledger_rig_session(rig, &open, &own);
}

void ends_both(uint8_t exporter)
{
	ends_session(&ends.host, SJ_LEDGER_SERVES, exporter, &ends.host_close);
	ends_session(
		&ends.viewer, SJ_LEDGER_SHOWS, exporter, &ends.viewer_close);
}

void ends_refuse(struct sj_ledger_tell_close *close)
{
	memset(close->table, 0, sizeof(close->table));
	close->pixels = 0;
	close->received_bytes = close->sent_bytes = SJ_VERIFY_HANDSHAKE_BYTES;
	close->code = SJ_REASON_UNREACHABLE;
}

enum sj_verify_verdict ends_join_judged(
	struct sj_verify_ledger *ledgers, size_t count)
{
	memset(&ends.pairs, 0, sizeof(ends.pairs));
	ck_assert_int_eq(
		sj_verify_join(ledgers, count, ends.selection, &ends.pairs),
		SJ_OK);
	return sj_verify_verdict(ledgers, count, &ends.pairs);
}

enum sj_verify_verdict ends_join(struct ledger_rig *const *rigs, size_t count,
	struct sj_verify_ledger *ledgers)
{
	for (size_t i = 0; i < count; i++) {
		ledger_rig_stop(rigs[i]);
		ledger_rig_judge_file(rigs[i]);
		ledgers[i] = rigs[i]->ledger;
		ledgers[i].index = (uint16_t)i;
	}
	return ends_join_judged(ledgers, count);
}

enum sj_verify_verdict ends_finish(void)
{
	struct ledger_rig *const rigs[] = {&ends.host, &ends.viewer};
	struct sj_verify_ledger ledgers[2];
	enum sj_verify_verdict verdict = ends_join(rigs, 2, ledgers);

	ledger_rig_close(&ends.host);
	ledger_rig_close(&ends.viewer);
	return verdict;
}
