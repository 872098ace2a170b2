/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * input_queue: keys, text and pointer in the one order that the viewer sent.
 *
 * Keys go to programs by the display, text by the input method: two ways,
 * of which either may be quicker. So text waits until the program has answered
 * a barrier behind the keys before it, and what follows waits until the text
 * is taken; each wait has a deadline. Texts that follow each other become one.
 * Pure: no I/O, no allocation; the caller tells the time.
 */
#ifndef SJ_HOST_INPUT_QUEUE_H
#define SJ_HOST_INPUT_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/base/attr.h"
#include "protocol/base/limits.h"

/* Waiting items; the viewer is not read while fewer than the margin fit. */
#define SJ_INPUT_ITEMS 512
#define SJ_INPUT_MARGIN 8

/* A busy browser takes its time; an answer that never comes must not hang the
 * session for long. */
#define SJ_INPUT_BARRIER_MS 3000
#define SJ_INPUT_COMMIT_MS 3000
/* A click focuses a field only after the page has thought about it. */
#define SJ_INPUT_FOCUS_MS 500

/* BARRIER and NUDGE are only given by next. */
enum sj_input_type {
	SJ_INPUT_KEY,
	SJ_INPUT_TEXT,
	SJ_INPUT_POINTER,
	SJ_INPUT_BARRIER,
	SJ_INPUT_NUDGE
};

struct sj_input_item {
	enum sj_input_type type;
	bool is_down;    /* KEY */
	uint32_t keysym; /* KEY */
	uint8_t buttons; /* POINTER */
	uint16_t x_px, y_px;
	uint16_t size; /* TEXT: bytes of UTF-8, of whole characters */
	char text[4];  /* of one character; next() gives it all in out */
};

struct sj_input_queue {
	struct sj_input_item item[SJ_INPUT_ITEMS];
	size_t first, count;
	bool is_unsettled; /* keys or buttons since the last barrier */
	uint32_t barrier;  /* number of the last one given */
	bool is_waiting;   /* for its answer */
	uint64_t barrier_deadline_ms;
	bool is_committing;
	uint64_t commit_deadline_ms;
	bool has_focus;
	uint64_t focus_deadline_ms; /* 0: nothing waits for a focus */
	/* The text given last, if a field seemed to have the focus. */
	char given[SJ_LIMIT_COMMIT_BYTES];
	size_t given_size;
	bool is_again; /* it found no field: it is given once more */
	uint64_t late; /* deadlines that passed */
};

/* What the caller is to do now. text is lent by the caller of next. */
struct sj_input_action {
	enum sj_input_type type;
	bool is_down;
	uint32_t keysym;
	uint8_t buttons;
	uint16_t x_px, y_px;
	uint32_t barrier;
	size_t size;
	char text[SJ_LIMIT_COMMIT_BYTES];
};

/* An empty queue without a focus. */
void sj_input_queue_init(struct sj_input_queue *queue);

/* True while everything that one message can add still fits. */
bool sj_input_queue_has_room(const struct sj_input_queue *queue);

/*
 * Each appends one thing; what does not fit is dropped (the caller asks
 * has_room before). A motion replaces a motion before it. text has 1 to 4
 * bytes.
 */
void sj_input_queue_key(
	struct sj_input_queue *queue, bool is_down, uint32_t keysym);
void sj_input_queue_text(
	struct sj_input_queue *queue, const char *text, size_t size);
void sj_input_queue_pointer(struct sj_input_queue *queue, uint8_t buttons,
	uint16_t x_px, uint16_t y_px);

/*
 * Takes the next thing that may be done at now_ms. False when nothing is left
 * or the next has to wait. A TEXT that is given has to be answered with
 * sj_input_queue_committed, a BARRIER with sj_input_queue_settled. NUDGE asks
 * for a key that changes nothing: some programs open their input context
 * only at the first key, and so seem to have no field before.
 */
SJ_MUST_USE bool sj_input_queue_next(struct sj_input_queue *queue,
	uint64_t now_ms, struct sj_input_action *action);

/* When next has to be called again though nothing happened; UINT64_MAX never.
 */
uint64_t sj_input_queue_deadline_ms(const struct sj_input_queue *queue);

/* The program has done everything before barrier (or will never tell). */
void sj_input_queue_settled(struct sj_input_queue *queue, uint32_t barrier);

/* The text that was given last is taken or dropped. */
void sj_input_queue_committed(struct sj_input_queue *queue);

/*
 * The text that was given last found no field. True if it is given once
 * more, when a field has the focus: it had lost it on the way, as when a click
 * moves from field to field. False: the text is dropped.
 */
SJ_MUST_USE bool sj_input_queue_missed(struct sj_input_queue *queue);

/* A field takes text now, or none does. */
void sj_input_queue_focus(struct sj_input_queue *queue, bool has_focus);

/* Forgets everything that waits: the viewer has left. */
void sj_input_queue_clear(struct sj_input_queue *queue);

#endif /* SJ_HOST_INPUT_QUEUE_H */
