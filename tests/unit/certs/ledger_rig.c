/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/certs/ledger_rig.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "protocol/base/reason.h"

void ledger_rig_open(struct ledger_rig *rig, enum sj_ledger_place place)
{
	struct sj_ledger_signer *signer = sj_ledger_signer_new();
	uint8_t state[SJ_LEDGER_STATE_BYTES];

	memset(rig, 0, sizeof(*rig));
	rig->file_fd = memfd_create("ledger", MFD_CLOEXEC);
	rig->state_fd = memfd_create("state", MFD_CLOEXEC);
	ck_assert_int_ge(rig->state_fd, 0);
	ck_assert_ptr_nonnull(signer);
	ck_assert_int_eq(
		sj_ledger_signer_format(signer, rig->key, rig->pub), SJ_OK);
	sj_ledger_signer_free(signer);
	ck_assert(sj_ledger_state_new(&rig->first));
	ck_assert(sj_ledger_state_build(&rig->first, state));
	ck_assert_int_eq(
		pwrite(rig->state_fd, state, sizeof(state), 0), sizeof(state));
	rig->start.heartbeat_s = 10;
	rig->start.place = (uint8_t)place;
	memcpy(rig->start.version, "0.1.0", 6);
	/* 2026-11-26, noon. */
	rig->now.wall_us = UINT64_C(1795694400) * LEDGER_RIG_SECOND;
	rig->now.mono_us = 1000 * LEDGER_RIG_SECOND;
}

void ledger_rig_close(struct ledger_rig *rig)
{
	sj_ledger_book_close(&rig->book);
	sj_verify_free(&rig->ledger);
	(void)close(rig->file_fd);
	(void)close(rig->state_fd);
}

void ledger_rig_start(struct ledger_rig *rig)
{
	char why[256] = "";

	sj_ledger_signer_free(rig->book.signer);
	rig->book.signer = sj_ledger_signer_of_key(rig->key, strlen(rig->key));
	ck_assert_ptr_nonnull(rig->book.signer);
	ck_assert_msg(sj_ledger_book_open(&rig->book, rig->file_fd,
			      rig->state_fd, why, sizeof(why)) == SJ_OK,
		"%s", why);
	ck_assert_int_eq(sj_ledger_desk_start(&rig->desk, &rig->book,
				 &rig->start, &rig->now),
		SJ_OK);
	ck_assert_int_eq(sj_ledger_book_commit(&rig->book), SJ_OK);
}

void ledger_rig_commit(struct ledger_rig *rig, enum sj_ledger_cause cause)
{
	ck_assert_int_eq(
		sj_ledger_desk_sign(&rig->desk, cause, &rig->now), SJ_OK);
	ck_assert_int_eq(sj_ledger_book_commit(&rig->book), SJ_OK);
}

void ledger_rig_stop(struct ledger_rig *rig)
{
	ck_assert_int_eq(sj_ledger_desk_end_day(&rig->desk, &rig->now), SJ_OK);
	ledger_rig_commit(rig, SJ_LEDGER_CAUSE_STOP);
}

struct sj_ledger_tell_open ledger_rig_opening(
	uint64_t ticket, enum sj_ledger_side side, uint8_t exporter)
{
	struct sj_ledger_tell_open open = {.ticket = ticket,
		.side = (uint8_t)side,
		.peer = side == SJ_LEDGER_SERVES ? SJ_LEDGER_PEER_VIEWER
						 : SJ_LEDGER_PEER_HOST,
		.zone = "lgwan",
		.name = "tanaka"};

	memset(open.exporter, exporter, sizeof(open.exporter));
	memset(open.spki_sha256, side, sizeof(open.spki_sha256));
	return open;
}

struct sj_ledger_tell_close ledger_rig_closing(uint64_t ticket,
	enum sj_ledger_side side, uint64_t keys, uint64_t updates)
{
	struct sj_ledger_tell_close close = {.ticket = ticket,
		.code = SJ_REASON_CLOSED,
		.has_counts = 1,
		.pixels = 4096 * updates};
	uint64_t out = 20 + 8 * keys, in = 1000 * updates;

