/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The session of the host's gate between a viewer, an agent and shojid, which
 * the test plays. */
#include "host/gate_session.h"

#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "host/password.h"
#include "protocol/base/ipc.h"
#include "protocol/base/memfd.h"
#include "tests/support/far_rig.h"
#include "tests/support/hex.h"
#include "tests/support/suite.h"

/* Constant format, session end announced, a full request. */
#define GREETING                                                               \
	"00 000000 20 18 00 01 00ff 00ff 00ff 10 08 00 000000"                 \
	" 02 00 0002 00000000 534a0003 03 00 0000 0000 0320 0258"
#define NO_PIXELS "00 00 0001 0000 0000 0001 0001 00000000 01020300"

static struct sj_host_gate_start start;
static struct sj_gate_session_parts parts;
static struct sj_tls tls;
static struct sj_host_gate_closed closed;
static int viewer, agent, shojid; /* the far ends */
static pthread_t thread;
static struct sj_handshake_settings client;

static void *run(void *unused)
{
	(void)unused;
	/* What it returns stands in closed, too. */
	(void)!sj_gate_session_run(&parts, &closed);
	return NULL;
}

static void set_up(void)
{
	start.is_none_allowed = 1;
	start.handshake_ms = 30000;
	start.size_max = (struct sj_size){1920, 1080};
	strcpy(start.zone, "web");
	tls.peer.has_certificate = true;
	tls.peer.role = SJ_TLS_ROLE_VIEWER;
	strcpy(tls.peer.name, "tanaka");
	strcpy(tls.peer.zone, "web");
	agent = -1;
	client = (struct sj_handshake_settings){
		.role = SJ_HANDSHAKE_OUTER_CLIENT,
		.has_x509_none = true,
		.size_max = start.size_max,
	};
}

static void open_session(void)
{
	int control[2];

	ck_assert_int_eq(sj_ipc_pair(control), SJ_OK);
	shojid = control[1];
	parts.control_fd = control[0];
	parts.start = &start;
	parts.tls = &tls;
	sj_far_pair(&parts.socket_fd, &viewer);
	tls.fd = parts.socket_fd;
	ck_assert_int_eq(pthread_create(&thread, NULL, run, NULL), 0);
}

static void say(enum sj_host_gate_message_type type, uint32_t reason, int fd)
{
	struct sj_host_gate_message message;
	struct sj_ipc_fds fds = {.fd = {fd}, .count = fd >= 0};

	memset(&message, 0, sizeof(message));
	message.type = (uint32_t)type;
	message.u.reason = reason;
	ck_assert_int_eq(
		sj_ipc_send(shojid, &message, sizeof(message), &fds), SJ_OK);
}

static void say_crl(const char *text)
{
	int fd = -1;

	ck_assert_int_eq(sj_memfd_copy("crl", text, strlen(text), &fd), SJ_OK);
	say(SJ_HOST_GATE_CRL, 0, fd);
	close(fd);
}

static void attach(void)
{
	int near;

	sj_far_pair(&near, &agent);
	say(SJ_HOST_GATE_ATTACH, 0, near);
	close(near);
}

static void *shake_viewer(void *unused)
{
	(void)unused;
	sj_far_shake(viewer, &client);
	return NULL;
}

/* The viewer's handshake goes on beside the test. */
static pthread_t begin_viewer(void)
{
	pthread_t other;

	ck_assert_int_eq(pthread_create(&other, NULL, shake_viewer, NULL), 0);
	return other;
}

static struct sj_host_gate_user expect_user(void)
{
	struct sj_host_gate_message message;

	ck_assert_int_eq(
		sj_ipc_receive(shojid, &message, sizeof(message), NULL), SJ_OK);
	ck_assert_int_eq((int)message.type, SJ_HOST_GATE_USER);
	return message.u.gate_user;
}

/* To a session that runs: both handshakes, and the viewer's first words. */
static struct sj_host_gate_user begin_session(void)
{
	const struct sj_handshake_settings server = {
		.role = SJ_HANDSHAKE_INNER_SERVER,
		.size_max = start.size_max,
	};
	struct sj_host_gate_user user;
	pthread_t other;

