/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/support/pump_rig.h"

#include <check.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "protocol/base/clock.h"

uint64_t __wrap_sj_clock_ms(void);
uint64_t __real_sj_clock_ms(void);

uint64_t sj_pump_rig_skew_ms;

uint64_t __wrap_sj_clock_ms(void)
{
	return __real_sj_clock_ms() + sj_pump_rig_skew_ms;
}

#define SOON_MS 20000

struct sj_pump_rig sj_pump_rig;

/* Moves everything to the other side. */
static enum sj_step judge_copy(void *self, enum sj_pump_side side,
	struct sj_reader *in, struct sj_writer *back, struct sj_writer *other)
{
	size_t size = sj_reader_left(in);

	(void)side;
	(void)back;
	ck_assert_ptr_eq(self, &sj_pump_rig);
	if (size == 0)
		return SJ_STEP_MORE;
	if (sj_writer_room(other) == 0)
		return SJ_STEP_FULL;
	if (size > sj_writer_room(other))
		size = sj_writer_room(other);
	ck_assert(sj_write_bytes(other, in->data + in->at, size));
	ck_assert(sj_read_skip(in, size));
	return SJ_STEP_DONE;
}

/* Consumes nothing from the outer side and gives sj_pump_rig.step. */
static enum sj_step judge_step(void *self, enum sj_pump_side side,
	struct sj_reader *in, struct sj_writer *back, struct sj_writer *other)
{
	(void)self;
	(void)other;
	if (side != SJ_PUMP_OUTER || sj_reader_left(in) == 0)
		return SJ_STEP_MORE;
	sj_pump_rig.judged++;
	if (sj_pump_rig.step == SJ_STEP_REFUSE)
		ck_assert(sj_write_bytes(back, "bye", 3));
	return sj_pump_rig.step;
}

/* Echoes one byte, then stops. */
static enum sj_step judge_echo(void *self, enum sj_pump_side side,
	struct sj_reader *in, struct sj_writer *back, struct sj_writer *other)
{
	uint8_t byte;

	(void)self;
	(void)other;
	if (side != SJ_PUMP_OUTER || !sj_read_u8(in, &byte))
		return SJ_STEP_MORE;
	ck_assert(sj_write_u8(back, byte));
	sj_pump_stop(sj_pump_rig.pump);
	return SJ_STEP_DONE;
}

static uint64_t act_us(void *self, uint64_t now_us)
{
	(void)self;
	(void)now_us;
	sj_pump_rig.turns++;
	if (sj_pump_rig.act != NULL && sj_pump_rig.act() == 0)
		sj_pump_stop(sj_pump_rig.pump);
	return 1000;
}

static bool is_midway(void *self, enum sj_pump_side side)
{
	(void)self;
	return side == SJ_PUMP_OUTER && sj_pump_rig.is_midway;
}

static void readable(void *self, size_t index)
{
	(void)self;
	sj_pump_rig.watched |= (size_t)1 << index;
	sj_pump_watch(sj_pump_rig.pump, index, -1);
	sj_pump_stop(sj_pump_rig.pump);
}

const struct sj_pump_ops sj_pump_rig_copy = {
	.judge = judge_copy, .wait_us = act_us, .readable = readable};
const struct sj_pump_ops sj_pump_rig_step = {.judge = judge_step,
	.wait_us = act_us,
	.is_midway = is_midway,
	.readable = readable};
const struct sj_pump_ops sj_pump_rig_echo = {.judge = judge_echo};
const struct sj_pump_ops sj_pump_rig_echo_acting = {
	.judge = judge_echo, .wait_us = act_us};

void sj_pump_rig_pair(int *near, int *far)
{
	int pair[2];

	ck_assert_int_eq(
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
	*near = pair[0];
	*far = pair[1];
}

void sj_pump_rig_open(const struct sj_pump_ops *ops)
{
	struct sj_stream stream;

	memset(&sj_pump_rig, 0, sizeof(sj_pump_rig));
	sj_pump_rig.pump = sj_pump_create(ops, &sj_pump_rig);
	ck_assert_ptr_nonnull(sj_pump_rig.pump);
	sj_pump_rig_pair(&sj_pump_rig.near[SJ_PUMP_OUTER], &sj_pump_rig.outer);
	sj_pump_rig_pair(&sj_pump_rig.near[SJ_PUMP_INNER], &sj_pump_rig.inner);
	for (int i = 0; i < SJ_PUMP_SIDES; i++) {
		stream = sj_stream_fd(sj_pump_rig.near[i]);
		sj_pump_set_stream(
			sj_pump_rig.pump, (enum sj_pump_side)i, &stream);
	}
}

void sj_pump_rig_close(void)
{
	sj_pump_destroy(sj_pump_rig.pump);
	close(sj_pump_rig.near[0]);
	close(sj_pump_rig.near[1]);
	if (sj_pump_rig.outer >= 0)
		close(sj_pump_rig.outer);
	if (sj_pump_rig.inner >= 0)
		close(sj_pump_rig.inner);
}

uint64_t sj_pump_rig_soon_ms(void)
{
	return sj_clock_ms() + SOON_MS;
}

void sj_pump_rig_send(int fd, const void *data, size_t size)
{
	ck_assert_int_eq(send(fd, data, size, 0), (ssize_t)size);
}

void sj_pump_rig_shut(void)
{
	close(sj_pump_rig.outer);
	sj_pump_rig.outer = -1;
}
