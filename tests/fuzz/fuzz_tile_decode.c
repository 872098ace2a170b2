/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Any bytes as payloads of tile rectangles of one session, which ends with the
 * first that is refused.
 */
#include <stdlib.h>

#include "protocol/tile/tile.h"
#include "tests/fuzz/rect_rig.h"
#include "tests/fuzz/target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct sj_tile_decoder *decoder;
	struct sj_reader in = sj_reader_of(data, size);
	enum sj_step step = SJ_STEP_DONE;
	struct rect_rig rig;

	if (!decoder)
		decoder = sj_tile_decoder_create();
	if (!decoder)
		abort();
	sj_tile_decoder_reset(decoder);
	while (step == SJ_STEP_DONE && rect_rig_next(&rig, &in)) {
		step = sj_tile_decode(
			decoder, rig.payload, rig.bytes, &rig.rect, &rig.image);
		/* Cells may stay as they are. */
		rect_rig_check(&rig, false);
	}
	return 0;
}
