/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Every violation of the reason table is caused once, by bytes alone. The
 * walk over the table fails when a code is added that nothing causes.
 */
#include "protocol/base/reason.h"

#include <string.h>

#include "protocol/rfb/handshake.h"
#include "tests/support/gate_rig.h"
#include "tests/support/hex.h"
#include "tests/support/suite.h"

#define VERSION "\"RFB 003.008\" 0a "
#define UPDATE "00 00 0001 "

enum way {
	VIEWER, /* text from the viewer to a gate in session */
	HOST,   /* text from the host to a gate in session */
	FRESH,  /* text from the viewer to a gate that is new */
	EARLY,  /* text from the host to a gate that is new */
	SERVER, /* text from the viewer in the outer handshake */
	INITED, /* the same, at ClientInit */
	CLIENT, /* text from the host in the outer handshake */
	RESULT  /* the same, behind TLS */
};

static const struct {
	enum sj_reason reason;
	enum way way;
	enum sj_gate_profile profile;
	const char *text;
} cases[] = {
	{SJ_REASON_VIEWER_VERSION, SERVER, 0, "\"RFB 003.003\""},
	{SJ_REASON_VIEWER_SECURITY, SERVER, 0, VERSION "01"},
	{SJ_REASON_VIEWER_INIT, INITED, 0, "07"},
	{SJ_REASON_VIEWER_TYPE, VIEWER, SJ_GATE_STOCK, "fa"},
	{SJ_REASON_VIEWER_FORMAT, FRESH, SJ_GATE_DEFAULT,
		"00 00*3 08 08 00 01 0007 0007 0003 00 03 06 00*3"},
	{SJ_REASON_VIEWER_ENCODINGS, VIEWER, SJ_GATE_STOCK, "02 00 0021"},
	{SJ_REASON_VIEWER_REQUEST, VIEWER, SJ_GATE_DEFAULT,
		"03 01 0000 0000 ffff ffff"},
	{SJ_REASON_VIEWER_KEY, VIEWER, SJ_GATE_DEFAULT, "04 01 0000 0000fed0"},
	{SJ_REASON_VIEWER_POINTER, VIEWER, SJ_GATE_DEFAULT, "05 00 ffff 0000"},
	{SJ_REASON_VIEWER_FENCE, VIEWER, SJ_GATE_DEFAULT,
		"f8 000000 00000000 00"},
	{SJ_REASON_VIEWER_CONTINUOUS, VIEWER, SJ_GATE_DEFAULT, "96 02"},
	{SJ_REASON_VIEWER_SIZE, VIEWER, SJ_GATE_DEFAULT, "fb 00 0400 0300 02"},
	{SJ_REASON_VIEWER_CUT_TEXT, VIEWER, SJ_GATE_DEFAULT, "06"},
	{SJ_REASON_VIEWER_STATE, FRESH, SJ_GATE_DEFAULT, "04"},
	{SJ_REASON_HOST_VERSION, CLIENT, 0, "\"RFB 003.007\""},
	{SJ_REASON_HOST_SECURITY, CLIENT, 0, VERSION "01 01"},
	{SJ_REASON_HOST_INIT, RESULT, 0, "00000000 0001 0001"},
	{SJ_REASON_HOST_RESULT, RESULT, 0, "00000002"},
	{SJ_REASON_HOST_TYPE, HOST, SJ_GATE_STOCK, "01"},
	{SJ_REASON_HOST_UPDATE, HOST, SJ_GATE_DEFAULT, "00 00 0000"},
	{SJ_REASON_HOST_RECT, HOST, SJ_GATE_DEFAULT,
		UPDATE "0320 0000 0001 0001 00000000"},
	{SJ_REASON_HOST_ENCODING, HOST, SJ_GATE_DEFAULT,
		UPDATE "0000 0000 0001 0001 00000005"},
	{SJ_REASON_HOST_LENGTH, HOST, SJ_GATE_DEFAULT,
		UPDATE "0000 0000 0001 0001 534a0000 00010000"},
	{SJ_REASON_HOST_COPY, HOST, SJ_GATE_DEFAULT,
		UPDATE "0000 0000 0001 0001 00000001 0320 0000"},
	{SJ_REASON_HOST_CURSOR, HOST, SJ_GATE_DEFAULT,
		UPDATE "0000 0000 0041 0041 534a0001"},
	{SJ_REASON_HOST_SIZE, HOST, SJ_GATE_DEFAULT,
		UPDATE "0009 0000 0400 0300 fffffecc"},
	{SJ_REASON_HOST_FENCE, HOST, SJ_GATE_DEFAULT, "f8 000000 00000000 00"},
	{SJ_REASON_HOST_END, HOST, SJ_GATE_DEFAULT,
		UPDATE "0001 0000 0000 0000 534a0003"},
	{SJ_REASON_HOST_CARET, HOST, SJ_GATE_DEFAULT,
		UPDATE "0320 0258 0001 0001 534a0002"},
	{SJ_REASON_HOST_STATE, EARLY, SJ_GATE_DEFAULT, "00"},
	{SJ_REASON_HOST_BUDGET, HOST, SJ_GATE_DEFAULT,
		"00 00 0003 0000 0000 0320 0258 00000001 0000 0000"
		" 0000 0000 0320 0258 00000001 0000 0000"
		" 0000 0000 0320 0258 00000001 0000 0000"},
	{SJ_REASON_HOST_CUT_TEXT, HOST, SJ_GATE_DEFAULT, "03"},
};
#define CASES (sizeof(cases) / sizeof(cases[0]))