	open_session();
	other = begin_viewer();
	user = expect_user();
	attach();
	sj_far_shake(agent, &server);
	ck_assert_int_eq(pthread_join(other, NULL), 0);
	return user;
}

static void send_text(int fd, const char *text)
{
	uint8_t bytes[256];
	size_t size = sj_hex_bytes(text, bytes, sizeof(bytes));

	ck_assert_int_eq(send(fd, bytes, size, MSG_NOSIGNAL), (ssize_t)size);
}

static void greet(void)
{
	uint8_t got[48];

	send_text(viewer, GREETING);
	sj_far_read(agent, got, 20);
	ck_assert_uint_eq(got[0], 0);
}

static void expect_viewer(const char *text)
{
	uint8_t wanted[256], got[256];
	size_t size = sj_hex_bytes(text, wanted, sizeof(wanted));

	sj_far_read(viewer, got, size);
	ck_assert_mem_eq(got, wanted, size);
}

static void expect_end(enum sj_reason reason)
{
	close(viewer);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	ck_assert_int_eq((int)closed.reason, (int)reason);
}

/* As far as the viewer sees it: a code, and the end. */
static void expect_refusal(enum sj_reason reason)
{
	sj_far_drain(viewer);
	expect_end(reason);
}

START_TEST(says_who_the_user_is_and_passes_pixels_and_the_end)
{
	struct sj_host_gate_user user = begin_session();

	ck_assert_str_eq(user.name, "tanaka");
	ck_assert_int_eq(user.role, SJ_HOST_ROLE_VIEWER);
	greet();
	send_text(agent, NO_PIXELS);
	expect_viewer(NO_PIXELS);
	say(SJ_HOST_GATE_END, SJ_REASON_END_IDLE, -1);
	expect_viewer("00 00 0001 0191 0000 0000 0000 534a0003");
	sj_far_drain(viewer);
	expect_end(SJ_REASON_END_IDLE);
	ck_assert_uint_eq(closed.pixels, 1);
}
END_TEST

START_TEST(a_viewer_without_certificate_is_nobody)
{
	tls.peer = (struct sj_tls_peer){.has_certificate = false};
	ck_assert_int_eq(begin_session().role, SJ_HOST_ROLE_ANONYMOUS);
	say(SJ_HOST_GATE_END, SJ_REASON_END_ADMIN, -1);
	expect_refusal(SJ_REASON_END_ADMIN);
}
END_TEST

static void log_in(const char *user, const char *password)
{
	client.has_x509_none = false;
	client.has_x509_plain = true;
	strcpy(client.login.user, user);
	strcpy(client.login.password, password);
	start.is_none_allowed = 0;
}

START_TEST(a_guard_states_its_user)
{
	struct sj_host_gate_user user;

	log_in("suzuki", "");
	start.is_guard_allowed = 1;
	tls.peer.role = SJ_TLS_ROLE_GUARD;
	user = begin_session();
	ck_assert_int_eq(user.role, SJ_HOST_ROLE_GUARD);
	ck_assert_str_eq(user.name, "suzuki");
	close(shojid);
	expect_refusal(SJ_REASON_AGENT_GONE);
}
END_TEST

static const struct {
	const char *user, *password;
	bool is_guard, is_guard_allowed, is_plain_allowed;
	enum sj_reason reason;
} logins[] = {
	{"suzuki", "", true, false, true, SJ_REASON_REFUSED_CONFIG},
	{"suzuki", "himitsu", true, true, false, SJ_REASON_REFUSED_LOGIN},
	{"no name", "", true, true, false, SJ_REASON_REFUSED_LOGIN},
	{"tanaka", "himitsu", false, true, false, SJ_REASON_REFUSED_CONFIG},
	{"tanaka", "wrong", false, false, true, SJ_REASON_REFUSED_LOGIN},
	{"suzuki", "himitsu", false, false, true, SJ_REASON_REFUSED_LOGIN},
	{"tanaka", "himitsu", false, false, true, SJ_REASON_NONE},
};

