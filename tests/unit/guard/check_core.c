/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A core in a process of its own; the test plays both gates. */
#include "guard/core.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guard/codes_ipc.h"
#include "protocol/base/ipc.h"
#include "protocol/gate/viewer_gate_ipc.h"
#include "protocol/rfb/handshake.h"
#include "protocol/rfb/msg_host.h"
#include "protocol/rfb/msg_viewer.h"
#include "tests/support/suite.h"

#define WIDTH 320
#define HEIGHT 200
#define PATIENCE_MS 20000
#define QUIET_MS 200

static struct sj_core_start start;
static int control_fd, viewer_fd, host_fd, input_fd, codes_fd;
static uint8_t grey[SJ_CODES_BYTES];
static pid_t core_pid;
static uint8_t data[SJ_LIMIT_UPDATE_BYTES * 8];

/* ---- the core ---- */

static SJ_NORETURN void be_core(const struct sj_core_parts *parts)
{
	struct sj_core_message message = {.type = SJ_CORE_CLOSED};
	struct sj_core *core = sj_core_create(parts);

	if (core) {
		(void)!sj_core_run(core, &message.u.closed);
		(void)!sj_ipc_send(
			parts->control_fd, &message, sizeof(message), NULL);
	}
	sj_core_destroy(core);
	sj_suite_leave(core ? 0 : 1);
}

static void make_pair(int *near, int *far, int type)
{
	int pair[2];

	ck_assert_int_eq(socketpair(AF_UNIX, type, 0, pair), 0);
	*near = pair[0];
	*far = pair[1];
}

static void open_core(void)
{
	struct sj_core_parts parts = {.start = &start, .grey = grey};

	start.uid = start.gid = UINT32_MAX;
	make_pair(&control_fd, &parts.control_fd, SOCK_SEQPACKET);
	make_pair(&viewer_fd, &parts.viewer_fd, SOCK_STREAM);
	make_pair(&host_fd, &parts.host_fd, SOCK_STREAM);
	make_pair(&input_fd, &parts.input_fd, SOCK_SEQPACKET);
	make_pair(&codes_fd, &parts.codes_fd, SOCK_SEQPACKET | SOCK_NONBLOCK);
	ck_assert_int_eq(fcntl(parts.viewer_fd, F_SETFL, O_NONBLOCK), 0);
	ck_assert_int_eq(fcntl(parts.host_fd, F_SETFL, O_NONBLOCK), 0);
	ck_assert_int_eq(fcntl(parts.input_fd, F_SETFL, O_NONBLOCK), 0);
	core_pid = fork();
	ck_assert_int_ge(core_pid, 0);
	if (core_pid == 0) {
		close(control_fd);
		close(viewer_fd);
		close(host_fd);
		close(input_fd);
		close(codes_fd);
		be_core(&parts);
	}
	close(parts.control_fd);
	close(parts.viewer_fd);
	close(parts.host_fd);
	close(parts.input_fd);
	close(parts.codes_fd);
}

static bool is_readable(int fd, int wait_ms)
{
	struct pollfd entry = {.fd = fd, .events = POLLIN};

	return poll(&entry, 1, wait_ms) == 1;
}

/* Waits for the end of the core; the reason it gave. */
static enum sj_reason close_core(struct sj_core_counts *counts)
{
	struct sj_core_message message;
	int status = -1;

	ck_assert(is_readable(control_fd, PATIENCE_MS));
	ck_assert_int_eq(
		sj_ipc_receive(control_fd, &message, sizeof(message), NULL),
		SJ_OK);
	ck_assert_int_eq(waitpid(core_pid, &status, 0), core_pid);
	ck_assert_int_eq(status, 0);
	close(control_fd);
	close(viewer_fd);
	close(host_fd);
	close(input_fd);
	close(codes_fd);
	*counts = message.u.closed.counts;
	return (enum sj_reason)message.u.closed.reason;
}

/* ---- the gates ---- */

