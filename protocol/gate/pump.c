/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/gate/pump.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "protocol/base/clock.h"
#include "protocol/base/limits.h"

/* The plain text of a TLS record: less than that, and the stream is empty. */
#define WHOLE_READ_BYTES 16384

/* Bytes [at, end) of data wait. */
struct buffer {
	uint8_t data[SJ_LIMIT_PUMP_BYTES];
	size_t at;
	size_t end;
};

struct side {
	bool has_stream;
	bool is_at_end;  /* the peer said its end */
	bool is_drained; /* nothing to read before poll says so */
	struct sj_stream stream;
	struct buffer in, out;
	enum sj_io read_want, write_want; /* what the last call asked for */
	enum sj_step step;                /* last word of the judge */
	uint64_t starved_ms;              /* waited for the rest of a message */
	uint64_t message_bytes;           /* that have come of it */
	uint64_t stalled_ms;              /* waited for the peer to read */
	uint64_t read_bytes, written_bytes;
};

struct sj_pump {
	struct sj_pump_ops ops;
	void *self;
	struct side side[SJ_PUMP_SIDES];
	int watch[SJ_PUMP_WATCHES];
	uint64_t pulse_ms; /* when the next one is due */
	bool is_stopping;
	bool has_result;
	struct sj_pump_result result;
};

static size_t used(const struct buffer *buffer)
{
	return buffer->end - buffer->at;
}

/* Moves what waits to the front, so that all room is behind it. */
static void compact(struct buffer *buffer)
{
	if (buffer->at == 0)
		return;
	memmove(buffer->data, buffer->data + buffer->at, used(buffer));
	buffer->end -= buffer->at;
	buffer->at = 0;
}

static struct sj_writer writer_of(struct buffer *buffer)
{
	compact(buffer);
	return sj_writer_of(
		buffer->data + buffer->end, sizeof(buffer->data) - buffer->end);
}

static void end_run(struct sj_pump *pump, enum sj_pump_end end,
	enum sj_pump_side side, enum sj_reason reason)
{
	if (pump->has_result)
		return;
	pump->has_result = true;
	pump->result = (struct sj_pump_result){end, side, reason};
}

struct sj_pump *sj_pump_create(const struct sj_pump_ops *ops, void *self)
{
	struct sj_pump *pump = calloc(1, sizeof(*pump));

	if (pump == NULL)
		return NULL;
	pump->ops = *ops;
	pump->self = self;
	pump->pulse_ms = sj_clock_ms() + SJ_LIMIT_PULSE_MS;
	for (size_t i = 0; i < SJ_PUMP_WATCHES; i++)
		pump->watch[i] = -1;
	return pump;
}

void sj_pump_destroy(struct sj_pump *pump)
{
	if (pump == NULL)
		return;
	for (size_t i = 0; i < SJ_PUMP_SIDES; i++) {
		explicit_bzero(pump->side[i].in.data, SJ_LIMIT_PUMP_BYTES);
		explicit_bzero(pump->side[i].out.data, SJ_LIMIT_PUMP_BYTES);
	}
	free(pump);
}

void sj_pump_set_ops(
	struct sj_pump *pump, const struct sj_pump_ops *ops, void *self)
{
	pump->ops = *ops;
	pump->self = self;
}

void sj_pump_set_stream(struct sj_pump *pump, enum sj_pump_side side,
	const struct sj_stream *stream)
{
	struct side *s = &pump->side[side];

	s->has_stream = stream != NULL;
	if (stream != NULL)
		s->stream = *stream;
	s->is_at_end = false;
	s->is_drained = false;
	s->read_want = SJ_IO_WANT_READ;
	s->write_want = SJ_IO_WANT_WRITE;
	s->starved_ms = 0;
	s->stalled_ms = 0;
}

void sj_pump_watch(struct sj_pump *pump, size_t index, int fd)
{
	assert(index < SJ_PUMP_WATCHES);
	pump->watch[index] = fd;
}

size_t sj_pump_unread(const struct sj_pump *pump, enum sj_pump_side side)
{
	return used(&pump->side[side].in);
}

