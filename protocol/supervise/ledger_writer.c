/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/supervise/ledger_writer.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "protocol/base/clock.h"
#include "protocol/base/log.h"
#include "protocol/supervise/material.h"

#define READY_MS 10000 /* at the start */
#define RETRY_MS 5000
#define STOP_MS 5000

static const char not_listening[] = "the writer does not listen";

static void writer_readable(void *self, int fd);

void sj_ledger_writer_init(struct sj_ledger_writer *writer)
{
	memset(writer, 0, sizeof(*writer));
	writer->ledger = SJ_LEDGER_NONE;
	writer->retry_ms = UINT64_MAX;
}

bool sj_ledger_writer_is_wanted(const struct sj_ledger_writer *writer)
{
	return writer->plan.ledger.file && writer->plan.ledger.file[0] != '\0';
}

static enum sj_err start(
	struct sj_ledger_writer *writer, char *why, size_t size)
{
	struct sj_ledger_plan plan = writer->plan.ledger;
	char program[300];
	enum sj_err err =
		sj_child_logs_add(writer->plan.logs, true, &plan.stderr_fd);

	(void)snprintf(why, size, "no descriptor for its log");
	if (err != SJ_OK)
		return err;
	(void)snprintf(program, sizeof(program), "%s/shoji-ledger",
		writer->plan.libexec);
	if (writer->plan.libexec[0] && access(program, X_OK) == 0)
		plan.program = program;
	err = sj_ledger_start(&writer->ledger, &plan, why, size);
	(void)close(plan.stderr_fd);
	return err;
}

static enum sj_err watch(struct sj_ledger_writer *writer)
{
	writer->retry_ms = UINT64_MAX;
	return sj_loop_add(
		writer->plan.loop, writer->ledger.fd, writer_readable, writer);
}

/* What cannot be written down any more does not go on. */
static void lose(struct sj_ledger_writer *writer, const char *why)
{
	if (writer->ledger.fd >= 0)
		sj_loop_remove(writer->plan.loop, writer->ledger.fd);
	sj_ledger_drop(&writer->ledger);
	writer->retry_ms = sj_clock_ms() + RETRY_MS;
	writer->plan.hooks->lost(writer->plan.self, why);
}

static void writer_readable(void *self, int fd)
{
	struct sj_ledger_writer *writer = self;
	struct sj_ledger_answer answer;
	enum sj_err err = sj_ledger_next(&writer->ledger, &answer);

	(void)fd;
	if (err == SJ_ERR_AGAIN)
		return;
	if (err != SJ_OK)
		lose(writer, "the writer has ended");
	else if (answer.type == SJ_LEDGER_ANSWER_READY)
		sj_log(SJ_LOG_INFO, "ledger ready=yes");
	else if (answer.type == SJ_LEDGER_ANSWER_NO_ROOM)
		writer->plan.hooks->no_room(writer->plan.self);
	else
		writer->plan.hooks->answered(writer->plan.self, &answer);
}

static void warn_of_keys(const char *keys)
{
	char path[300];

	(void)snprintf(path, sizeof(path), "%s.key", keys);
	sj_material_warn(path);
	(void)snprintf(path, sizeof(path), "%s.state", keys);
	sj_material_warn(path);
}

enum sj_err sj_ledger_writer_open(struct sj_ledger_writer *writer,
	const struct sj_ledger_writer_plan *plan, char *message, size_t size)
{
	char why[400] = "no user id is free";
	uint32_t uid;
	enum sj_err err;

	sj_ledger_writer_init(writer);
	writer->plan = *plan;
	if (!sj_ledger_writer_is_wanted(writer))
		return SJ_OK;
	err = sj_children_take_uid(plan->children, &uid);
	writer->plan.ledger.uid = writer->plan.ledger.gid = uid;
	writer->plan.ledger.program = NULL;
	warn_of_keys(writer->plan.ledger.keys);
	if (err == SJ_OK)
		err = start(writer, why, sizeof(why));
	if (err != SJ_OK) {
		(void)snprintf(message, size, "[ledger] %s", why);
		return err;
	}
	if (sj_ledger_await_ready(&writer->ledger, READY_MS) != SJ_OK) {
		lose(writer, "the writer did not get ready");
		return SJ_OK;
	}
	return watch(writer);
}

/* The file of the path is the one that the writer has; told once a change. */
static bool is_in_place(struct sj_ledger_writer *writer)
{
	const char *path = writer->plan.ledger.file;
	bool is_same = sj_ledger_is_in_place(&writer->ledger, path);

	if (!is_same && !writer->is_told_moved)
		sj_log(SJ_LOG_ERROR,
			"ledger file=%s error=\"" SJ_LEDGER_NOT_IN_PLACE "\"",
			path);
	writer->is_told_moved = !is_same;
	return is_same;
}

uint64_t sj_ledger_writer_tell_open(
	struct sj_ledger_writer *writer, struct sj_ledger_tell_open *open)
{
	enum sj_err err = SJ_ERR_CLOSED;

	open->ticket = writer->last_ticket + 1;
	if (writer->ledger.is_ready && is_in_place(writer)) {
		err = sj_ledger_tell_open(&writer->ledger, open);
		if (err != SJ_OK)
			lose(writer, not_listening);
	}
	explicit_bzero(open->exporter, sizeof(open->exporter));
	return err == SJ_OK ? ++writer->last_ticket : 0;
}

void sj_ledger_writer_tell_close(struct sj_ledger_writer *writer,
	const struct sj_ledger_tell_close *close)
{
	if (writer->ledger.is_ready &&
		sj_ledger_tell_close(&writer->ledger, close) != SJ_OK)
		lose(writer, not_listening);
}

void sj_ledger_writer_tell_refused(
	struct sj_ledger_writer *writer, enum sj_reason reason)
{
	if (writer->ledger.is_ready &&
		sj_ledger_tell_refused(&writer->ledger, reason) != SJ_OK)
		lose(writer, not_listening);
}

uint64_t sj_ledger_writer_tick(struct sj_ledger_writer *writer, uint64_t now_ms)
{
	uint64_t next_ms;
	char why[400];

	if (sj_ledger_is_late(&writer->ledger, now_ms))
		lose(writer, "the writer is late");
	if (now_ms >= writer->retry_ms) {
		if (start(writer, why, sizeof(why)) != SJ_OK)
			lose(writer, why);
		else if (watch(writer) != SJ_OK)
			lose(writer, "it cannot be watched");
	}
	next_ms = writer->retry_ms < writer->ledger.deadline_ms
			  ? writer->retry_ms
			  : writer->ledger.deadline_ms;
	if (!writer->ledger.is_ready)
		return next_ms;
	/* Also while nobody logs in somebody wants to know. */
	if (now_ms >= writer->look_ms) {
		(void)is_in_place(writer);
		writer->look_ms = now_ms + RETRY_MS;
	}
	return writer->look_ms < next_ms ? writer->look_ms : next_ms;
}

void sj_ledger_writer_close(struct sj_ledger_writer *writer)
{
	if (writer->ledger.fd >= 0)
		sj_loop_remove(writer->plan.loop, writer->ledger.fd);
	sj_ledger_finish(&writer->ledger, STOP_MS);
}
