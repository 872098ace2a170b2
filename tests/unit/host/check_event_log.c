/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/event_log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "protocol/base/reason.h"
#include "tests/support/suite.h"

static const struct timespec when = {
	.tv_sec = 1700000000, .tv_nsec = 123456789};

static void assert_line(const struct sj_event *event, const char *wanted)
{
	char *line = sj_event_format(event, &when);

	ck_assert_ptr_nonnull(line);
	ck_assert_str_eq(line, wanted);
	free(line);
}

START_TEST(a_line_has_only_what_is_known)
{
	struct sj_event event = sj_event_of("start");

	assert_line(&event, "{\"time\":\"2023-11-14T22:13:20.123Z\","
			    "\"event\":\"start\"}");
}
END_TEST

START_TEST(a_line_says_who_and_why)
{
	struct sj_event event = sj_event_of("session-end");

	event.user = "tanaka";
	event.zone = "lgwan";
	event.session = 7;
	event.reason = SJ_REASON_END_IDLE;
	event.duration_ms = 1500;
	assert_line(&event, "{\"time\":\"2023-11-14T22:13:20.123Z\","
			    "\"event\":\"session-end\",\"user\":\"tanaka\","
			    "\"zone\":\"lgwan\",\"session\":7,\"reason\":401,"
			    "\"reason_text\":\"ended after the idle time\","
			    "\"duration_ms\":1500}");
}
END_TEST

START_TEST(counts_are_named_by_message_type)
{
	struct sj_event event = sj_event_of("disconnect");
	struct sj_host_counts viewer = {
		.count = {[3] = 12}, .bytes = {[3] = 96}};
	struct sj_host_counts host = {.count = {[0] = 2}, .bytes = {[0] = 900}};

	event.viewer = &viewer;
	event.host = &host;
	assert_line(&event,
		"{\"time\":\"2023-11-14T22:13:20.123Z\","
		"\"event\":\"disconnect\",\"from_viewer\":{\"KeyEvent\":"
		"{\"count\":12,\"bytes\":96}},\"from_host\":"
		"{\"FramebufferUpdate\":{\"count\":2,\"bytes\":900}}}");
}
END_TEST

START_TEST(foreign_text_cannot_leave_its_line)
{
	struct sj_event event = sj_event_of("connect");

	event.user = "a\"\n{}";
	assert_line(&event, "{\"time\":\"2023-11-14T22:13:20.123Z\","
			    "\"event\":\"connect\","
			    "\"user\":\"a\\\"\\n{}\"}");
}
END_TEST

START_TEST(exporter_and_key_are_hexadecimal)
{
	uint8_t bytes[32] = {0x01, 0xab};
	struct sj_event event = sj_event_of("connect");

	bytes[31] = 0xff;
	event.exporter = bytes;
	assert_line(&event,
		"{\"time\":\"2023-11-14T22:13:20.123Z\","
		"\"event\":\"connect\",\"exporter\":\"01ab0000000000000000"
		"000000000000000000000000000000000000000000ff\"}");
}
END_TEST

START_TEST(lines_that_were_left_out_are_counted)
{
	struct sj_event event = sj_event_of("refuse");

	event.dropped = 12;
	assert_line(&event, "{\"time\":\"2023-11-14T22:13:20.123Z\","
			    "\"event\":\"refuse\",\"dropped\":12}");
}
END_TEST

START_TEST(lines_are_appended_and_private)
{
	char path[] = "/tmp/check-events-XXXXXX";
	int made = mkstemp(path);
	struct sj_event event = sj_event_of("start");
	struct stat info;
	char text[512];
	ssize_t n;
	int fd;

	ck_assert_int_ge(made, 0);
	close(made);
	ck_assert_int_eq(unlink(path), 0);
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(sj_event_log_open(path, &fd), SJ_OK);
		ck_assert_int_eq(sj_event_log_write(fd, &event), SJ_OK);
		close(fd);
	}
	fd = open(path, O_RDONLY | O_CLOEXEC);
	ck_assert_int_eq(fstat(fd, &info), 0);
	ck_assert_uint_eq(info.st_mode & 07, 0);
	n = read(fd, text, sizeof(text) - 1);
	ck_assert_int_gt(n, 0);
	text[n] = '\0';
	close(fd);
	unlink(path);
	ck_assert_ptr_nonnull(strchr(text, '\n'));
	ck_assert_ptr_nonnull(strchr(strchr(text, '\n') + 1, '\n'));
	ck_assert_int_eq(text[n - 1], '\n');
}
END_TEST

