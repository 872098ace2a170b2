/* SPDX-License-Identifier: GPL-3.0-or-later */
/* With a writer that does what a test says: scripted_writer.c. */
#include "protocol/supervise/ledger_writer.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "protocol/base/clock.h"
#include "protocol/ledger/record.h"
#include "tests/support/suite.h"

/* What the owner of the writer has heard. */
struct heard {
	unsigned answers, no_rooms, losses;
	struct sj_ledger_answer answer;
	char why[200];
};

static char folder[64], keys[80], file[80], message[512];
static struct heard heard;
static struct sj_loop *loop;
static struct sj_child_logs *logs;
static struct sj_children *children;
static struct sj_ledger_writer writer;

static void answered(void *self, const struct sj_ledger_answer *answer)
{
	struct heard *all = self;

	all->answers++;
	all->answer = *answer;
}

static void no_room(void *self)
{
	((struct heard *)self)->no_rooms++;
}

static void lost(void *self, const char *why)
{
	struct heard *all = self;

	all->losses++;
	(void)snprintf(all->why, sizeof(all->why), "%s", why);
}

static void touch(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, "x", 1), 1);
	(void)close(fd);
}

static void name(char *path, size_t size, const char *ending)
{
	(void)snprintf(path, size, "%s/a%s", folder, ending);
}

