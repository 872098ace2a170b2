/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "viewer/gate_session.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "certs/tls.h"
#include "protocol/base/clock.h"
#include "protocol/base/ipc.h"
#include "protocol/base/memfd.h"
#include "protocol/gate/gate.h"
#include "protocol/gate/pump.h"
#include "protocol/rfb/handshake.h"
#include "viewer/gate_input.h"

#define WATCH_CONTROL 0
#define WATCH_INPUT 1
#define GOODBYE_MS 1000
/* One poll of the input socket takes this many messages at most. */
#define INPUT_BATCH 64

struct session {
	const struct sj_gate_session_parts *parts;
	struct sj_pump *pump;
	struct sj_handshake outer, inner;
	struct sj_gate *gate; /* from ServerInit on */
	struct sj_gate_input input;
	bool is_input_watched;
	bool is_ended_here; /* the launcher said END or is gone */
	bool is_input_bad;
	bool is_going; /* the session itself may begin */
	uint64_t updates, rects, update_bytes;
};

_Static_assert(sizeof(((struct sj_viewer_counts *)0)->count) ==
		       sizeof(((struct sj_gate_counts *)0)->count),
	"counters differ");

/* ---- window and launcher ---- */

static void watch_input(struct session *session, bool is_wanted)
{
	if (session->is_input_watched == is_wanted)
		return;
	session->is_input_watched = is_wanted;
	sj_pump_watch(session->pump, WATCH_INPUT,
		is_wanted ? session->parts->input_fd : -1);
}

static void input_readable(struct session *session)
{
	struct sj_viewer_input message;
	enum sj_err err = SJ_OK;

	for (int i = 0; i < INPUT_BATCH && err == SJ_OK; i++) {
		if (!sj_gate_input_has_room(&session->input))
			break;
		err = sj_ipc_receive(session->parts->input_fd, &message,
			sizeof(message), NULL);
		if (err == SJ_OK && sj_gate_input_add(&session->input,
					    &message) == SJ_ERR_FORMAT)
			err = SJ_ERR_FORMAT;
	}
	if (err == SJ_ERR_CLOSED) {
		watch_input(session, false);
		session->input.is_release_wanted = true;
	} else if (err == SJ_OK || err == SJ_ERR_AGAIN) {
		watch_input(session, sj_gate_input_has_room(&session->input));
	} else {
		session->is_input_bad = true;
		sj_pump_stop(session->pump);
	}
}

/* The decoder and the window's input join; the gate asks for pixels. */
static void go(struct session *session)
{
	struct sj_stream decoder = sj_stream_fd(session->parts->decoder_fd);

	session->is_going = true;
	sj_pump_set_stream(session->pump, SJ_PUMP_INNER, &decoder);
	watch_input(session, true);
}

/* A peer whose certificate is in the new list is cut off. */
static void replace_crl(struct session *session, const struct sj_ipc_fds *fds)
{
	struct sj_tls_pem crl;
	uint8_t *data = NULL;
	size_t size = 0;

	if (fds->count != 1 || sj_memfd_read(fds->fd[0], SJ_LIMIT_CRL_BYTES,
				       &data, &size) != SJ_OK) {
		session->is_ended_here = true;
		sj_pump_stop(session->pump);
		return;
	}
	crl = (struct sj_tls_pem){.data = data, .size = size};
	if (sj_tls_set_crl(session->parts->tls, &crl) != SJ_OK)
		sj_pump_stop(session->pump);
	free(data);
}

static void readable(void *self, size_t index)
{
	struct session *session = self;
	struct sj_viewer_gate_message message;
	struct sj_ipc_fds fds = {.count = 0};
	enum sj_err err;

	if (index == WATCH_INPUT) {
		input_readable(session);
		return;
	}
	err = sj_ipc_receive(
		session->parts->control_fd, &message, sizeof(message), &fds);
	if (err == SJ_ERR_AGAIN)
		return;
	if (err == SJ_OK && message.type == SJ_VIEWER_GATE_CRL) {
		replace_crl(session, &fds);
	} else if (err == SJ_OK && message.type == SJ_VIEWER_GATE_GO &&
		   session->gate && !session->is_going) {
		go(session);
	} else {
		/* Else only END is ever said here; their end means the same. */
		session->is_ended_here = true;
		sj_pump_watch(session->pump, WATCH_CONTROL, -1);
		sj_pump_stop(session->pump);
	}
	sj_ipc_close(&fds);
}

/* ---- outer handshake ---- */

static enum sj_step judge_outer(void *self, enum sj_pump_side side,
	struct sj_reader *in, struct sj_writer *back, struct sj_writer *other)
{
	struct session *session = self;
	enum sj_step step;

