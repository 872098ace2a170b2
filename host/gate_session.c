/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/gate_session.h"

#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "certs/tls.h"
#include "host/gate_user.h"
#include "protocol/base/clock.h"
#include "protocol/base/ipc.h"
#include "protocol/base/limits.h"
#include "protocol/base/memfd.h"
#include "protocol/gate/gate.h"
#include "protocol/gate/pump.h"
#include "protocol/rfb/handshake.h"

#define WATCH_CONTROL 0
#define ACTIVITY_INTERVAL_US 1000000
#define GOODBYE_MS 2000
/* How long a viewer may take to its SetEncodings when it is not to begin. */
#define UNBEGUN_MS 1000
#define LINGER_MS 1000
#define LINGER_READS 64
/* How long shojid may take to say why the agent is gone. */
#define VERDICT_MS 3000

struct session {
	const struct sj_gate_session_parts *parts;
	struct sj_pump *pump;
	struct sj_handshake outer, inner;
	struct sj_gate *gate; /* from the end of the handshakes on */
	int agent_fd;
	bool is_user_told;
	bool is_attached;
	bool is_control_gone;
	enum sj_reason end; /* asked for by shojid, or certificate */
	uint64_t activity;
	uint64_t activity_us;
};

/* What is counted for shojid has the same number of places on both sides. */
_Static_assert(sizeof(((struct sj_host_counts *)0)->count) ==
		       sizeof(((struct sj_gate_counts *)0)->count),
	"counters differ");

/* ---- messages of shojid ---- */

static void attach(struct session *session, struct sj_ipc_fds *fds)
{
	struct sj_stream stream;

	if (fds->count != 1 || session->is_attached || !session->is_user_told) {
		session->end = SJ_REASON_LOCAL;
		return;
	}
	session->agent_fd = sj_ipc_take(fds, 0);
	if (fcntl(session->agent_fd, F_SETFL, O_NONBLOCK) != 0) {
		session->end = SJ_REASON_LOCAL;
		return;
	}
	session->is_attached = true;
	stream = sj_stream_fd(session->agent_fd);
	sj_pump_set_stream(session->pump, SJ_PUMP_INNER, &stream);
	sj_handshake_verdict(&session->outer, SJ_REASON_NONE);
}

static void replace_crl(struct session *session, struct sj_ipc_fds *fds)
{
	struct sj_tls_pem crl;
	uint8_t *data = NULL;
	size_t size = 0;

	if (fds->count != 1 || sj_memfd_read(fds->fd[0], SJ_LIMIT_CRL_BYTES,
				       &data, &size) != SJ_OK) {
		session->end = SJ_REASON_CRL_MISSING;
		return;
	}
	crl = (struct sj_tls_pem){.data = data, .size = size};
	if (sj_tls_set_crl(session->parts->tls, &crl) != SJ_OK)
		session->end = sj_tls_reason(session->parts->tls);
	free(data);
}

static void control_message(struct session *session,
	const struct sj_host_gate_message *message, struct sj_ipc_fds *fds)
{
	switch (message->type) {
	case SJ_HOST_GATE_ATTACH:
		attach(session, fds);
		break;
	case SJ_HOST_GATE_CRL:
		replace_crl(session, fds);
		break;
	case SJ_HOST_GATE_END:
		session->end = sj_reason_is_known(message->u.reason)
				       ? (enum sj_reason)message->u.reason
				       : SJ_REASON_LOCAL;
		break;
	default:
		session->end = SJ_REASON_LOCAL;
		break;
	}
}

static void control_readable(void *self, size_t index)
{
	struct session *session = self;
	struct sj_host_gate_message message;
	struct sj_ipc_fds fds = {.count = 0};

	(void)index;
	if (sj_ipc_receive(session->parts->control_fd, &message,
		    sizeof(message), &fds) == SJ_OK) {
		control_message(session, &message, &fds);
	} else {
		/* Not on purpose: the viewer comes back by itself. */
		session->is_control_gone = true;
		session->end = SJ_REASON_AGENT_GONE;
		sj_pump_watch(session->pump, WATCH_CONTROL, -1);
	}
	sj_ipc_close(&fds);
	/* In the session phase the judge writes the goodbye first. */
	if (session->end != SJ_REASON_NONE && !session->gate) {
		if (sj_handshake_state(&session->outer) ==
			SJ_HANDSHAKE_NEED_VERDICT)
			sj_handshake_verdict(&session->outer, session->end);
		else
			sj_pump_stop(session->pump);
	}
}

