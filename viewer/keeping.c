/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "viewer/keeping.h"

#include <stdio.h>
#include <string.h>

#include "protocol/base/clock.h"
#include "protocol/base/confine.h"
#include "protocol/base/reason.h"
#include "protocol/supervise/ledger_gate.h"

#define READY_MS 10000
#define STOP_MS 5000

void sj_keeping_init(
	struct sj_keeping *keeping, const struct sj_viewer_options *options)
{
	memset(keeping, 0, sizeof(*keeping));
	keeping->options = options;
	keeping->ledger = SJ_LEDGER_NONE;
}

bool sj_keeping_is_wanted(const struct sj_keeping *keeping)
{
	return keeping->options->ledger_file[0] != 0;
}

static void lose(struct sj_keeping *keeping, const char *why)
{
	fprintf(stderr, "shoji-viewer: ledger: %s\n", why);
	sj_ledger_drop(&keeping->ledger);
	keeping->ticket = 0;
	keeping->is_awaited = false;
}

bool sj_keeping_is_ready(struct sj_keeping *keeping)
{
	const struct sj_viewer_options *options = keeping->options;
	const struct sj_ledger_plan plan = {.file = options->ledger_file,
		.keys = options->ledger_keys,
		.place = SJ_LEDGER_PLACE_VIEWER,
		.version = SJ_VERSION,
		.heartbeat_s = options->ledger_heartbeat_s,
		.uid = UINT32_MAX,
		.gid = UINT32_MAX,
		.may_miss = options->landlock ? SJ_CONFINE_LANDLOCK : 0,
		.log_level = options->log_level,
		.stderr_fd = -1};
	char why[512];

	if (!sj_keeping_is_wanted(keeping) || keeping->ledger.is_ready)
		return true;
	if (sj_ledger_start(&keeping->ledger, &plan, why, sizeof(why)) !=
		SJ_OK) {
		lose(keeping, why);
		return false;
	}
	if (sj_ledger_await_ready(&keeping->ledger, READY_MS) != SJ_OK) {
		lose(keeping, "its writer did not get ready");
		return false;
	}
	return true;
}

enum sj_keeping_step sj_keeping_connected(
	struct sj_keeping *keeping, const struct sj_viewer_gate_connected *peer)
{
	struct sj_ledger_tell_open open = {.ticket = keeping->last_ticket + 1,
		.peer = peer->is_guard ? SJ_LEDGER_PEER_GUARD
				       : SJ_LEDGER_PEER_HOST};
	enum sj_err err;

	if (!sj_keeping_is_wanted(keeping))
		return SJ_KEEPING_GO;
	/* A gate says it once; one that was taken over fills no disk. */
	if (keeping->ticket != 0)
		return SJ_KEEPING_REFUSE;
	if (!sj_ledger_is_in_place(
		    &keeping->ledger, keeping->options->ledger_file)) {
		fprintf(stderr,
			"shoji-viewer: ledger: %s: " SJ_LEDGER_NOT_IN_PLACE
			"\n",
			keeping->options->ledger_file);
		return SJ_KEEPING_REFUSE;
	}
	sj_ledger_gate_shows(&open, peer);
	err = sj_ledger_tell_open(&keeping->ledger, &open);
	explicit_bzero(open.exporter, sizeof(open.exporter));
	if (err != SJ_OK) {
		lose(keeping, "its writer does not listen");
		return SJ_KEEPING_REFUSE;
	}
	keeping->ticket = ++keeping->last_ticket;
	keeping->is_awaited = true;
	return SJ_KEEPING_NOTHING;
}

static enum sj_keeping_step answered(
	struct sj_keeping *keeping, const struct sj_ledger_answer *answer)
{
	if (answer->type == SJ_LEDGER_ANSWER_NO_ROOM) {
		fprintf(stderr, "shoji-viewer: ledger: no room on the disk\n");
		return keeping->ticket != 0 ? SJ_KEEPING_REFUSE
					    : SJ_KEEPING_NOTHING;
	}
	if (answer->ticket != keeping->ticket || !keeping->is_awaited)
		return SJ_KEEPING_NOTHING; /* of a connection that has gone */
	keeping->is_awaited = false;
	if (answer->type == SJ_LEDGER_ANSWER_KEPT)
		return SJ_KEEPING_GO;
	fprintf(stderr, "shoji-viewer: ledger: %s\n", strerror(answer->number));
	keeping->ticket = 0;
	return SJ_KEEPING_REFUSE;
}

enum sj_keeping_step sj_keeping_turn(struct sj_keeping *keeping)
{
	bool was_open = keeping->ticket != 0;
	struct sj_ledger_answer answer;
	enum sj_err err = SJ_ERR_CLOSED;

	if (keeping->ledger.fd < 0)
		return SJ_KEEPING_NOTHING;
	if (!sj_ledger_is_late(&keeping->ledger, sj_clock_ms()))
		err = sj_ledger_next(&keeping->ledger, &answer);
	if (err == SJ_ERR_AGAIN)
		return SJ_KEEPING_NOTHING;
	if (err == SJ_OK)
		return answered(keeping, &answer);
	lose(keeping, "its writer has ended");
	return was_open ? SJ_KEEPING_REFUSE : SJ_KEEPING_NOTHING;
}

void sj_keeping_closed(
	struct sj_keeping *keeping, const struct sj_viewer_gate_closed *closed)
{
	struct sj_ledger_tell_close close;

	if (keeping->ledger.fd < 0)
		return;
	memset(&close, 0, sizeof(close));
	close.ticket = keeping->ticket;
	sj_ledger_gate_shown(&close,
		closed && sj_reason_is_known(closed->reason) ? closed : NULL);
	if (keeping->ticket == 0) {
		/* It never became a session. */
		if (sj_ledger_tell_refused(&keeping->ledger,
			    (enum sj_reason)close.code) != SJ_OK)
			lose(keeping, "its writer does not listen");
		return;
	}
	keeping->ticket = 0;
	keeping->is_awaited = false;
	if (sj_ledger_tell_close(&keeping->ledger, &close) != SJ_OK)
		lose(keeping, "its writer does not listen");
}

void sj_keeping_finish(struct sj_keeping *keeping)
{
	sj_ledger_finish(&keeping->ledger, STOP_MS);
}