static void send_all(int fd, const void *bytes, size_t size)
{
	ck_assert_int_eq(send(fd, bytes, size, MSG_NOSIGNAL), (ssize_t)size);
}

/* One end of an inner handshake, to its end. */
static void shake_hands(int fd, enum sj_handshake_role role)
{
	const struct sj_size size = {WIDTH, HEIGHT};
	const struct sj_handshake_settings settings = {.role = role,
		.size_max = {SJ_LIMIT_WIDTH_PX, SJ_LIMIT_HEIGHT_PX}};
	static struct sj_handshake handshake;
	uint8_t in_data[512] = {0}, out_data[512];
	struct sj_reader in = sj_reader_of(in_data, 0);

	sj_handshake_init(&handshake, &settings);
	while (sj_handshake_state(&handshake) != SJ_HANDSHAKE_FINISHED) {
		struct sj_writer out = sj_writer_of(out_data, sizeof(out_data));
		enum sj_step step;

		if (sj_handshake_state(&handshake) == SJ_HANDSHAKE_NEED_SIZE)
			sj_handshake_set_size(&handshake, &size);
		step = sj_handshake_next(&handshake, &in, &out);
		ck_assert_int_ne(step, SJ_STEP_REFUSE);
		if (out.at > 0)
			send_all(fd, out_data, out.at);
		if (step == SJ_STEP_MORE && sj_handshake_state(&handshake) ==
						    SJ_HANDSHAKE_RUNNING) {
			ck_assert(is_readable(fd, PATIENCE_MS));
			ck_assert_int_eq(read(fd, in_data + in.size, 1), 1);
			in.size++;
		}
	}
}

static void say(const struct sj_rfb_viewer_message *message)
{
	struct sj_writer out = sj_writer_of(data, sizeof(data));

	ck_assert(sj_rfb_viewer_build(&out, message));
	send_all(viewer_fd, data, out.at);
}

/* A viewer of ours that has asked for updates. */
static void begin(void)
{
	struct sj_rfb_viewer_message message = {.type = SJ_RFB_SET_ENCODINGS,
		.u.encodings = {.count = 3,
			.number = {SJ_RFB_ENCODING_TILE,
				SJ_RFB_ENCODING_EXTENDED_DESKTOP_SIZE,
				SJ_RFB_ENCODING_CARET}}};

	open_core();
	shake_hands(host_fd, SJ_HANDSHAKE_INNER_SERVER);
	shake_hands(viewer_fd, SJ_HANDSHAKE_INNER_CLIENT);
	say(&message);
	memset(&message, 0, sizeof(message));
	message.type = SJ_RFB_UPDATE_REQUEST;
	message.u.request.rect = (struct sj_rect){0, 0, WIDTH, HEIGHT};
	for (int i = 0; i < 8; i++)
		say(&message);
}

/* An update of the host with one rectangle of Raw. */
static void show(struct sj_rect rect)
{
	const struct sj_rfb_host_message head = {
		.type = SJ_RFB_UPDATE, .u.update.rects = 1};
	const struct sj_rfb_rect_head place = {rect, SJ_RFB_ENCODING_RAW};
	struct sj_writer out = sj_writer_of(data, sizeof(data));
	size_t size = (size_t)sj_rect_area(&rect) * 4;

	ck_assert(sj_rfb_host_build(&out, &head));
	ck_assert(sj_rfb_rect_head_build(&out, &place));
	memset(data + out.at, 0x5a, size);
	send_all(host_fd, data, out.at + size);
}

/* Short lines of colours that look random: few bytes to the viewer. */
static void show_lines(void)
{
	const struct sj_rfb_host_message head = {
		.type = SJ_RFB_UPDATE, .u.update.rects = 1};
	const struct sj_rfb_rect_head place = {
		{0, 0, WIDTH, HEIGHT}, SJ_RFB_ENCODING_RAW};
	struct sj_writer out = sj_writer_of(data, sizeof(data));
	uint32_t random = 4711;

	ck_assert(sj_rfb_host_build(&out, &head));
	ck_assert(sj_rfb_rect_head_build(&out, &place));
	for (size_t i = 0; i < (size_t)WIDTH * HEIGHT; i++) {
		if (i % 24 == 0)
			random = random * 1664525u + 1013904223u;
		ck_assert(sj_write_u32(&out, random & 0xffffff00u));
	}
	send_all(host_fd, data, out.at);
}