/* The viewer has logged in: asks shojid for its session. */
static void tell_user(struct session *session)
{
	struct sj_host_gate_message message = {.type = SJ_HOST_GATE_USER};
	enum sj_reason reason;

	reason = sj_gate_user(session->parts,
		sj_handshake_login(&session->outer), &message.u.gate_user);
	session->is_user_told = true;
	/* A shojid that is gone is no end on purpose: the viewer comes back. */
	if (reason == SJ_REASON_NONE &&
		sj_ipc_send(session->parts->control_fd, &message,
			sizeof(message), NULL) != SJ_OK)
		reason = SJ_REASON_AGENT_GONE;
	if (reason != SJ_REASON_NONE)
		sj_handshake_verdict(&session->outer, reason);
}

static void tell_alive(void *self)
{
	const struct sj_host_gate_message alive = {.type = SJ_HOST_GATE_ALIVE};
	const struct session *session = self;

	sj_ipc_mention(session->parts->control_fd, &alive, sizeof(alive));
}

/* ---- handshakes ---- */

/* Moves both handshakes on as far as their states ask for something. */
static void serve_states(struct session *session)
{
	enum sj_handshake_state outer = sj_handshake_state(&session->outer);
	enum sj_handshake_state inner = sj_handshake_state(&session->inner);
	struct sj_size size;

	if (outer == SJ_HANDSHAKE_NEED_VERDICT && !session->is_user_told)
		tell_user(session);
	if (outer == SJ_HANDSHAKE_NEED_SIZE && inner == SJ_HANDSHAKE_FINISHED) {
		size = sj_handshake_size(&session->inner);
		sj_handshake_set_size(&session->outer, &size);
	}
	if (outer == SJ_HANDSHAKE_NEED_TLS || outer == SJ_HANDSHAKE_FINISHED ||
		outer == SJ_HANDSHAKE_REFUSED)
		sj_pump_stop(session->pump);
}

static enum sj_step judge_handshake(void *self, enum sj_pump_side side,
	struct sj_reader *in, struct sj_writer *back, struct sj_writer *other)
{
	struct session *session = self;
	struct sj_handshake *handshake =
		side == SJ_PUMP_OUTER ? &session->outer : &session->inner;
	enum sj_handshake_state before = sj_handshake_state(&session->outer);
	enum sj_step step;

	(void)other;
	step = sj_handshake_next(handshake, in, back);
	/* A refusal still has its code to tell: flush, then close. */
	if (step == SJ_STEP_REFUSE && side == SJ_PUMP_OUTER) {
		sj_pump_stop(session->pump);
		return SJ_STEP_MORE;
	}
	serve_states(session);
	if (step == SJ_STEP_MORE &&
		before != sj_handshake_state(&session->outer))
		return SJ_STEP_DONE;
	return step;
}

static const struct sj_pump_ops handshake_ops = {
	.judge = judge_handshake,
	.readable = control_readable,
	.pulse = tell_alive,
};

static enum sj_reason reason_of_end(
	const struct session *session, const struct sj_pump_result *result)
{
	enum sj_reason reason = sj_tls_reason(session->parts->tls);

	if (session->end != SJ_REASON_NONE)
		return session->end;
	if (sj_handshake_reason(&session->outer) != SJ_REASON_NONE)
		return sj_handshake_reason(&session->outer);
	if (sj_handshake_reason(&session->inner) != SJ_REASON_NONE)
		return sj_handshake_reason(&session->inner);
	if (session->gate && sj_gate_reason(session->gate) != SJ_REASON_NONE)
		return sj_gate_reason(session->gate);
	if (reason != SJ_REASON_NONE)
		return reason;
	if (result->end == SJ_PUMP_LATE)
		return SJ_REASON_TIMEOUT_HANDSHAKE;
	if (result->end != SJ_PUMP_STOPPED && result->side == SJ_PUMP_INNER)
		return SJ_REASON_AGENT_GONE;
	return result->reason;
}