void sj_pump_drop_unread(struct sj_pump *pump, enum sj_pump_side side)
{
	pump->side[side].in.at = pump->side[side].in.end;
}

struct sj_writer sj_pump_writer(struct sj_pump *pump, enum sj_pump_side side)
{
	return writer_of(&pump->side[side].out);
}

void sj_pump_commit(struct sj_pump *pump, enum sj_pump_side side,
	const struct sj_writer *writer)
{
	struct buffer *out = &pump->side[side].out;

	assert(writer->data == out->data + out->end);
	out->end += writer->at;
}

void sj_pump_stop(struct sj_pump *pump)
{
	pump->is_stopping = true;
}

void sj_pump_totals(const struct sj_pump *pump, enum sj_pump_side side,
	uint64_t *read_bytes, uint64_t *written_bytes)
{
	*read_bytes = pump->side[side].read_bytes;
	*written_bytes = pump->side[side].written_bytes;
}

/* A call to the system for nothing costs as much as a small message: a short
 * read means that there is no more. */
static bool is_short(struct side *s, size_t got, size_t asked)
{
	return got < asked && got < WHOLE_READ_BYTES &&
	       !sj_stream_has_pending(&s->stream);
}

/* Reads until the buffer is full or the stream has no more. */
static void fill(struct sj_pump *pump, enum sj_pump_side side)
{
	struct side *s = &pump->side[side];

	while (s->has_stream && !s->is_at_end && !s->is_drained) {
		struct sj_writer room = writer_of(&s->in);
		size_t got = 0;
		enum sj_io io;

		if (sj_writer_room(&room) == 0)
			return;
		io = sj_stream_read(
			&s->stream, room.data, sj_writer_room(&room), &got);
		if (io == SJ_IO_WANT_READ || io == SJ_IO_WANT_WRITE) {
			s->read_want = io;
			/* A record that held no data may be followed. */
			s->is_drained = !sj_stream_has_pending(&s->stream);
			return;
		}
		if (io == SJ_IO_CLOSED) {
			s->is_at_end = true;
			return;
		}
		if (io != SJ_IO_OK) {
			end_run(pump, SJ_PUMP_BROKEN, side, SJ_REASON_IO);
			return;
		}
		s->in.end += got;
		s->read_bytes += got;
		s->message_bytes += got;
		s->read_want = SJ_IO_WANT_READ;
		s->is_drained = is_short(s, got, sj_writer_room(&room));
	}
}

/* Writes until nothing waits or the stream takes no more. */
static void drain(struct sj_pump *pump, enum sj_pump_side side)
{
	struct side *s = &pump->side[side];

	while (s->has_stream && used(&s->out) > 0) {
		size_t put = 0;
		const enum sj_io io = sj_stream_write(&s->stream,
			s->out.data + s->out.at, used(&s->out), &put);

		if (io == SJ_IO_WANT_READ || io == SJ_IO_WANT_WRITE) {
			s->write_want = io;
			return;
		}
		if (io != SJ_IO_OK) {
			end_run(pump,
				io == SJ_IO_CLOSED ? SJ_PUMP_CLOSED
						   : SJ_PUMP_BROKEN,
				side,
				io == SJ_IO_CLOSED ? SJ_REASON_CLOSED
						   : SJ_REASON_IO);
			return;
		}
		s->out.at += put;
		s->written_bytes += put;
		s->stalled_ms = 0;
	}
}

static bool is_midway(struct sj_pump *pump, enum sj_pump_side side)
{
	return pump->ops.is_midway != NULL &&
	       pump->ops.is_midway(pump->self, side);
}

/* Calls the judge once; true if it may be called again. */
static bool judge_once(struct sj_pump *pump, enum sj_pump_side side)
{
	struct side *from = &pump->side[side];
	struct side *to = &pump->side[1 - side];
	struct sj_reader in =
		sj_reader_of(from->in.data + from->in.at, used(&from->in));
	struct sj_writer back = writer_of(&from->out);
	struct sj_writer other = writer_of(&to->out);

	from->step = pump->ops.judge(pump->self, side, &in, &back, &other);
	from->in.at += in.at;
	from->out.end += back.at;
	to->out.end += other.at;
	if (from->step == SJ_STEP_REFUSE)
		end_run(pump, SJ_PUMP_REFUSED, side, SJ_REASON_NONE);
	if (from->step != SJ_STEP_DONE)
		return false;
	if (!is_midway(pump, side)) {
		from->starved_ms = 0;
		from->message_bytes = used(&from->in);
	}
	return true;
}

