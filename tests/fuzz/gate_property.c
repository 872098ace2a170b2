/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/fuzz/gate_property.h"

#include <stdlib.h>
#include <string.h>

#include "tests/support/gate_rig.h"

#define SKIP_SESSION 0x04

static void require(int is_true)
{
	if (!is_true)
		abort();
}

static void prepare(struct sj_rig *rig, uint8_t choice)
{
	sj_rig_open(rig, (enum sj_gate_profile)(choice % SJ_GATE_PROFILES));
	if ((choice & SKIP_SESSION) != 0)
		return;
	sj_rig_start(rig);
	sj_rig_paint(rig);
}

void sj_gate_property(enum sj_gate_kind kind, const uint8_t *data, size_t size)
{
	static struct sj_rig first, second;
	const uint8_t *rest = data + 1;
	size_t half, from;

	/* A rig never drains its output. */
	if (size == 0 || size > SJ_RIG_OUT_BYTES / 2)
		return;
	size--;
	half = size / 2;
	prepare(&first, data[0]);
	(void)!sj_rig_feed(&first, kind, rest, half);
	from = half - first.left;
	first.now_us += (data[0] >> 3) * 1000u;
	(void)!sj_rig_feed(&first, kind, rest + from, size - from);
	require(first.out_size <= size + 16);
	if (sj_gate_reason(first.gate) != SJ_REASON_NONE)
		require(sj_gate_is_host_fault(first.gate) ==
			(kind == SJ_GATE_FROM_HOST));
	prepare(&second, data[0]);
	/* Time enough that no rate holds anything back. */
	second.now_us += 100000000;
	require(sj_rig_feed(&second, kind, first.out, first.out_size) !=
		SJ_STEP_REFUSE);
	require(second.out_size + second.left <= first.out_size);
	require(memcmp(second.out, first.out, second.out_size) == 0 ||
		kind == SJ_GATE_FROM_VIEWER);
	sj_rig_close(&first);
	sj_rig_close(&second);
}