static enum sj_io drive_tls(void *object)
{
	return sj_tls_handshake(object);
}

/* From the first byte to ServerInit. NONE when the session may begin. */
static enum sj_reason shake_hands(struct session *session)
{
	uint64_t deadline_ms =
		sj_clock_ms() + session->parts->start->handshake_ms;
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
		return session->end != SJ_REASON_NONE
			       ? session->end
			       : SJ_REASON_TIMEOUT_HANDSHAKE;
	}
	stream = sj_tls_stream(tls);
	sj_pump_set_stream(session->pump, SJ_PUMP_OUTER, &stream);
	sj_handshake_tls_done(&session->outer);
	result = sj_pump_run(
		session->pump, sj_clock_ms() + SJ_LIMIT_SESSION_START_MS);
	if (sj_handshake_state(&session->outer) == SJ_HANDSHAKE_FINISHED)
		return SJ_REASON_NONE;
	return reason_of_end(session, &result);
}

/* ---- the session ---- */

static void tell_activity(struct session *session, uint64_t now_us)
{
	struct sj_host_gate_message message = {.type = SJ_HOST_GATE_ACTIVITY};
	uint64_t activity = sj_gate_activity(session->gate);

	if (activity == session->activity ||
		now_us - session->activity_us < ACTIVITY_INTERVAL_US)
		return;
	session->activity = activity;
	session->activity_us = now_us;
	if (sj_ipc_send(session->parts->control_fd, &message, sizeof(message),
		    NULL) != SJ_OK)
		session->is_control_gone = true;
}

/* True for what is said to the viewer inside a session. */
static bool is_said(enum sj_reason reason)
{
	return sj_reason_is_purpose(reason) ||
	       reason == SJ_REASON_REFUSED_CONFIG ||
	       reason == SJ_REASON_REFUSED_LEDGER;
}

/* Before its SetEncodings a viewer has no word for an end. */
static bool can_be_told(const struct session *session)
{
	return is_said(session->end) && session->gate &&
	       sj_gate_has_announced(session->gate);
}

/* Towards the viewer; the goodbye goes out at the next message boundary. */
static enum sj_step judge_host(struct session *session, struct sj_reader *in,
	struct sj_writer *other, uint64_t now_us)
{
	if (session->end != SJ_REASON_NONE) {
		if (!can_be_told(session) ||
			sj_gate_end(session->gate, other, session->end) ==
				SJ_STEP_DONE) {
			sj_pump_stop(session->pump);
			return SJ_STEP_MORE;
		}
	}
	return sj_gate_host_next(session->gate, in, other, now_us);
}

static enum sj_step judge_session(void *self, enum sj_pump_side side,
	struct sj_reader *in, struct sj_writer *back, struct sj_writer *other)
{
	struct session *session = self;
	uint64_t now_us = sj_clock_us();
	enum sj_step step;

	(void)back;
	if (side == SJ_PUMP_INNER)
		return judge_host(session, in, other, now_us);
	step = sj_gate_viewer_next(session->gate, in, other, now_us);
	tell_activity(session, now_us);
	/* It would see nothing: it is told so instead. */
	if (session->end == SJ_REASON_NONE &&
		sj_gate_is_mismatched(session->gate))
		session->end = SJ_REASON_REFUSED_CONFIG;
	return step;
}

static uint64_t session_wait_us(void *self, uint64_t now_us)
{
	struct session *session = self;

	return sj_gate_wait_us(session->gate, now_us);
}

static bool session_is_midway(void *self, enum sj_pump_side side)
{
	struct session *session = self;

	return side == SJ_PUMP_OUTER
		       ? !sj_gate_viewer_is_boundary(session->gate)
		       : !sj_gate_host_is_boundary(session->gate);
}

static const struct sj_pump_ops session_ops = {
	.judge = judge_session,
	.wait_us = session_wait_us,
	.is_midway = session_is_midway,
	.readable = control_readable,
	.pulse = tell_alive,
};