	close.table[0].count[3] = keys;
	close.table[0].bytes[3] = 8 * keys;
	close.table[1].count[0] = updates;
	close.table[1].bytes[0] = in;
	close.table[2].count[7] = updates;
	close.table[2].bytes[7] = 900 * updates;
	in += 56;
	close.sent_bytes = side == SJ_LEDGER_SERVES ? in : out;
	close.received_bytes = side == SJ_LEDGER_SERVES ? out : in;
	return close;
}

static void pass_time(struct ledger_rig *rig, uint64_t us)
{
	rig->now.wall_us += us;
	rig->now.mono_us += us;
}

void ledger_rig_session(struct ledger_rig *rig,
	const struct sj_ledger_tell_open *open,
	const struct sj_ledger_tell_close *close)
{
	ck_assert_int_eq(
		sj_ledger_desk_open(&rig->desk, open, &rig->now), SJ_OK);
	ledger_rig_commit(rig, SJ_LEDGER_CAUSE_SESSION);
	pass_time(rig, LEDGER_RIG_SECOND);
	ck_assert_int_eq(
		sj_ledger_desk_close(&rig->desk, close, &rig->now), SJ_OK);
	ledger_rig_commit(rig, SJ_LEDGER_CAUSE_SESSION);
}

size_t ledger_rig_records(const struct ledger_rig *rig)
{
	struct stat info;

	ck_assert_int_eq(fstat(rig->file_fd, &info), 0);
	return (size_t)info.st_size / SJ_LEDGER_RECORD_BYTES;
}

uint8_t *ledger_rig_bytes(const struct ledger_rig *rig, size_t *size)
{
	uint8_t *bytes;

	*size = ledger_rig_records(rig) * SJ_LEDGER_RECORD_BYTES;
	bytes = malloc(*size + 1);
	ck_assert_ptr_nonnull(bytes);
	ck_assert_int_eq(pread(rig->file_fd, bytes, *size, 0), (ssize_t)*size);
	return bytes;
}

void ledger_rig_judge(struct ledger_rig *rig, const uint8_t *bytes, size_t size,
	const struct sj_verify_keys *more)
{
	struct sj_verify_keys keys = {.first = &rig->first};
	FILE *file = tmpfile();

	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(bytes, 1, size, file), size);
	rewind(file);
	if (more)
		keys = *more;
	else
		keys.signer =
			sj_ledger_signer_of_public(rig->pub, strlen(rig->pub));
	sj_verify_free(&rig->ledger);
	memset(&rig->ledger, 0, sizeof(rig->ledger));
	ck_assert_int_eq(sj_verify_read(&rig->ledger, file, &keys), SJ_OK);
	if (!more) {
		struct sj_ledger_signer *signer;

		memcpy(&signer, &keys.signer, sizeof(signer)); /* ours */
		sj_ledger_signer_free(signer);
	}
	(void)fclose(file);
}

void ledger_rig_judge_file(struct ledger_rig *rig)
{
	size_t size;
	uint8_t *bytes = ledger_rig_bytes(rig, &size);

	ledger_rig_judge(rig, bytes, size, NULL);
	free(bytes);
}

void ledger_rig_forge(struct ledger_rig *rig, uint8_t *bytes, size_t size)
{
	struct sj_ledger_signer *signer =
		sj_ledger_signer_of_key(rig->key, strlen(rig->key));
	struct sj_ledger_state state = rig->first;

	for (size_t at = 0; at < size; at += SJ_LEDGER_RECORD_BYTES) {
		uint8_t *record = bytes + at;

		for (size_t i = 0; i < 8; i++)
			record[8 + i] = (uint8_t)(state.seq >> (56 - 8 * i));
		memcpy(record + SJ_LEDGER_PREV_AT, state.prev, 32);
		if (record[7] == SJ_LEDGER_CHECKPOINT)
			ck_assert_int_eq(
				sj_ledger_sign(signer, record,
					record + SJ_LEDGER_SIGNED_BYTES),
				SJ_OK);
		ck_assert(sj_ledger_mac(
			&state, record, record + SJ_LEDGER_MAC_AT));
		ck_assert(sj_ledger_step(&state, record));
	}
	sj_ledger_signer_free(signer);
}
