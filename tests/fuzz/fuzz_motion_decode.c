/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Any bytes as payloads of motion rectangles.
 */
#include <stdlib.h>

#include "protocol/motion/motion.h"
#include "tests/fuzz/rect_rig.h"
#include "tests/fuzz/target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct sj_motion_decoder *decoder;
	struct sj_reader in = sj_reader_of(data, size);
	struct rect_rig rig;

	if (!decoder)
		decoder = sj_motion_decoder_create();
	if (!decoder)
		abort();
	while (rect_rig_next(&rig, &in))
		rect_rig_check(
			&rig, sj_motion_decode(decoder, rig.payload, rig.bytes,
				      &rig.rect, &rig.image) == SJ_STEP_DONE);
	return 0;
}
