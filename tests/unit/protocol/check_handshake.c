/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/rfb/handshake.h"

#include <string.h>

#include "tests/support/hex.h"
#include "tests/support/suite.h"

#define VERSION "\"RFB 003.008\" 0a "
#define FORMAT "20 18 00 01 00ff 00ff 00ff 10 08 00 00*3 "
#define INIT "0320 0258 " FORMAT "00000005 \"shoji\" "

static struct sj_handshake handshake;
static uint8_t in_bytes[1024], out_bytes[1024];
static size_t in_left, out_size;

static void open_role(
	enum sj_handshake_role role, bool has_none, bool has_plain)
{
	const struct sj_handshake_settings settings = {
		.role = role,
		.has_x509_none = has_none,
		.has_x509_plain = has_plain,
		.login = {"tanaka", "himitsu"},
		.size_max = {1920, 1080},
	};

	sj_handshake_init(&handshake, &settings);
	ck_assert_int_eq(sj_handshake_state(&handshake), SJ_HANDSHAKE_RUNNING);
}

/* Gives bytes, runs to a stop, compares what came out. */
static enum sj_step feed(const char *text, const char *wanted)
{
	struct sj_reader in = sj_reader_of(
		in_bytes, sj_hex_bytes(text, in_bytes, sizeof(in_bytes)));
	struct sj_writer out = sj_writer_of(out_bytes, sizeof(out_bytes));
	enum sj_step step;

	do
		step = sj_handshake_next(&handshake, &in, &out);
	while (step == SJ_STEP_DONE);
	in_left = sj_reader_left(&in);
	out_size = out.at;
	sj_hex_expect(out_bytes, out.at, wanted);
	return step;
}

static void feed_ok(const char *text, const char *wanted)
{
	ck_assert_int_eq(feed(text, wanted), SJ_STEP_MORE);
	ck_assert_uint_eq(in_left, 0);
}

static void feed_refused(
	const char *text, const char *wanted, enum sj_reason why)
{
	ck_assert_int_eq(feed(text, wanted), SJ_STEP_REFUSE);
	ck_assert_int_eq(sj_handshake_state(&handshake), SJ_HANDSHAKE_REFUSED);
	ck_assert_int_eq(sj_handshake_reason(&handshake), why);
	/* For ever. */
	ck_assert_int_eq(feed(VERSION, ""), SJ_STEP_REFUSE);
}

static void expect_state(enum sj_handshake_state state)
{
	ck_assert_int_eq(sj_handshake_state(&handshake), state);
}

/* An outer server with both subtypes, up to the choice of the subtype. */
static void serve_to_subtype(void)
{
	open_role(SJ_HANDSHAKE_OUTER_SERVER, true, true);
	feed_ok("", VERSION);
	feed_ok(VERSION, "01 13");
	feed_ok("13", "00 02");
	feed_ok("00 02", "00 02 00000104 00000106");
}

static void serve_to_verdict(void)
{
	serve_to_subtype();
	feed_ok("00000104", "01");
	expect_state(SJ_HANDSHAKE_NEED_TLS);
	sj_handshake_tls_done(&handshake);
	expect_state(SJ_HANDSHAKE_NEED_VERDICT);
}

START_TEST(outer_server_leads_an_x509none_viewer_to_the_session)
{
	const struct sj_size size = {800, 600};

	serve_to_verdict();
	ck_assert_uint_eq(sj_handshake_subtype(&handshake), SJ_RFB_X509_NONE);
	ck_assert_ptr_null(sj_handshake_login(&handshake));
	/* Nothing moves while the verdict is awaited. */
	ck_assert_int_eq(feed("01", ""), SJ_STEP_MORE);
	ck_assert_uint_eq(in_left, 1);
	sj_handshake_verdict(&handshake, SJ_REASON_NONE);
	feed_ok("", "00000000");
	feed_ok("01", "");
	expect_state(SJ_HANDSHAKE_NEED_SIZE);
	sj_handshake_set_size(&handshake, &size);
	feed_ok("", INIT);
	expect_state(SJ_HANDSHAKE_FINISHED);
	ck_assert_uint_eq(sj_handshake_size(&handshake).width_px, 800);
	ck_assert_int_eq(sj_handshake_reason(&handshake), SJ_REASON_NONE);
}
END_TEST

