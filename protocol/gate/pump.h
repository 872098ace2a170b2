/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * pump: joins two streams through judges, with bounded buffers.
 *
 * Each side has a buffer of bytes read and a buffer of bytes to write, both
 * SJ_LIMIT_PUMP_BYTES. The judge moves bytes between them; what it does not
 * write does not cross. Back-pressure: a side whose bytes cannot be judged
 * because the output is full is not read. I/O only through sj_stream and
 * poll(2); all memory is allocated in create; single-threaded; run blocks in
 * poll only. A side may be missing (handshake before the other end exists).
 *
 * A main runs its phases on one pump: run, stop from the judge when a phase
 * is over, change streams or ops, run again.
 */
#ifndef SJ_PROTOCOL_GATE_PUMP_H
#define SJ_PROTOCOL_GATE_PUMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/base/attr.h"
#include "protocol/base/bytes.h"
#include "protocol/base/reason.h"
#include "protocol/base/step.h"
#include "protocol/base/stream.h"

enum sj_pump_side {
	SJ_PUMP_OUTER, /* the wire */
	SJ_PUMP_INNER  /* our own process */
};
#define SJ_PUMP_SIDES 2

/* Further descriptors to watch: control socket, input socket. */
#define SJ_PUMP_WATCHES 4

#define SJ_PUMP_NO_WAIT UINT64_MAX

/* What the owner provides. self is lent back at each call. */
struct sj_pump_ops {
	/*
	 * Judges bytes that came from side. in: bytes read from it; back: to be
	 * written to the same side; other: to the other side. Called again
	 * while it gives DONE; also called with an empty in. REFUSE ends run.
	 */
	enum sj_step (*judge)(void *self, enum sj_pump_side side,
		struct sj_reader *in, struct sj_writer *back,
		struct sj_writer *other);

	/* Microseconds until judge wants to be called although nothing has
	 * come; SJ_PUMP_NO_WAIT for never. NULL: never. */
	uint64_t (*wait_us)(void *self, uint64_t now_us);

	/* True if a message from side has begun and is not yet complete, apart
	 * from bytes that are still in its buffer. NULL: never. */
	bool (*is_midway)(void *self, enum sj_pump_side side);

	/* Watched descriptor index is readable or its other end is gone. May
	 * call the sj_pump functions except run, drive, finish, destroy. */
	void (*readable)(void *self, size_t index);

	/* Each SJ_LIMIT_PULSE_MS of run, first after as long: to say that this
	 * process lives. May not call the pump. NULL: never. */
	void (*pulse)(void *self);
};

enum sj_pump_end {
	SJ_PUMP_STOPPED, /* sj_pump_stop was called; all output is flushed */
	SJ_PUMP_CLOSED,  /* side said its orderly end; its bytes are judged */
	SJ_PUMP_BROKEN,  /* side failed: REASON_IO or a TIMEOUT */
	SJ_PUMP_REFUSED, /* the judge refused what side sent */
	SJ_PUMP_LATE     /* the deadline of the phase has passed */
};

struct sj_pump_result {
	enum sj_pump_end end;
	enum sj_pump_side side;
	enum sj_reason reason; /* CLOSED, IO, TIMEOUT_*; NONE when STOPPED or
				  REFUSED (the judge knows) */
};

struct sj_pump; /* opaque */

/* NULL when memory is short. ops and self are kept. No stream yet. */
SJ_MUST_USE struct sj_pump *sj_pump_create(
	const struct sj_pump_ops *ops, void *self);

/* Frees pump and its buffers (wiped); closes nothing. NULL does nothing. */
void sj_pump_destroy(struct sj_pump *pump);

/* Changes judge and callbacks; kept. */
void sj_pump_set_ops(
	struct sj_pump *pump, const struct sj_pump_ops *ops, void *self);

/*
 * Sets or replaces the stream of side (copied; the object behind is kept);
 * NULL takes it away. Buffers of the side stay as they are.
 */
void sj_pump_set_stream(struct sj_pump *pump, enum sj_pump_side side,
	const struct sj_stream *stream);

/* Watches fd (kept) as index < SJ_PUMP_WATCHES; -1 stops watching. */
void sj_pump_watch(struct sj_pump *pump, size_t index, int fd);

/* Bytes read from side and not yet judged. */
size_t sj_pump_unread(const struct sj_pump *pump, enum sj_pump_side side);

/* Drops bytes of side that were read and not yet judged. */
void sj_pump_drop_unread(struct sj_pump *pump, enum sj_pump_side side);

/*
 * Lends a writer over the free room of the output of side; what was written
 * counts after sj_pump_commit. Only at a message boundary of that output. Not
 * inside judge, which has its writers.
 */
struct sj_writer sj_pump_writer(struct sj_pump *pump, enum sj_pump_side side);

/* Makes what writer (of sj_pump_writer) holds part of the output of side. */
void sj_pump_commit(struct sj_pump *pump, enum sj_pump_side side,
	const struct sj_writer *writer);

/*
 * From a callback: run gives STOPPED as soon as all output is flushed; no more
 * is read or judged. Outside run: the next run does so at once.
 */
void sj_pump_stop(struct sj_pump *pump);

/*
 * Moves bytes until something ends it. deadline_ms (sj_clock_ms) bounds the
 * phase, 0: none. Also ends a message that takes longer than
 * SJ_LIMIT_MESSAGE_MS to come and a peer that does not read for
 * SJ_LIMIT_WRITE_STALL_MS.
 */
SJ_MUST_USE struct sj_pump_result sj_pump_run(
	struct sj_pump *pump, uint64_t deadline_ms);

/*
 * Repeats step (e.g. a TLS handshake) on fd until it gives something else
 * than WANT_READ or WANT_WRITE, and meanwhile serves the watches. Gives what
 * step gave; WANT_READ when deadline_ms has passed or sj_pump_stop was called.
 */
SJ_MUST_USE enum sj_io sj_pump_drive(struct sj_pump *pump,
	enum sj_io (*step)(void *object), void *object, int fd,
	uint64_t deadline_ms);

/*
 * Orderly end of side: writes its output, then sj_stream_shutdown; gives up
 * at deadline_ms. Reads nothing, calls nothing back. True if all was written.
 */
bool sj_pump_finish(
	struct sj_pump *pump, enum sj_pump_side side, uint64_t deadline_ms);

/* Bytes that have crossed the stream of side: read from it, written to it. */
void sj_pump_totals(const struct sj_pump *pump, enum sj_pump_side side,
	uint64_t *read_bytes, uint64_t *written_bytes);

#endif /* SJ_PROTOCOL_GATE_PUMP_H */