static void *try_login(void *unused)
{
	const struct sj_handshake_settings settings = client;
	struct sj_handshake handshake;
	uint8_t bytes[1024];
	size_t size = 0;
	ssize_t got;

	(void)unused;
	sj_handshake_init(&handshake, &settings);
	while ((got = recv(viewer, bytes + size, 1, 0)) == 1) {
		uint8_t out_bytes[1024];
		struct sj_reader in = sj_reader_of(bytes, ++size);
		struct sj_writer out =
			sj_writer_of(out_bytes, sizeof(out_bytes));

		while (sj_handshake_next(&handshake, &in, &out) == SJ_STEP_DONE)
			;
		memmove(bytes, bytes + in.at, size - in.at);
		size -= in.at;
		if (sj_handshake_state(&handshake) == SJ_HANDSHAKE_NEED_TLS) {
			ck_assert_int_eq(recv(viewer, bytes, 1, 0), 1);
			sj_handshake_tls_done(&handshake);
			in = sj_reader_of(bytes, 0);
			while (sj_handshake_next(&handshake, &in, &out) ==
				SJ_STEP_DONE)
				;
		}
		if (out.at > 0)
			ck_assert_int_eq(send(viewer, out_bytes, out.at, 0),
				(ssize_t)out.at);
	}
	return NULL;
}

START_TEST(a_login_counts_only_with_its_certificate_and_settings)
{
	static char lines[2 * SJ_PASSWORD_LINE_BYTES];
	struct sj_host_gate_message message;
	pthread_t other;

	ck_assert_int_eq(sj_password_line("tanaka", "himitsu", lines,
				 SJ_PASSWORD_LINE_BYTES),
		SJ_OK);
	ck_assert_int_eq(sj_password_line("suzuki", "himitsu",
				 lines + strlen(lines), SJ_PASSWORD_LINE_BYTES),
		SJ_OK);
	log_in(logins[_i].user, logins[_i].password);
	parts.passwords = lines;
	start.is_plain_allowed = logins[_i].is_plain_allowed;
	start.is_guard_allowed = logins[_i].is_guard_allowed;
	if (logins[_i].is_guard)
		tls.peer.role = SJ_TLS_ROLE_GUARD;
	open_session();
	ck_assert_int_eq(pthread_create(&other, NULL, try_login, NULL), 0);
	if (logins[_i].reason == SJ_REASON_NONE) {
		ck_assert_str_eq(expect_user().name, "tanaka");
		say(SJ_HOST_GATE_END, SJ_REASON_REFUSED_FULL, -1);
	}
	ck_assert_int_eq(pthread_join(other, NULL), 0);
	expect_end(logins[_i].reason == SJ_REASON_NONE ? SJ_REASON_REFUSED_FULL
						       : logins[_i].reason);
	ck_assert_int_eq(recv(shojid, &message, 1, MSG_DONTWAIT), -1);
}
END_TEST

START_TEST(nothing_but_one_stream_is_attached)
{
	pthread_t other;

	if (_i == 0) {
		(void)begin_session();
		attach();
		expect_refusal(SJ_REASON_LOCAL);
		return;
	}
	open_session();
	if (_i == 2) {
		ck_assert_int_eq(
			pthread_create(&other, NULL, try_login, NULL), 0);
		(void)expect_user();
		say(SJ_HOST_GATE_USER, 0, -1);
		ck_assert_int_eq(pthread_join(other, NULL), 0);
	} else {
		/* Before there is a user. */
		attach();
	}
	expect_refusal(SJ_REASON_LOCAL);
}
END_TEST

START_TEST(a_new_list_cuts_off_only_a_viewer_that_is_in_it)
{
	(void)begin_session();
	greet();
	say_crl("others");
	send_text(agent, NO_PIXELS);
	expect_viewer(NO_PIXELS);
	say_crl("!tanaka");
	expect_refusal(SJ_REASON_CERT_REVOKED);
}
END_TEST