START_TEST(outer_server_takes_user_and_password_of_x509plain)
{
	const struct sj_handshake_login *login;

	serve_to_subtype();
	feed_ok("00000106", "01");
	expect_state(SJ_HANDSHAKE_NEED_TLS);
	sj_handshake_tls_done(&handshake);
	expect_state(SJ_HANDSHAKE_RUNNING);
	feed_ok("00000006 00000007 \"tanaka\" \"himitsu\"", "");
	expect_state(SJ_HANDSHAKE_NEED_VERDICT);
	login = sj_handshake_login(&handshake);
	ck_assert_ptr_nonnull(login);
	ck_assert_str_eq(login->user, "tanaka");
	ck_assert_str_eq(login->password, "himitsu");
	sj_handshake_verdict(&handshake, SJ_REASON_NONE);
	ck_assert_ptr_null(sj_handshake_login(&handshake));
	ck_assert_int_eq(login->user[0], '\0');
	ck_assert_int_eq(login->password[0], '\0');
	feed_ok("", "00000000");
}
END_TEST

START_TEST(outer_server_says_its_refusal_as_three_digits)
{
	serve_to_verdict();
	sj_handshake_verdict(&handshake, SJ_REASON_REFUSED_LOGIN);
	feed_refused("", "00000001 00000004 \"E501\"", SJ_REASON_REFUSED_LOGIN);
	ck_assert(!sj_handshake_is_by_peer(&handshake));
}
END_TEST

START_TEST(outer_server_offers_only_what_is_configured)
{
	open_role(SJ_HANDSHAKE_OUTER_SERVER, true, false);
	feed_ok(VERSION "13 0002", VERSION "01 13 00 02 00 01 00000104");
	feed_refused("00000106", "", SJ_REASON_VIEWER_SECURITY);
	open_role(SJ_HANDSHAKE_OUTER_SERVER, false, true);
	feed_ok(VERSION "13 0002", VERSION "01 13 00 02 00 01 00000106");
	feed_refused("00000104", "", SJ_REASON_VIEWER_SECURITY);
}
END_TEST

/* What a viewer may not say before TLS, and what has been said before. */
static const struct {
	const char *before, *refused;
	const char *out;
	enum sj_reason reason;
} viewers[] = {
	{"", "\"RFB 003.007\"", VERSION, SJ_REASON_VIEWER_VERSION},
	{"", "\"RFB 003.003\"", VERSION, SJ_REASON_VIEWER_VERSION},
	{"", "\"RFB 004.000\"", VERSION, SJ_REASON_VIEWER_VERSION},
	{"", "\"RFB 003.008\" 0d", VERSION, SJ_REASON_VIEWER_VERSION},
	{"", "\"GET / HTTP/1.1\"", VERSION, SJ_REASON_VIEWER_VERSION},
	{"", "16030100", VERSION, SJ_REASON_VIEWER_VERSION},
	/* None, VNC, RA2, Tight, Ultra, TLS, SASL, ARD */
	{VERSION, "01", "", SJ_REASON_VIEWER_SECURITY},
	{VERSION, "02", "", SJ_REASON_VIEWER_SECURITY},
	{VERSION, "05", "", SJ_REASON_VIEWER_SECURITY},
	{VERSION, "10", "", SJ_REASON_VIEWER_SECURITY},
	{VERSION, "11", "", SJ_REASON_VIEWER_SECURITY},
	{VERSION, "12", "", SJ_REASON_VIEWER_SECURITY},
	{VERSION, "14", "", SJ_REASON_VIEWER_SECURITY},
	{VERSION, "1e", "", SJ_REASON_VIEWER_SECURITY},
	{VERSION "13", "00 01", "", SJ_REASON_VIEWER_SECURITY},
	{VERSION "13", "00 03", "", SJ_REASON_VIEWER_SECURITY},
	{VERSION "13", "01", "", SJ_REASON_VIEWER_SECURITY},
	/* Plain, TLSNone, TLSVnc, TLSPlain, X509Vnc, SASL */
	{VERSION "13 0002", "00000100", "", SJ_REASON_VIEWER_SECURITY},
	{VERSION "13 0002", "00000101", "", SJ_REASON_VIEWER_SECURITY},
	{VERSION "13 0002", "00000102", "", SJ_REASON_VIEWER_SECURITY},
	{VERSION "13 0002", "00000103", "", SJ_REASON_VIEWER_SECURITY},
	{VERSION "13 0002", "00000105", "", SJ_REASON_VIEWER_SECURITY},
	{VERSION "13 0002", "00000107", "", SJ_REASON_VIEWER_SECURITY},
	{VERSION "13 0002", "00000108", "", SJ_REASON_VIEWER_SECURITY},
	{VERSION "13 0002", "00000000", "", SJ_REASON_VIEWER_SECURITY},
	/* clear-text bytes behind the last clear-text message */
	{VERSION "13 0002", "00000104 00", "01", SJ_REASON_CLEAR_BYTES},
	{VERSION "13 0002", "00000106 160301", "01", SJ_REASON_CLEAR_BYTES},
};
#define VIEWERS (sizeof(viewers) / sizeof(viewers[0]))

