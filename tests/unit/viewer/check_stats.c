/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "viewer/stats.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>

#include "tests/support/suite.h"

static struct sj_stats stats;
static char path[] = "/tmp/check_stats_XXXXXX";

static json_t *write_and_read(void)
{
	int fd = mkstemp(path);
	json_t *root;

	ck_assert_int_ge(fd, 0);
	(void)close(fd);
	ck_assert_int_eq(
		sj_stats_write(&stats, path, SJ_REASON_END_IDLE, 0), SJ_OK);
	root = json_load_file(path, JSON_REJECT_DUPLICATES, NULL);
	ck_assert_ptr_nonnull(root);
	(void)unlink(path);
	return root;
}

static json_int_t number(const json_t *root, const char *group,
	const char *name, const char *key)
{
	const json_t *object = json_object_get(root, group);

	if (name)
		object = json_object_get(object, name);
	object = json_object_get(object, key);
	ck_assert(json_is_integer(object));
	return json_integer_value(object);
}

START_TEST(counters_of_all_connections_are_added)
{
	struct sj_viewer_gate_closed closed = {.wire_in_bytes = 1000,
		.wire_out_bytes = 10,
		.viewer = {{[3] = 4}, {[3] = 32}},
		.host = {{[0] = 5}, {[0] = 900}},
		.encodings = {{[7] = 6}, {[7] = 800}}};
	json_t *root;

	sj_stats_start(&stats);
	sj_stats_add_closed(&stats, &closed);
	sj_stats_add_closed(&stats, &closed);
	stats.connections = 2;
	root = write_and_read();
	ck_assert_int_eq(number(root, "wire", NULL, "in_bytes"), 2000);
	ck_assert_int_eq(number(root, "wire", NULL, "out_bytes"), 20);
	ck_assert_int_eq(
		number(root, "viewer_to_host", "KeyEvent", "count"), 8);
	ck_assert_int_eq(
		number(root, "viewer_to_host", "KeyEvent", "bytes"), 64);
	ck_assert_int_eq(
		number(root, "host_to_viewer", "FramebufferUpdate", "count"),
		10);
	ck_assert_int_eq(number(root, "reason", NULL, "code"), 401);
	ck_assert_int_eq(
		json_integer_value(json_object_get(root, "connections")), 2);
	json_decref(root);
	sj_stats_finish(&stats);
}
END_TEST

START_TEST(updates_keep_their_times_in_order)
{
	struct sj_viewer_gate_update update = {0, 100, 3};
	const json_t *updates;
	json_t *root;
	unsigned i;

	sj_stats_start(&stats);
	for (i = 0; i < 1000; i++) {
		update.at_us = stats.start_us + 1000 * i;
		sj_stats_add_update(&stats, &update);
	}
	root = write_and_read();
	updates = json_object_get(root, "updates");
	ck_assert_uint_eq(json_array_size(updates), 1000);
	ck_assert_double_eq_tol(json_real_value(json_object_get(
					json_array_get(updates, 999), "at_ms")),
		999.0, 0.001);
	ck_assert_int_eq(
		json_integer_value(json_object_get(root, "update_count")),
		1000);
	json_decref(root);
	sj_stats_finish(&stats);
}
END_TEST

START_TEST(updates_beyond_the_ceiling_are_only_counted)
{
	const struct sj_viewer_gate_update update = {1, 1, 1};
	unsigned i;

	sj_stats_start(&stats);
	for (i = 0; i < 2 * SJ_STATS_UPDATES_MAX; i++)
		sj_stats_add_update(&stats, &update);
	ck_assert_uint_eq(stats.update_count, 2 * SJ_STATS_UPDATES_MAX);
	ck_assert_uint_le(stats.kept, 2 * SJ_STATS_UPDATES_MAX);
	ck_assert_uint_ge(stats.kept, SJ_STATS_UPDATES_MAX);
	ck_assert_uint_lt(stats.room, 2 * SJ_STATS_UPDATES_MAX);
	sj_stats_finish(&stats);
}
END_TEST

START_TEST(a_picture_that_never_came_is_null)
{
	json_t *root;

	sj_stats_start(&stats);
	root = write_and_read();
	ck_assert(json_is_null(json_object_get(root, "first_picture_ms")));
	json_decref(root);
	stats.shown_us = stats.start_us + 250000;
	(void)snprintf(path, sizeof(path), "/tmp/check_stats_XXXXXX");
	root = write_and_read();
	ck_assert_double_eq_tol(
		json_real_value(json_object_get(root, "first_picture_ms")),
		250.0, 0.001);
	json_decref(root);
}
END_TEST

START_TEST(a_place_that_cannot_be_written_is_an_error)
{
	sj_stats_start(&stats);
	ck_assert_int_eq(sj_stats_write(&stats, "/nonexistent/stats.json",
				 SJ_REASON_NONE, 0),
		SJ_ERR_SYSTEM);
}
END_TEST

START_TEST(what_is_no_file_is_not_replaced)
{
	char folder[] = "/tmp/check_stats_XXXXXX";
	char fifo[64];
	struct stat info;

	sj_stats_start(&stats);
	ck_assert_ptr_nonnull(mkdtemp(folder));
	(void)snprintf(fifo, sizeof(fifo), "%s/fifo", folder);
	ck_assert_int_eq(mkfifo(fifo, 0600), 0);
	ck_assert_int_eq(sj_stats_write(&stats, fifo, SJ_REASON_NONE, 0),
		SJ_ERR_ARGUMENT);
	ck_assert_int_eq(lstat(fifo, &info), 0);
	ck_assert(S_ISFIFO(info.st_mode));
	ck_assert_int_eq(unlink(fifo), 0);
	ck_assert_int_eq(rmdir(folder), 0);
}
END_TEST

SJ_SUITE_MAIN("viewer stats", counters_of_all_connections_are_added,
	updates_keep_their_times_in_order,
	updates_beyond_the_ceiling_are_only_counted,
	a_picture_that_never_came_is_null,
	a_place_that_cannot_be_written_is_an_error,
	what_is_no_file_is_not_replaced)
