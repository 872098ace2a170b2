/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The ledger of a viewer; the test plays its writer. */
#include "viewer/keeping.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "protocol/base/ipc.h"
#include "protocol/base/reason.h"
#include "protocol/ledger/ledger_ipc.h"
#include "tests/support/suite.h"

static struct sj_viewer_options options;
static struct sj_keeping keeping;
static int writer_fd;

static void begin(void)
{
	struct stat info;
	int pair[2], fd;

	memset(&options, 0, sizeof(options));
	strcpy(options.ledger_file, "/tmp/shoji-keeping-XXXXXX");
	fd = mkstemp(options.ledger_file);
	ck_assert_int_eq(fstat(fd, &info), 0);
	close(fd);
	sj_keeping_init(&keeping, &options);
	keeping.ledger.file_device = info.st_dev;
	keeping.ledger.file_inode = info.st_ino;
	ck_assert_int_eq(sj_ipc_pair(pair), SJ_OK);
	keeping.ledger.fd = pair[0];
	keeping.ledger.is_ready = true;
	writer_fd = pair[1];
	ck_assert_int_eq(fcntl(writer_fd, F_SETFL, O_NONBLOCK), 0);
}

static void finish(void)
{
	close(writer_fd);
	close(keeping.ledger.fd);
	(void)unlink(options.ledger_file);
}

static enum sj_keeping_step connect_once(void)
{
	const struct sj_viewer_gate_connected peer = {
		.zone = "internet", .name = "host1"};

	return sj_keeping_connected(&keeping, &peer);
}

static struct sj_ledger_message told(void)
{
	struct sj_ledger_message message;

	ck_assert_int_eq(
		sj_ipc_receive(writer_fd, &message, sizeof(message), NULL),
		SJ_OK);
	return message;
}

static void expect_nothing(void)
{
	struct sj_ledger_message message;

	ck_assert_int_eq(
		sj_ipc_receive(writer_fd, &message, sizeof(message), NULL),
		SJ_ERR_AGAIN);
}

static enum sj_keeping_step answer(
	enum sj_ledger_answer_type type, uint64_t ticket)
{
	const struct sj_ledger_answer message = {
		.type = (uint32_t)type, .ticket = ticket};

	ck_assert_int_eq(
		sj_ipc_send(writer_fd, &message, sizeof(message), NULL), SJ_OK);
	return sj_keeping_turn(&keeping);
}

START_TEST(a_connection_begins_when_it_is_kept)
{
	const struct sj_viewer_gate_closed closed = {
		.reason = SJ_REASON_CLOSED};
	uint64_t ticket;

	begin();
	ck_assert_int_eq(connect_once(), SJ_KEEPING_NOTHING);
	ticket = told().u.open.ticket;
	ck_assert_int_eq(answer(SJ_LEDGER_ANSWER_KEPT, ticket), SJ_KEEPING_GO);
	sj_keeping_closed(&keeping, &closed);
	ck_assert_uint_eq(told().u.close.ticket, ticket);
	finish();
}
END_TEST

START_TEST(what_is_not_kept_is_refused)
{
	begin();
	ck_assert_int_eq(connect_once(), SJ_KEEPING_NOTHING);
	ck_assert_int_eq(
		answer(SJ_LEDGER_ANSWER_NOT_KEPT, told().u.open.ticket),
		SJ_KEEPING_REFUSE);
	finish();
}
END_TEST

START_TEST(a_gate_opens_one_session_however_often_it_says_so)
{
	uint64_t ticket;

	begin();
	ck_assert_int_eq(connect_once(), SJ_KEEPING_NOTHING);
	ticket = told().u.open.ticket;
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(connect_once(), SJ_KEEPING_REFUSE);
	expect_nothing();
	sj_keeping_closed(&keeping, NULL);
	ck_assert_uint_eq(told().u.close.ticket, ticket);
	expect_nothing();
	finish();
}
END_TEST

START_TEST(nothing_begins_while_the_file_is_not_in_its_place)
{
	char away[sizeof(options.ledger_file) + 8];

	begin();
	(void)snprintf(away, sizeof(away), "%s.away", options.ledger_file);
	ck_assert_int_eq(rename(options.ledger_file, away), 0);
	ck_assert_int_eq(connect_once(), SJ_KEEPING_REFUSE);
	expect_nothing();
	ck_assert_int_eq(rename(away, options.ledger_file), 0);
	ck_assert_int_eq(connect_once(), SJ_KEEPING_NOTHING);
	ck_assert_uint_eq(told().u.open.ticket, 1);
	finish();
}
END_TEST

SJ_SUITE_MAIN("viewer_keeping", a_connection_begins_when_it_is_kept,
	what_is_not_kept_is_refused,
	nothing_begins_while_the_file_is_not_in_its_place,
	a_gate_opens_one_session_however_often_it_says_so)