static void setup(void)
{
	char path[100];

	(void)snprintf(folder, sizeof(folder), "/tmp/shoji-writer-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	name(keys, sizeof(keys), "");
	name(file, sizeof(file), ".ledger");
	name(path, sizeof(path), ".key");
	touch(path);
	name(path, sizeof(path), ".state");
	touch(path);
	(void)snprintf(path, sizeof(path), "%s/shoji-ledger", folder);
	ck_assert_int_eq(symlink(WRITER, path), 0);
	memset(&heard, 0, sizeof(heard));
	loop = sj_loop_create();
	logs = sj_child_logs_create(loop);
	ck_assert_ptr_nonnull(logs);
	children = sj_children_create(logs, folder, 5000, 0, NULL, NULL);
	ck_assert_ptr_nonnull(children);
	sj_ledger_writer_init(&writer);
}

static void teardown(void)
{
	static const char *const endings[] = {".key", ".state", ".ledger"};
	char path[100];

	sj_ledger_writer_close(&writer);
	sj_children_destroy(children);
	sj_child_logs_destroy(logs);
	sj_loop_destroy(loop);
	for (size_t i = 0; i < SJ_COUNT(endings); i++) {
		name(path, sizeof(path), endings[i]);
		(void)unlink(path);
	}
	(void)snprintf(path, sizeof(path), "%s/shoji-ledger", folder);
	(void)unlink(path);
	(void)rmdir(folder);
}

static struct sj_ledger_writer_plan plan(void)
{
	static const struct sj_ledger_writer_hooks hooks = {
		.answered = answered, .no_room = no_room, .lost = lost};
	const struct sj_ledger_writer_plan result = {.loop = loop,
		.logs = logs,
		.children = children,
		.libexec = folder,
		.ledger = {.file = file,
			.keys = keys,
			.place = SJ_LEDGER_PLACE_HOST,
			.version = "0.1.0",
			.heartbeat_s = 10},
		.hooks = &hooks,
		.self = &heard};

	return result;
}

static void open_writer(void)
{
	const struct sj_ledger_writer_plan now = plan();

	ck_assert_msg(sj_ledger_writer_open(
			      &writer, &now, message, sizeof(message)) == SJ_OK,
		"%s", message);
	ck_assert_uint_eq(heard.losses, 0);
}

/* Turns the loop until *count is no longer 0. */
static void await(const unsigned *count)
{
	uint64_t until_ms = sj_clock_ms() + 20000;

	while (*count == 0 && sj_clock_ms() < until_ms)
		ck_assert_int_eq(sj_loop_turn(loop, 100), SJ_OK);
	ck_assert_uint_eq(*count, 1);
}

static uint64_t tell_open(const char *user)
{
	struct sj_ledger_tell_open open = {.exporter = {1}, .exporter[31] = 1};
	uint64_t ticket;

	(void)snprintf(open.name, sizeof(open.name), "%s", user);
	ticket = sj_ledger_writer_tell_open(&writer, &open);
	for (size_t i = 0; i < sizeof(open.exporter); i++)
		ck_assert_uint_eq(open.exporter[i], 0);
	return ticket;
}

/* Has the writer end, and waits until it is seen. */
static void end_writer(void)
{
	sj_ledger_writer_tell_refused(&writer, SJ_REASON_IO);
	await(&heard.losses);
}

START_TEST(nothing_happens_where_no_ledger_is_configured)
{
	struct sj_ledger_writer_plan now = plan();
	const struct sj_ledger_tell_close close = {.ticket = 1};

	now.ledger.file = "";
	ck_assert(!sj_ledger_writer_is_wanted(&writer));
	ck_assert_int_eq(
		sj_ledger_writer_open(&writer, &now, message, sizeof(message)),
		SJ_OK);
	ck_assert(!sj_ledger_writer_is_wanted(&writer));
	ck_assert_uint_eq(
		sj_ledger_writer_tick(&writer, UINT64_MAX - 1), UINT64_MAX);
	ck_assert_uint_eq(tell_open("user"), 0);
	sj_ledger_writer_tell_close(&writer, &close);
	sj_ledger_writer_tell_refused(&writer, SJ_REASON_IO);
	ck_assert_uint_eq(heard.losses, 0);
}
END_TEST

START_TEST(an_opening_is_answered_by_its_ticket)
{
	open_writer();
	ck_assert(sj_ledger_writer_is_wanted(&writer));
	ck_assert_uint_eq(tell_open("user"), 1);
	await(&heard.answers);
	ck_assert_uint_eq(heard.answer.type, SJ_LEDGER_ANSWER_KEPT);
	ck_assert_uint_eq(heard.answer.ticket, 1);
	ck_assert_uint_eq(tell_open("full"), 2);
	heard.answers = 0;
	await(&heard.answers);
	ck_assert_uint_eq(heard.answer.type, SJ_LEDGER_ANSWER_NOT_KEPT);
	ck_assert_uint_eq(heard.answer.ticket, 2);
	ck_assert_uint_eq(heard.losses, 0);
}
END_TEST

START_TEST(nothing_is_opened_while_the_file_is_not_in_its_place)
{
	char away[96];

	open_writer();
	name(away, sizeof(away), ".away");
	ck_assert_int_eq(rename(file, away), 0);
	ck_assert_uint_eq(tell_open("user"), 0);
	/* Nor behind a link: whoever makes it can lead it elsewhere. */
	ck_assert_int_eq(symlink(away, file), 0);
	ck_assert_uint_eq(tell_open("user"), 0);
	ck_assert_int_eq(rename(away, file), 0);
	ck_assert_uint_eq(tell_open("user"), 1);
	await(&heard.answers);
	ck_assert_uint_eq(heard.losses, 0);
}
END_TEST

START_TEST(a_file_that_leaves_its_place_is_noticed_by_itself)
{
	const uint64_t now_ms = sj_clock_ms();
	char away[96];

	open_writer();
	ck_assert_uint_eq(
		sj_ledger_writer_tick(&writer, now_ms), now_ms + 5000);
	ck_assert(!writer.is_told_moved);
	name(away, sizeof(away), ".away");
	ck_assert_int_eq(rename(file, away), 0);
	/* Not at every turn of the loop. */
	ck_assert_uint_eq(
		sj_ledger_writer_tick(&writer, now_ms + 4999), now_ms + 5000);
	ck_assert(!writer.is_told_moved);
	ck_assert_uint_eq(
		sj_ledger_writer_tick(&writer, now_ms + 5000), now_ms + 10000);
	ck_assert(writer.is_told_moved);
	ck_assert_int_eq(rename(away, file), 0);
	ck_assert_uint_eq(
		sj_ledger_writer_tick(&writer, now_ms + 10000), now_ms + 15000);
	ck_assert(!writer.is_told_moved);
	ck_assert_uint_eq(heard.losses, 0);
}
END_TEST

START_TEST(a_disk_without_room_is_told)
{
	const struct sj_ledger_tell_close close = {.ticket = 1};

	open_writer();
	sj_ledger_writer_tell_close(&writer, &close);
	await(&heard.no_rooms);
	ck_assert_uint_eq(heard.losses, 0);
}
END_TEST

START_TEST(a_writer_that_ends_is_lost_and_started_again)
{
	uint64_t retry_ms;

	open_writer();
	ck_assert_uint_eq(tell_open("silent"), 1);
	end_writer();
	ck_assert_str_eq(heard.why, "the writer has ended");
	ck_assert_uint_eq(tell_open("user"), 0);
	ck_assert_uint_eq(heard.losses, 1);
	retry_ms = sj_ledger_writer_tick(&writer, sj_clock_ms());
	ck_assert_uint_gt(retry_ms, sj_clock_ms());
	ck_assert_uint_le(retry_ms, sj_clock_ms() + 5000);
	/* It waits for READY then, no longer than it may take. */
	ck_assert_uint_gt(sj_ledger_writer_tick(&writer, retry_ms), retry_ms);
	ck_assert_uint_eq(tell_open("user"), 0);
	while (!writer.ledger.is_ready)
		ck_assert_int_eq(sj_loop_turn(loop, 1000), SJ_OK);
	ck_assert_uint_eq(tell_open("user"), 2);
	await(&heard.answers);
	ck_assert_uint_eq(heard.losses, 1);
}
END_TEST

/* As an intruder would: nobody but the program's owner begins a new file. */
START_TEST(what_was_begun_goes_on_in_the_same_file_only)
{
	const struct sj_ledger_writer_plan now = plan();
	char away[96];

	name(away, sizeof(away), ".away");
	open_writer();
	end_writer();
	if (_i == 0 || _i == 3) /* 3: nothing but torn bytes */
		ck_assert_int_eq(
			truncate(
				file, _i == 0 ? 0 : SJ_LEDGER_RECORD_BYTES - 1),
			0);
	else
		ck_assert_int_eq(rename(file, away), 0);
	if (_i == 2)
		touch(file);
	(void)sj_ledger_writer_tick(&writer, sj_clock_ms() + 5000);
	ck_assert_uint_eq(heard.losses, 2);
	ck_assert_ptr_nonnull(
		strstr(heard.why, ".ledger: " SJ_LEDGER_NOT_IN_PLACE));
	ck_assert_uint_eq(tell_open("user"), 0);
	ck_assert(_i != 1 || access(file, F_OK) != 0);
	/* Another run of the program begins one. */
	sj_ledger_writer_close(&writer);
	ck_assert_int_eq(
		sj_ledger_writer_open(&writer, &now, message, sizeof(message)),
		SJ_OK);
	ck_assert_uint_eq(tell_open("user"), 1);
	(void)unlink(away);
}
END_TEST

START_TEST(a_writer_that_is_late_is_lost)
{
	open_writer();
	ck_assert_uint_eq(tell_open("silent"), 1);
	ck_assert_uint_gt(
		sj_ledger_writer_tick(&writer, sj_clock_ms()), sj_clock_ms());
	ck_assert_uint_eq(heard.losses, 0);
	(void)sj_ledger_writer_tick(
		&writer, sj_clock_ms() + SJ_LIMIT_LEDGER_ANSWER_MS);
	ck_assert_uint_eq(heard.losses, 1);
	ck_assert_str_eq(heard.why, "the writer is late");
}
END_TEST

/* Each way of telling finds it out. */
START_TEST(a_writer_that_does_not_listen_is_lost)
{
	const struct sj_ledger_tell_close close = {.ticket = 1};
	struct pollfd end = {.events = POLLIN};

	open_writer();
	sj_ledger_writer_tell_refused(&writer, SJ_REASON_IO);
	end.fd = writer.ledger.pidfd;
	ck_assert_int_eq(poll(&end, 1, 20000), 1);
	if (_i == 0)
		ck_assert_uint_eq(tell_open("user"), 0);
	else if (_i == 1)
		sj_ledger_writer_tell_close(&writer, &close);
	else
		sj_ledger_writer_tell_refused(&writer, SJ_REASON_IO);
	ck_assert_uint_eq(heard.losses, 1);
	ck_assert_str_eq(heard.why, "the writer does not listen");
	ck_assert_int_eq(writer.ledger.fd, -1);
}
END_TEST

START_TEST(a_writer_that_does_not_get_ready_lets_nobody_in)
{
	struct sj_ledger_writer_plan now = plan();

	now.ledger.version = "mute";
	ck_assert_int_eq(
		sj_ledger_writer_open(&writer, &now, message, sizeof(message)),
		SJ_OK);
	ck_assert_uint_eq(heard.losses, 1);
	ck_assert_str_eq(heard.why, "the writer did not get ready");
	ck_assert_uint_eq(tell_open("user"), 0);
	ck_assert_uint_ne(
		sj_ledger_writer_tick(&writer, sj_clock_ms()), UINT64_MAX);
}
END_TEST

START_TEST(a_file_that_cannot_be_used_is_named)
{
	struct sj_ledger_writer_plan now = plan();
	uint64_t retry_ms;

	now.ledger.file = folder;
	ck_assert_int_eq(
		sj_ledger_writer_open(&writer, &now, message, sizeof(message)),
		SJ_ERR_SYSTEM);
	ck_assert_ptr_eq(
		strstr(message, "[ledger] /tmp/shoji-writer-"), message);
	/* The same while it runs: said, and tried again. */
	open_writer();
	writer.plan.ledger.file = folder;
	end_writer();
	retry_ms = sj_ledger_writer_tick(&writer, sj_clock_ms());
	(void)sj_ledger_writer_tick(&writer, retry_ms);
	ck_assert_uint_eq(heard.losses, 2);
	ck_assert_ptr_eq(strstr(heard.why, folder), heard.why);
}
END_TEST

START_TEST(no_free_user_id_is_said)
{
	struct sj_ledger_writer_plan now = plan();
	uint32_t uid;

	sj_children_destroy(children);
	children = sj_children_create(logs, folder, 5000, 1, NULL, NULL);
	now.children = children;
	ck_assert_int_eq(sj_children_take_uid(children, &uid), SJ_OK);
	ck_assert_int_eq(
		sj_ledger_writer_open(&writer, &now, message, sizeof(message)),
		SJ_ERR_LIMIT);
	ck_assert_str_eq(message, "[ledger] no user id is free");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		nothing_happens_where_no_ledger_is_configured,
		an_opening_is_answered_by_its_ticket,
		nothing_is_opened_while_the_file_is_not_in_its_place,
		a_file_that_leaves_its_place_is_noticed_by_itself,
		a_disk_without_room_is_told,
		a_writer_that_ends_is_lost_and_started_again,
		a_writer_that_is_late_is_lost,
		a_writer_that_does_not_get_ready_lets_nobody_in,
		a_file_that_cannot_be_used_is_named, no_free_user_id_is_said};
	Suite *suite = suite_create("supervise_ledger_writer");
	TCase *all = tcase_create("all");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(all, setup, teardown);
	tcase_set_timeout(all, 60);
	for (size_t i = 0; i < SJ_COUNT(tests); i++)
		tcase_add_test(all, tests[i]);
	tcase_add_loop_test(all, a_writer_that_does_not_listen_is_lost, 0, 3);
	tcase_add_loop_test(
		all, what_was_begun_goes_on_in_the_same_file_only, 0, 4);
	suite_add_tcase(suite, all);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