static void feed_silently(const char *text)
{
	struct sj_reader in = sj_reader_of(
		in_bytes, sj_hex_bytes(text, in_bytes, sizeof(in_bytes)));
	struct sj_writer out = sj_writer_of(out_bytes, sizeof(out_bytes));

	while (sj_reader_left(&in) > 0)
		ck_assert_int_eq(
			sj_handshake_next(&handshake, &in, &out), SJ_STEP_DONE);
}

START_TEST(outer_server_refuses_everything_else)
{
	open_role(SJ_HANDSHAKE_OUTER_SERVER, true, true);
	feed_silently(viewers[_i].before);
	feed_refused(viewers[_i].refused, viewers[_i].out, viewers[_i].reason);
}
END_TEST

static const struct {
	const char *text;
	enum sj_step step;
} plains[] = {
	{"00000020 00000080 61*32 62*128", SJ_STEP_MORE},
	{"00000001 00000000 61", SJ_STEP_MORE},
	{"00000021", SJ_STEP_REFUSE},
	{"00000000", SJ_STEP_REFUSE},
	{"00000001 00000081", SJ_STEP_REFUSE},
	{"ffffffff", SJ_STEP_REFUSE},
	{"00000003 00000003 61 00 61 \"abc\"", SJ_STEP_REFUSE},
	{"00000003 00000003 \"abc\" 61 61 00", SJ_STEP_REFUSE},
};
#define PLAINS (sizeof(plains) / sizeof(plains[0]))

START_TEST(outer_server_bounds_user_and_password)
{
	serve_to_subtype();
	feed_ok("00000106", "01");
	sj_handshake_tls_done(&handshake);
	ck_assert_int_eq(feed(plains[_i].text, ""), plains[_i].step);
	expect_state(plains[_i].step == SJ_STEP_MORE ? SJ_HANDSHAKE_NEED_VERDICT
						     : SJ_HANDSHAKE_REFUSED);
	if (plains[_i].step == SJ_STEP_REFUSE)
		ck_assert_int_eq(sj_handshake_reason(&handshake),
			SJ_REASON_VIEWER_SECURITY);
}
END_TEST

START_TEST(outer_server_refuses_another_client_init)
{
	serve_to_verdict();
	sj_handshake_verdict(&handshake, SJ_REASON_NONE);
	feed_refused("02", "00000000", SJ_REASON_VIEWER_INIT);
}
END_TEST

/* An outer client up to TLS. */
static void visit_to_tls(bool has_plain)
{
	open_role(SJ_HANDSHAKE_OUTER_CLIENT, true, has_plain);
	feed_ok(VERSION, VERSION);
	feed_ok("01 13", "13");
	feed_ok("00 02", "00 02");
	feed_ok("00 02 00000104 00000106", has_plain ? "00000106" : "00000104");
	feed_ok("01", "");
	expect_state(SJ_HANDSHAKE_NEED_TLS);
	sj_handshake_tls_done(&handshake);
	expect_state(SJ_HANDSHAKE_RUNNING);
}

START_TEST(outer_client_reaches_the_session)
{
	visit_to_tls(false);
	feed_ok("00000000", "01");
	feed_ok("0500 0320 " FORMAT "00000004 \"evil\"", "");
	expect_state(SJ_HANDSHAKE_FINISHED);
	ck_assert_uint_eq(sj_handshake_size(&handshake).width_px, 0x500);
	ck_assert_uint_eq(sj_handshake_size(&handshake).height_px, 0x320);
	ck_assert_uint_eq(sj_handshake_subtype(&handshake), SJ_RFB_X509_NONE);
}
END_TEST

START_TEST(outer_client_prefers_plain_and_sends_its_login)
{
	visit_to_tls(true);
	feed_ok("", "00000006 00000007 \"tanaka\" \"himitsu\"");
	ck_assert_int_eq(handshake.settings.login.password[0], '\0');
	feed_ok("00000000", "01");
}
END_TEST