START_TEST(a_list_without_its_file_ends_it)
{
	(void)begin_session();
	say(SJ_HOST_GATE_CRL, 0, -1);
	expect_refusal(SJ_REASON_CRL_MISSING);
}
END_TEST

START_TEST(an_unknown_reason_is_a_failure_of_this_host)
{
	(void)begin_session();
	say(SJ_HOST_GATE_END, 12345, -1);
	expect_refusal(SJ_REASON_LOCAL);
}
END_TEST

START_TEST(shojid_says_why_the_agent_is_gone)
{
	const struct timespec rest = {.tv_nsec = 50 * 1000 * 1000};

	(void)begin_session();
	greet();
	close(agent);
	/* The gate sees that end first. */
	ck_assert_int_eq(nanosleep(&rest, NULL), 0);
	say(SJ_HOST_GATE_END, SJ_REASON_END_BROWSER, -1);
	expect_viewer("00 00 0001 0195 0000 0000 0000 534a0003");
	expect_refusal(SJ_REASON_END_BROWSER);
}
END_TEST

/* The session is killed in the moment in which its end is said. */
START_TEST(the_reason_is_said_though_the_agent_breaks_at_once)
{
	char byte;
	int hold[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, hold), 0);
	tls.hold_fd = hold[1];
	(void)begin_session();
	greet();
	/* What the agent has not read makes its end a reset. */
	ck_assert_int_eq(recv(agent, &byte, 1, MSG_PEEK), 1);
	say_crl("?");
	sj_far_read(hold[0], &byte, 1);
	say(SJ_HOST_GATE_END, SJ_REASON_END_BROWSER, -1);
	close(agent);
	ck_assert_int_eq(send(hold[0], &byte, 1, MSG_NOSIGNAL), 1);
	expect_viewer("00 00 0001 0195 0000 0000 0000 534a0003");
	expect_refusal(SJ_REASON_END_BROWSER);
}
END_TEST

/* The agent has said nothing when the user logs in elsewhere. */
START_TEST(an_end_before_the_screen_is_known_is_told)
{
	pthread_t other;

	open_session();
	other = begin_viewer();
	(void)expect_user();
	attach();
	say(SJ_HOST_GATE_END, SJ_REASON_END_TAKEN_OVER, -1);
	ck_assert_int_eq(pthread_join(other, NULL), 0);
	send_text(viewer, GREETING);
	expect_viewer("00 00 0001 0194 0000 0000 0000 534a0003");
	expect_refusal(SJ_REASON_END_TAKEN_OVER);
}
END_TEST

START_TEST(an_end_before_the_encodings_is_told)
{
	const struct timespec rest = {.tv_nsec = 50 * 1000 * 1000};

	(void)begin_session();
	say(SJ_HOST_GATE_END, SJ_REASON_END_TAKEN_OVER, -1);
	close(agent);
	ck_assert_int_eq(nanosleep(&rest, NULL), 0);
	send_text(viewer, GREETING);
	expect_viewer("00 00 0001 0194 0000 0000 0000 534a0003");
	expect_refusal(SJ_REASON_END_TAKEN_OVER);
}
END_TEST

START_TEST(an_end_does_not_wait_for_a_viewer_that_says_nothing)
{
	(void)begin_session();
	say(SJ_HOST_GATE_END, SJ_REASON_END_TAKEN_OVER, -1);
	expect_refusal(SJ_REASON_END_TAKEN_OVER);
	ck_assert_uint_eq(closed.viewer.count[0], 0);
}
END_TEST

START_TEST(keys_of_a_lost_viewer_go_up)
{
	const uint8_t up[] = {4, 0, 0, 0, 0, 0, 0, 0x61};
	uint8_t got[4096];
	size_t size = 0;
	struct sj_host_gate_message message;

	(void)begin_session();
	greet();
	send_text(viewer, "04 01 0000 00000061");
	ck_assert_int_eq(
		sj_ipc_receive(shojid, &message, sizeof(message), NULL), SJ_OK);
	ck_assert_int_eq((int)message.type, SJ_HOST_GATE_ACTIVITY);
	ck_assert_int_eq(shutdown(viewer, SHUT_WR), 0);
	while (!memmem(got, size, up, sizeof(up))) {
		ck_assert_uint_lt(size, sizeof(got));
		sj_far_read(agent, got + size++, 1);
	}
	expect_end(SJ_REASON_CLOSED);
}
END_TEST

