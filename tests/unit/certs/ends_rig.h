/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ends_rig: the ledgers of the two ends of connections, judged and joined.
 *
 * What fails without a test's doing ends the test.
 */
#ifndef SJ_TESTS_UNIT_CERTS_ENDS_RIG_H
#define SJ_TESTS_UNIT_CERTS_ENDS_RIG_H

#include "tests/unit/certs/ledger_rig.h"

struct ends_rig {
	struct ledger_rig host, viewer;
	/* of the next session; the test changes them */
	struct sj_ledger_tell_close host_close, viewer_close;
	const struct sj_verify_selection *selection; /* of the next joining */
	struct sj_verify_findings pairs;             /* of the last one */
};

extern struct ends_rig ends;

/* Both writers have begun; the closings are those of a sound session. */
void ends_begin(void);

/* A session in the ledger of rig; exporter says which connection it is. */
void ends_session(struct ledger_rig *rig, enum sj_ledger_side side,
	uint8_t exporter, const struct sj_ledger_tell_close *close);

/* The same connection in both. */
void ends_both(uint8_t exporter);

/* Makes close that of a connection refused behind its opening. */
void ends_refuse(struct sj_ledger_tell_close *close);

/* Joins count ledgers that were judged. */
enum sj_verify_verdict ends_join_judged(
	struct sj_verify_ledger *ledgers, size_t count);

/* Ends the writers, judges count ledgers, joins them; the judged ones in
 * ledgers. The rigs stay. */
enum sj_verify_verdict ends_join(struct ledger_rig *const *rigs, size_t count,
	struct sj_verify_ledger *ledgers);

/* The same of both ends, whose rigs are closed. */
enum sj_verify_verdict ends_finish(void);

#endif /* SJ_TESTS_UNIT_CERTS_ENDS_RIG_H */
