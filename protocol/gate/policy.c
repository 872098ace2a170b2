/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/gate/policy.h"

#include "protocol/rfb/types.h"

/* Sets of states. */
#define BEGUN                                                                  \
	(SJ_GATE_ASKED | SJ_GATE_RUNNING | SJ_GATE_PAINTED | SJ_GATE_ENDED)
#define ALWAYS (SJ_GATE_FRESH | SJ_GATE_FORMATTED | BEGUN)
#define SHOWING (SJ_GATE_RUNNING | SJ_GATE_PAINTED)
#define TALKING (SJ_GATE_FRESH | SJ_GATE_FORMATTED | SJ_GATE_ASKED | SHOWING)

#define REFUSE_                                                                \
	{                                                                      \
		SJ_GATE_REFUSE, 0                                              \
	}
#define FORWARD_(states)                                                       \
	{                                                                      \
		SJ_GATE_FORWARD, states                                        \
	}
#define CONSUME_(states)                                                       \
	{                                                                      \
		SJ_GATE_CONSUME, states                                        \
	}

/* clang-format off */
#define VIEWER(number, counter, name, standard, strict, stock)                 \
	{SJ_GATE_FROM_VIEWER, number, counter, name, {standard, strict, stock}}
#define HOST(number, counter, name, standard, strict, stock)                   \
	{SJ_GATE_FROM_HOST, number, counter, name, {standard, strict, stock}}
#define ENCODING(number, counter, name, standard, strict, stock)               \
	{SJ_GATE_ENCODING, number, counter, name, {standard, strict, stock}}

static const struct sj_gate_row rows[] = {
	VIEWER(SJ_RFB_SET_PIXEL_FORMAT, 0, "SetPixelFormat",
		FORWARD_(SJ_GATE_FRESH), FORWARD_(SJ_GATE_FRESH),
		FORWARD_(ALWAYS)),
	VIEWER(SJ_RFB_SET_ENCODINGS, 1, "SetEncodings",
		FORWARD_(SJ_GATE_FORMATTED), FORWARD_(SJ_GATE_FORMATTED),
		FORWARD_(ALWAYS)),
	VIEWER(SJ_RFB_UPDATE_REQUEST, 2, "FramebufferUpdateRequest",
		FORWARD_(BEGUN), FORWARD_(BEGUN), FORWARD_(ALWAYS)),
	VIEWER(SJ_RFB_KEY_EVENT, SJ_GATE_COUNT_KEYS, "KeyEvent",
		FORWARD_(BEGUN), FORWARD_(BEGUN), FORWARD_(ALWAYS)),
	VIEWER(SJ_RFB_POINTER_EVENT, 4, "PointerEvent",
		FORWARD_(BEGUN), FORWARD_(BEGUN), FORWARD_(ALWAYS)),
	VIEWER(SJ_RFB_CLIENT_CUT_TEXT, 5, "ClientCutText",
		REFUSE_, REFUSE_, CONSUME_(ALWAYS)),
	VIEWER(SJ_RFB_ENABLE_CONTINUOUS, 6, "EnableContinuousUpdates",
		CONSUME_(BEGUN), CONSUME_(BEGUN), CONSUME_(ALWAYS)),
	VIEWER(SJ_RFB_CLIENT_FENCE, 7, "ClientFence",
		CONSUME_(BEGUN), CONSUME_(BEGUN), CONSUME_(ALWAYS)),
	VIEWER(SJ_RFB_SET_DESKTOP_SIZE, 8, "SetDesktopSize",
		FORWARD_(BEGUN), FORWARD_(BEGUN), FORWARD_(ALWAYS)),

	HOST(SJ_RFB_UPDATE, 0, "FramebufferUpdate",
		FORWARD_(SHOWING), FORWARD_(SHOWING), FORWARD_(SHOWING)),
	HOST(SJ_RFB_BELL, 1, "Bell",
		REFUSE_, REFUSE_, CONSUME_(TALKING)),
	HOST(SJ_RFB_SERVER_CUT_TEXT, 2, "ServerCutText",
		REFUSE_, REFUSE_, CONSUME_(TALKING)),
	HOST(SJ_RFB_END_OF_CONTINUOUS, 3, "EndOfContinuousUpdates",
		CONSUME_(TALKING), CONSUME_(TALKING), CONSUME_(TALKING)),
	HOST(SJ_RFB_SERVER_FENCE, 4, "ServerFence",
		CONSUME_(TALKING), CONSUME_(TALKING), CONSUME_(TALKING)),

	ENCODING(SJ_RFB_ENCODING_RAW, 0, "Raw",
		FORWARD_(SHOWING), FORWARD_(SHOWING), FORWARD_(SHOWING)),
	ENCODING(SJ_RFB_ENCODING_COPY_RECT, 1, "CopyRect",
		FORWARD_(SJ_GATE_PAINTED), FORWARD_(SJ_GATE_PAINTED),
		FORWARD_(SJ_GATE_PAINTED)),
	ENCODING(SJ_RFB_ENCODING_ZLIB, 2, "Zlib",
		REFUSE_, FORWARD_(SHOWING), REFUSE_),
	ENCODING(SJ_RFB_ENCODING_TIGHT, 3, "Tight",
		REFUSE_, REFUSE_, FORWARD_(SHOWING)),
	ENCODING(SJ_RFB_ENCODING_ZRLE, 4, "ZRLE",
		REFUSE_, REFUSE_, FORWARD_(SHOWING)),
	ENCODING(SJ_RFB_ENCODING_CURSOR, 5, "Cursor",
		FORWARD_(SHOWING), REFUSE_, FORWARD_(SHOWING)),
	ENCODING(SJ_RFB_ENCODING_EXTENDED_DESKTOP_SIZE, 6, "ExtendedDesktopSize",
		FORWARD_(SHOWING), FORWARD_(SHOWING), FORWARD_(SHOWING)),
	ENCODING(SJ_RFB_ENCODING_TILE, 7, "tile",
		FORWARD_(SHOWING), REFUSE_, FORWARD_(SHOWING)),
	ENCODING(SJ_RFB_ENCODING_ALPHA_CURSOR, 8, "alpha cursor",
		FORWARD_(SHOWING), REFUSE_, FORWARD_(SHOWING)),
	ENCODING(SJ_RFB_ENCODING_CARET, 9, "caret",
		FORWARD_(SHOWING), REFUSE_, FORWARD_(SHOWING)),
	ENCODING(SJ_RFB_ENCODING_SESSION_END, 10, "session end",
		FORWARD_(SHOWING), FORWARD_(SHOWING), FORWARD_(SHOWING)),
	ENCODING(SJ_RFB_ENCODING_MOTION, 11, "motion",
		FORWARD_(SHOWING), REFUSE_, FORWARD_(SHOWING)),
	ENCODING(SJ_RFB_ENCODING_SHAPE, 12, "cursor shape",
		REFUSE_, FORWARD_(SHOWING), REFUSE_),
};
/* clang-format on */