/* From here on nothing of the agent is read or written. */
static void drop_agent(struct session *session)
{
	sj_pump_drop_unread(session->pump, SJ_PUMP_INNER);
	sj_pump_set_stream(session->pump, SJ_PUMP_INNER, NULL);
}

/* The agent is gone: shojid knows why and says it in a moment. */
static void wait_for_verdict(struct session *session)
{
	struct sj_pump_result result;

	drop_agent(session);
	if (session->end == SJ_REASON_NONE && !session->is_control_gone) {
		result = sj_pump_run(session->pump, sj_clock_ms() + VERDICT_MS);
		(void)result;
	}
}

/* Says the end to the viewer where that is possible. */
static void say_end(struct session *session)
{
	struct sj_writer writer;

	if (!can_be_told(session) || !sj_gate_host_is_boundary(session->gate))
		return;
	writer = sj_pump_writer(session->pump, SJ_PUMP_OUTER);
	if (sj_gate_end(session->gate, &writer, session->end) == SJ_STEP_DONE)
		sj_pump_commit(session->pump, SJ_PUMP_OUTER, &writer);
}

/* No key of a lost or refused viewer stays down in the session. */
static void release_keys(struct session *session)
{
	struct sj_writer writer = sj_pump_writer(session->pump, SJ_PUMP_INNER);

	if (sj_gate_release_all(session->gate, &writer) == SJ_STEP_DONE)
		sj_pump_commit(session->pump, SJ_PUMP_INNER, &writer);
}

static enum sj_gate_profile profile_of(const struct sj_host_gate_start *start)
{
	if (start->is_strict)
		return SJ_GATE_STRICT;
	return start->is_stock_allowed ? SJ_GATE_STOCK : SJ_GATE_DEFAULT;
}

static bool open_gate(struct session *session)
{
	const struct sj_host_gate_start *start = session->parts->start;
	struct sj_gate_settings settings = {
		.profile = profile_of(start),
		.size = sj_handshake_size(&session->outer),
		.size_max = start->size_max,
		.now_us = sj_clock_us(),
	};

	session->gate = sj_gate_create(&settings);
	return session->gate != NULL;
}

static enum sj_reason run_session(struct session *session)
{
	struct sj_pump_result result;

	if (!open_gate(session))
		return SJ_REASON_LOCAL;
	sj_pump_set_ops(session->pump, &session_ops, session);
	result = sj_pump_run(session->pump, 0);
	release_keys(session);
	if (result.side == SJ_PUMP_INNER &&
		(result.end == SJ_PUMP_CLOSED ||
			result.end == SJ_PUMP_BROKEN)) {
		wait_for_verdict(session);
		say_end(session);
	}
	return reason_of_end(session, &result);
}

/* Brings a viewer to where it can be told; what it sends goes nowhere. */
static enum sj_step judge_unbegun(void *self, enum sj_pump_side side,
	struct sj_reader *in, struct sj_writer *back, struct sj_writer *other)
{
	const struct sj_size least = {
		SJ_LIMIT_WIDTH_MIN_PX, SJ_LIMIT_HEIGHT_MIN_PX};
	struct session *session = self;
	enum sj_step step;

	if (side == SJ_PUMP_INNER)
		return SJ_STEP_MORE;
	if (sj_handshake_state(&session->outer) == SJ_HANDSHAKE_NEED_SIZE)
		sj_handshake_set_size(&session->outer, &least);
	if (session->gate)
		step = sj_gate_viewer_next(
			session->gate, in, other, sj_clock_us());
	else
		step = sj_handshake_next(&session->outer, in, back);
	if (!session->gate &&
		sj_handshake_state(&session->outer) == SJ_HANDSHAKE_FINISHED &&
		!open_gate(session))
		return SJ_STEP_REFUSE;
	if (can_be_told(session))
		sj_pump_stop(session->pump);
	return step;
}

static const struct sj_pump_ops unbegun_ops = {.judge = judge_unbegun};

