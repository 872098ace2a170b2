/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How the phases of a pump end, and what its owner does between them. */
#include "protocol/gate/pump.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "protocol/base/clock.h"
#include "protocol/base/limits.h"
#include "tests/support/pump_rig.h"
#include "tests/support/suite.h"

START_TEST(stop_flushes_and_leaves_the_rest_alone)
{
	struct sj_pump_result result;
	char got[8];

	sj_pump_rig_open(&sj_pump_rig_echo);
	sj_pump_rig_send(sj_pump_rig.outer, "ab", 2);
	result = sj_pump_run(sj_pump_rig.pump, sj_pump_rig_soon_ms());
	ck_assert_int_eq(result.end, SJ_PUMP_STOPPED);
	ck_assert_int_eq(recv(sj_pump_rig.outer, got, sizeof(got), 0), 1);
	ck_assert_int_eq(got[0], 'a');
	ck_assert_uint_eq(sj_pump_unread(sj_pump_rig.pump, SJ_PUMP_OUTER), 1);
	/* The next phase goes on where this one stopped. */
	result = sj_pump_run(sj_pump_rig.pump, sj_pump_rig_soon_ms());
	ck_assert_int_eq(result.end, SJ_PUMP_STOPPED);
	ck_assert_int_eq(recv(sj_pump_rig.outer, got, sizeof(got), 0), 1);
	ck_assert_int_eq(got[0], 'b');
	sj_pump_rig_close();
}
END_TEST

START_TEST(a_stop_before_run_ends_it_at_once)
{
	sj_pump_rig_open(&sj_pump_rig_echo);
	sj_pump_stop(sj_pump_rig.pump);
	ck_assert_int_eq(
		sj_pump_run(sj_pump_rig.pump, sj_pump_rig_soon_ms()).end,
		SJ_PUMP_STOPPED);
	sj_pump_rig_close();
}
END_TEST

START_TEST(a_refusal_ends_and_its_last_words_can_be_flushed)
{
	struct sj_pump_result result;
	char got[8];

	sj_pump_rig_open(&sj_pump_rig_step);
	sj_pump_rig.step = SJ_STEP_REFUSE;
	sj_pump_rig_send(sj_pump_rig.outer, "x", 1);
	result = sj_pump_run(sj_pump_rig.pump, sj_pump_rig_soon_ms());
	ck_assert_int_eq(result.end, SJ_PUMP_REFUSED);
	ck_assert_int_eq(result.side, SJ_PUMP_OUTER);
	ck_assert_int_eq(result.reason, SJ_REASON_NONE);
	ck_assert_uint_eq(sj_pump_rig.judged, 1);
	ck_assert(sj_pump_finish(
		sj_pump_rig.pump, SJ_PUMP_OUTER, sj_pump_rig_soon_ms()));
	ck_assert_int_eq(recv(sj_pump_rig.outer, got, sizeof(got), 0), 3);
	ck_assert_mem_eq(got, "bye", 3);
	/* And an orderly end behind them. */
	ck_assert_int_eq(recv(sj_pump_rig.outer, got, sizeof(got), 0), 0);
	sj_pump_rig_close();
}
END_TEST

START_TEST(an_end_of_the_peer_comes_after_its_bytes)
{
	struct sj_pump_result result;
	char got[8];

	sj_pump_rig_open(&sj_pump_rig_copy);
	sj_pump_rig_send(sj_pump_rig.inner, "last", 4);
	close(sj_pump_rig.inner);
	sj_pump_rig.inner = -1;
	result = sj_pump_run(sj_pump_rig.pump, sj_pump_rig_soon_ms());
	ck_assert_int_eq(result.end, SJ_PUMP_CLOSED);
	ck_assert_int_eq(result.side, SJ_PUMP_INNER);
	ck_assert(sj_pump_finish(
		sj_pump_rig.pump, SJ_PUMP_OUTER, sj_pump_rig_soon_ms()));
	ck_assert_int_eq(recv(sj_pump_rig.outer, got, sizeof(got), 0), 4);
	sj_pump_rig_close();
}
END_TEST

/* The judge has no room until the fifth round. */
static int act_room(void)
{
	if (sj_pump_rig.turns == 5)
		sj_pump_rig.step = SJ_STEP_MORE;
	return 1;
}

