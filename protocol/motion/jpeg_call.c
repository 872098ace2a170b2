/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/motion/jpeg_call.h"

SJ_NORETURN void sj_jpeg_call_fail(j_common_ptr jpeg)
{
	/* manager is the first member. */
	struct sj_jpeg_call *call = (void *)jpeg->err;

	longjmp(call->place, 1);
}

/* Below 0: a warning, the data is damaged. The rest is only told. */
static void on_message(j_common_ptr jpeg, int level)
{
	if (level < 0)
		sj_jpeg_call_fail(jpeg);
}

static void on_output(j_common_ptr jpeg)
{
	(void)jpeg;
}

struct jpeg_error_mgr *sj_jpeg_call_open(struct sj_jpeg_call *call)
{
	struct jpeg_error_mgr *manager = jpeg_std_error(&call->manager);

	manager->error_exit = sj_jpeg_call_fail;
	manager->emit_message = on_message;
	manager->output_message = on_output;
	return manager;
}

bool sj_jpeg_call_run(
	struct sj_jpeg_call *call, void (*work)(void *self), void *self)
{
	if (setjmp(call->place) != 0)
		return false;
	work(self);
	return true;
}