/* A viewer whose session ended before it began hears why, too. */
static void tell_unbegun(struct session *session)
{
	struct sj_pump_result result;

	if (!is_said(session->end) || !session->is_attached ||
		can_be_told(session))
		return;
	sj_pump_watch(session->pump, WATCH_CONTROL, -1);
	drop_agent(session);
	sj_pump_set_ops(session->pump, &unbegun_ops, session);
	result = sj_pump_run(session->pump, sj_clock_ms() + UNBEGUN_MS);
	if (result.end == SJ_PUMP_STOPPED)
		say_end(session);
}

static void fill_counts(const struct session *session, enum sj_gate_kind kind,
	struct sj_host_counts *counts)
{
	struct sj_gate_counts from;

	sj_gate_counts(session->gate, kind, &from);
	memcpy(counts->count, from.count, sizeof(counts->count));
	memcpy(counts->bytes, from.bytes, sizeof(counts->bytes));
}

/*
 * A close with unread bytes sends a reset, which can overtake the alert or the
 * code that tells the viewer why. So: end our side, drop what still comes, a
 * while.
 */
static void linger(int fd)
{
	uint64_t deadline_ms = sj_clock_ms() + LINGER_MS;
	struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
	uint8_t dropped[1024];

	if (shutdown(fd, SHUT_WR) != 0)
		return;
	for (int reads = 0; reads < LINGER_READS; reads++) {
		if (poll(&poll_fd, 1,
			    sj_clock_poll_ms(sj_clock_ms(), deadline_ms)) != 1)
			return;
		if (read(fd, dropped, sizeof(dropped)) <= 0)
			return;
	}
}

static void init_handshakes(struct session *session)
{
	const struct sj_host_gate_start *start = session->parts->start;
	struct sj_handshake_settings outer = {
		.role = SJ_HANDSHAKE_OUTER_SERVER,
		.has_x509_none = start->is_none_allowed,
		.has_x509_plain =
			start->is_plain_allowed || start->is_guard_allowed,
		.size_max = start->size_max,
	};
	struct sj_handshake_settings inner = {
		.role = SJ_HANDSHAKE_INNER_CLIENT,
		.size_max = start->size_max,
	};

	sj_handshake_init(&session->outer, &outer);
	sj_handshake_init(&session->inner, &inner);
}

enum sj_reason sj_gate_session_run(const struct sj_gate_session_parts *parts,
	struct sj_host_gate_closed *closed)
{
	struct session session = {.parts = parts, .agent_fd = -1};
	struct sj_stream stream = sj_stream_fd(parts->socket_fd);
	enum sj_reason reason = SJ_REASON_LOCAL;
	uint64_t deadline_ms;

	memset(closed, 0, sizeof(*closed));
	init_handshakes(&session);
	session.pump = sj_pump_create(&handshake_ops, &session);
	if (!session.pump)
		goto out;
	sj_pump_set_stream(session.pump, SJ_PUMP_OUTER, &stream);
	sj_pump_watch(session.pump, WATCH_CONTROL, parts->control_fd);
	reason = shake_hands(&session);
	if (reason == SJ_REASON_NONE)
		reason = run_session(&session);
	tell_unbegun(&session);
	deadline_ms = sj_clock_ms() + GOODBYE_MS;
	(void)sj_pump_finish(session.pump, SJ_PUMP_OUTER, deadline_ms);
	if (session.agent_fd >= 0)
		(void)sj_pump_finish(session.pump, SJ_PUMP_INNER, deadline_ms);
	linger(parts->socket_fd);
	if (session.gate) {
		fill_counts(&session, SJ_GATE_FROM_VIEWER, &closed->viewer);
		fill_counts(&session, SJ_GATE_FROM_HOST, &closed->host);
		fill_counts(&session, SJ_GATE_ENCODING, &closed->encodings);
		closed->pixels = sj_gate_pixels(session.gate);
	}
	sj_pump_totals(session.pump, SJ_PUMP_OUTER, &closed->received_bytes,
		&closed->sent_bytes);
out:
	closed->reason = (uint32_t)reason;
	sj_gate_destroy(session.gate);
	sj_pump_destroy(session.pump);
	sj_handshake_forget(&session.outer);
	if (session.agent_fd >= 0)
		close(session.agent_fd);
	return reason;
}