START_TEST(an_end_waits_for_bytes_that_have_no_room_yet)
{
	struct sj_pump_result result;

	sj_pump_rig_open(&sj_pump_rig_step);
	sj_pump_rig.step = SJ_STEP_FULL;
	sj_pump_rig.act = act_room;
	sj_pump_rig_send(sj_pump_rig.outer, "x", 1);
	sj_pump_rig_shut();
	result = sj_pump_run(sj_pump_rig.pump, sj_pump_rig_soon_ms());
	ck_assert_int_eq(result.end, SJ_PUMP_CLOSED);
	ck_assert_int_eq(result.side, SJ_PUMP_OUTER);
	ck_assert_uint_eq(sj_pump_rig.turns, 5);
	sj_pump_rig_close();
}
END_TEST

START_TEST(writing_to_a_peer_that_is_gone_breaks)
{
	struct sj_pump_result result;

	sj_pump_rig_open(&sj_pump_rig_copy);
	sj_pump_rig_send(sj_pump_rig.outer, "x", 1);
	ck_assert_int_eq(shutdown(sj_pump_rig.near[SJ_PUMP_INNER], SHUT_WR), 0);
	result = sj_pump_run(sj_pump_rig.pump, sj_pump_rig_soon_ms());
	ck_assert_int_eq(result.end, SJ_PUMP_BROKEN);
	ck_assert_int_eq(result.side, SJ_PUMP_INNER);
	ck_assert_int_eq(result.reason, SJ_REASON_IO);
	ck_assert(!sj_pump_finish(
		sj_pump_rig.pump, SJ_PUMP_INNER, sj_pump_rig_soon_ms()));
	sj_pump_rig_close();
}
END_TEST

START_TEST(a_watched_descriptor_is_served)
{
	int near, far;

	sj_pump_rig_open(&sj_pump_rig_step);
	sj_pump_rig_pair(&near, &far);
	sj_pump_watch(sj_pump_rig.pump, 2, near);
	sj_pump_rig_send(far, "x", 1);
	ck_assert_int_eq(
		sj_pump_run(sj_pump_rig.pump, sj_pump_rig_soon_ms()).end,
		SJ_PUMP_STOPPED);
	ck_assert_uint_eq(sj_pump_rig.watched, 1u << 2);
	/* readable took it away, so it is silent now. */
	ck_assert_int_eq(sj_pump_run(sj_pump_rig.pump, sj_clock_ms() + 5).end,
		SJ_PUMP_LATE);
	close(near);
	close(far);
	sj_pump_rig_close();
}
END_TEST

static size_t served;

/* The first one that is served takes the second one away. */
static void readable_once(void *self, size_t index)
{
	(void)self;
	served |= (size_t)1 << index;
	sj_pump_watch(sj_pump_rig.pump, 0, -1);
	sj_pump_watch(sj_pump_rig.pump, 1, -1);
}

START_TEST(a_watch_that_was_taken_away_is_not_served)
{
	struct sj_pump_ops ops = sj_pump_rig_step;
	int near[2], far[2];

	ops.readable = readable_once;
	served = 0;
	sj_pump_rig_open(&ops);
	for (size_t i = 0; i < 2; i++) {
		sj_pump_rig_pair(&near[i], &far[i]);
		sj_pump_watch(sj_pump_rig.pump, i, near[i]);
		sj_pump_rig_send(far[i], "x", 1);
	}
	ck_assert_int_eq(sj_pump_run(sj_pump_rig.pump, sj_clock_ms() + 20).end,
		SJ_PUMP_LATE);
	ck_assert_uint_eq(served, 1);
	for (size_t i = 0; i < 2; i++) {
		close(near[i]);
		close(far[i]);
	}
	sj_pump_rig_close();
}
END_TEST

START_TEST(the_owner_may_add_to_the_output)
{
	struct sj_writer writer;
	char got[8];

	sj_pump_rig_open(&sj_pump_rig_step);
	writer = sj_pump_writer(sj_pump_rig.pump, SJ_PUMP_INNER);
	ck_assert_uint_eq(sj_writer_room(&writer), SJ_LIMIT_PUMP_BYTES);
	ck_assert(sj_write_bytes(&writer, "key", 3));
	sj_pump_commit(sj_pump_rig.pump, SJ_PUMP_INNER, &writer);
	writer = sj_pump_writer(sj_pump_rig.pump, SJ_PUMP_INNER);
	ck_assert_uint_eq(sj_writer_room(&writer), SJ_LIMIT_PUMP_BYTES - 3);
	sj_pump_stop(sj_pump_rig.pump);
	ck_assert_int_eq(
		sj_pump_run(sj_pump_rig.pump, sj_pump_rig_soon_ms()).end,
		SJ_PUMP_STOPPED);
	ck_assert_int_eq(recv(sj_pump_rig.inner, got, sizeof(got), 0), 3);
	sj_pump_rig_close();
}
END_TEST

