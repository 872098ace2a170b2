/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "viewer/stats.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>

#include "protocol/base/clock.h"
#include "protocol/gate/policy.h"

_Static_assert(
	SJ_GATE_COUNTERS == sizeof(((struct sj_viewer_counts *)0)->count) /
				    sizeof(uint64_t),
	"the gate's counters and those of its CLOSED message differ");

void sj_stats_start(struct sj_stats *stats)
{
	memset(stats, 0, sizeof(*stats));
	stats->start_us = sj_clock_us();
}

void sj_stats_finish(struct sj_stats *stats)
{
	free(stats->updates);
	stats->updates = NULL;
	stats->kept = 0;
	stats->room = 0;
}

void sj_stats_add_update(
	struct sj_stats *stats, const struct sj_viewer_gate_update *update)
{
	stats->update_count++;
	if (stats->kept == stats->room && stats->room < SJ_STATS_UPDATES_MAX) {
		size_t room = stats->room ? stats->room * 2 : 256;
		struct sj_viewer_gate_update *grown =
			reallocarray(stats->updates, room, sizeof(*grown));

		if (!grown)
			return;
		stats->updates = grown;
		stats->room = room;
	}
	if (stats->kept < stats->room)
		stats->updates[stats->kept++] = *update;
}

static void add_counts(
	struct sj_viewer_counts *sum, const struct sj_viewer_counts *counts)
{
	size_t i;

	for (i = 0; i < SJ_GATE_COUNTERS; i++) {
		sum->count[i] += counts->count[i];
		sum->bytes[i] += counts->bytes[i];
	}
}

void sj_stats_add_closed(
	struct sj_stats *stats, const struct sj_viewer_gate_closed *closed)
{
	add_counts(&stats->viewer, &closed->viewer);
	add_counts(&stats->host, &closed->host);
	add_counts(&stats->encodings, &closed->encodings);
	stats->wire_in_bytes += closed->wire_in_bytes;
	stats->wire_out_bytes += closed->wire_out_bytes;
}

static json_t *counts_json(
	enum sj_gate_kind kind, const struct sj_viewer_counts *counts)
{
	json_t *object = json_object();
	size_t i;

	for (i = 0; i < SJ_GATE_COUNTERS; i++) {
		const char *name = sj_gate_counter_name(kind, i);

		if (!name)
			continue;
		json_object_set_new(object, name,
			json_pack("{s:I,s:I}", "count",
				(json_int_t)counts->count[i], "bytes",
				(json_int_t)counts->bytes[i]));
	}
	return object;
}

/* Milliseconds since the start; null for a time that never came. */
static json_t *ms_json(const struct sj_stats *stats, uint64_t at_us)
{
	if (at_us == 0)
		return json_null();
	return json_real((double)(at_us - stats->start_us) / 1000);
}

static json_t *updates_json(const struct sj_stats *stats)
{
	json_t *array = json_array();
	size_t i;

	for (i = 0; i < stats->kept; i++) {
		const struct sj_viewer_gate_update *update = &stats->updates[i];

		json_array_append_new(
			array, json_pack("{s:o,s:I,s:I}", "at_ms",
				       ms_json(stats, update->at_us), "bytes",
				       (json_int_t)update->bytes, "rects",
				       (json_int_t)update->rects));
	}
	return array;
}

static json_t *all_json(
	const struct sj_stats *stats, enum sj_reason reason, int exit_status)
{
	json_t *root = json_pack("{s:{s:i,s:s},s:i,s:I}", "reason", "code",
		(int)reason, "text", sj_reason_text(reason), "exit_status",
		exit_status, "connections", (json_int_t)stats->connections);

	if (!root)
		return NULL;
	json_object_set_new(
		root, "connected_ms", ms_json(stats, stats->connected_us));
	json_object_set_new(
		root, "first_picture_ms", ms_json(stats, stats->shown_us));
	json_object_set_new(root, "duration_ms", ms_json(stats, sj_clock_us()));
	json_object_set_new(root, "wire",
		json_pack("{s:I,s:I}", "in_bytes",
			(json_int_t)stats->wire_in_bytes, "out_bytes",
			(json_int_t)stats->wire_out_bytes));
	json_object_set_new(root, "viewer_to_host",
		counts_json(SJ_GATE_FROM_VIEWER, &stats->viewer));
	json_object_set_new(root, "host_to_viewer",
		counts_json(SJ_GATE_FROM_HOST, &stats->host));
	json_object_set_new(root, "encodings",
		counts_json(SJ_GATE_ENCODING, &stats->encodings));
	json_object_set_new(root, "update_count",
		json_integer((json_int_t)stats->update_count));
	json_object_set_new(root, "updates", updates_json(stats));
	return root;
}

enum sj_err sj_stats_write(const struct sj_stats *stats, const char *path,
	enum sj_reason reason, int exit_status)
{
	enum sj_err err = SJ_ERR_SYSTEM;
	struct stat info;
	char part[512];
	json_t *root;

	/* It is replaced: that is no way to treat a device. */
	if (stat(path, &info) == 0 && !S_ISREG(info.st_mode))
		return SJ_ERR_ARGUMENT;
	root = all_json(stats, reason, exit_status);
	if (!root)
		return SJ_ERR_MEMORY;
	/* A reader that waits for the file never sees half of it. */
	(void)snprintf(part, sizeof(part), "%s.part", path);
	if (json_dump_file(root, part, JSON_INDENT(1) | JSON_PRESERVE_ORDER) ==
			0 &&
		rename(part, path) == 0)
		err = SJ_OK;
	else
		(void)unlink(part);
	json_decref(root);
	return err;
}
