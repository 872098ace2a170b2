/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The session of the viewer's gate between a host, a decoder, a window and a
 * launcher, which the test plays. */
#include "viewer/gate_session.h"

#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "protocol/base/ipc.h"
#include "protocol/base/memfd.h"
#include "tests/support/far_rig.h"
#include "tests/support/hex.h"
#include "tests/support/suite.h"

#define NO_CARET "00 00 0001 0000 0000 0000 0000 534a0002"
#define SESSION_END "00 00 0001 0193 0000 0000 0000 534a0003"

static struct sj_viewer_gate_start start;
static struct sj_gate_session_parts parts;
static struct sj_tls tls;
static struct sj_viewer_gate_closed closed;
static int host, decoder, window, launcher; /* the far ends */
static pthread_t thread;

static void *run(void *unused)
{
	(void)unused;
	/* What it returns stands in closed, too. */
	(void)!sj_gate_session_run(&parts, &closed);
	return NULL;
}

static void input_pair(int *near, int *far)
{
	int pair[2];

	ck_assert_int_eq(
		socketpair(AF_UNIX,
			SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair),
		0);
	*near = pair[0];
	*far = pair[1];
}

static void open_session(void)
{
	int control[2];

	ck_assert_int_eq(sj_ipc_pair(control), SJ_OK);
	launcher = control[1];
	parts.control_fd = control[0];
	parts.start = &start;
	parts.tls = &tls;
	sj_far_pair(&parts.socket_fd, &host);
	sj_far_pair(&parts.decoder_fd, &decoder);
	input_pair(&parts.input_fd, &window);
	tls.fd = parts.socket_fd;
	ck_assert_int_eq(pthread_create(&thread, NULL, run, NULL), 0);
}

/* Waits for the end and expects its reason. */
static void expect_end(enum sj_reason reason)
{
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	ck_assert_int_eq((int)closed.reason, (int)reason);
}

static void expect_word(enum sj_viewer_gate_message_type type)
{
	struct sj_viewer_gate_message message;

	ck_assert_int_eq(
		sj_ipc_receive(launcher, &message, sizeof(message), NULL),
		SJ_OK);
	ck_assert_int_eq((int)message.type, (int)type);
}

static void shake_host(void)
{
	const struct sj_handshake_settings settings = {
		.role = SJ_HANDSHAKE_OUTER_SERVER,
		.has_x509_none = start.user[0] == 0,
		.has_x509_plain = start.user[0] != 0,
		.size_max = {1920, 1080},
	};

	sj_far_shake(host, &settings);
	/* Only a guard asks which of its hosts are to blame. */
	if (start.user[0] != 0)
		expect_word(SJ_VIEWER_GATE_PROVEN);
	expect_word(SJ_VIEWER_GATE_CONNECTED);
}

static void shake_decoder(void)
{
	const struct sj_handshake_settings settings = {
		.role = SJ_HANDSHAKE_INNER_CLIENT,
		.size_max = {1920, 1080},
	};

	sj_far_shake(decoder, &settings);
}

static void say(enum sj_viewer_gate_message_type type, const char *crl)
{
	struct sj_viewer_gate_message message;
	struct sj_ipc_fds fds = {.count = 0};

	memset(&message, 0, sizeof(message));
	message.type = (uint32_t)type;
	if (crl) {
		ck_assert_int_eq(
			sj_memfd_copy("crl", crl, strlen(crl), &fds.fd[0]),
			SJ_OK);
		fds.count = 1;
	}
	ck_assert_int_eq(
		sj_ipc_send(launcher, &message, sizeof(message), &fds), SJ_OK);
	sj_ipc_close(&fds);
}

static void send_host(const char *text)
{
	uint8_t bytes[256];
	size_t size = sj_hex_bytes(text, bytes, sizeof(bytes));

	ck_assert_int_eq(send(host, bytes, size, MSG_NOSIGNAL), (ssize_t)size);
}

static void expect_decoder(const char *text)
{
	uint8_t wanted[256], got[256];
	size_t size = sj_hex_bytes(text, wanted, sizeof(wanted));

	sj_far_read(decoder, got, size);
	ck_assert_mem_eq(got, wanted, size);
}

static void rest(void)
{
	const struct timespec time = {.tv_nsec = 50 * 1000 * 1000};

	ck_assert_int_eq(nanosleep(&time, NULL), 0);
}