	(void)other;
	if (side == SJ_PUMP_INNER)
		return SJ_STEP_MORE;
	step = sj_handshake_next(&session->outer, in, back);
	if (sj_handshake_state(&session->outer) != SJ_HANDSHAKE_RUNNING) {
		sj_pump_stop(session->pump);
		return SJ_STEP_MORE;
	}
	return step;
}

static void tell_alive(void *self)
{
	const struct sj_viewer_gate_message alive = {
		.type = SJ_VIEWER_GATE_ALIVE};
	const struct session *session = self;

	sj_ipc_mention(session->parts->control_fd, &alive, sizeof(alive));
}

static const struct sj_pump_ops outer_ops = {
	.judge = judge_outer,
	.readable = readable,
	.pulse = tell_alive,
};

static enum sj_io drive_tls(void *object)
{
	return sj_tls_handshake(object);
}

static enum sj_reason reason_of_end(
	const struct session *session, const struct sj_pump_result *result)
{
	if (session->is_ended_here)
		return SJ_REASON_END_USER;
	if (session->is_input_bad)
		return SJ_REASON_LOCAL;
	if (sj_handshake_reason(&session->outer) != SJ_REASON_NONE)
		return sj_handshake_reason(&session->outer);
	if (session->gate && sj_gate_reason(session->gate) != SJ_REASON_NONE)
		return sj_gate_reason(session->gate);
	if (session->gate &&
		sj_gate_end_reason(session->gate) != SJ_REASON_NONE)
		return sj_gate_end_reason(session->gate);
	if (sj_tls_reason(session->parts->tls) != SJ_REASON_NONE)
		return sj_tls_reason(session->parts->tls);
	if (result->end == SJ_PUMP_LATE)
		return SJ_REASON_TIMEOUT_HANDSHAKE;
	if (result->end != SJ_PUMP_STOPPED && result->side == SJ_PUMP_INNER)
		return SJ_REASON_DECODER_GONE;
	return result->reason;
}

/* A guard then knows that what follows is not about reaching the host. */
static void tell_proven(struct session *session)
{
	const struct sj_viewer_gate_message message = {
		.type = SJ_VIEWER_GATE_PROVEN};

	if (session->parts->start->user[0] != '\0' &&
		sj_ipc_send(session->parts->control_fd, &message,
			sizeof(message), NULL) != SJ_OK)
		session->is_ended_here = true;
}

static enum sj_reason shake_hands(struct session *session)
{
	uint64_t deadline_ms =
		sj_clock_ms() + UINT64_C(2) * SJ_LIMIT_HANDSHAKE_MS;
	struct sj_tls *tls = session->parts->tls;
	struct sj_pump_result result;
	struct sj_stream stream;

	result = sj_pump_run(session->pump, deadline_ms);
	if (sj_handshake_state(&session->outer) != SJ_HANDSHAKE_NEED_TLS)
		return reason_of_end(session, &result);
	if (sj_pump_drive(session->pump, drive_tls, tls,
		    session->parts->socket_fd, deadline_ms) != SJ_IO_OK) {
		if (sj_tls_reason(tls) != SJ_REASON_NONE)
			return sj_tls_reason(tls);
		return session->is_ended_here ? SJ_REASON_END_USER
					      : SJ_REASON_TIMEOUT_HANDSHAKE;
	}
	tell_proven(session);
	stream = sj_tls_stream(tls);
	sj_pump_set_stream(session->pump, SJ_PUMP_OUTER, &stream);
	sj_handshake_tls_done(&session->outer);
	result = sj_pump_run(session->pump, sj_clock_ms() +
						    SJ_LIMIT_SESSION_START_MS +
						    SJ_LIMIT_HANDSHAKE_MS);
	if (sj_handshake_state(&session->outer) == SJ_HANDSHAKE_FINISHED)
		return SJ_REASON_NONE;
	return reason_of_end(session, &result);
}

/* ---- the session: inner handshake, then pixels and keys ---- */

static void tell_update(struct session *session)
{
	struct sj_viewer_gate_message message = {.type = SJ_VIEWER_GATE_UPDATE};
	struct sj_gate_counts counts;
	uint64_t rects = 0, updates = sj_gate_updates(session->gate, &rects);

	if (!session->parts->start->wants_updates ||
		updates == session->updates)
		return;
	sj_gate_counts(session->gate, SJ_GATE_FROM_HOST, &counts);
	message.u.gate_update.at_us = sj_clock_us();
	message.u.gate_update.bytes =
		(uint32_t)(counts.bytes[0] - session->update_bytes);
	message.u.gate_update.rects = (uint32_t)(rects - session->rects);
	session->updates = updates;
	session->rects = rects;
	session->update_bytes = counts.bytes[0];
	if (sj_ipc_send(session->parts->control_fd, &message, sizeof(message),
		    NULL) != SJ_OK)
		session->is_ended_here = true;
}

