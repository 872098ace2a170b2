/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The core of a guard, whole, in its own main loop: any bytes of both gates.
 * It has to end with a reason.
 */
#include <stdlib.h>

#include "guard/core.h"
#include "tests/fuzz/afl_rig.h"

int main(void)
{
	static const char client[] = "RFB 003.008\n\1\1";
	static struct sj_core_start start;
	static struct sj_core_parts parts;
	struct sj_core_closed closed;
	struct sj_core *core;

	sj_afl_open();
	parts.start = &start;
	parts.control_fd = sj_afl.control_near;
	parts.viewer_fd = sj_afl.viewer_near;
	parts.host_fd = sj_afl.host_near;
	parts.input_fd = sj_afl.input_near;
	core = sj_core_create(&parts);
	if (!core)
		return 1;
#ifdef __AFL_HAVE_MANUAL_CONTROL
	/* Memory is taken once; each run is a fork from here. */
	__AFL_INIT();
#endif
	if (!sj_afl_read())
		return 0;
	if ((sj_afl.flags & SJ_AFL_NO_VIEWER_START) == 0)
		sj_afl_say(sj_afl.viewer_far, client, sizeof(client) - 1);
	sj_afl_say_viewer();
	sj_afl_say_host();
	if (sj_core_run(core, &closed) == SJ_REASON_NONE ||
		closed.reason == SJ_REASON_NONE)
		abort();
	sj_core_destroy(core);
	return 0;
}