/* The decoder may need longer than the host needs to say good-bye. */
START_TEST(an_end_that_comes_before_the_decoder_is_ready_reaches_it)
{
	char byte;

	open_session();
	shake_host();
	send_host(SESSION_END);
	ck_assert_int_eq(shutdown(host, SHUT_WR), 0);
	rest();
	shake_decoder();
	expect_decoder(SESSION_END);
	expect_end(SJ_REASON_END_ADMIN);
	ck_assert_int_eq(recv(decoder, &byte, 1, 0), 0);
	ck_assert_uint_eq(closed.host.count[0], 1);
}
END_TEST

START_TEST(nothing_is_asked_for_before_the_launcher_says_go)
{
	char byte;

	start.waits_for_go = 1;
	open_session();
	shake_host();
	rest();
	ck_assert_int_lt(recv(host, &byte, 1, MSG_DONTWAIT), 0);
	say(SJ_VIEWER_GATE_GO, NULL);
	shake_decoder();
	sj_far_read(host, &byte, 1);
	say(SJ_VIEWER_GATE_END, NULL);
	expect_end(SJ_REASON_END_USER);
}
END_TEST

START_TEST(a_second_go_ends_it)
{
	open_session();
	shake_host();
	say(SJ_VIEWER_GATE_GO, NULL);
	expect_end(SJ_REASON_END_USER);
}
END_TEST

START_TEST(a_new_list_cuts_off_only_a_host_that_is_in_it)
{
	open_session();
	shake_host();
	shake_decoder();
	say(SJ_VIEWER_GATE_CRL, "others");
	send_host(NO_CARET);
	expect_decoder(NO_CARET);
	say(SJ_VIEWER_GATE_CRL, "!host");
	expect_end(SJ_REASON_CERT_REVOKED);
}
END_TEST

START_TEST(a_list_without_its_file_ends_it)
{
	open_session();
	shake_host();
	say(SJ_VIEWER_GATE_CRL, NULL);
	expect_end(SJ_REASON_END_USER);
}
END_TEST

START_TEST(a_wish_of_the_launcher_is_raised_to_the_smallest_screen)
{
	const uint8_t resize[] = {251, 0, SJ_LIMIT_WIDTH_MIN_PX >> 8,
		SJ_LIMIT_WIDTH_MIN_PX & 255, SJ_LIMIT_HEIGHT_MIN_PX >> 8,
		SJ_LIMIT_HEIGHT_MIN_PX & 255};
	uint8_t got[4096];
	size_t size = 0;

	start.size = (struct sj_size){1, 1};
	open_session();
	shake_host();
	shake_decoder();
	while (!memmem(got, size, resize, sizeof(resize))) {
		ck_assert_uint_lt(size, sizeof(got));
		sj_far_read(host, got + size++, 1);
	}
	say(SJ_VIEWER_GATE_END, NULL);
	expect_end(SJ_REASON_END_USER);
}
END_TEST

START_TEST(keys_go_up_when_the_window_is_gone)
{
	const uint8_t down[] = {4, 1, 0, 0, 0, 0, 0, 0x61};
	const uint8_t up[] = {4, 0, 0, 0, 0, 0, 0, 0x61};
	const struct sj_viewer_input key = {
		.type = SJ_VIEWER_INPUT_KEY, .keysym = 0x61, .is_down = 1};
	uint8_t got[4096];
	size_t size = 0;

	open_session();
	shake_host();
	shake_decoder();
	ck_assert_int_eq(sj_ipc_send(window, &key, sizeof(key), NULL), SJ_OK);
	close(window);
	while (!memmem(got, size, up, sizeof(up))) {
		ck_assert_uint_lt(size, sizeof(got));
		sj_far_read(host, got + size++, 1);
	}
	ck_assert_ptr_nonnull(memmem(got, size, down, sizeof(down)));
	close(launcher);
	expect_end(SJ_REASON_END_USER);
}
END_TEST

START_TEST(a_window_that_says_what_no_window_says_ends_it)
{
	const struct sj_viewer_input wrong = {.type = 99};

	open_session();
	shake_host();
	shake_decoder();
	ck_assert_int_eq(
		sj_ipc_send(window, &wrong, sizeof(wrong), NULL), SJ_OK);
	expect_end(SJ_REASON_LOCAL);
}
END_TEST

START_TEST(a_key_that_no_keyboard_has_ends_it)
{
	const struct sj_viewer_input key = {.type = SJ_VIEWER_INPUT_KEY,
		.keysym = 0x1000ff00,
		.is_down = 1};

	open_session();
	shake_host();
	shake_decoder();
	ck_assert_int_eq(sj_ipc_send(window, &key, sizeof(key), NULL), SJ_OK);
	expect_end(SJ_REASON_VIEWER_KEY);
}
END_TEST

