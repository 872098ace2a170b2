/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * gate: judges a whole session in both directions and rebuilds it.
 *
 * Used by the host gate (profile default or stock; strict at a guard) and by
 * the viewer gate (profile default or strict, is_requesting). Input of both
 * sides is hostile. Output is rebuilt from checked values: equal meaning gives
 * equal bytes, and what was put out is accepted unchanged by a further gate;
 * but a viewer gate gives Zlib another number (SJ_RFB_ENCODING_INNER_ZLIB),
 * which no gate accepts. After a refusal every later call refuses again. Pure
 * but for the memory of create; not thread-safe.
 *
 * One call moves one unit: a whole message, the head of an update or of
 * a rectangle, a chunk of payload, or something of the gate's own that was
 * waiting (answer to a fence, held pointer motion, update request). So
 * call both functions, also with an empty reader, until neither gives DONE.
 */
#ifndef SJ_PROTOCOL_GATE_GATE_H
#define SJ_PROTOCOL_GATE_GATE_H

#include <stdbool.h>
#include <stdint.h>

#include "protocol/base/attr.h"
#include "protocol/base/bytes.h"
#include "protocol/base/reason.h"
#include "protocol/base/rect.h"
#include "protocol/base/step.h"
#include "protocol/gate/policy.h"

/* Nothing is waiting for a time. */
#define SJ_GATE_NO_WAIT UINT64_MAX

/*
 * Units and bytes by counter index (sj_gate_counter_name). Viewer: 0
 * SetPixelFormat, 1 SetEncodings, 2 FramebufferUpdateRequest, 3 KeyEvent, 4
 * PointerEvent, 5 ClientCutText, 6 EnableContinuousUpdates, 7 ClientFence,
 * 8 SetDesktopSize, 14 keys dropped, 15 pointer motions coalesced. Host: 0
 * FramebufferUpdate, 1 Bell, 2 ServerCutText, 3 EndOfContinuousUpdates, 4
 * ServerFence. Encodings: 0 Raw, 1 CopyRect, 2 Zlib, 3 Tight, 4 ZRLE, 5
 * Cursor, 6 ExtendedDesktopSize, 7 tile, 8 alpha cursor, 9 caret, 10
 * session end, 11 motion, 12 cursor shape. Bytes are those that came in (of our
 * own messages: that went out), heads and payload included; those of a
 * FramebufferUpdate include its rectangles, which the encodings count once
 * more.
 */
struct sj_gate_counts {
	uint64_t count[SJ_GATE_COUNTERS];
	uint64_t bytes[SJ_GATE_COUNTERS];
};

struct sj_gate_settings {
	enum sj_gate_profile profile;
	struct sj_size size;     /* of ServerInit */
	struct sj_size size_max; /* largest screen of this host */
	bool is_requesting;      /* viewer gate: the gate itself writes format,
				    encodings and update requests */
	uint64_t now_us;
};

struct sj_gate; /* opaque */

/* NULL when memory is short. The only allocation. */
SJ_MUST_USE struct sj_gate *sj_gate_create(
	const struct sj_gate_settings *settings);

/* Frees gate; NULL does nothing. */
void sj_gate_destroy(struct sj_gate *gate);

/*
 * Judges the next unit from the viewer side and writes what goes to the host
 * side. DONE: something moved (in or out), call again. MORE: nothing moved,
 * wait for bytes. FULL: nothing moved, drain out or wait sj_gate_wait_us.
 * REFUSE: a violation, see sj_gate_reason. Never blocks.
 */
SJ_MUST_USE enum sj_step sj_gate_viewer_next(struct sj_gate *gate,
	struct sj_reader *in, struct sj_writer *out, uint64_t now_us);

/* The same for the other direction: from the host side to the viewer side. */
SJ_MUST_USE enum sj_step sj_gate_host_next(struct sj_gate *gate,
	struct sj_reader *in, struct sj_writer *out, uint64_t now_us);

/*
 * Viewer gate: judges what libvncclient writes (SetPixelFormat, SetEncodings,
 * FramebufferUpdateRequest) and drops it. DONE, MORE, or REFUSE for all else
 * (reason SJ_REASON_DECODER_GONE: the decoder is not what it was).
 */
SJ_MUST_USE enum sj_step sj_gate_swallow_next(
	struct sj_gate *gate, struct sj_reader *in);

/*
 * Microseconds until a call may give something although no byte arrives (key
 * above its rate, held motion or request, pixel budget); SJ_GATE_NO_WAIT if
 * nothing waits.
 */
uint64_t sj_gate_wait_us(struct sj_gate *gate, uint64_t now_us);

/* Why it refused: 2xx viewer side, 3xx host side; NONE while all is well. */
enum sj_reason sj_gate_reason(const struct sj_gate *gate);

/* True if the violation is the host's (its session is destroyed). */
bool sj_gate_is_host_fault(const struct sj_gate *gate);

/* True if the host-to-viewer output is at a message boundary. */
bool sj_gate_host_is_boundary(const struct sj_gate *gate);

/* True if the viewer-to-host input is at a message boundary. */
bool sj_gate_viewer_is_boundary(const struct sj_gate *gate);

/*
 * Writes releases of all held keys and buttons towards the host, also after a
 * refusal. DONE when all are written, FULL: call again with room.
 */
SJ_MUST_USE enum sj_step sj_gate_release_all(
	struct sj_gate *gate, struct sj_writer *out);

/*
 * Writes a session-end update (reason 4xx or 5xx) towards the viewer; later
 * calls of host_next give MORE. DONE; FULL when out has no room or the
 * output is inside a message: go on with host_next and try again. For viewers
 * that did not announce the encoding DONE with nothing written.
 */
SJ_MUST_USE enum sj_step sj_gate_end(
	struct sj_gate *gate, struct sj_writer *out, enum sj_reason reason);

/* Session-end code that the host has said; SJ_REASON_NONE if none. */
enum sj_reason sj_gate_end_reason(const struct sj_gate *gate);

/* Present screen size as both sides know it. */
struct sj_size sj_gate_size(const struct sj_gate *gate);

/* True once the viewer has announced any encoding that there is. */
bool sj_gate_has_announced(const struct sj_gate *gate);

/* True if the viewer has announced our tile encoding (it is not stock). */
bool sj_gate_is_ours(const struct sj_gate *gate);

/*
 * True if the viewer has announced what one of another profile announces: a
 * strict one towards default, any other towards strict. It would see nothing.
 */
bool sj_gate_is_mismatched(const struct sj_gate *gate);

/* Keys and pointer events that have passed (for the idle time). */
uint64_t sj_gate_activity(const struct sj_gate *gate);

/* FramebufferUpdates that have passed whole, and their rectangles. */
uint64_t sj_gate_updates(const struct sj_gate *gate, uint64_t *rects);

/* Copies the counters of one kind: direction or encodings. */
void sj_gate_counts(const struct sj_gate *gate, enum sj_gate_kind kind,
	struct sj_gate_counts *counts);

/*
 * Copies what was written towards the host, by the counters of the viewer's
 * direction: keys that were dropped and motions that were merged are not in it,
 * releases and requests of the gate's own are.
 */
void sj_gate_sent(const struct sj_gate *gate, struct sj_gate_counts *counts);

/* Pixels of all rectangles whose head has passed. */
uint64_t sj_gate_pixels(const struct sj_gate *gate);

#endif /* SJ_PROTOCOL_GATE_GATE_H */