static struct sj_rig rig;

static enum sj_reason run_handshake(enum way way, const char *text)
{
	const bool is_server = way == SERVER || way == INITED;
	const struct sj_handshake_settings settings = {
		.role = is_server ? SJ_HANDSHAKE_OUTER_SERVER
				  : SJ_HANDSHAKE_OUTER_CLIENT,
		.has_x509_none = true,
		.size_max = {1920, 1080},
	};
	const char *before = way == INITED   ? VERSION "13 0002 00000104"
			     : way == RESULT ? VERSION
				     "01 13 0002 00 01 00000104 01"
					     : "";
	struct sj_handshake handshake;
	uint8_t bytes[256], out_bytes[1024];

	sj_handshake_init(&handshake, &settings);
	for (int part = 0; part < 2; part++) {
		struct sj_reader in = sj_reader_of(
			bytes, sj_hex_bytes(part == 0 ? before : text, bytes,
				       sizeof(bytes)));
		struct sj_writer out =
			sj_writer_of(out_bytes, sizeof(out_bytes));

		while (sj_handshake_next(&handshake, &in, &out) == SJ_STEP_DONE)
			continue;
		if (sj_handshake_state(&handshake) == SJ_HANDSHAKE_NEED_TLS)
			sj_handshake_tls_done(&handshake);
		if (sj_handshake_state(&handshake) == SJ_HANDSHAKE_NEED_VERDICT)
			sj_handshake_verdict(&handshake, SJ_REASON_NONE);
	}
	return sj_handshake_reason(&handshake);
}

static enum sj_reason run_gate(size_t index)
{
	const enum way way = cases[index].way;
	const bool is_host = way == HOST || way == EARLY;
	enum sj_reason reason;
	enum sj_step step;

	sj_rig_open(&rig, cases[index].profile);
	if (way != FRESH && way != EARLY) {
		sj_rig_start(&rig);
		sj_rig_paint(&rig);
	}
	step = is_host ? sj_rig_host(&rig, cases[index].text)
		       : sj_rig_viewer(&rig, cases[index].text);
	ck_assert_int_eq(step, SJ_STEP_REFUSE);
	reason = sj_gate_reason(rig.gate);
	/* Whose fault it is can be seen in the number. */
	ck_assert_int_eq(sj_gate_is_host_fault(rig.gate), is_host);
	sj_rig_close(&rig);
	return reason;
}

START_TEST(bytes_cause_the_reason)
{
	const enum sj_reason reason =
		cases[_i].way < SERVER
			? run_gate((size_t)_i)
			: run_handshake(cases[_i].way, cases[_i].text);

	ck_assert_msg(reason == cases[_i].reason, "%s: got %d, wanted %d",
		cases[_i].text, (int)reason, (int)cases[_i].reason);
}
END_TEST

static bool is_caused(enum sj_reason reason)
{
	for (size_t i = 0; i < CASES; i++) {
		if (cases[i].reason == reason)
			return true;
	}
	/* Only the decoder sees pixels: tests of protocol/tile cause it. */
	return reason == SJ_REASON_HOST_PIXELS;
}

START_TEST(no_violation_is_without_a_cause)
{
#define ROW(name, number, text)                                                \
	if ((number) / 100 == 2 || (number) / 100 == 3)                        \
		ck_assert_msg(is_caused(name), "nothing causes %s", #name);
	SJ_REASON_TABLE(ROW)
#undef ROW
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {no_violation_is_without_a_cause};
	const struct sj_suite_loop loops[] = {{bytes_cause_the_reason, CASES}};

	return sj_suite_run_loops("reasons", tests, 1, loops, 1);
}