/* From the host to the decoder. */
static enum sj_step judge_host(
	struct session *session, struct sj_reader *in, struct sj_writer *other)
{
	enum sj_step step;

	/* libvncclient is not there yet: what has come waits for it, even
	 * if the host says good-bye meanwhile. */
	if (sj_handshake_state(&session->inner) != SJ_HANDSHAKE_FINISHED)
		return SJ_STEP_FULL;
	step = sj_gate_host_next(session->gate, in, other, sj_clock_us());
	if (step == SJ_STEP_DONE)
		tell_update(session);
	return step;
}

/* What the window has said, to the host. */
static enum sj_step judge_input(
	struct session *session, struct sj_writer *other)
{
	struct sj_reader in = sj_gate_input_reader(&session->input);
	enum sj_step step =
		sj_gate_viewer_next(session->gate, &in, other, sj_clock_us());

	sj_gate_input_drop(&session->input, in.at);
	if (step == SJ_STEP_MORE && session->input.is_release_wanted &&
		session->input.size == 0) {
		step = sj_gate_release_all(session->gate, other);
		if (step == SJ_STEP_DONE) {
			session->input.is_release_wanted = false;
			step = SJ_STEP_MORE;
		}
	}
	if (!session->is_input_bad && sj_gate_input_has_room(&session->input))
		watch_input(session, true);
	return step;
}

/* From the decoder: its handshake is answered, all else is dropped. */
static enum sj_step judge_decoder(
	struct session *session, struct sj_reader *in, struct sj_writer *back)
{
	struct sj_size size = sj_gate_size(session->gate);

	if (sj_handshake_state(&session->inner) == SJ_HANDSHAKE_FINISHED)
		return sj_gate_swallow_next(session->gate, in);
	if (sj_handshake_state(&session->inner) == SJ_HANDSHAKE_NEED_SIZE)
		sj_handshake_set_size(&session->inner, &size);
	return sj_handshake_next(&session->inner, in, back);
}

static enum sj_step judge_session(void *self, enum sj_pump_side side,
	struct sj_reader *in, struct sj_writer *back, struct sj_writer *other)
{
	struct session *session = self;
	enum sj_step step, input;

	if (!session->is_going)
		return SJ_STEP_MORE; /* the ledger does not have it yet */
	if (side == SJ_PUMP_OUTER)
		return judge_host(session, in, other);
	step = judge_decoder(session, in, back);
	if (step == SJ_STEP_REFUSE)
		return step;
	input = judge_input(session, other);
	if (input == SJ_STEP_REFUSE)
		return input;
	return step == SJ_STEP_DONE ? step : input;
}

static uint64_t session_wait_us(void *self, uint64_t now_us)
{
	struct session *session = self;

	return sj_gate_wait_us(session->gate, now_us);
}

static bool session_is_midway(void *self, enum sj_pump_side side)
{
	struct session *session = self;

	return side == SJ_PUMP_OUTER &&
	       !sj_gate_host_is_boundary(session->gate);
}

static const struct sj_pump_ops session_ops = {
	.judge = judge_session,
	.wait_us = session_wait_us,
	.is_midway = session_is_midway,
	.readable = readable,
	.pulse = tell_alive,
};

/* The size that the window has now, unless the host starts with it. */
static void wish_size(struct session *session)
{
	const struct sj_size *wish = &session->parts->start->size;
	struct sj_size size = sj_gate_size(session->gate);
	struct sj_viewer_input message = {
		.type = SJ_VIEWER_INPUT_SIZE,
		.x_px = wish->width_px,
		.y_px = wish->height_px,
	};

	if (wish->width_px == 0 || (wish->width_px == size.width_px &&
					   wish->height_px == size.height_px))
		return;
	/* A window too small for a browser shows a part of the smallest. */
	if (message.x_px < SJ_LIMIT_WIDTH_MIN_PX)
		message.x_px = SJ_LIMIT_WIDTH_MIN_PX;
	if (message.y_px < SJ_LIMIT_HEIGHT_MIN_PX)
		message.y_px = SJ_LIMIT_HEIGHT_MIN_PX;
	if (sj_gate_input_add(&session->input, &message) != SJ_OK)
		session->is_input_bad = true;
}

static void describe_peer(const struct session *session,
	struct sj_viewer_gate_connected *connected)
{
	struct sj_tls_peer peer;

	sj_tls_peer(session->parts->tls, &peer);
	connected->is_guard = peer.role == SJ_TLS_ROLE_GUARD;
	memcpy(connected->zone, peer.zone, sizeof(connected->zone));
	memcpy(connected->name, peer.name, sizeof(connected->name));
	memcpy(connected->exporter, peer.exporter, sizeof(connected->exporter));
	memcpy(connected->spki_sha256, peer.spki_sha256,
		sizeof(connected->spki_sha256));
	explicit_bzero(&peer, sizeof(peer));
}