static void pulse(struct sj_pump *pump)
{
	const uint64_t now_ms = sj_clock_ms();

	if (pump->ops.pulse == NULL || now_ms < pump->pulse_ms)
		return;
	pump->pulse_ms = now_ms + SJ_LIMIT_PULSE_MS;
	pump->ops.pulse(pump->self);
}

/* Calls the judge of both sides until neither can go on. */
static void judge_all(struct sj_pump *pump)
{
	bool has_moved = true;

	while (has_moved && !pump->is_stopping && !pump->has_result) {
		has_moved = false;
		for (int i = 0; i < SJ_PUMP_SIDES; i++) {
			while (!pump->is_stopping && !pump->has_result &&
				judge_once(pump, (enum sj_pump_side)i)) {
				has_moved = true;
				/* A full buffer may take long. */
				pulse(pump);
			}
		}
	}
}

/*
 * A side that ended is over when what it sent is judged as far as it can
 * be; a full output is given the time to drain.
 */
static void note_ends(struct sj_pump *pump)
{
	for (int i = 0; i < SJ_PUMP_SIDES; i++) {
		if (pump->side[i].is_at_end &&
			pump->side[i].step != SJ_STEP_FULL)
			end_run(pump, SJ_PUMP_CLOSED, (enum sj_pump_side)i,
				SJ_REASON_CLOSED);
	}
}

static short events_of(enum sj_io want)
{
	return want == SJ_IO_WANT_WRITE ? POLLOUT : POLLIN;
}

/* What to poll one side for; 0 events when it can do nothing. */
static short wanted_events(const struct sj_pump *pump, const struct side *s)
{
	short events = 0;

	if (!pump->is_stopping && !s->is_at_end &&
		used(&s->in) < sizeof(s->in.data))
		events = (short)(events | events_of(s->read_want));
	if (used(&s->out) > 0)
		events = (short)(events | events_of(s->write_want));
	return events;
}

/* True if side waits for the rest of a message that has begun. */
static bool is_starved(struct sj_pump *pump, enum sj_pump_side side)
{
	const struct side *s = &pump->side[side];

	return s->has_stream && s->step == SJ_STEP_MORE &&
	       (used(&s->in) > 0 || is_midway(pump, side));
}

/* How long a message may starve: a long one earns time as it comes. */
static uint64_t message_limit_ms(const struct side *s)
{
	const uint64_t per_second = (uint64_t)SJ_LIMIT_MESSAGE_BYTES_PER_SECOND;

	return SJ_LIMIT_MESSAGE_MS + s->message_bytes * 1000 / per_second;
}

/* Milliseconds that poll may sleep; UINT64_MAX: for ever. */
static uint64_t sleep_ms(
	struct sj_pump *pump, uint64_t now_ms, uint64_t deadline_ms)
{
	uint64_t ms = UINT64_MAX;

	if (pump->ops.pulse != NULL)
		ms = pump->pulse_ms > now_ms ? pump->pulse_ms - now_ms : 0;
	if (deadline_ms > 0)
		ms = sj_sooner(
			ms, deadline_ms > now_ms ? deadline_ms - now_ms : 0);
	if (pump->ops.wait_us != NULL && !pump->is_stopping) {
		const uint64_t us =
			pump->ops.wait_us(pump->self, sj_clock_us());

		if (us != SJ_PUMP_NO_WAIT)
			ms = sj_sooner(ms, us / 1000 + 1);
	}
	for (int i = 0; i < SJ_PUMP_SIDES; i++) {
		struct side *s = &pump->side[i];
		const uint64_t limit_ms = message_limit_ms(s);

		if (is_starved(pump, (enum sj_pump_side)i))
			ms = sj_sooner(ms, limit_ms > s->starved_ms
						   ? limit_ms - s->starved_ms
						   : 0);
		if (s->has_stream && used(&s->out) > 0)
			ms = sj_sooner(
				ms, SJ_LIMIT_WRITE_STALL_MS > s->stalled_ms
					    ? SJ_LIMIT_WRITE_STALL_MS -
						      s->stalled_ms
					    : 0);
		/* Bytes that the stream holds, invisible to poll. */
		if (s->has_stream && !pump->is_stopping && !s->is_drained &&
			used(&s->in) < sizeof(s->in.data) &&
			sj_stream_has_pending(&s->stream))
			ms = 0;
	}
	return ms;
}