START_TEST(without_a_path_nothing_is_written)
{
	struct sj_event event = sj_event_of("start");
	int fd = 0;

	ck_assert_int_eq(sj_event_log_open("", &fd), SJ_OK);
	ck_assert_int_eq(fd, -1);
	ck_assert_int_eq(sj_event_log_write(fd, &event), SJ_OK);
}
END_TEST

START_TEST(only_a_file_is_opened_and_nothing_is_waited_for)
{
	char folder[] = "/tmp/check-events-XXXXXX", fifo[64], link[64];
	int fd = 0, reader;

	ck_assert_ptr_nonnull(mkdtemp(folder));
	(void)snprintf(fifo, sizeof(fifo), "%s/fifo", folder);
	(void)snprintf(link, sizeof(link), "%s/link", folder);
	ck_assert_int_eq(mkfifo(fifo, 0600), 0);
	ck_assert_int_eq(symlink("file", link), 0);
	ck_assert_int_eq(sj_event_log_open("/dev/null", &fd), SJ_ERR_ARGUMENT);
	ck_assert_int_eq(fd, -1);
	ck_assert_int_eq(sj_event_log_open(fifo, &fd), SJ_ERR_ARGUMENT);
	/* Nor when somebody reads it. */
	reader = open(fifo, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ck_assert_int_ge(reader, 0);
	ck_assert_int_eq(sj_event_log_open(fifo, &fd), SJ_ERR_ARGUMENT);
	ck_assert_int_eq(fd, -1);
	close(reader);
	ck_assert_int_eq(sj_event_log_open(folder, &fd), SJ_ERR_SYSTEM);
	ck_assert_int_eq(errno, EISDIR);
	ck_assert_int_eq(sj_event_log_open(link, &fd), SJ_ERR_SYSTEM);
	ck_assert_int_eq(errno, ELOOP);
	ck_assert_int_eq(unlink(link), 0);
	ck_assert_int_eq(unlink(fifo), 0);
	ck_assert_int_eq(rmdir(folder), 0);
}
END_TEST

START_TEST(nothing_is_added_to_another_file)
{
	static const char key[] = "-----BEGIN PRIVATE KEY-----\n";
	char path[] = "/tmp/check-events-XXXXXX", text[64];
	int made = mkstemp(path), fd = 0;

	ck_assert_int_ge(made, 0);
	ck_assert_int_eq(write(made, key, strlen(key)), strlen(key));
	ck_assert_int_eq(sj_event_log_open(path, &fd), SJ_ERR_FORMAT);
	ck_assert_int_eq(fd, -1);
	ck_assert_int_eq(pread(made, text, sizeof(text), 0), strlen(key));
	ck_assert_ptr_nonnull(
		strstr(sj_event_log_fault(SJ_ERR_FORMAT), "something else"));
	close(made);
	ck_assert_int_eq(unlink(path), 0);
}
END_TEST

START_TEST(a_full_disk_is_told)
{
	struct sj_event event = sj_event_of("start");
	int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(sj_event_log_write(fd, &event), SJ_ERR_SYSTEM);
	close(fd);
}
END_TEST

SJ_SUITE_MAIN("host_event_log", a_line_has_only_what_is_known,
	a_line_says_who_and_why, counts_are_named_by_message_type,
	foreign_text_cannot_leave_its_line, exporter_and_key_are_hexadecimal,
	lines_that_were_left_out_are_counted, lines_are_appended_and_private,
	without_a_path_nothing_is_written,
	only_a_file_is_opened_and_nothing_is_waited_for,
	nothing_is_added_to_another_file, a_full_disk_is_told)
