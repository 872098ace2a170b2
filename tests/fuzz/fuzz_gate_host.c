/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes from a host at a gate. */
#include "tests/fuzz/gate_property.h"
#include "tests/fuzz/target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	sj_gate_property(SJ_GATE_FROM_HOST, data, size);
	return 0;
}
