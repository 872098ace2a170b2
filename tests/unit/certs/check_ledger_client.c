/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The writer as a process of its own: client.c, ledger_main.c. */
#include "protocol/ledger/client.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "certs/verify.h"
#include "protocol/base/clock.h"
#include "protocol/base/confine.h"
#include "protocol/base/ipc.h"
#include "protocol/base/log.h"
#include "tests/support/suite.h"
#include "tests/unit/certs/ledger_rig.h"

static char folder[64], base[96], file[110], why[512];
static struct sj_ledger ledger;

static void setup(void)
{
	uint8_t id[SJ_LEDGER_HASH_BYTES];

	(void)snprintf(folder, sizeof(folder), "/tmp/shoji-ledger-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	(void)snprintf(base, sizeof(base), "%s/a", folder);
	(void)snprintf(file, sizeof(file), "%s.ledger", base);
	ck_assert_msg(sj_verify_keygen(base, id, why, sizeof(why)) == SJ_OK,
		"%s", why);
	ledger = SJ_LEDGER_NONE;
}

static void teardown(void)
{
	static const char *const endings[] = {
		"key", "state", "pub", "first", "ledger"};
	char path[128];

	sj_ledger_finish(&ledger, 5000);
	for (size_t i = 0; i < SJ_COUNT(endings); i++) {
		(void)snprintf(path, sizeof(path), "%s.%s", base, endings[i]);
		(void)unlink(path);
	}
	(void)rmdir(folder);
}

static struct sj_ledger_plan plan(void)
{
	const struct sj_ledger_plan result = {.program = WRITER,
		.file = file,
		.keys = base,
		.place = SJ_LEDGER_PLACE_HOST,
		.version = "0.1.0",
		.heartbeat_s = 1,
		.uid = UINT32_MAX,
		.gid = UINT32_MAX,
		.may_miss = SJ_CONFINE_LANDLOCK,
		.stderr_fd = -1};

	return result;
}

static void start(void)
{
	const struct sj_ledger_plan now = plan();

	ck_assert_msg(sj_ledger_start(&ledger, &now, why, sizeof(why)) == SJ_OK,
		"%s", why);
	ck_assert_int_eq(sj_ledger_await_ready(&ledger, 20000), SJ_OK);
}

static struct sj_ledger_answer await_answer(void)
{
	struct sj_ledger_answer answer = {.type = 0};
	struct pollfd watch = {.fd = ledger.fd, .events = POLLIN};

	ck_assert_int_eq(poll(&watch, 1, 20000), 1);
	ck_assert_int_eq(sj_ledger_next(&ledger, &answer), SJ_OK);
	return answer;
}

static void open_session(uint64_t ticket)
{
	const struct sj_ledger_tell_open open =
		ledger_rig_opening(ticket, SJ_LEDGER_SERVES, (uint8_t)ticket);
	struct sj_ledger_answer answer;

	ck_assert_int_eq(sj_ledger_tell_open(&ledger, &open), SJ_OK);
	answer = await_answer();
	ck_assert_uint_eq(answer.type, SJ_LEDGER_ANSWER_KEPT);
	ck_assert_uint_eq(answer.ticket, ticket);
}

static void close_session(uint64_t ticket)
{
	const struct sj_ledger_tell_close close =
		ledger_rig_closing(ticket, SJ_LEDGER_SERVES, 3, 5);

	ck_assert_int_eq(sj_ledger_tell_close(&ledger, &close), SJ_OK);
}

/* The ledger as it is now, judged with the first key alone. */
static struct sj_verify_ledger judged(void)
{
	static struct sj_verify_findings pairs;
	struct sj_verify_ledger result = {.path = file};
	struct sj_ledger_state first;
	struct sj_verify_keys keys = {.first = &first};
	char path[128], text[SJ_LEDGER_FIRST_BYTES] = "";
	FILE *in;

	(void)snprintf(path, sizeof(path), "%s.first", base);
	in = fopen(path, "re");
	ck_assert_ptr_nonnull(in);
	ck_assert(sj_ledger_first_parse(
		text, fread(text, 1, sizeof(text), in), &first));
	(void)fclose(in);
	in = fopen(file, "re");
	ck_assert_ptr_nonnull(in);
	ck_assert_int_eq(sj_verify_read(&result, in, &keys), SJ_OK);
	ck_assert_int_eq(sj_verify_join(&result, 1, NULL, &pairs), SJ_OK);
	(void)fclose(in);
	sj_verify_free(&result);
	ck_assert(!result.is_damaged);
	return result;
}

/* Cause of the last record, which is a checkpoint. */
static uint16_t last_cause(void)
{
	struct sj_ledger_record record;
	uint8_t bytes[SJ_LEDGER_RECORD_BYTES];
	const char *what;
	int fd = open(file, O_RDONLY | O_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_gt(lseek(fd, -SJ_LEDGER_RECORD_BYTES, SEEK_END), 0);
	ck_assert_int_eq(
		read(fd, bytes, sizeof(bytes)), (ssize_t)sizeof(bytes));
	(void)close(fd);
	ck_assert(sj_ledger_record_parse(bytes, &record, &what));
	ck_assert_uint_eq(record.kind, SJ_LEDGER_CHECKPOINT);
	return record.u.checkpoint.cause;
}

START_TEST(what_was_told_is_in_the_file)
{
	struct sj_verify_ledger result;

	start();
	open_session(1);
	close_session(1);
	ck_assert_int_eq(sj_ledger_tell_refused(&ledger, SJ_REASON_IO), SJ_OK);
	sj_ledger_finish(&ledger, 20000);
	ck_assert_uint_eq(last_cause(), SJ_LEDGER_CAUSE_STOP);
	result = judged();
	ck_assert(result.is_stopped);
	ck_assert_uint_eq(result.refused, 1);
	/* Only that no public key was given. */
	ck_assert_uint_eq(result.findings.count, 1);
}
END_TEST

START_TEST(an_opening_that_was_answered_is_on_the_disk)
{
	struct stat info;

	start();
	open_session(1);
	ck_assert_int_eq(stat(file, &info), 0);
	ck_assert_int_eq(info.st_size, 4 * SJ_LEDGER_RECORD_BYTES);
	ck_assert_uint_eq(last_cause(), SJ_LEDGER_CAUSE_SESSION);
	/* Before its pipe ends, at which it would close the session. */
	ck_assert_int_eq(kill(ledger.pid, SIGKILL), 0);
	sj_ledger_drop(&ledger);
	ck_assert_uint_eq(judged().findings.times[SJ_VERIFY_NO_STOP], 1);
	start();
	sj_ledger_finish(&ledger, 20000);
	ck_assert_uint_eq(judged().findings.times[SJ_VERIFY_CRASH], 1);
	ck_assert_uint_eq(judged().findings.times[SJ_VERIFY_OPEN], 1);
}
END_TEST

START_TEST(a_heart_beats_by_itself)
{
	struct stat info = {.st_size = 0};
	uint64_t until_ms = sj_clock_ms() + 30000;

	start();
	while (info.st_size < 3 * SJ_LEDGER_RECORD_BYTES &&
		sj_clock_ms() < until_ms) {
		(void)poll(NULL, 0, 20);
		ck_assert_int_eq(stat(file, &info), 0);
	}
	ck_assert_uint_eq(last_cause(), SJ_LEDGER_CAUSE_HEARTBEAT);
	sj_ledger_finish(&ledger, 20000);
}
END_TEST

START_TEST(many_at_once_are_all_kept)
{
	struct sj_ledger_tell_open open;

	start();
	for (uint64_t i = 1; i <= 100; i++) {
		open = ledger_rig_opening(i, SJ_LEDGER_SERVES, (uint8_t)i);
		ck_assert_int_eq(sj_ledger_tell_open(&ledger, &open), SJ_OK);
	}
	for (uint64_t i = 1; i <= 100; i++)
		ck_assert_uint_eq(await_answer().ticket, i);
	ck_assert_uint_eq(ledger.waiting, 0);
	for (uint64_t i = 1; i <= 100; i++)
		close_session(i);
	sj_ledger_finish(&ledger, 20000);
	ck_assert_uint_eq(judged().findings.count, 1);
}
END_TEST

START_TEST(a_supervisor_that_goes_leaves_no_session_open)
{
	struct sj_verify_ledger result;

	start();
	open_session(1);
	open_session(2);
	sj_ledger_finish(&ledger, 20000);
	result = judged();
	ck_assert(result.is_stopped);
	ck_assert_uint_eq(result.findings.times[SJ_VERIFY_NO_COUNTS], 2);
	ck_assert_uint_eq(result.findings.times[SJ_VERIFY_OPEN], 0);
}
END_TEST

/* RLIMIT_FSIZE stands for a full disk, behind START and its checkpoint. */
static void fill_disk(void)
{
	const struct rlimit small = {2 * SJ_LEDGER_RECORD_BYTES, RLIM_INFINITY};

	ck_assert_int_eq(prlimit(ledger.pid, RLIMIT_FSIZE, &small, NULL), 0);
}

static void empty_disk(void)
{
	const struct rlimit all = {RLIM_INFINITY, RLIM_INFINITY};

	ck_assert_int_eq(prlimit(ledger.pid, RLIMIT_FSIZE, &all, NULL), 0);
}

START_TEST(a_closing_may_cross_the_answer_that_nothing_was_kept)
{
	struct sj_ledger_tell_open open =
		ledger_rig_opening(1, SJ_LEDGER_SERVES, 1);
	struct sj_verify_ledger result;

	start();
	/* Who is told of comes and goes before the writer looks. */
	ck_assert_int_eq(kill(ledger.pid, SIGSTOP), 0);
	fill_disk();
	ck_assert_int_eq(sj_ledger_tell_open(&ledger, &open), SJ_OK);
	close_session(1);
	ck_assert_int_eq(kill(ledger.pid, SIGCONT), 0);
	ck_assert_uint_eq(await_answer().type, SJ_LEDGER_ANSWER_NOT_KEPT);
	/* It lives, and takes a closing behind its answer as well. */
	open = ledger_rig_opening(2, SJ_LEDGER_SERVES, 2);
	ck_assert_int_eq(sj_ledger_tell_open(&ledger, &open), SJ_OK);
	ck_assert_uint_eq(await_answer().type, SJ_LEDGER_ANSWER_NOT_KEPT);
	close_session(2);
	empty_disk();
	sj_ledger_finish(&ledger, 20000);
	result = judged();
	ck_assert(result.is_stopped);
	ck_assert_uint_eq(result.sessions, 0);
	ck_assert_uint_eq(result.refused, 2);
}
END_TEST

/* Reads what the writer says until word is in it. */
static void await_word(int log_fd, const char *word)
{
	char text[4096] = "";
	struct pollfd watch = {.fd = log_fd, .events = POLLIN};
	size_t used = 0;

	while (!strstr(text, word)) {
		ssize_t got;

		ck_assert_msg(
			poll(&watch, 1, 20000) == 1, "%s: %s", word, text);
		got = read(log_fd, text + used, sizeof(text) - 1 - used);
		ck_assert_int_gt(got, 0);
		used += (size_t)got;
	}
}

/* Waits until the ledger has more records than it has now. */
static void await_growth(void)
{
	const uint64_t until_ms = sj_clock_ms() + 20000;
	struct stat before, now;

	ck_assert_int_eq(stat(file, &before), 0);
	do {
		ck_assert_uint_lt(sj_clock_ms(), until_ms);
		(void)poll(NULL, 0, 10);
		ck_assert_int_eq(stat(file, &now), 0);
	} while (now.st_size <= before.st_size);
}

START_TEST(what_each_beat_finds_is_said_once_a_change)
{
	struct sj_ledger_plan now = plan();
	struct pollfd log = {.events = POLLIN};
	int ends[2];

	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	log.fd = ends[0];
	now.log_level = SJ_LOG_INFO;
	now.stderr_fd = ends[1];
	ck_assert_msg(sj_ledger_start(&ledger, &now, why, sizeof(why)) == SJ_OK,
		"%s", why);
	ck_assert_int_eq(sj_ledger_await_ready(&ledger, 20000), SJ_OK);
	await_word(ends[0], "head seq=");
	for (int turn = 0; turn < 2; turn++) {
		fill_disk();
		await_word(ends[0], "write error=");
		/* Two beats more have nothing new to say. */
		ck_assert_int_eq(poll(&log, 1, 2500), 0);
		empty_disk();
		await_growth();
	}
	sj_ledger_finish(&ledger, 20000);
	(void)close(ends[0]);
	(void)close(ends[1]);
}
END_TEST

START_TEST(a_closing_of_nothing_that_was_told_ends_the_writer)
{
	struct sj_ledger_tell_open open =
		ledger_rig_opening(1, SJ_LEDGER_SERVES, 1);
	struct sj_ledger_answer answer;

	start();
	if (_i == 1) {
		fill_disk();
		ck_assert_int_eq(sj_ledger_tell_open(&ledger, &open), SJ_OK);
		ck_assert_uint_eq(
			await_answer().type, SJ_LEDGER_ANSWER_NOT_KEPT);
		close_session(1);
	}
	close_session(1); /* once too often */
	ck_assert_int_eq(
		poll(&(struct pollfd){ledger.fd, POLLIN, 0}, 1, 20000), 1);
	ck_assert_int_eq(sj_ledger_next(&ledger, &answer), SJ_ERR_CLOSED);
}
END_TEST

START_TEST(what_is_not_ready_is_told_nothing)
{
	const struct sj_ledger_tell_open open =
		ledger_rig_opening(1, SJ_LEDGER_SERVES, 1);
	struct sj_ledger_answer answer;

	ck_assert_int_eq(sj_ledger_tell_open(&ledger, &open), SJ_ERR_CLOSED);
	ck_assert_int_eq(sj_ledger_next(&ledger, &answer), SJ_ERR_CLOSED);
	ck_assert(!sj_ledger_is_late(&ledger, UINT64_MAX));
	sj_ledger_finish(&ledger, 1);
	sj_ledger_drop(&ledger);
}
END_TEST

START_TEST(a_file_that_cannot_be_used_is_named)
{
	struct sj_ledger_plan now = plan();
	char link[128];

	now.file = folder; /* a folder */
	ck_assert_int_eq(sj_ledger_start(&ledger, &now, why, sizeof(why)),
		SJ_ERR_SYSTEM);
	ck_assert_ptr_nonnull(strstr(why, folder));
	now.file = "/dev/full";
	ck_assert_int_eq(sj_ledger_start(&ledger, &now, why, sizeof(why)),
		SJ_ERR_SYSTEM);
	ck_assert_ptr_nonnull(strstr(why, "not a regular file"));
	(void)snprintf(link, sizeof(link), "%s/link", folder);
	ck_assert_int_eq(symlink(file, link), 0);
	now.file = link;
	ck_assert_int_eq(sj_ledger_start(&ledger, &now, why, sizeof(why)),
		SJ_ERR_SYSTEM);
	ck_assert_ptr_nonnull(strstr(why, "is a symbolic link; name the file"));
	ck_assert_int_eq(unlink(link), 0);
}
END_TEST

/* Fails to start for the want of the keys' file *.ending. */
static void check_advice(const char *ending, const char *advice)
{
	const struct sj_ledger_plan now = plan();

	ck_assert_int_ne(
		sj_ledger_start(&ledger, &now, why, sizeof(why)), SJ_OK);
	ck_assert_msg(strstr(why, ending) && strstr(why, advice), "%s", why);
}

/* Removes the keys' file *.ending. */
static void drop_key(const char *ending)
{
	char path[128];

	(void)snprintf(path, sizeof(path), "%s.%s", base, ending);
	ck_assert_int_eq(unlink(path), 0);
}

START_TEST(keys_of_which_a_part_is_gone_are_not_made_again)
{
	const char *const kept[] = {_i == 0 ? "key" : "state", "pub", "first"};
	const char *gone = _i == 0 ? "state" : "key";

	drop_key(gone);
	for (size_t i = 0; i < SJ_COUNT(kept); i++) {
		check_advice(i == 0 || _i == 0 ? gone : "state",
			"any more; make new ones under another name: "
			"shoji-verify keygen OTHER, and name them in [ledger]");
		drop_key(kept[i]);
	}
	check_advice(".state", "; make the keys: shoji-verify keygen /tmp/");
}
END_TEST

/* Neither of its file, nor of another file with its keys. */
START_TEST(a_second_writer_of_one_ledger_does_not_start)
{
	struct sj_ledger second = SJ_LEDGER_NONE;
	struct sj_ledger_plan now = plan();
	char elsewhere[128];

	(void)snprintf(elsewhere, sizeof(elsewhere), "%s.second", base);
	start();
	for (int i = 0; i < 2; i++, now.file = elsewhere) {
		ck_assert(sj_ledger_start(&second, &now, why, sizeof(why)) ==
			  SJ_OK);
		ck_assert(
			sj_ledger_await_ready(&second, 20000) == SJ_ERR_CLOSED);
		sj_ledger_drop(&second);
	}
	ck_assert_int_eq(unlink(elsewhere), 0);
	open_session(1);
	close_session(1);
	sj_ledger_finish(&ledger, 20000);
	ck_assert_uint_eq(judged().findings.count, 1);
}
END_TEST

START_TEST(a_ledger_that_was_cut_back_has_no_writer)
{
	const struct sj_ledger_plan now = plan();

	start();
	sj_ledger_finish(&ledger, 20000);
	ck_assert_int_eq(truncate(file, SJ_LEDGER_RECORD_BYTES), 0);
	ck_assert_int_eq(
		sj_ledger_start(&ledger, &now, why, sizeof(why)), SJ_OK);
	ck_assert_int_eq(sj_ledger_await_ready(&ledger, 20000), SJ_ERR_CLOSED);
}
END_TEST

START_TEST(an_answer_that_does_not_come_is_late)
{
	const struct sj_ledger_tell_open open =
		ledger_rig_opening(1, SJ_LEDGER_SERVES, 1);

	start();
	ck_assert_int_eq(kill(ledger.pid, SIGSTOP), 0);
	ck_assert_int_eq(sj_ledger_tell_open(&ledger, &open), SJ_OK);
	ck_assert(!sj_ledger_is_late(&ledger, sj_clock_ms()));
	ck_assert(sj_ledger_is_late(
		&ledger, sj_clock_ms() + SJ_LIMIT_LEDGER_ANSWER_MS));
	sj_ledger_drop(&ledger);
}
END_TEST

/* The test is the writer. */
static int play_writer(void)
{
	int pair[2];

	ck_assert_int_eq(sj_ipc_pair(pair), SJ_OK);
	ledger.fd = pair[0];
	return pair[1];
}

static void answer_with(int writer, uint32_t type)
{
	const struct sj_ledger_answer answer = {.type = type};

	ck_assert_int_eq(
		sj_ipc_send(writer, &answer, sizeof(answer), NULL), SJ_OK);
}

START_TEST(what_no_writer_answers_is_refused)
{
	const struct sj_ledger_tell_open open =
		ledger_rig_opening(1, SJ_LEDGER_SERVES, 1);
	struct sj_ledger_answer answer;
	int writer = play_writer();

	ck_assert_int_eq(sj_ledger_next(&ledger, &answer), SJ_ERR_AGAIN);
	answer_with(writer, SJ_LEDGER_ANSWER_READY);
	ck_assert_int_eq(sj_ledger_next(&ledger, &answer), SJ_OK);
	ck_assert(ledger.is_ready);
	/* Twice. */
	answer_with(writer, SJ_LEDGER_ANSWER_READY);
	ck_assert_int_eq(sj_ledger_next(&ledger, &answer), SJ_ERR_FORMAT);
	/* To what nobody has asked. */
	answer_with(writer, SJ_LEDGER_ANSWER_KEPT);
	ck_assert_int_eq(sj_ledger_next(&ledger, &answer), SJ_ERR_FORMAT);
	ck_assert_int_eq(sj_ledger_tell_open(&ledger, &open), SJ_OK);
	answer_with(writer, SJ_LEDGER_ANSWER_KEPT);
	ck_assert_int_eq(sj_ledger_next(&ledger, &answer), SJ_OK);
	ck_assert_uint_eq(ledger.waiting, 0);
	answer_with(writer, SJ_LEDGER_ANSWER_NOT_KEPT);
	ck_assert_int_eq(sj_ledger_next(&ledger, &answer), SJ_ERR_FORMAT);
	/* The one word that may come at any time. */
	answer_with(writer, SJ_LEDGER_ANSWER_NO_ROOM);
	ck_assert_int_eq(sj_ledger_next(&ledger, &answer), SJ_OK);
	answer_with(writer, 99);
	ck_assert_int_eq(sj_ledger_next(&ledger, &answer), SJ_ERR_FORMAT);
	close(writer);
}
END_TEST

START_TEST(a_writer_that_says_nothing_is_waited_for_in_vain)
{
	const uint64_t begin_ms = sj_clock_ms();
	int writer = play_writer();

	ck_assert_int_eq(sj_ledger_await_ready(&ledger, 50), SJ_ERR_TIMEOUT);
	ck_assert_uint_ge(sj_clock_ms() - begin_ms, 50);
	ck_assert(!ledger.is_ready);
	close(writer);
}
END_TEST

START_TEST(keys_for_a_folder_that_is_not_there_say_so)
{
	uint8_t id[SJ_LEDGER_HASH_BYTES];
	char nowhere[128];

	(void)snprintf(nowhere, sizeof(nowhere), "%s/no/a", folder);
	ck_assert_int_eq(
		sj_verify_keygen(nowhere, id, why, sizeof(why)), SJ_ERR_SYSTEM);
	ck_assert_msg(strstr(why, "; make the folder first"), "%s", why);
	ck_assert_int_eq(
		sj_verify_keygen(base, id, why, sizeof(why)), SJ_ERR_SYSTEM);
	ck_assert_msg(strstr(why, "; keys are never written over"), "%s", why);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {what_was_told_is_in_the_file,
		an_opening_that_was_answered_is_on_the_disk,
		a_heart_beats_by_itself, many_at_once_are_all_kept,
		a_supervisor_that_goes_leaves_no_session_open,
		what_is_not_ready_is_told_nothing,
		what_each_beat_finds_is_said_once_a_change,
		a_file_that_cannot_be_used_is_named,
		a_second_writer_of_one_ledger_does_not_start,
		a_ledger_that_was_cut_back_has_no_writer,
		an_answer_that_does_not_come_is_late,
		a_closing_may_cross_the_answer_that_nothing_was_kept,
		what_no_writer_answers_is_refused,
		keys_for_a_folder_that_is_not_there_say_so,
		a_writer_that_says_nothing_is_waited_for_in_vain};
	Suite *suite = suite_create("ledger_client");
	TCase *all = tcase_create("all");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(all, setup, teardown);
	tcase_set_timeout(all, 120);
	for (size_t i = 0; i < SJ_COUNT(tests); i++)
		tcase_add_test(all, tests[i]);
	tcase_add_loop_test(
		all, keys_of_which_a_part_is_gone_are_not_made_again, 0, 2);
	tcase_add_loop_test(
		all, a_closing_of_nothing_that_was_told_ends_the_writer, 0, 2);
	suite_add_tcase(suite, all);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