/* The encoding of the first rectangle of the next update to the viewer. */
static int32_t next_encoding(void)
{
	struct sj_rfb_rect_head head;
	struct sj_reader in;
	ssize_t got;

	ck_assert(is_readable(viewer_fd, PATIENCE_MS));
	got = read(viewer_fd, data, sizeof(data));
	ck_assert_int_gt(got, 16);
	in = sj_reader_of(data + 4, (size_t)got - 4);
	ck_assert_int_eq(sj_rfb_rect_head_parse(&in, &head), SJ_STEP_DONE);
	return head.encoding;
}

static void press(uint32_t keysym)
{
	const struct sj_rfb_viewer_message message = {
		.type = SJ_RFB_KEY_EVENT, .u.key = {true, keysym}};

	say(&message);
}

/* ---- what it does ---- */

START_TEST(shows_nothing_before_all_of_the_screen_has_come)
{
	struct sj_core_counts counts;

	memset(&start, 0, sizeof(start));
	begin();
	ck_assert_int_eq(
		next_encoding(), SJ_RFB_ENCODING_EXTENDED_DESKTOP_SIZE);
	show((struct sj_rect){0, 0, WIDTH, 64});
	ck_assert(!is_readable(viewer_fd, QUIET_MS));
	show((struct sj_rect){0, 64, WIDTH, HEIGHT - 64});
	ck_assert_int_eq(next_encoding(), SJ_RFB_ENCODING_TILE);
	/* From now on what has changed, at once. */
	show((struct sj_rect){0, 0, 1, 1});
	shutdown(host_fd, SHUT_WR);
	ck_assert_int_eq(close_core(&counts), SJ_REASON_AGENT_GONE);
	ck_assert_uint_eq(counts.updates_in, 3);
	ck_assert_uint_eq(counts.pixels_in, WIDTH * HEIGHT + 1);
	ck_assert_uint_gt(counts.to_viewer_bits, 8 * 20);
	/* No event: only that and when it ended. */
	ck_assert_uint_gt(counts.to_host_bits, 2);
	ck_assert_uint_lt(counts.to_host_bits, 2 + 64);
}
END_TEST

/* How often the core has gone to sleep until now. */
static unsigned long sleeps(void)
{
	char path[64], line[128];
	unsigned long count = 0;
	FILE *file;

	(void)snprintf(path, sizeof(path), "/proc/%d/status", (int)core_pid);
	file = fopen(path, "re");
	ck_assert_ptr_nonnull(file);
	while (fgets(line, sizeof(line), file))
		(void)sscanf(line, "voluntary_ctxt_switches: %lu", &count);
	(void)fclose(file);
	return count;
}

START_TEST(sleeps_while_the_host_keeps_a_part_of_the_screen_back)
{
	struct sj_core_counts counts;
	unsigned long before;

	memset(&start, 0, sizeof(start));
	start.policy.masks_codes = 1;
	begin();
	(void)next_encoding();
	show((struct sj_rect){0, 0, WIDTH, 64});
	ck_assert(!is_readable(codes_fd, QUIET_MS));
	before = sleeps();
	ck_assert(!is_readable(codes_fd, 2 * QUIET_MS));
	ck_assert_uint_lt(sleeps() - before, 10);
	/* Then all of it is searched. */
	show((struct sj_rect){0, 64, WIDTH, HEIGHT - 64});
	ck_assert(is_readable(codes_fd, PATIENCE_MS));
	shutdown(host_fd, SHUT_WR);
	ck_assert_int_eq(close_core(&counts), SJ_REASON_AGENT_GONE);
}
END_TEST