/* Charges the time that passed to whoever was waited for. */
static void charge(struct sj_pump *pump, uint64_t passed_ms)
{
	for (int i = 0; i < SJ_PUMP_SIDES; i++) {
		struct side *s = &pump->side[i];

		if (is_starved(pump, (enum sj_pump_side)i))
			s->starved_ms += passed_ms;
		if (s->starved_ms > message_limit_ms(s))
			end_run(pump, SJ_PUMP_BROKEN, (enum sj_pump_side)i,
				SJ_REASON_TIMEOUT_MESSAGE);
		s->stalled_ms = s->has_stream && used(&s->out) > 0
					? s->stalled_ms + passed_ms
					: 0;
		if (s->stalled_ms > SJ_LIMIT_WRITE_STALL_MS)
			end_run(pump, SJ_PUMP_BROKEN, (enum sj_pump_side)i,
				SJ_REASON_TIMEOUT_WRITE);
	}
}

static int poll_timeout(uint64_t ms)
{
	if (ms == UINT64_MAX)
		return -1;
	return ms > INT_MAX ? INT_MAX : (int)ms;
}

/* Calls readable for each watch in fds that has something to say. */
static void serve_watches(struct sj_pump *pump, const struct pollfd *fds)
{
	for (size_t i = 0; i < SJ_PUMP_WATCHES; i++) {
		if (fds[i].fd >= 0 && fds[i].revents != 0 &&
			pump->watch[i] == fds[i].fd && !pump->is_stopping)
			pump->ops.readable(pump->self, i);
	}
}

static void set_watches(const struct sj_pump *pump, struct pollfd *fds)
{
	for (size_t i = 0; i < SJ_PUMP_WATCHES; i++)
		fds[i] = (struct pollfd){pump->watch[i], POLLIN, 0};
}

/* One round of waiting and moving. */
static void turn(struct sj_pump *pump, uint64_t deadline_ms)
{
	struct pollfd fds[SJ_PUMP_WATCHES + SJ_PUMP_SIDES];
	const uint64_t before_ms = sj_clock_ms();

	set_watches(pump, fds);
	for (int i = 0; i < SJ_PUMP_SIDES; i++) {
		const struct side *s = &pump->side[i];
		const short events = s->has_stream ? wanted_events(pump, s) : 0;

		fds[SJ_PUMP_WATCHES + i] = (struct pollfd){
			events != 0 ? s->stream.fd : -1, events, 0};
	}
	if (poll(fds, SJ_COUNT(fds),
		    poll_timeout(sleep_ms(pump, before_ms, deadline_ms))) < 0 &&
		errno != EINTR) {
		end_run(pump, SJ_PUMP_BROKEN, SJ_PUMP_OUTER, SJ_REASON_LOCAL);
		return;
	}
	charge(pump, sj_clock_ms() - before_ms);
	for (int i = 0; i < SJ_PUMP_SIDES; i++) {
		if (fds[SJ_PUMP_WATCHES + i].revents != 0)
			pump->side[i].is_drained = false;
		drain(pump, (enum sj_pump_side)i);
	}
	serve_watches(pump, fds);
}

static bool is_flushed(const struct sj_pump *pump)
{
	for (int i = 0; i < SJ_PUMP_SIDES; i++) {
		if (pump->side[i].has_stream && used(&pump->side[i].out) > 0)
			return false;
	}
	return true;
}

