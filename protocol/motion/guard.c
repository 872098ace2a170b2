/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/motion/guard.h"

SJ_NORETURN void sj_motion_guard_fail(j_common_ptr jpeg)
{
	/* manager is the first member. */
	struct sj_motion_guard *guard = (void *)jpeg->err;

	longjmp(guard->place, 1);
}

/* Below 0: a warning, the data is damaged. The rest is only told. */
static void on_message(j_common_ptr jpeg, int level)
{
	if (level < 0)
		sj_motion_guard_fail(jpeg);
}

static void on_output(j_common_ptr jpeg)
{
	(void)jpeg;
}

struct jpeg_error_mgr *sj_motion_guard_open(struct sj_motion_guard *guard)
{
	struct jpeg_error_mgr *manager = jpeg_std_error(&guard->manager);

	manager->error_exit = sj_motion_guard_fail;
	manager->emit_message = on_message;
	manager->output_message = on_output;
	return manager;
}

bool sj_motion_guarded(
	struct sj_motion_guard *guard, void (*work)(void *self), void *self)
{
	if (setjmp(guard->place) != 0)
		return false;
	work(self);
	return true;
}
