/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Any messages of a window process that was taken over, at the viewer's gate
 * (16 bytes each, in host order). What stands in the queue is whole messages
 * in canonical form.
 */
#include <stdlib.h>
#include <string.h>

#include "protocol/rfb/msg_viewer.h"
#include "tests/fuzz/target.h"
#include "viewer/gate_input.h"

static void require(int is_true)
{
	if (!is_true)
		abort();
}

static void check_queue(struct sj_gate_input *input)
{
	struct sj_reader in = sj_gate_input_reader(input);
	uint8_t bytes[SJ_GATE_INPUT_BYTES];
	struct sj_writer out = sj_writer_of(bytes, sizeof(bytes));

	while (in.at < input->size) {
		struct sj_rfb_viewer_message message;
		enum sj_reason reason = SJ_REASON_NONE;

		/* Keys and places are the gate's to judge; the form is ours. */
		if (sj_rfb_viewer_parse(&in, &message, &reason) !=
			SJ_STEP_DONE) {
			require(reason != SJ_REASON_NONE);
			return;
		}
		require(sj_rfb_viewer_build(&out, &message));
		require(memcmp(bytes, input->bytes, out.at) == 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct sj_gate_input input;
	struct sj_viewer_input message;

	memset(&input, 0, sizeof(input));
	for (; size >= sizeof(message); size -= sizeof(message)) {
		bool has_room = sj_gate_input_has_room(&input);
		size_t before = input.size;
		enum sj_err err;

		memcpy(&message, data, sizeof(message));
		data += sizeof(message);
		err = sj_gate_input_add(&input, &message);
		require(err != SJ_ERR_LIMIT || !has_room);
		require(err == SJ_OK || input.size == before);
		if (!has_room)
			sj_gate_input_drop(&input, input.size);
	}
	check_queue(&input);
	return 0;
}