START_TEST(outer_client_without_none_refuses_a_host_without_plain)
{
	open_role(SJ_HANDSHAKE_OUTER_CLIENT, false, true);
	feed_silently(VERSION "01 13 00 02");
	feed_refused("00 01 00000104", "", SJ_REASON_HOST_SECURITY);
}
END_TEST

static const struct {
	const char *before, *refused;
	enum sj_reason reason;
} hosts[] = {
	{"", "\"RFB 003.007\"", SJ_REASON_HOST_VERSION},
	{"", "\"RFB 005.000\"", SJ_REASON_HOST_VERSION},
	{"", "\"SSH\"", SJ_REASON_HOST_VERSION},
	{VERSION, "01 01", SJ_REASON_HOST_SECURITY},
	{VERSION, "01 02", SJ_REASON_HOST_SECURITY},
	{VERSION, "02 13", SJ_REASON_HOST_SECURITY},
	{VERSION, "02 01", SJ_REASON_HOST_SECURITY},
	{VERSION, "00", SJ_REASON_HOST_SECURITY},
	{VERSION "01 13", "00 01", SJ_REASON_HOST_SECURITY},
	{VERSION "01 13", "01", SJ_REASON_HOST_SECURITY},
	{VERSION "01 13 0002", "01", SJ_REASON_HOST_SECURITY},
	{VERSION "01 13 0002", "00 00", SJ_REASON_HOST_SECURITY},
	{VERSION "01 13 0002", "00 03", SJ_REASON_HOST_SECURITY},
	{VERSION "01 13 0002", "00 01 00000101", SJ_REASON_HOST_SECURITY},
	{VERSION "01 13 0002", "00 01 00000105", SJ_REASON_HOST_SECURITY},
	{VERSION "01 13 0002", "00 02 00000104 00000104",
		SJ_REASON_HOST_SECURITY},
	{VERSION "01 13 0002", "00 02 00000104 00000101",
		SJ_REASON_HOST_SECURITY},
	{VERSION "01 13 0002", "00 01 00000106", SJ_REASON_HOST_SECURITY},
	{VERSION "01 13 0002 00 01 00000104", "00", SJ_REASON_HOST_SECURITY},
	{VERSION "01 13 0002 00 01 00000104", "02", SJ_REASON_HOST_SECURITY},
	{VERSION "01 13 0002 00 01 00000104", "01 00000000",
		SJ_REASON_CLEAR_BYTES},
};
#define HOSTS (sizeof(hosts) / sizeof(hosts[0]))

START_TEST(outer_client_refuses_everything_else_before_tls)
{
	open_role(SJ_HANDSHAKE_OUTER_CLIENT, true, false);
	feed_silently(hosts[_i].before);
	feed_refused(hosts[_i].refused, "", hosts[_i].reason);
	ck_assert(!sj_handshake_is_by_peer(&handshake));
}
END_TEST

static const struct {
	const char *text;
	enum sj_reason reason;
	bool is_by_peer;
} results[] = {
	{"00000001 00000004 \"E500\"", SJ_REASON_REFUSED_FULL, true},
	{"00000001 00000004 \"E404\"", SJ_REASON_END_TAKEN_OVER, true},
	{"00000001 00000004 \"E116\"", SJ_REASON_CERT_ROLE, true},
	/* unknown number, none, no digits, other letter, more text */
	{"00000001 00000004 \"E999\"", SJ_REASON_HOST_RESULT, false},
	{"00000001 00000004 \"E000\"", SJ_REASON_HOST_RESULT, false},
	{"00000001 00000004 \"E5a0\"", SJ_REASON_HOST_RESULT, false},
	{"00000001 00000004 \"E50/\"", SJ_REASON_HOST_RESULT, false},
	{"00000001 00000004 \"F500\"", SJ_REASON_HOST_RESULT, false},
	{"00000001 00000005 \"E500 \"", SJ_REASON_HOST_RESULT, false},
	{"00000001 00000000", SJ_REASON_HOST_RESULT, false},
	{"00000001 00000040 41*64", SJ_REASON_HOST_RESULT, false},
	{"00000001 00000041", SJ_REASON_HOST_RESULT, false},
	{"00000002", SJ_REASON_HOST_RESULT, false},
	{"80000000", SJ_REASON_HOST_RESULT, false},
};
#define RESULTS (sizeof(results) / sizeof(results[0]))

