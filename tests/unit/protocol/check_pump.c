/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Real sockets, one thread: the far ends act inside wait_us, which the pump
 * calls in each round. The clock is the real one plus skew_ms, so that no
 * test waits for a limit of seconds.
 */
#include "protocol/gate/pump.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "protocol/base/clock.h"
#include "protocol/base/limits.h"
#include "tests/support/suite.h"

uint64_t __wrap_sj_clock_ms(void);
uint64_t __real_sj_clock_ms(void);

static uint64_t skew_ms;

uint64_t __wrap_sj_clock_ms(void)
{
	return __real_sj_clock_ms() + skew_ms;
}

#define SOON_MS 20000

/* What a test is about; reset by open_rig. */
static struct {
	struct sj_pump *pump;
	int outer, inner; /* the far ends */
	int near[SJ_PUMP_SIDES];
	int (*act)(void); /* each round; 0 stops */
	size_t turns;
	bool is_midway;
	enum sj_step step; /* what judge_step gives */
	size_t judged;
	size_t watched;
	uint8_t sent[1 << 20], got[1 << 20];
	size_t sent_size, got_size;
} rig;

/* Moves everything to the other side. */
static enum sj_step judge_copy(void *self, enum sj_pump_side side,
	struct sj_reader *in, struct sj_writer *back, struct sj_writer *other)
{
	size_t size = sj_reader_left(in);