START_TEST(a_side_may_be_missing)
{
	char got[8];

	sj_pump_rig_open(&sj_pump_rig_echo);
	sj_pump_set_stream(sj_pump_rig.pump, SJ_PUMP_INNER, NULL);
	sj_pump_rig_send(sj_pump_rig.outer, "z", 1);
	ck_assert_int_eq(
		sj_pump_run(sj_pump_rig.pump, sj_pump_rig_soon_ms()).end,
		SJ_PUMP_STOPPED);
	ck_assert_int_eq(recv(sj_pump_rig.outer, got, sizeof(got), 0), 1);
	ck_assert(sj_pump_finish(
		sj_pump_rig.pump, SJ_PUMP_INNER, sj_pump_rig_soon_ms()));
	sj_pump_rig_close();
}
END_TEST

START_TEST(ops_may_change_between_phases)
{
	char got[8];

	sj_pump_rig_open(&sj_pump_rig_step);
	sj_pump_set_ops(sj_pump_rig.pump, &sj_pump_rig_echo, &sj_pump_rig);
	sj_pump_rig_send(sj_pump_rig.outer, "q", 1);
	ck_assert_int_eq(
		sj_pump_run(sj_pump_rig.pump, sj_pump_rig_soon_ms()).end,
		SJ_PUMP_STOPPED);
	ck_assert_int_eq(recv(sj_pump_rig.outer, got, sizeof(got), 0), 1);
	sj_pump_rig_close();
}
END_TEST

static void stop_at_pulse(void *self)
{
	(void)self;
	sj_pump_stop(sj_pump_rig.pump);
}

/* With nothing else to do. */
START_TEST(a_pulse_comes_by_itself)
{
	struct sj_pump_ops ops = sj_pump_rig_step;
	const uint64_t before_ms = sj_clock_ms();

	ops.pulse = stop_at_pulse;
	sj_pump_rig_open(&ops);
	ck_assert_int_eq(sj_pump_run(sj_pump_rig.pump, before_ms + 30000).end,
		SJ_PUMP_STOPPED);
	ck_assert_uint_ge(sj_clock_ms(), before_ms + SJ_LIMIT_PULSE_MS);
	sj_pump_rig_close();
}
END_TEST

START_TEST(finish_gives_up_at_its_deadline)
{
	struct sj_writer writer;

	sj_pump_rig_open(&sj_pump_rig_step);
	while (send(sj_pump_rig.near[SJ_PUMP_INNER], sj_pump_rig.sent, 4096,
		       0) > 0)
		continue;
	ck_assert_int_eq(errno, EAGAIN);
	writer = sj_pump_writer(sj_pump_rig.pump, SJ_PUMP_INNER);
	ck_assert(sj_write_u8(&writer, 1));
	sj_pump_commit(sj_pump_rig.pump, SJ_PUMP_INNER, &writer);
	ck_assert(!sj_pump_finish(
		sj_pump_rig.pump, SJ_PUMP_INNER, sj_clock_ms() + 5));
	sj_pump_rig_close();
}
END_TEST

/* A stream that does what a test says, over a real descriptor. */
static struct {
	enum sj_io read, write, shutdown;
	bool has_pending;
	size_t reads, writes, shutdowns;
} fake;

static enum sj_io fake_read(void *self, void *data, size_t size, size_t *got)
{
	(void)self;
	ck_assert_uint_gt(size, 0);
	fake.reads++;
	if (fake.read != SJ_IO_OK)
		return fake.read;
	*(uint8_t *)data = 'f';
	*got = 1;
	fake.read = SJ_IO_WANT_READ;
	fake.has_pending = false;
	return SJ_IO_OK;
}

static enum sj_io fake_write(
	void *self, const void *data, size_t size, size_t *put)
{
	(void)self;
	(void)data;
	fake.writes++;
	if (fake.write == SJ_IO_OK)
		*put = size;
	return fake.write;
}

static bool fake_has_pending(void *self)
{
	(void)self;
	return fake.has_pending;
}

static enum sj_io fake_shutdown(void *self)
{
	(void)self;
	fake.shutdowns++;
	return fake.shutdowns > 2 ? SJ_IO_OK : fake.shutdown;
}