START_TEST(outer_client_takes_only_a_code_from_a_refusal)
{
	visit_to_tls(false);
	feed_refused(results[_i].text, "", results[_i].reason);
	ck_assert_int_eq(
		sj_handshake_is_by_peer(&handshake), results[_i].is_by_peer);
}
END_TEST

static const struct {
	const char *text;
	bool is_good;
} inits[] = {
	{"0140 00c8 " FORMAT "00000000", true},
	{"0780 0438 " FORMAT "00000040 78*64", true},
	{"0320 0258 20 18 00 01 00ff 00ff 00ff 10 08 00 010203 00000000", true},
	{"013f 00c8", false},
	{"0140 00c7", false},
	{"0781 0438", false},
	{"0780 0439", false},
	{"0320 0258 20 18 01 01 00ff 00ff 00ff 10 08 00 00*3", false},
	{"0320 0258 10 18 00 01 00ff 00ff 00ff 10 08 00 00*3", false},
	{"0320 0258 20 18 00 01 00ff 00ff 00ff 00 08 10 00*3", false},
	{"0320 0258 " FORMAT "00000041", false},
};
#define INITS (sizeof(inits) / sizeof(inits[0]))

START_TEST(clients_judge_server_init)
{
	for (int i = 0; i < 2; i++) {
		if (i == 0) {
			visit_to_tls(false);
			feed_ok("00000000", "01");
		} else {
			open_role(SJ_HANDSHAKE_INNER_CLIENT, false, false);
			feed_ok(VERSION "01 01 00000000", VERSION "01 01");
		}
		if (inits[_i].is_good) {
			feed_ok(inits[_i].text, "");
			expect_state(SJ_HANDSHAKE_FINISHED);
		} else {
			feed_refused(inits[_i].text, "", SJ_REASON_HOST_INIT);
		}
	}
}
END_TEST

START_TEST(inner_client_speaks_first)
{
	open_role(SJ_HANDSHAKE_INNER_CLIENT, false, false);
	feed_ok("", VERSION);
	feed_ok(VERSION, "");
	feed_ok("01 01", "01");
	feed_ok("00000000", "01");
	feed_ok(INIT, "");
	expect_state(SJ_HANDSHAKE_FINISHED);
}
END_TEST

START_TEST(inner_client_refuses_everything_but_none)
{
	open_role(SJ_HANDSHAKE_INNER_CLIENT, false, false);
	feed_refused("\"RFB 003.003\"", VERSION, SJ_REASON_HOST_VERSION);
	open_role(SJ_HANDSHAKE_INNER_CLIENT, false, false);
	feed_refused(VERSION "01 02", VERSION, SJ_REASON_HOST_SECURITY);
	open_role(SJ_HANDSHAKE_INNER_CLIENT, false, false);
	feed_refused(VERSION "02 01 10", VERSION, SJ_REASON_HOST_SECURITY);
	open_role(SJ_HANDSHAKE_INNER_CLIENT, false, false);
	feed_refused(VERSION "01 01 00000001 00000004 \"E500\"", VERSION "01",
		SJ_REASON_HOST_RESULT);
}
END_TEST

START_TEST(inner_server_serves_libvncclient)
{
	const struct sj_size size = {800, 600};

	open_role(SJ_HANDSHAKE_INNER_SERVER, false, false);
	feed_ok("", VERSION);
	feed_ok(VERSION, "01 01");
	feed_ok("01", "00000000");
	feed_ok("00", "");
	expect_state(SJ_HANDSHAKE_NEED_SIZE);
	sj_handshake_set_size(&handshake, &size);
	feed_ok("", INIT);
	expect_state(SJ_HANDSHAKE_FINISHED);
}
END_TEST

START_TEST(inner_server_refuses_everything_but_none)
{
	open_role(SJ_HANDSHAKE_INNER_SERVER, false, false);
	feed_refused(VERSION "13", VERSION "01 01", SJ_REASON_VIEWER_SECURITY);
	open_role(SJ_HANDSHAKE_INNER_SERVER, false, false);
	feed_refused("\"RFB 003.889\"", VERSION, SJ_REASON_VIEWER_VERSION);
}
END_TEST

START_TEST(says_full_without_room_for_the_longest_answer)
{
	struct sj_reader in = sj_reader_of(in_bytes, 0);
	struct sj_writer out =
		sj_writer_of(out_bytes, SJ_HANDSHAKE_ROOM_BYTES - 1);

	open_role(SJ_HANDSHAKE_OUTER_SERVER, true, true);
	ck_assert_int_eq(
		sj_handshake_next(&handshake, &in, &out), SJ_STEP_FULL);
	ck_assert_uint_eq(out.at, 0);
	out = sj_writer_of(out_bytes, SJ_HANDSHAKE_ROOM_BYTES);
	ck_assert_int_eq(
		sj_handshake_next(&handshake, &in, &out), SJ_STEP_DONE);
}
END_TEST