/* Counters beyond the rows. */
static const struct {
	enum sj_gate_kind kind;
	uint8_t counter;
	const char *name;
} extra[] = {
	{SJ_GATE_FROM_VIEWER, SJ_GATE_COUNT_KEYS_DROPPED, "keys dropped"},
	{SJ_GATE_FROM_VIEWER, SJ_GATE_COUNT_MOTIONS_COALESCED,
		"pointer motions coalesced"},
};

const struct sj_gate_row *sj_gate_policy_rows(size_t *count)
{
	*count = SJ_COUNT(rows);
	return rows;
}

const struct sj_gate_row *sj_gate_policy_find(
	enum sj_gate_kind kind, int32_t number)
{
	for (size_t i = 0; i < SJ_COUNT(rows); i++) {
		if (rows[i].kind == kind && rows[i].number == number)
			return &rows[i];
	}
	return NULL;
}

const char *sj_gate_counter_name(enum sj_gate_kind kind, size_t index)
{
	for (size_t i = 0; i < SJ_COUNT(rows); i++) {
		if (rows[i].kind == kind && rows[i].counter == index)
			return rows[i].name;
	}
	for (size_t i = 0; i < SJ_COUNT(extra); i++) {
		if (extra[i].kind == kind && extra[i].counter == index)
			return extra[i].name;
	}
	return NULL;
}

bool sj_gate_policy_may_announce(enum sj_gate_profile profile, int32_t number)
{
	const struct sj_gate_row *row =
		sj_gate_policy_find(SJ_GATE_ENCODING, number);

	if (row != NULL)
		return row->profile[profile].fate == SJ_GATE_FORWARD;
	return profile == SJ_GATE_STOCK &&
	       number >= SJ_RFB_ENCODING_COMPRESS_LEVEL_0 &&
	       number <= SJ_RFB_ENCODING_COMPRESS_LEVEL_9;
}