static const struct sj_stream_ops fake_ops = {
	fake_read, fake_write, fake_has_pending, fake_shutdown};

static void open_fake(const struct sj_pump_ops *ops)
{
	struct sj_stream stream;

	sj_pump_rig_open(ops);
	memset(&fake, 0, sizeof(fake));
	fake.read = SJ_IO_WANT_READ;
	stream = (struct sj_stream){
		&fake_ops, NULL, sj_pump_rig.near[SJ_PUMP_OUTER]};
	sj_pump_set_stream(sj_pump_rig.pump, SJ_PUMP_OUTER, &stream);
}

/* Nothing at first, then a byte that no poll can see. */
static enum sj_io read_later(void *self, void *data, size_t size, size_t *got)
{
	if (fake.reads == 1)
		fake.read = SJ_IO_OK;
	return fake_read(self, data, size, got);
}

START_TEST(bytes_that_the_stream_holds_are_read)
{
	struct sj_stream_ops ops = fake_ops;
	struct sj_stream stream = {&ops, NULL, -1};
	const uint64_t begun_ms = sj_clock_ms();

	open_fake(&sj_pump_rig_echo);
	ops.read = read_later;
	fake.has_pending = true;
	stream.fd = sj_pump_rig.near[SJ_PUMP_OUTER];
	sj_pump_set_stream(sj_pump_rig.pump, SJ_PUMP_OUTER, &stream);
	ck_assert_int_eq(
		sj_pump_run(sj_pump_rig.pump, sj_clock_ms() + 2000).end,
		SJ_PUMP_STOPPED);
	/* At once, not when the deadline came. */
	ck_assert_uint_lt(sj_clock_ms(), begun_ms + 1000);
	ck_assert_uint_eq(fake.reads, 2); /* none, one: a short one */
	ck_assert_uint_eq(fake.writes, 1);
	sj_pump_rig_close();
}
END_TEST

static volatile sig_atomic_t alarms;

static void on_alarm(int number)
{
	(void)number;
	alarms++;
}

static int act_alarmed(void)
{
	return alarms < 5;
}

START_TEST(a_signal_does_not_end_it)
{
	const struct itimerval every = {{0, 500}, {0, 500}}, never = {0};
	const struct sigaction action = {.sa_handler = on_alarm};
	struct sigaction before;

	sj_pump_rig_open(&sj_pump_rig_step);
	sj_pump_rig.act = act_alarmed;
	ck_assert_int_eq(sigaction(SIGALRM, &action, &before), 0);
	ck_assert_int_eq(setitimer(ITIMER_REAL, &every, NULL), 0);
	ck_assert_int_eq(
		sj_pump_run(sj_pump_rig.pump, sj_pump_rig_soon_ms()).end,
		SJ_PUMP_STOPPED);
	ck_assert_int_eq(setitimer(ITIMER_REAL, &never, NULL), 0);
	ck_assert_int_ge(alarms, 5);
	sj_pump_rig_close();
}
END_TEST

START_TEST(a_failed_read_breaks)
{
	struct sj_pump_result result;

	open_fake(&sj_pump_rig_step);
	fake.read = SJ_IO_FAILED;
	result = sj_pump_run(sj_pump_rig.pump, sj_pump_rig_soon_ms());
	ck_assert_int_eq(result.end, SJ_PUMP_BROKEN);
	ck_assert_int_eq(result.side, SJ_PUMP_OUTER);
	ck_assert_int_eq(result.reason, SJ_REASON_IO);
	sj_pump_rig_close();
}
END_TEST

START_TEST(a_write_may_meet_the_orderly_end)
{
	struct sj_pump_result result;

	open_fake(&sj_pump_rig_echo);
	fake.read = SJ_IO_OK;
	fake.write = SJ_IO_CLOSED;
	result = sj_pump_run(sj_pump_rig.pump, sj_pump_rig_soon_ms());
	ck_assert_int_eq(result.end, SJ_PUMP_CLOSED);
	ck_assert_int_eq(result.side, SJ_PUMP_OUTER);
	sj_pump_rig_close();
}
END_TEST

static int act_count(void)
{
	return sj_pump_rig.turns < 5;
}

START_TEST(a_read_may_want_to_write)
{
	open_fake(&sj_pump_rig_step);
	fake.read = SJ_IO_WANT_WRITE;
	sj_pump_rig.act = act_count;
	ck_assert_int_eq(
		sj_pump_run(sj_pump_rig.pump, sj_pump_rig_soon_ms()).end,
		SJ_PUMP_STOPPED);
	ck_assert_uint_gt(fake.reads, 2);
	sj_pump_rig_close();
}
END_TEST