START_TEST(shows_nothing_from_inside_an_update)
{
	const struct sj_rfb_host_message head = {
		.type = SJ_RFB_UPDATE, .u.update.rects = 2};
	const struct sj_rfb_rect_head place = {
		{0, 0, 1, 1}, SJ_RFB_ENCODING_RAW};
	struct sj_core_counts counts;
	struct sj_writer out;

	memset(&start, 0, sizeof(start));
	begin();
	(void)next_encoding();
	show((struct sj_rect){0, 0, WIDTH, HEIGHT});
	(void)next_encoding();
	out = sj_writer_of(data, sizeof(data));
	ck_assert(sj_rfb_host_build(&out, &head));
	ck_assert(sj_rfb_rect_head_build(&out, &place));
	ck_assert(sj_write_u32(&out, 0x01020300));
	send_all(host_fd, data, out.at);
	ck_assert(!is_readable(viewer_fd, QUIET_MS));
	send_all(host_fd, data + 4, out.at - 4);
	ck_assert_int_eq(next_encoding(), SJ_RFB_ENCODING_TILE);
	close(control_fd);
	/* The core ends with its supervisor; nobody hears its last word. */
	ck_assert_int_eq(waitpid(core_pid, NULL, 0), core_pid);
	(void)counts;
}
END_TEST

START_TEST(hands_input_on_as_fixed_messages)
{
	const struct sj_rfb_viewer_message size = {
		.type = SJ_RFB_SET_DESKTOP_SIZE,
		.u.desktop_size = {{800, 600}}};
	struct sj_viewer_input input;
	struct sj_core_counts counts;

	memset(&start, 0, sizeof(start));
	begin();
	press('a');
	say(&size);
	ck_assert(is_readable(input_fd, PATIENCE_MS));
	ck_assert_int_eq(
		sj_ipc_receive(input_fd, &input, sizeof(input), NULL), SJ_OK);
	ck_assert_uint_eq(input.type, SJ_VIEWER_INPUT_KEY);
	ck_assert_uint_eq(input.keysym, 'a');
	ck_assert(is_readable(input_fd, PATIENCE_MS));
	ck_assert_int_eq(
		sj_ipc_receive(input_fd, &input, sizeof(input), NULL), SJ_OK);
	ck_assert_uint_eq(input.type, SJ_VIEWER_INPUT_SIZE);
	ck_assert_uint_eq(input.x_px, 800);
	shutdown(viewer_fd, SHUT_WR);
	(void)close_core(&counts);
	ck_assert_uint_eq(counts.keys, 1);
	ck_assert_uint_eq(counts.sizes, 1);
	ck_assert_uint_ge(counts.to_host_bits, 22 + 23);
}
END_TEST

START_TEST(ends_at_what_a_host_must_not_send)
{
	static const uint8_t bell[] = {SJ_RFB_BELL};
	struct sj_core_counts counts;

	memset(&start, 0, sizeof(start));
	begin();
	send_all(host_fd, bell, sizeof(bell));
	ck_assert_int_eq(close_core(&counts), SJ_REASON_HOST_TYPE);
}
END_TEST

START_TEST(ends_at_what_an_outer_gate_never_lets_through)
{
	const struct sj_rfb_viewer_message fence = {
		.type = SJ_RFB_CLIENT_FENCE, .u.fence = {.is_request = true}};
	struct sj_core_counts counts;

	memset(&start, 0, sizeof(start));
	begin();
	say(&fence);
	ck_assert_int_eq(close_core(&counts), SJ_REASON_VIEWER_TYPE);
}
END_TEST

START_TEST(ends_when_the_host_says_the_end)
{
	struct sj_writer out = sj_writer_of(data, sizeof(data));
	struct sj_core_counts counts;

	memset(&start, 0, sizeof(start));
	begin();
	ck_assert(sj_rfb_session_end_build(&out, SJ_REASON_END_ADMIN));
	send_all(host_fd, data, out.at);
	ck_assert_int_eq(close_core(&counts), SJ_REASON_END_ADMIN);
}
END_TEST