static enum sj_reason run_session(struct session *session)
{
	struct sj_viewer_gate_message message = {
		.type = SJ_VIEWER_GATE_CONNECTED};
	struct sj_gate_settings settings = {
		.profile = session->parts->start->is_strict ? SJ_GATE_STRICT
							    : SJ_GATE_DEFAULT,
		.size = sj_handshake_size(&session->outer),
		.size_max = {SJ_LIMIT_WIDTH_PX, SJ_LIMIT_HEIGHT_PX},
		.is_requesting = true,
		.now_us = sj_clock_us(),
	};
	struct sj_pump_result result;
	enum sj_err err;

	session->gate = sj_gate_create(&settings);
	if (!session->gate)
		return SJ_REASON_LOCAL;
	describe_peer(session, &message.u.gate_connected);
	err = sj_ipc_send(
		session->parts->control_fd, &message, sizeof(message), NULL);
	explicit_bzero(&message, sizeof(message));
	if (err != SJ_OK)
		return SJ_REASON_END_USER;
	wish_size(session);
	sj_pump_set_ops(session->pump, &session_ops, session);
	if (!session->parts->start->waits_for_go)
		go(session);
	result = sj_pump_run(session->pump, 0);
	return reason_of_end(session, &result);
}

static void fill_counts(const struct session *session, enum sj_gate_kind kind,
	struct sj_viewer_counts *counts)
{
	struct sj_gate_counts from;

	sj_gate_counts(session->gate, kind, &from);
	memcpy(counts->count, from.count, sizeof(counts->count));
	memcpy(counts->bytes, from.bytes, sizeof(counts->bytes));
}

static void fill_closed(struct session *session, enum sj_reason reason,
	struct sj_viewer_gate_closed *closed)
{
	struct sj_gate_counts sent;

	closed->reason = (uint32_t)reason;
	closed->is_by_peer = sj_tls_is_by_peer(session->parts->tls) ||
			     sj_handshake_is_by_peer(&session->outer);
	sj_pump_totals(session->pump, SJ_PUMP_OUTER, &closed->wire_in_bytes,
		&closed->wire_out_bytes);
	if (!session->gate)
		return;
	fill_counts(session, SJ_GATE_FROM_VIEWER, &closed->viewer);
	fill_counts(session, SJ_GATE_FROM_HOST, &closed->host);
	fill_counts(session, SJ_GATE_ENCODING, &closed->encodings);
	sj_gate_sent(session->gate, &sent);
	memcpy(closed->sent.count, sent.count, sizeof(sent.count));
	memcpy(closed->sent.bytes, sent.bytes, sizeof(sent.bytes));
	closed->pixels = sj_gate_pixels(session->gate);
}

static void init_handshakes(struct session *session)
{
	struct sj_handshake_settings outer = {
		.role = SJ_HANDSHAKE_OUTER_CLIENT,
		.has_x509_none = true,
		.size_max = {SJ_LIMIT_WIDTH_PX, SJ_LIMIT_HEIGHT_PX},
	};
	struct sj_handshake_settings inner = {
		.role = SJ_HANDSHAKE_INNER_SERVER,
		.size_max = outer.size_max,
	};
	const char *user = session->parts->start->user;

	/* A guard never is anybody itself. */
	if (user[0] != 0) {
		outer.has_x509_none = false;
		outer.has_x509_plain = true;
		memcpy(outer.login.user, user, sizeof(outer.login.user));
	}
	sj_handshake_init(&session->outer, &outer);
	sj_handshake_init(&session->inner, &inner);
}

enum sj_reason sj_gate_session_run(const struct sj_gate_session_parts *parts,
	struct sj_viewer_gate_closed *closed)
{
	struct session session = {.parts = parts};
	struct sj_stream stream = sj_stream_fd(parts->socket_fd);
	enum sj_reason reason;

	memset(closed, 0, sizeof(*closed));
	closed->reason = SJ_REASON_LOCAL;
	init_handshakes(&session);
	session.pump = sj_pump_create(&outer_ops, &session);
	if (!session.pump)
		return SJ_REASON_LOCAL;
	sj_pump_set_stream(session.pump, SJ_PUMP_OUTER, &stream);
	sj_pump_watch(session.pump, WATCH_CONTROL, parts->control_fd);
	reason = shake_hands(&session);
	if (reason == SJ_REASON_NONE)
		reason = run_session(&session);
	(void)sj_pump_finish(
		session.pump, SJ_PUMP_OUTER, sj_clock_ms() + GOODBYE_MS);
	(void)sj_pump_finish(
		session.pump, SJ_PUMP_INNER, sj_clock_ms() + GOODBYE_MS);
	fill_closed(&session, reason, closed);
	sj_gate_destroy(session.gate);
	sj_pump_destroy(session.pump);
	sj_handshake_forget(&session.outer);
	return reason;
}
