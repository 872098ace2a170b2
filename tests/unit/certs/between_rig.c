/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/certs/between_rig.h"

#include <check.h>
#include <string.h>

#include "tests/unit/certs/ends_rig.h"

static struct ledger_rig guard;

/* The zone and name of the peer; "": nobody knows. */
static void rename_peer(
	struct sj_ledger_tell_open *open, const char *zone, const char *name)
{
	memset(open->zone, 0, sizeof(open->zone));
	memset(open->name, 0, sizeof(open->name));
	memcpy(open->zone, zone, strlen(zone));
	memcpy(open->name, name, strlen(name));
}

/* The host's end of connection 1, with the user that a guard speaks for. */
static void host_of_guard(const char *zone, const char *user)
{
	struct sj_ledger_tell_open open =
		ledger_rig_opening(1, SJ_LEDGER_SERVES, 1);

	open.peer = user[0] ? SJ_LEDGER_PEER_GUARD : SJ_LEDGER_PEER_UNKNOWN;
	rename_peer(&open, zone, user);
	ledger_rig_session(&ends.host, &open, &ends.host_close);
}

/* Connection 2 with the viewer, of which connection 1 with the host is. */
static void guard_sessions(const struct between *between)
{
	struct sj_ledger_tell_open outer =
		ledger_rig_opening(2, SJ_LEDGER_SERVES, 2);
	struct sj_ledger_tell_open inner =
		ledger_rig_opening(1, SJ_LEDGER_SHOWS, 1);
	struct sj_ledger_tell_close outer_close =
		ledger_rig_closing(2, SJ_LEDGER_SERVES, 3, 5);
	struct sj_ledger_tell_close inner_close =
		ledger_rig_closing(1, SJ_LEDGER_SHOWS, between->keys, 5);
	struct sj_ledger_desk *desk = &guard.desk;

	inner.linked_ticket = between->linked;
	rename_peer(&inner, "internet", "host1");
	rename_peer(&outer, "lgwan", between->viewer);
	ck_assert_int_eq(sj_ledger_desk_open(desk, &outer, &guard.now), SJ_OK);
	ck_assert_int_eq(sj_ledger_desk_open(desk, &inner, &guard.now), SJ_OK);
	ck_assert_int_eq(
		sj_ledger_desk_close(desk, &inner_close, &guard.now), SJ_OK);
	ck_assert_int_eq(
		sj_ledger_desk_close(desk, &outer_close, &guard.now), SJ_OK);
}

enum sj_verify_verdict between_judge(const struct between *between)
{
	struct ledger_rig *const rigs[] = {&ends.host, &guard, &ends.viewer};
	struct sj_verify_ledger ledgers[3];
	enum sj_verify_verdict verdict;

	ends_begin();
	ledger_rig_open(&guard, SJ_LEDGER_PLACE_GUARD);
	ledger_rig_start(&guard);
	ends.host_close =
		ledger_rig_closing(1, SJ_LEDGER_SERVES, between->keys, 5);
	host_of_guard(between->zone, between->user);
	ends_session(&ends.viewer, SJ_LEDGER_SHOWS, 2, &ends.viewer_close);
	guard_sessions(between);
	verdict = ends_join(rigs, 3, ledgers);
	ck_assert_int_eq(ledgers[0].session[0].peer_ledger, 1);
	ck_assert_int_eq(ledgers[2].session[0].peer_ledger, 1);
	for (size_t i = 0; i < 3; i++)
		ledger_rig_close(rigs[i]);
	return verdict;
}

enum sj_verify_verdict between_keys(uint64_t keys, uint64_t linked)
{
	return between_judge(&(struct between){.keys = keys,
		.linked = linked,
		.viewer = "tanaka",
		.zone = "lgwan",
		.user = "tanaka"});
}

enum sj_verify_verdict between_users(
	const char *viewer, const char *zone, const char *user)
{
	return between_judge(&(struct between){.keys = 3,
		.linked = 2,
		.viewer = viewer,
		.zone = zone,
		.user = user});
}