START_TEST(ends_when_the_inner_gate_takes_no_input)
{
	struct sj_core_counts counts;

	memset(&start, 0, sizeof(start));
	begin();
	close(input_fd);
	input_fd = open("/dev/null", O_RDONLY);
	press('a');
	ck_assert_int_eq(close_core(&counts), SJ_REASON_AGENT_GONE);
	ck_assert_uint_eq(counts.keys, 0);
}
END_TEST

/* The head of the first rectangle with encoding, in what comes next. */
static struct sj_rect expect_rect(int32_t encoding)
{
	struct sj_rfb_rect_head head = {.encoding = 0};

	while (head.encoding != encoding) {
		struct sj_reader in;
		ssize_t got;

		ck_assert(is_readable(viewer_fd, PATIENCE_MS));
		got = read(viewer_fd, data, sizeof(data));
		ck_assert_int_gt(got, 15);
		in = sj_reader_of(data + 4, (size_t)got - 4);
		ck_assert_int_eq(
			sj_rfb_rect_head_parse(&in, &head), SJ_STEP_DONE);
	}
	return head.rect;
}

/* An update of the host with one rectangle that has few bytes behind it. */
static void show_head(
	struct sj_rect rect, int32_t encoding, const void *bytes, size_t size)
{
	const struct sj_rfb_host_message head = {
		.type = SJ_RFB_UPDATE, .u.update.rects = 1};
	const struct sj_rfb_rect_head place = {rect, encoding};
	struct sj_writer out = sj_writer_of(data, sizeof(data));

	ck_assert(sj_rfb_host_build(&out, &head));
	ck_assert(sj_rfb_rect_head_build(&out, &place));
	ck_assert(sj_write_bytes(&out, bytes, size));
	send_all(host_fd, data, out.at);
}

static void learn_all(void)
{
	const struct sj_rfb_viewer_message message = {
		.type = SJ_RFB_SET_ENCODINGS,
		.u.encodings = {.count = 6,
			.number = {SJ_RFB_ENCODING_TILE,
				SJ_RFB_ENCODING_EXTENDED_DESKTOP_SIZE,
				SJ_RFB_ENCODING_CARET, SJ_RFB_ENCODING_MOTION,
				SJ_RFB_ENCODING_COPY_RECT,
				SJ_RFB_ENCODING_ALPHA_CURSOR}}};

	say(&message);
}

START_TEST(moves_what_the_host_has_moved)
{
	static const uint8_t from[] = {0, 0, 0, 32};
	struct sj_core_counts counts;
	struct sj_rect rect;

	memset(&start, 0, sizeof(start));
	begin();
	learn_all();
	(void)expect_rect((int32_t)SJ_RFB_ENCODING_EXTENDED_DESKTOP_SIZE);
	show_lines();
	/* With the first pixels, one that is empty. */
	(void)expect_rect((int32_t)SJ_RFB_ENCODING_ALPHA_CURSOR);
	show_head((struct sj_rect){0, 0, WIDTH, HEIGHT - 32},
		SJ_RFB_ENCODING_COPY_RECT, from, sizeof(from));
	rect = expect_rect((int32_t)SJ_RFB_ENCODING_COPY_RECT);
	ck_assert_uint_gt(sj_rect_area(&rect), WIDTH * HEIGHT / 4);
	shutdown(host_fd, SHUT_WR);
	ck_assert_int_eq(close_core(&counts), SJ_REASON_AGENT_GONE);
}
END_TEST

