/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * messages: every sentence that the viewer says to a person, in Japanese and
 * English. Pure; strings are UTF-8 and never NULL, and static but for lines.
 */
#ifndef SJ_VIEWER_MESSAGES_H
#define SJ_VIEWER_MESSAGES_H

#include <stdbool.h>
#include <stddef.h>

#include "protocol/base/attr.h"
#include "protocol/base/reason.h"
#include "viewer/options.h"
#include "viewer/viewer_ipc.h"

enum sj_message {
	SJ_MESSAGE_CONNECTING, /* to the host, which follows */
	SJ_MESSAGE_LOST,       /* title over a greyed picture */
	SJ_MESSAGE_ENDED,      /* title: ended on purpose */
	SJ_MESSAGE_PROBLEM,    /* title: anything else */
	SJ_MESSAGE_STOPPED,    /* the same after there was a picture */
	SJ_MESSAGE_RETRY_IN,   /* a number and SJ_MESSAGE_SECONDS follow */
	SJ_MESSAGE_SECONDS,
	SJ_MESSAGE_RETRY_NOW,       /* how to reconnect by hand */
	SJ_MESSAGE_CONTACT,         /* the configured contact follows */
	SJ_MESSAGE_CONTACT_UNKNOWN, /* when none is configured */
	SJ_MESSAGE_CODE,            /* the number of the reason follows */
	SJ_MESSAGE_ZONE_LABEL,      /* strip text when none is configured */
	SJ_MESSAGE_HOST,            /* the host name follows */
	SJ_MESSAGE_FILE_PLACE,      /* what to do about a file: --option ... */
	SJ_MESSAGE_FILE_OTHER,      /* ... and the rest of that sentence */
	SJ_MESSAGE_COUNT
};

/* The fixed text. */
const char *sj_messages_text(enum sj_message message, bool is_japanese);

/*
 * What happened, as one or two sentences. is_by_peer: the other side said so,
 * then a certificate reason is about the certificate of this terminal.
 */
const char *sj_messages_reason(
	enum sj_reason reason, bool is_by_peer, bool is_japanese);

/*
 * Writes what stderr shows when the window, or what stands for it headless,
 * has ended by itself; options lend the file, the time and whom to call.
 * Always terminated. Returns out.
 */
const char *sj_messages_failure(char *out, size_t size,
	const struct sj_viewer_failure *failure,
	const struct sj_viewer_options *options, bool is_japanese);

/* True if the person should call somebody about reason. */
bool sj_messages_is_call_wanted(enum sj_reason reason);

/*
 * Writes what stderr shows for reason: the sentence, whom to call (contact may
 * be ""), the code. Always terminated. Returns out.
 */
const char *sj_messages_line(char *out, size_t size, enum sj_reason reason,
	bool is_by_peer, bool is_japanese, const char *contact);

#endif /* SJ_VIEWER_MESSAGES_H */