START_TEST(what_breaks_the_protocol_is_refused)
{
	(void)begin_session();
	greet();
	send_text(_i == 0 ? viewer : agent, "ff ff");
	expect_refusal(_i == 0 ? SJ_REASON_VIEWER_TYPE : SJ_REASON_HOST_TYPE);
}
END_TEST

START_TEST(what_passed_no_tls_is_no_session)
{
	tls.handshake = SJ_IO_FAILED;
	tls.reason = _i == 0 ? SJ_REASON_CERT_REVOKED : SJ_REASON_NONE;
	open_session();
	send_text(viewer, "\"RFB 003.008\" 0a 13 00 02 00000104");
	expect_refusal(
		_i == 0 ? SJ_REASON_CERT_REVOKED : SJ_REASON_TIMEOUT_HANDSHAKE);
}
END_TEST

/* It takes no word any more, and says none. */
static void deafen_shojid(void)
{
	ck_assert_int_eq(shutdown(shojid, SHUT_RD), 0);
}

START_TEST(a_shojid_that_does_not_hear_of_the_user_is_gone)
{
	pthread_t other;

	open_session();
	deafen_shojid();
	ck_assert_int_eq(pthread_create(&other, NULL, try_login, NULL), 0);
	ck_assert_int_eq(pthread_join(other, NULL), 0);
	expect_end(SJ_REASON_AGENT_GONE);
}
END_TEST

START_TEST(an_agent_that_speaks_no_rfb_is_told_from_the_viewer)
{
	pthread_t other;

	open_session();
	ck_assert_int_eq(pthread_create(&other, NULL, try_login, NULL), 0);
	(void)expect_user();
	attach();
	send_text(agent, "\"SSH-2.0-abc\" 0a");
	ck_assert_int_eq(pthread_join(other, NULL), 0);
	expect_end(SJ_REASON_HOST_VERSION);
}
END_TEST

START_TEST(who_speaks_another_profile_is_told_so)
{
	start.is_strict = 1;
	(void)begin_session();
	send_text(viewer, GREETING);
	expect_viewer("00 00 0001 01f6 0000 0000 0000 534a0003");
	expect_refusal(SJ_REASON_REFUSED_CONFIG);
}
END_TEST

START_TEST(a_viewer_that_says_nothing_is_late)
{
	start.handshake_ms = 20;
	open_session();
	expect_refusal(SJ_REASON_TIMEOUT_HANDSHAKE);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		says_who_the_user_is_and_passes_pixels_and_the_end,
		a_viewer_without_certificate_is_nobody,
		a_guard_states_its_user,
		a_new_list_cuts_off_only_a_viewer_that_is_in_it,
		a_list_without_its_file_ends_it,
		an_unknown_reason_is_a_failure_of_this_host,
		shojid_says_why_the_agent_is_gone,
		the_reason_is_said_though_the_agent_breaks_at_once,
		an_end_before_the_screen_is_known_is_told,
		an_end_before_the_encodings_is_told,
		an_end_does_not_wait_for_a_viewer_that_says_nothing,
		keys_of_a_lost_viewer_go_up,
		a_shojid_that_does_not_hear_of_the_user_is_gone,
		an_agent_that_speaks_no_rfb_is_told_from_the_viewer,
		who_speaks_another_profile_is_told_so,
		a_viewer_that_says_nothing_is_late,
	};
	const struct sj_suite_loop loops[] = {
		{a_login_counts_only_with_its_certificate_and_settings,
			SJ_COUNT(logins)},
		{nothing_but_one_stream_is_attached, 3},
		{what_breaks_the_protocol_is_refused, 2},
		{what_passed_no_tls_is_no_session, 2},
	};

	set_up();
	return sj_suite_run_loops("host_gate_session", tests, SJ_COUNT(tests),
		loops, SJ_COUNT(loops));
}
