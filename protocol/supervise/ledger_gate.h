/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ledger_gate: what a gate says of a connection, as the ledger is told it.
 *
 * The same for host, guard and viewer, whose ledgers are laid beside each
 * other. shoji-host-gate is on the side that serves, shoji-viewer-gate on the
 * one that shows. Only numbers, hashes and the names of a certificate are taken
 * over, and of them only what a writer takes: a gate may not be what it was.
 * Nothing blocks, allocates or fails. Tickets, and the kind of the peer, are
 * the caller's.
 */
#ifndef SJ_PROTOCOL_SUPERVISE_LEDGER_GATE_H
#define SJ_PROTOCOL_SUPERVISE_LEDGER_GATE_H

#include "protocol/gate/host_gate_ipc.h"
#include "protocol/gate/viewer_gate_ipc.h"
#include "protocol/ledger/ledger_ipc.h"

/* Fills in the side, and whom the gate has let in; the exporter with it. */
void sj_ledger_gate_serves(
	struct sj_ledger_tell_open *open, const struct sj_host_gate_user *user);

/* The same for whom the gate is connected with. */
void sj_ledger_gate_shows(struct sj_ledger_tell_open *open,
	const struct sj_viewer_gate_connected *peer);

/* Fills in code and counts; closed NULL: the gate went without them, which is
 * SJ_REASON_LOCAL. Counts that no gate has are none. Fields that are not known
 * stay as they are. */
void sj_ledger_gate_served(struct sj_ledger_tell_close *close,
	const struct sj_host_gate_closed *closed);

/* As above. Of the input only what the line got counts as crossed. */
void sj_ledger_gate_shown(struct sj_ledger_tell_close *close,
	const struct sj_viewer_gate_closed *closed);

#endif /* SJ_PROTOCOL_SUPERVISE_LEDGER_GATE_H */