START_TEST(shutdown_is_repeated_until_it_is_said)
{
	open_fake(&sj_pump_rig_step);
	fake.shutdown = SJ_IO_WANT_WRITE;
	ck_assert(sj_pump_finish(
		sj_pump_rig.pump, SJ_PUMP_OUTER, sj_pump_rig_soon_ms()));
	ck_assert_uint_eq(fake.shutdowns, 3);
	fake.shutdowns = 0;
	fake.shutdown = SJ_IO_WANT_READ;
	ck_assert(sj_pump_finish(
		sj_pump_rig.pump, SJ_PUMP_OUTER, sj_clock_ms() + 5));
	ck_assert_uint_le(fake.shutdowns, 2);
	sj_pump_rig_close();
}
END_TEST

static size_t steps;

static enum sj_io step_until_3(void *object)
{
	ck_assert_ptr_eq(object, &steps);
	return ++steps < 3 ? SJ_IO_WANT_WRITE : SJ_IO_OK;
}

static enum sj_io step_never(void *object)
{
	(void)object;
	steps++;
	return SJ_IO_WANT_READ;
}

static enum sj_io step_failed(void *object)
{
	(void)object;
	return SJ_IO_FAILED;
}

START_TEST(drive_repeats_a_step_until_it_is_done)
{
	sj_pump_rig_open(&sj_pump_rig_step);
	steps = 0;
	ck_assert_int_eq(
		sj_pump_drive(sj_pump_rig.pump, step_until_3, &steps,
			sj_pump_rig.near[SJ_PUMP_OUTER], sj_pump_rig_soon_ms()),
		SJ_IO_OK);
	ck_assert_uint_eq(steps, 3);
	ck_assert_int_eq(
		sj_pump_drive(sj_pump_rig.pump, step_failed, NULL,
			sj_pump_rig.near[SJ_PUMP_OUTER], sj_pump_rig_soon_ms()),
		SJ_IO_FAILED);
	sj_pump_rig_close();
}
END_TEST

START_TEST(drive_ends_at_its_deadline)
{
	sj_pump_rig_open(&sj_pump_rig_step);
	steps = 0;
	ck_assert_int_eq(
		sj_pump_drive(sj_pump_rig.pump, step_never, NULL,
			sj_pump_rig.near[SJ_PUMP_OUTER], sj_clock_ms() + 5),
		SJ_IO_WANT_READ);
	ck_assert_uint_ge(steps, 1);
	sj_pump_rig_close();
}
END_TEST

START_TEST(drive_serves_the_watches_and_can_be_stopped)
{
	int near, far;

	sj_pump_rig_open(&sj_pump_rig_step);
	sj_pump_rig_pair(&near, &far);
	sj_pump_watch(sj_pump_rig.pump, 0, near);
	sj_pump_rig_send(far, "x", 1);
	ck_assert_int_eq(
		sj_pump_drive(sj_pump_rig.pump, step_never, NULL,
			sj_pump_rig.near[SJ_PUMP_OUTER], sj_pump_rig_soon_ms()),
		SJ_IO_WANT_READ);
	ck_assert_uint_eq(sj_pump_rig.watched, 1);
	close(near);
	close(far);
	sj_pump_rig_close();
}
END_TEST

SJ_SUITE_MAIN("pump_ends", stop_flushes_and_leaves_the_rest_alone,
	a_stop_before_run_ends_it_at_once,
	a_refusal_ends_and_its_last_words_can_be_flushed,
	an_end_of_the_peer_comes_after_its_bytes,
	an_end_waits_for_bytes_that_have_no_room_yet,
	a_watch_that_was_taken_away_is_not_served,
	writing_to_a_peer_that_is_gone_breaks, a_watched_descriptor_is_served,
	the_owner_may_add_to_the_output, a_side_may_be_missing,
	ops_may_change_between_phases, a_pulse_comes_by_itself,
	finish_gives_up_at_its_deadline, bytes_that_the_stream_holds_are_read,
	a_signal_does_not_end_it, a_failed_read_breaks,
	a_write_may_meet_the_orderly_end, a_read_may_want_to_write,
	shutdown_is_repeated_until_it_is_said,
	drive_repeats_a_step_until_it_is_done, drive_ends_at_its_deadline,
	drive_serves_the_watches_and_can_be_stopped)