/* It takes no word any more, and says none. */
static void deafen_launcher(void)
{
	ck_assert_int_eq(shutdown(launcher, SHUT_RD), 0);
}

START_TEST(a_launcher_that_does_not_hear_of_the_host_ended_it)
{
	const struct sj_handshake_settings settings = {
		.role = SJ_HANDSHAKE_OUTER_SERVER,
		.has_x509_none = true,
		.size_max = {1920, 1080},
	};

	open_session();
	deafen_launcher();
	sj_far_shake(host, &settings);
	expect_end(SJ_REASON_END_USER);
}
END_TEST

START_TEST(a_launcher_that_does_not_hear_of_updates_ended_it)
{
	start.wants_updates = 1;
	open_session();
	shake_host();
	shake_decoder();
	deafen_launcher();
	send_host(NO_CARET);
	expect_decoder(NO_CARET);
	ck_assert_int_eq(shutdown(host, SHUT_WR), 0);
	expect_end(SJ_REASON_END_USER);
}
END_TEST

START_TEST(a_decoder_that_ends_is_told_from_a_host_that_ends)
{
	open_session();
	shake_host();
	shake_decoder();
	ck_assert_int_eq(shutdown(_i == 0 ? decoder : host, SHUT_WR), 0);
	expect_end(_i == 0 ? SJ_REASON_DECODER_GONE : SJ_REASON_CLOSED);
}
END_TEST

START_TEST(updates_are_told_when_that_is_wanted)
{
	struct sj_viewer_gate_message message;

	start.wants_updates = 1;
	open_session();
	shake_host();
	shake_decoder();
	send_host(NO_CARET);
	ck_assert_int_eq(
		sj_ipc_receive(launcher, &message, sizeof(message), NULL),
		SJ_OK);
	ck_assert_int_eq((int)message.type, SJ_VIEWER_GATE_UPDATE);
	ck_assert_uint_eq(message.u.gate_update.rects, 1);
	ck_assert_uint_eq(message.u.gate_update.bytes, 16);
	say(SJ_VIEWER_GATE_END, NULL);
	expect_end(SJ_REASON_END_USER);
}
END_TEST

START_TEST(a_guard_states_whom_it_speaks_for)
{
	strcpy(start.user, "tanaka");
	open_session();
	shake_host();
	say(SJ_VIEWER_GATE_END, NULL);
	expect_end(SJ_REASON_END_USER);
}
END_TEST

START_TEST(a_host_that_speaks_no_rfb_is_refused)
{
	open_session();
	send_host("\"SSH-2.0-abc\" 0a");
	expect_end(SJ_REASON_HOST_VERSION);
}
END_TEST

START_TEST(what_passed_no_tls_is_no_session)
{
	const enum sj_reason reasons[] = {
		SJ_REASON_CERT_NAME, SJ_REASON_TIMEOUT_HANDSHAKE};

	tls.handshake = SJ_IO_FAILED;
	tls.reason = _i == 0 ? reasons[0] : SJ_REASON_NONE;
	open_session();
	send_host("\"RFB 003.008\" 0a 01 13 00 02 00 01 00000104 01");
	sj_far_drain(host);
	expect_end(reasons[_i]);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		an_end_that_comes_before_the_decoder_is_ready_reaches_it,
		nothing_is_asked_for_before_the_launcher_says_go,
		a_second_go_ends_it,
		a_new_list_cuts_off_only_a_host_that_is_in_it,
		a_list_without_its_file_ends_it,
		a_wish_of_the_launcher_is_raised_to_the_smallest_screen,
		keys_go_up_when_the_window_is_gone,
		a_window_that_says_what_no_window_says_ends_it,
		a_key_that_no_keyboard_has_ends_it,
		a_launcher_that_does_not_hear_of_the_host_ended_it,
		a_launcher_that_does_not_hear_of_updates_ended_it,
		updates_are_told_when_that_is_wanted,
		a_guard_states_whom_it_speaks_for,
		a_host_that_speaks_no_rfb_is_refused,
	};
	const struct sj_suite_loop loops[] = {
		{a_decoder_that_ends_is_told_from_a_host_that_ends, 2},
		{what_passed_no_tls_is_no_session, 2},
	};

	return sj_suite_run_loops("viewer_gate_session", tests, SJ_COUNT(tests),
		loops, SJ_COUNT(loops));
}
