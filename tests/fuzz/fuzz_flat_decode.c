/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Any bytes as one stream of Zlib rectangles. The stream is new for each input.
 */
#include <stdlib.h>

#include "protocol/tile/flat.h"
#include "tests/fuzz/rect_rig.h"
#include "tests/fuzz/target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sj_flat_decoder *decoder = sj_flat_decoder_create();
	struct sj_reader in = sj_reader_of(data, size);
	struct rect_rig rig;

	if (!decoder)
		abort();
	while (rect_rig_next(&rig, &in))
		rect_rig_check(
			&rig, sj_flat_decode(decoder, rig.payload, rig.bytes,
				      &rig.rect, &rig.image) == SJ_STEP_DONE);
	sj_flat_decoder_destroy(decoder);
	return 0;
}
