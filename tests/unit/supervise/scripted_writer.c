/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * scripted_writer: a ledger writer that does what a test needs.
 *
 * Stands for shoji-ledger, which is tested by itself. It writes one record for
 * a START. What it does with an opening is said by the name in it; a START with
 * the version "mute" has no READY; a closing is answered with NO_ROOM; a
 * refusal ends it.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "protocol/base/ipc.h"
#include "protocol/ledger/ledger_ipc.h"
#include "protocol/ledger/record.h"

#define CONTROL_FD 3

static bool answer(uint32_t type, uint64_t ticket, int32_t number)
{
	const struct sj_ledger_answer message = {
		.type = type, .number = number, .ticket = ticket};

	return sj_ipc_send(CONTROL_FD, &message, sizeof(message), NULL) ==
	       SJ_OK;
}

static bool open_session(const struct sj_ledger_tell_open *open)
{
	if (strcmp(open->name, "silent") == 0)
		return true;
	if (strcmp(open->name, "full") == 0)
		return answer(SJ_LEDGER_ANSWER_NOT_KEPT, open->ticket, ENOSPC);
	return answer(SJ_LEDGER_ANSWER_KEPT, open->ticket, 0);
}

static bool act(const struct sj_ledger_message *message)
{
	switch (message->type) {
	case SJ_LEDGER_TELL_START:
		return strcmp(message->u.start.version, "mute") != 0 &&
		       answer(SJ_LEDGER_ANSWER_READY, 0, 0);
	case SJ_LEDGER_TELL_OPEN:
		return open_session(&message->u.open);
	case SJ_LEDGER_TELL_CLOSE:
		return answer(SJ_LEDGER_ANSWER_NO_ROOM, 0, ENOSPC);
	default:
		return false;
	}
}

int main(void)
{
	struct sj_ledger_message message;
	struct sj_ipc_fds fds = {.count = 0};
	static const uint8_t record[SJ_LEDGER_RECORD_BYTES];
	bool is_sound = true;

	while (is_sound && sj_ipc_receive(CONTROL_FD, &message, sizeof(message),
				   &fds) == SJ_OK) {
		if (fds.count > 0)
			is_sound = write(fds.fd[0], record, sizeof(record)) ==
				   (ssize_t)sizeof(record);
		sj_ipc_close(&fds);
		is_sound = act(&message) && is_sound;
	}
	return 0;
}