START_TEST(rounds_the_caret_and_shows_the_cursor)
{
	/* The second pixel is clear: its colour is a place for bytes. */
	static const uint8_t cursor[2 * 2 * 4] = {1, 2, 3, 255, 7, 8, 9, 0};
	static const uint8_t shown[2 * 2 * 4] = {1, 2, 3, 255};
	struct sj_core_counts counts;
	struct sj_rect rect;

	memset(&start, 0, sizeof(start));
	start.policy.caret_grid_px = 16;
	begin();
	learn_all();
	(void)expect_rect((int32_t)SJ_RFB_ENCODING_EXTENDED_DESKTOP_SIZE);
	show((struct sj_rect){0, 0, WIDTH, HEIGHT});
	/* With the first pixels, one that is empty. */
	(void)expect_rect((int32_t)SJ_RFB_ENCODING_ALPHA_CURSOR);
	show_head((struct sj_rect){17, 33, 1, 18}, SJ_RFB_ENCODING_CARET, NULL,
		0);
	rect = expect_rect((int32_t)SJ_RFB_ENCODING_CARET);
	ck_assert_uint_eq(rect.x_px, 16);
	ck_assert_uint_eq(rect.y_px, 32);
	ck_assert_uint_eq(rect.height_px, 32);
	show_head((struct sj_rect){1, 0, 2, 2}, SJ_RFB_ENCODING_ALPHA_CURSOR,
		cursor, sizeof(cursor));
	rect = expect_rect((int32_t)SJ_RFB_ENCODING_ALPHA_CURSOR);
	ck_assert_uint_eq(rect.x_px, 1);
	ck_assert_uint_eq(rect.width_px, 2);
	ck_assert_mem_eq(data + 4 + 12, shown, sizeof(shown));
	shutdown(host_fd, SHUT_WR);
	ck_assert_int_eq(close_core(&counts), SJ_REASON_AGENT_GONE);
}
END_TEST

START_TEST(follows_the_size_of_the_host)
{
	const struct sj_rfb_host_message head = {
		.type = SJ_RFB_UPDATE, .u.update.rects = 1};
	const struct sj_rfb_screen_size size = {
		.cause = SJ_RFB_SIZE_BY_HOST, .size = {640, 400}};
	struct sj_writer out = sj_writer_of(data, sizeof(data));
	struct sj_core_counts counts;
	struct sj_rect rect;

	memset(&start, 0, sizeof(start));
	/* Updates wait for the beat, and come all the same. */
	start.policy.quantum_ms = 20;
	begin();
	rect = expect_rect((int32_t)SJ_RFB_ENCODING_EXTENDED_DESKTOP_SIZE);
	ck_assert_uint_eq(rect.width_px, WIDTH);
	show((struct sj_rect){0, 0, WIDTH, HEIGHT});
	(void)expect_rect((int32_t)SJ_RFB_ENCODING_TILE);
	ck_assert(sj_rfb_host_build(&out, &head));
	ck_assert(sj_rfb_screen_size_build(&out, &size));
	send_all(host_fd, data, out.at);
	rect = expect_rect((int32_t)SJ_RFB_ENCODING_EXTENDED_DESKTOP_SIZE);
	ck_assert_uint_eq(rect.width_px, 640);
	ck_assert_uint_eq(rect.height_px, 400);
	/* Nothing of the larger screen before all of it has come. */
	ck_assert(!is_readable(viewer_fd, QUIET_MS));
	shutdown(host_fd, SHUT_WR);
	ck_assert_int_eq(close_core(&counts), SJ_REASON_AGENT_GONE);
}
END_TEST

SJ_SUITE_MAIN("guard_core", shows_nothing_before_all_of_the_screen_has_come,
	sleeps_while_the_host_keeps_a_part_of_the_screen_back,
	shows_nothing_from_inside_an_update, hands_input_on_as_fixed_messages,
	ends_at_what_a_host_must_not_send,
	ends_at_what_an_outer_gate_never_lets_through,
	ends_when_the_host_says_the_end,
	ends_when_the_inner_gate_takes_no_input, moves_what_the_host_has_moved,
	rounds_the_caret_and_shows_the_cursor, follows_the_size_of_the_host)