/* One byte of from's output at a time into to. */
struct pipe {
	uint8_t data[1024];
	size_t at, end;
};

/* Gives end ever more of what waits for it, until it takes something. */
static void move_one(
	struct sj_handshake *end, struct pipe *in, struct pipe *out)
{
	for (size_t give = 0; give <= in->end - in->at; give++) {
		struct sj_reader reader = sj_reader_of(in->data + in->at, give);
		struct sj_writer writer = sj_writer_of(
			out->data + out->end, sizeof(out->data) - out->end);
		const enum sj_step step =
			sj_handshake_next(end, &reader, &writer);

		ck_assert_int_ne(step, SJ_STEP_REFUSE);
		in->at += reader.at;
		out->end += writer.at;
		if (step == SJ_STEP_DONE)
			return;
	}
}

/* Server and client of ours, fed byte by byte, reach the session. */
static void marry(struct sj_handshake *server, struct sj_handshake *client)
{
	static struct pipe to_server, to_client;
	const struct sj_size size = {640, 480};

	memset(&to_server, 0, sizeof(to_server));
	memset(&to_client, 0, sizeof(to_client));
	for (int i = 0; i < 200; i++) {
		move_one(server, &to_server, &to_client);
		move_one(client, &to_client, &to_server);
		if (sj_handshake_state(server) == SJ_HANDSHAKE_NEED_TLS &&
			sj_handshake_state(client) == SJ_HANDSHAKE_NEED_TLS) {
			sj_handshake_tls_done(server);
			sj_handshake_tls_done(client);
		}
		if (sj_handshake_state(server) == SJ_HANDSHAKE_NEED_VERDICT)
			sj_handshake_verdict(server, SJ_REASON_NONE);
		if (sj_handshake_state(server) == SJ_HANDSHAKE_NEED_SIZE)
			sj_handshake_set_size(server, &size);
	}
	ck_assert_int_eq(sj_handshake_state(server), SJ_HANDSHAKE_FINISHED);
	ck_assert_int_eq(sj_handshake_state(client), SJ_HANDSHAKE_FINISHED);
	ck_assert_uint_eq(sj_handshake_size(client).width_px, 640);
}

START_TEST(our_two_ends_understand_each_other)
{
	struct sj_handshake_settings settings = {
		.role = SJ_HANDSHAKE_OUTER_SERVER,
		.has_x509_none = (_i & 1) == 0,
		.has_x509_plain = true,
		.login = {"user", ""},
		.size_max = {640, 480},
	};
	struct sj_handshake client;

	if (_i == 2)
		settings.role = SJ_HANDSHAKE_INNER_SERVER;
	sj_handshake_init(&handshake, &settings);
	settings.role =
		_i == 2 ? SJ_HANDSHAKE_INNER_CLIENT : SJ_HANDSHAKE_OUTER_CLIENT;
	sj_handshake_init(&client, &settings);
	marry(&handshake, &client);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		outer_server_leads_an_x509none_viewer_to_the_session,
		outer_server_takes_user_and_password_of_x509plain,
		outer_server_says_its_refusal_as_three_digits,
		outer_server_offers_only_what_is_configured,
		outer_server_refuses_another_client_init,
		outer_client_reaches_the_session,
		outer_client_prefers_plain_and_sends_its_login,
		outer_client_without_none_refuses_a_host_without_plain,
		inner_client_speaks_first,
		inner_client_refuses_everything_but_none,
		inner_server_serves_libvncclient,
		inner_server_refuses_everything_but_none,
		says_full_without_room_for_the_longest_answer,
	};
	const struct sj_suite_loop loops[] = {
		{outer_server_refuses_everything_else, VIEWERS},
		{outer_server_bounds_user_and_password, PLAINS},
		{outer_client_refuses_everything_else_before_tls, HOSTS},
		{outer_client_takes_only_a_code_from_a_refusal, RESULTS},
		{clients_judge_server_init, INITS},
		{our_two_ends_understand_each_other, 3},
	};

	return sj_suite_run_loops("handshake", tests,
		sizeof(tests) / sizeof(tests[0]), loops,
		sizeof(loops) / sizeof(loops[0]));
}