	(void)side;
	(void)back;
	ck_assert_ptr_eq(self, &rig);
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

/* Consumes nothing from the outer side and gives rig.step. */
static enum sj_step judge_step(void *self, enum sj_pump_side side,
	struct sj_reader *in, struct sj_writer *back, struct sj_writer *other)
{
	(void)self;
	(void)other;
	if (side != SJ_PUMP_OUTER || sj_reader_left(in) == 0)
		return SJ_STEP_MORE;
	rig.judged++;
	if (rig.step == SJ_STEP_REFUSE)
		ck_assert(sj_write_bytes(back, "bye", 3));
	return rig.step;
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
	sj_pump_stop(rig.pump);
	return SJ_STEP_DONE;
}

static uint64_t wait_us(void *self, uint64_t now_us)
{
	(void)self;
	(void)now_us;
	rig.turns++;
	if (rig.act != NULL && rig.act() == 0)
		sj_pump_stop(rig.pump);
	return 1000;
}

static bool is_midway(void *self, enum sj_pump_side side)
{
	(void)self;
	return side == SJ_PUMP_OUTER && rig.is_midway;
}

static void readable(void *self, size_t index)
{
	(void)self;
	rig.watched |= (size_t)1 << index;
	sj_pump_watch(rig.pump, index, -1);
	sj_pump_stop(rig.pump);
}

static const struct sj_pump_ops copy_ops = {
	.judge = judge_copy, .wait_us = wait_us, .readable = readable};
static const struct sj_pump_ops step_ops = {.judge = judge_step,
	.wait_us = wait_us,
	.is_midway = is_midway,
	.readable = readable};
static const struct sj_pump_ops echo_ops = {.judge = judge_echo};

static void make_pair(int *near, int *far)
{
	int pair[2];

	ck_assert_int_eq(
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
	*near = pair[0];
	*far = pair[1];
}

static void open_rig(const struct sj_pump_ops *ops)
{
	struct sj_stream stream;

	memset(&rig, 0, sizeof(rig));
	rig.pump = sj_pump_create(ops, &rig);
	ck_assert_ptr_nonnull(rig.pump);
	make_pair(&rig.near[SJ_PUMP_OUTER], &rig.outer);
	make_pair(&rig.near[SJ_PUMP_INNER], &rig.inner);
	for (int i = 0; i < SJ_PUMP_SIDES; i++) {
		stream = sj_stream_fd(rig.near[i]);
		sj_pump_set_stream(rig.pump, (enum sj_pump_side)i, &stream);
	}
}

static void close_rig(void)
{
	sj_pump_destroy(rig.pump);
	close(rig.near[0]);
	close(rig.near[1]);
	if (rig.outer >= 0)
		close(rig.outer);
	if (rig.inner >= 0)
		close(rig.inner);
}

static uint64_t soon(void)
{
	return sj_clock_ms() + SOON_MS;
}

static void send_all(int fd, const void *data, size_t size)
{
	ck_assert_int_eq(send(fd, data, size, 0), (ssize_t)size);
}

static void shut_outer(void)
{
	close(rig.outer);
	rig.outer = -1;
}

/* Sends what is left of sent to outer, reads inner to got. */
static int act_stream(void)
{
	ssize_t n;

	if (rig.outer >= 0 && rig.sent_size < sizeof(rig.sent)) {
		n = send(rig.outer, rig.sent + rig.sent_size,
			sizeof(rig.sent) - rig.sent_size, 0);
		if (n > 0)
			rig.sent_size += (size_t)n;
		if (rig.sent_size == sizeof(rig.sent))
			shut_outer();
	}
	n = recv(rig.inner, rig.got + rig.got_size,
		sizeof(rig.got) - rig.got_size, 0);
	if (n > 0)
		rig.got_size += (size_t)n;
	return 1;
}

START_TEST(destroying_nothing_does_nothing)
{
	sj_pump_destroy(NULL);
}
END_TEST

START_TEST(a_megabyte_crosses_unchanged)
{
	struct sj_pump_result result;
	uint64_t in = 0, out = 0;

	open_rig(&copy_ops);
	for (size_t i = 0; i < sizeof(rig.sent); i++)
		rig.sent[i] = (uint8_t)(i * 31 + i / 257);
	rig.act = act_stream;
	result = sj_pump_run(rig.pump, soon());
	ck_assert_int_eq(result.end, SJ_PUMP_CLOSED);
	ck_assert_int_eq(result.side, SJ_PUMP_OUTER);
	ck_assert_int_eq(result.reason, SJ_REASON_CLOSED);
	/* What the judge let through is flushed by finish. */
	for (int i = 0; i < 1000 && rig.got_size < sizeof(rig.got); i++) {
		(void)!sj_pump_finish(
			rig.pump, SJ_PUMP_INNER, sj_clock_ms() + 1);
		(void)act_stream();
	}
	ck_assert_uint_eq(rig.got_size, sizeof(rig.got));
	ck_assert_mem_eq(rig.got, rig.sent, sizeof(rig.got));
	sj_pump_totals(rig.pump, SJ_PUMP_OUTER, &in, &out);
	ck_assert_uint_eq(in, sizeof(rig.sent));
	ck_assert_uint_eq(out, 0);
	sj_pump_totals(rig.pump, SJ_PUMP_INNER, &in, &out);
	ck_assert_uint_eq(out, sizeof(rig.sent));
	close_rig();
}
END_TEST

/* The other end never reads; stops when nothing has moved for long. */
static int act_flood(void)
{
	static uint64_t before;
	uint64_t in = 0, out = 0;

	(void)send(rig.outer, rig.sent, sizeof(rig.sent), 0);
	sj_pump_totals(rig.pump, SJ_PUMP_OUTER, &in, &out);
	if (in != before)
		rig.turns = 0;
	before = in;
	return rig.turns < 50;
}

START_TEST(a_side_is_not_read_while_the_other_is_full)
{
	struct sj_pump_result result;
	uint64_t in = 0, written = 0, out = 0;

	open_rig(&copy_ops);
	rig.act = act_flood;
	/* Stopped with output that cannot be flushed: ends by deadline. */
	result = sj_pump_run(rig.pump, sj_clock_ms() + 1000);
	ck_assert_int_eq(result.end, SJ_PUMP_LATE);
	sj_pump_totals(rig.pump, SJ_PUMP_OUTER, &in, &out);
	sj_pump_totals(rig.pump, SJ_PUMP_INNER, &out, &written);
	ck_assert_uint_gt(written, 0);
	ck_assert_uint_eq(in - written, 2 * SJ_LIMIT_PUMP_BYTES);
	ck_assert_uint_eq(
		sj_pump_unread(rig.pump, SJ_PUMP_OUTER), SJ_LIMIT_PUMP_BYTES);
	sj_pump_drop_unread(rig.pump, SJ_PUMP_OUTER);
	ck_assert_uint_eq(sj_pump_unread(rig.pump, SJ_PUMP_OUTER), 0);
	close_rig();
}
END_TEST

static int act_stall(void)
{
	(void)send(rig.outer, rig.sent, sizeof(rig.sent), 0);
	/* Long enough for every buffer to be full, then time flies. */
	if (rig.turns > 20)
		skew_ms += SJ_LIMIT_WRITE_STALL_MS / 4;
	return 1;
}

START_TEST(a_peer_that_does_not_read_is_given_up)
{
	struct sj_pump_result result;

	open_rig(&copy_ops);
	rig.act = act_stall;
	result = sj_pump_run(rig.pump, 0);
	ck_assert_int_eq(result.end, SJ_PUMP_BROKEN);
	ck_assert_int_eq(result.side, SJ_PUMP_INNER);
	ck_assert_int_eq(result.reason, SJ_REASON_TIMEOUT_WRITE);
	close_rig();
}
END_TEST

static uint64_t jump_ms;

/* One jump of the clock in the third round; the end in the tenth. */
static int act_jump(void)
{
	if (rig.turns == 3)
		skew_ms += jump_ms;
	return rig.turns < 10;
}

START_TEST(a_begun_message_has_to_end_in_time)
{
	struct sj_pump_result result;

	open_rig(&step_ops);
	rig.step = SJ_STEP_MORE;
	rig.act = act_jump;
	jump_ms = SJ_LIMIT_MESSAGE_MS + 1;
	send_all(rig.outer, "x", 1);
	result = sj_pump_run(rig.pump, 0);
	ck_assert_int_eq(result.end, SJ_PUMP_BROKEN);
	ck_assert_int_eq(result.side, SJ_PUMP_OUTER);
	ck_assert_int_eq(result.reason, SJ_REASON_TIMEOUT_MESSAGE);
	close_rig();
}
END_TEST

START_TEST(half_the_time_is_not_too_late)
{
	struct sj_pump_result result;

	open_rig(&step_ops);
	rig.step = SJ_STEP_MORE;
	rig.act = act_jump;
	jump_ms = SJ_LIMIT_MESSAGE_MS / 2;
	send_all(rig.outer, "x", 1);
	result = sj_pump_run(rig.pump, 0);
	ck_assert_int_eq(result.end, SJ_PUMP_STOPPED);
	close_rig();
}
END_TEST

START_TEST(silence_between_messages_may_last)
{
	struct sj_pump_result result;

	open_rig(&step_ops);
	rig.act = act_jump;
	jump_ms = 3600 * 1000;
	result = sj_pump_run(rig.pump, 0);
	ck_assert_int_eq(result.end, SJ_PUMP_STOPPED);
	ck_assert_int_eq(result.reason, SJ_REASON_NONE);
	close_rig();
}
END_TEST

START_TEST(silence_inside_a_message_that_was_taken_may_not)
{
	struct sj_pump_result result;

	open_rig(&step_ops);
	rig.is_midway = true;
	rig.act = act_jump;
	jump_ms = SJ_LIMIT_MESSAGE_MS + 1;
	result = sj_pump_run(rig.pump, 0);
	ck_assert_int_eq(result.end, SJ_PUMP_BROKEN);
	ck_assert_int_eq(result.reason, SJ_REASON_TIMEOUT_MESSAGE);
	close_rig();
}
END_TEST

START_TEST(a_message_that_we_delay_may_last)
{
	struct sj_pump_result result;

	open_rig(&step_ops);
	rig.step = SJ_STEP_FULL;
	rig.act = act_jump;
	jump_ms = 3600 * 1000;
	send_all(rig.outer, "x", 1);
	result = sj_pump_run(rig.pump, 0);
	ck_assert_int_eq(result.end, SJ_PUMP_STOPPED);
	ck_assert_uint_gt(rig.judged, 5); /* asked again in each round */
	close_rig();
}
END_TEST

START_TEST(a_long_message_earns_time_as_it_comes)
{
	struct sj_pump_result result;
	const size_t size = SJ_LIMIT_MESSAGE_BYTES_PER_SECOND / 2;

	open_rig(&step_ops);
	rig.step = SJ_STEP_MORE;
	rig.act = act_jump;
	jump_ms = SJ_LIMIT_MESSAGE_MS + 300; /* of 500 earned */
	send_all(rig.outer, rig.sent, size);
	result = sj_pump_run(rig.pump, 0);
	ck_assert_int_eq(result.end, SJ_PUMP_STOPPED);
	close_rig();
}
END_TEST

START_TEST(a_phase_ends_at_its_deadline)
{
	struct sj_pump_result result;

	open_rig(&step_ops);
	result = sj_pump_run(rig.pump, sj_clock_ms() + 5);
	ck_assert_int_eq(result.end, SJ_PUMP_LATE);
	ck_assert_int_eq(result.reason, SJ_REASON_TIMEOUT_HANDSHAKE);
	close_rig();
}
END_TEST

START_TEST(stop_flushes_and_leaves_the_rest_alone)
{
	struct sj_pump_result result;
	char got[8];

	open_rig(&echo_ops);
	send_all(rig.outer, "ab", 2);
	result = sj_pump_run(rig.pump, soon());
	ck_assert_int_eq(result.end, SJ_PUMP_STOPPED);
	ck_assert_int_eq(recv(rig.outer, got, sizeof(got), 0), 1);
	ck_assert_int_eq(got[0], 'a');
	ck_assert_uint_eq(sj_pump_unread(rig.pump, SJ_PUMP_OUTER), 1);
	/* The next phase goes on where this one stopped. */
	result = sj_pump_run(rig.pump, soon());
	ck_assert_int_eq(result.end, SJ_PUMP_STOPPED);
	ck_assert_int_eq(recv(rig.outer, got, sizeof(got), 0), 1);
	ck_assert_int_eq(got[0], 'b');
	close_rig();
}
END_TEST

START_TEST(a_stop_before_run_ends_it_at_once)
{
	open_rig(&echo_ops);
	sj_pump_stop(rig.pump);
	ck_assert_int_eq(sj_pump_run(rig.pump, soon()).end, SJ_PUMP_STOPPED);
	close_rig();
}
END_TEST

START_TEST(a_refusal_ends_and_its_last_words_can_be_flushed)
{
	struct sj_pump_result result;
	char got[8];

	open_rig(&step_ops);
	rig.step = SJ_STEP_REFUSE;
	send_all(rig.outer, "x", 1);
	result = sj_pump_run(rig.pump, soon());
	ck_assert_int_eq(result.end, SJ_PUMP_REFUSED);
	ck_assert_int_eq(result.side, SJ_PUMP_OUTER);
	ck_assert_int_eq(result.reason, SJ_REASON_NONE);
	ck_assert_uint_eq(rig.judged, 1);
	ck_assert(sj_pump_finish(rig.pump, SJ_PUMP_OUTER, soon()));
	ck_assert_int_eq(recv(rig.outer, got, sizeof(got), 0), 3);
	ck_assert_mem_eq(got, "bye", 3);
	/* And an orderly end behind them. */
	ck_assert_int_eq(recv(rig.outer, got, sizeof(got), 0), 0);
	close_rig();
}
END_TEST

START_TEST(an_end_of_the_peer_comes_after_its_bytes)
{
	struct sj_pump_result result;
	char got[8];

	open_rig(&copy_ops);
	send_all(rig.inner, "last", 4);
	close(rig.inner);
	rig.inner = -1;
	result = sj_pump_run(rig.pump, soon());
	ck_assert_int_eq(result.end, SJ_PUMP_CLOSED);
	ck_assert_int_eq(result.side, SJ_PUMP_INNER);
	ck_assert(sj_pump_finish(rig.pump, SJ_PUMP_OUTER, soon()));
	ck_assert_int_eq(recv(rig.outer, got, sizeof(got), 0), 4);
	close_rig();
}
END_TEST

START_TEST(writing_to_a_peer_that_is_gone_breaks)
{
	struct sj_pump_result result;

	open_rig(&copy_ops);
	send_all(rig.outer, "x", 1);
	ck_assert_int_eq(shutdown(rig.near[SJ_PUMP_INNER], SHUT_WR), 0);
	result = sj_pump_run(rig.pump, soon());
	ck_assert_int_eq(result.end, SJ_PUMP_BROKEN);
	ck_assert_int_eq(result.side, SJ_PUMP_INNER);
	ck_assert_int_eq(result.reason, SJ_REASON_IO);
	ck_assert(!sj_pump_finish(rig.pump, SJ_PUMP_INNER, soon()));
	close_rig();
}
END_TEST

START_TEST(a_watched_descriptor_is_served)
{
	int near, far;

	open_rig(&step_ops);
	make_pair(&near, &far);
	sj_pump_watch(rig.pump, 2, near);
	send_all(far, "x", 1);
	ck_assert_int_eq(sj_pump_run(rig.pump, soon()).end, SJ_PUMP_STOPPED);
	ck_assert_uint_eq(rig.watched, 1u << 2);
	/* readable took it away, so it is silent now. */
	ck_assert_int_eq(
		sj_pump_run(rig.pump, sj_clock_ms() + 5).end, SJ_PUMP_LATE);
	close(near);
	close(far);
	close_rig();
}
END_TEST

START_TEST(the_owner_may_add_to_the_output)
{
	struct sj_writer writer;
	char got[8];

	open_rig(&step_ops);
	writer = sj_pump_writer(rig.pump, SJ_PUMP_INNER);
	ck_assert_uint_eq(sj_writer_room(&writer), SJ_LIMIT_PUMP_BYTES);
	ck_assert(sj_write_bytes(&writer, "key", 3));
	sj_pump_commit(rig.pump, SJ_PUMP_INNER, &writer);
	writer = sj_pump_writer(rig.pump, SJ_PUMP_INNER);
	ck_assert_uint_eq(sj_writer_room(&writer), SJ_LIMIT_PUMP_BYTES - 3);
	sj_pump_stop(rig.pump);
	ck_assert_int_eq(sj_pump_run(rig.pump, soon()).end, SJ_PUMP_STOPPED);
	ck_assert_int_eq(recv(rig.inner, got, sizeof(got), 0), 3);
	close_rig();
}
END_TEST

START_TEST(a_side_may_be_missing)
{
	char got[8];

	open_rig(&echo_ops);
	sj_pump_set_stream(rig.pump, SJ_PUMP_INNER, NULL);
	send_all(rig.outer, "z", 1);
	ck_assert_int_eq(sj_pump_run(rig.pump, soon()).end, SJ_PUMP_STOPPED);
	ck_assert_int_eq(recv(rig.outer, got, sizeof(got), 0), 1);
	ck_assert(sj_pump_finish(rig.pump, SJ_PUMP_INNER, soon()));
	close_rig();
}
END_TEST

START_TEST(ops_may_change_between_phases)
{
	char got[8];

	open_rig(&step_ops);
	sj_pump_set_ops(rig.pump, &echo_ops, &rig);
	send_all(rig.outer, "q", 1);
	ck_assert_int_eq(sj_pump_run(rig.pump, soon()).end, SJ_PUMP_STOPPED);
	ck_assert_int_eq(recv(rig.outer, got, sizeof(got), 0), 1);
	close_rig();
}
END_TEST

START_TEST(finish_gives_up_at_its_deadline)
{
	struct sj_writer writer;

	open_rig(&step_ops);
	while (send(rig.near[SJ_PUMP_INNER], rig.sent, 4096, 0) > 0)
		continue;
	ck_assert_int_eq(errno, EAGAIN);
	writer = sj_pump_writer(rig.pump, SJ_PUMP_INNER);
	ck_assert(sj_write_u8(&writer, 1));
	sj_pump_commit(rig.pump, SJ_PUMP_INNER, &writer);
	ck_assert(!sj_pump_finish(rig.pump, SJ_PUMP_INNER, sj_clock_ms() + 5));
	close_rig();
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

	open_rig(ops);
	memset(&fake, 0, sizeof(fake));
	fake.read = SJ_IO_WANT_READ;
	stream = (struct sj_stream){&fake_ops, NULL, rig.near[SJ_PUMP_OUTER]};
	sj_pump_set_stream(rig.pump, SJ_PUMP_OUTER, &stream);
}

/* The bytes are inside the stream: poll alone would sleep. */
static int act_pending(void)
{
	if (rig.turns == 2) {
		fake.read = SJ_IO_OK;
		fake.has_pending = true;
	}
	return rig.turns < 1000;
}

static const struct sj_pump_ops pending_ops = {
	.judge = judge_echo, .wait_us = wait_us};

START_TEST(bytes_that_the_stream_holds_are_read)
{
	open_fake(&pending_ops);
	rig.act = act_pending;
	ck_assert_int_eq(sj_pump_run(rig.pump, soon()).end, SJ_PUMP_STOPPED);
	ck_assert_uint_eq(fake.writes, 1);
	close_rig();
}
END_TEST

START_TEST(a_failed_read_breaks)
{
	struct sj_pump_result result;

	open_fake(&step_ops);
	fake.read = SJ_IO_FAILED;
	result = sj_pump_run(rig.pump, soon());
	ck_assert_int_eq(result.end, SJ_PUMP_BROKEN);
	ck_assert_int_eq(result.side, SJ_PUMP_OUTER);
	ck_assert_int_eq(result.reason, SJ_REASON_IO);
	close_rig();
}
END_TEST

START_TEST(a_write_may_meet_the_orderly_end)
{
	struct sj_pump_result result;

	open_fake(&echo_ops);
	fake.read = SJ_IO_OK;
	fake.write = SJ_IO_CLOSED;
	result = sj_pump_run(rig.pump, soon());
	ck_assert_int_eq(result.end, SJ_PUMP_CLOSED);
	ck_assert_int_eq(result.side, SJ_PUMP_OUTER);
	close_rig();
}
END_TEST

static int act_count(void)
{
	return rig.turns < 5;
}

START_TEST(a_read_may_want_to_write)
{
	open_fake(&step_ops);
	fake.read = SJ_IO_WANT_WRITE;
	rig.act = act_count;
	ck_assert_int_eq(sj_pump_run(rig.pump, soon()).end, SJ_PUMP_STOPPED);
	ck_assert_uint_gt(fake.reads, 2);
	close_rig();
}
END_TEST

START_TEST(shutdown_is_repeated_until_it_is_said)
{
	open_fake(&step_ops);
	fake.shutdown = SJ_IO_WANT_WRITE;
	ck_assert(sj_pump_finish(rig.pump, SJ_PUMP_OUTER, soon()));
	ck_assert_uint_eq(fake.shutdowns, 3);
	fake.shutdowns = 0;
	fake.shutdown = SJ_IO_WANT_READ;
	ck_assert(sj_pump_finish(rig.pump, SJ_PUMP_OUTER, sj_clock_ms() + 5));
	ck_assert_uint_le(fake.shutdowns, 2);
	close_rig();
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
	open_rig(&step_ops);
	steps = 0;
	ck_assert_int_eq(sj_pump_drive(rig.pump, step_until_3, &steps,
				 rig.near[SJ_PUMP_OUTER], soon()),
		SJ_IO_OK);
	ck_assert_uint_eq(steps, 3);
	ck_assert_int_eq(sj_pump_drive(rig.pump, step_failed, NULL,
				 rig.near[SJ_PUMP_OUTER], soon()),
		SJ_IO_FAILED);
	close_rig();
}
END_TEST

START_TEST(drive_ends_at_its_deadline)
{
	open_rig(&step_ops);
	steps = 0;
	ck_assert_int_eq(sj_pump_drive(rig.pump, step_never, NULL,
				 rig.near[SJ_PUMP_OUTER], sj_clock_ms() + 5),
		SJ_IO_WANT_READ);
	ck_assert_uint_ge(steps, 1);
	close_rig();
}
END_TEST

START_TEST(drive_serves_the_watches_and_can_be_stopped)
{
	int near, far;

	open_rig(&step_ops);
	make_pair(&near, &far);
	sj_pump_watch(rig.pump, 0, near);
	send_all(far, "x", 1);
	ck_assert_int_eq(sj_pump_drive(rig.pump, step_never, NULL,
				 rig.near[SJ_PUMP_OUTER], soon()),
		SJ_IO_WANT_READ);
	ck_assert_uint_eq(rig.watched, 1);
	close(near);
	close(far);
	close_rig();
}
END_TEST

SJ_SUITE_MAIN("pump", destroying_nothing_does_nothing,
	a_megabyte_crosses_unchanged,
	a_side_is_not_read_while_the_other_is_full,
	a_peer_that_does_not_read_is_given_up,
	a_begun_message_has_to_end_in_time, half_the_time_is_not_too_late,
	silence_between_messages_may_last,
	silence_inside_a_message_that_was_taken_may_not,
	a_message_that_we_delay_may_last, a_long_message_earns_time_as_it_comes,
	a_phase_ends_at_its_deadline, stop_flushes_and_leaves_the_rest_alone,
	a_stop_before_run_ends_it_at_once,
	a_refusal_ends_and_its_last_words_can_be_flushed,
	an_end_of_the_peer_comes_after_its_bytes,
	writing_to_a_peer_that_is_gone_breaks, a_watched_descriptor_is_served,
	the_owner_may_add_to_the_output, a_side_may_be_missing,
	ops_may_change_between_phases, finish_gives_up_at_its_deadline,
	bytes_that_the_stream_holds_are_read, a_failed_read_breaks,
	a_write_may_meet_the_orderly_end, a_read_may_want_to_write,
	shutdown_is_repeated_until_it_is_said,
	drive_repeats_a_step_until_it_is_done, drive_ends_at_its_deadline,
	drive_serves_the_watches_and_can_be_stopped)