/* Writes what waits; true if a judge that found no room has some now. */
static bool make_room(struct sj_pump *pump)
{
	bool has_room = false;

	for (int i = 0; i < SJ_PUMP_SIDES && !pump->has_result; i++) {
		struct side *to = &pump->side[i];
		bool was_blocked = pump->side[1 - i].step == SJ_STEP_FULL &&
				   used(&to->out) > 0;

		drain(pump, (enum sj_pump_side)i);
		has_room |= was_blocked && used(&to->out) == 0;
	}
	return has_room && !pump->has_result;
}

/* Everything that can be done without waiting. */
static void move(struct sj_pump *pump)
{
	for (int i = 0; i < SJ_PUMP_SIDES && !pump->is_stopping; i++)
		fill(pump, (enum sj_pump_side)i);
	do
		judge_all(pump);
	while (make_room(pump));
	if (pump->is_stopping && is_flushed(pump))
		end_run(pump, SJ_PUMP_STOPPED, SJ_PUMP_OUTER, SJ_REASON_NONE);
	else if (!pump->is_stopping)
		note_ends(pump);
}

struct sj_pump_result sj_pump_run(struct sj_pump *pump, uint64_t deadline_ms)
{
	pump->has_result = false;
	for (;;) {
		pulse(pump);
		move(pump);
		if (pump->has_result)
			break;
		if (deadline_ms > 0 && sj_clock_ms() >= deadline_ms) {
			end_run(pump, SJ_PUMP_LATE, SJ_PUMP_OUTER,
				SJ_REASON_TIMEOUT_HANDSHAKE);
			break;
		}
		turn(pump, deadline_ms);
	}
	pump->is_stopping = false;
	return pump->result;
}

enum sj_io sj_pump_drive(struct sj_pump *pump, enum sj_io (*step)(void *object),
	void *object, int fd, uint64_t deadline_ms)
{
	enum sj_io io = SJ_IO_WANT_READ;

	while (!pump->is_stopping) {
		struct pollfd fds[SJ_PUMP_WATCHES + 1];
		const uint64_t now_ms = sj_clock_ms();

		io = step(object);
		if (io != SJ_IO_WANT_READ && io != SJ_IO_WANT_WRITE)
			break;
		if (now_ms >= deadline_ms) {
			io = SJ_IO_WANT_READ;
			break;
		}
		set_watches(pump, fds);
		fds[SJ_PUMP_WATCHES] = (struct pollfd){fd, events_of(io), 0};
		if (poll(fds, SJ_COUNT(fds),
			    sj_clock_poll_ms(now_ms, deadline_ms)) < 0 &&
			errno != EINTR) {
			io = SJ_IO_FAILED;
			break;
		}
		serve_watches(pump, fds);
		io = SJ_IO_WANT_READ;
	}
	pump->is_stopping = false;
	return io;
}

/* Repeats a write or shutdown until it is done or the time is over. */
static bool wait_writable(
	const struct side *s, enum sj_io want, uint64_t deadline_ms)
{
	const uint64_t now_ms = sj_clock_ms();
	struct pollfd fd = {s->stream.fd, events_of(want), 0};

	if (now_ms >= deadline_ms)
		return false;
	return poll(&fd, 1, sj_clock_poll_ms(now_ms, deadline_ms)) >= 0 ||
	       errno == EINTR;
}

bool sj_pump_finish(
	struct sj_pump *pump, enum sj_pump_side side, uint64_t deadline_ms)
{
	struct side *s = &pump->side[side];
	enum sj_io io;

	if (!s->has_stream)
		return used(&s->out) == 0;
	pump->has_result = false;
	for (;;) {
		drain(pump, side);
		if (pump->has_result)
			return false;
		if (used(&s->out) == 0)
			break;
		if (!wait_writable(s, s->write_want, deadline_ms))
			return false;
	}
	for (;;) {
		io = sj_stream_shutdown(&s->stream);
		if ((io != SJ_IO_WANT_READ && io != SJ_IO_WANT_WRITE) ||
			!wait_writable(s, io, deadline_ms))
			return true;
	}
}
