/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The writer's file, state and key: ledger_mac.c, ledger_sign.c, ledger_book.c
 */
#include "certs/ledger_book.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/suite.h"
#include "tests/unit/certs/ledger_rig.h"

static struct ledger_rig rig;
static struct sj_ledger_book book;

static void setup(void)
{
	ledger_rig_open(&rig, SJ_LEDGER_PLACE_HOST);
	ledger_rig_start(&rig);
}

static void beat(void)
{
	ledger_rig_commit(&rig, SJ_LEDGER_CAUSE_HEARTBEAT);
}

/* Opens the files of rig once more; SJ_OK or what was wrong. */
static enum sj_err reopen(char *why)
{
	enum sj_err err;

	memset(&book, 0, sizeof(book));
	err = sj_ledger_book_open(&book, rig.file_fd, rig.state_fd, why, 256);
	sj_ledger_book_close(&book);
	return err;
}

/* The first bytes, by another implementation (Python's hmac and hashlib). */
START_TEST(the_key_goes_forward_and_matches_the_test_vector)
{
	static const uint8_t mac_0[] = {0x1e, 0x1c, 0xcb, 0x05, 0xce, 0x3d};
	static const uint8_t key_1[] = {0xcd, 0xc6, 0xf7, 0x22, 0x77, 0x30};
	static const uint8_t mac_1[] = {0xdd, 0xe9, 0x55, 0x23, 0xb8, 0xe5};
	static const uint8_t join[] = {0x87, 0x3d, 0x00, 0xb9, 0x6e, 0x86};
	struct sj_ledger_state state = {.seq = 0};
	uint8_t record[SJ_LEDGER_RECORD_BYTES] = {0};
	uint8_t out[SJ_LEDGER_HASH_BYTES];

	ck_assert(sj_ledger_mac(&state, record, out));
	ck_assert_mem_eq(out, mac_0, sizeof(mac_0));
	ck_assert(sj_ledger_step(&state, record));
	ck_assert_uint_eq(state.seq, 1);
	ck_assert_mem_eq(state.key, key_1, sizeof(key_1));
	ck_assert(sj_ledger_mac(&state, record, out));
	ck_assert_mem_eq(out, mac_1, sizeof(mac_1));
	ck_assert(sj_ledger_join(record, out));
	ck_assert_mem_eq(out, join, sizeof(join));
}
END_TEST

START_TEST(a_state_is_read_as_it_was_written)
{
	uint8_t bytes[SJ_LEDGER_STATE_BYTES];
	struct sj_ledger_state state, again;

	ck_assert(sj_ledger_state_new(&state));
	state.seq = 0x0102030405060708;
	ck_assert(sj_ledger_state_build(&state, bytes));
	ck_assert(sj_ledger_state_parse(bytes, &again));
	ck_assert_mem_eq(&state, &again, sizeof(state));
	for (size_t i = 0; i < sizeof(bytes); i++) {
		bytes[i] ^= 1;
		ck_assert(!sj_ledger_state_parse(bytes, &again));
		bytes[i] ^= 1;
	}
}
END_TEST

START_TEST(the_first_key_is_read_as_it_was_written)
{
	char text[SJ_LEDGER_FIRST_BYTES];
	struct sj_ledger_state state, again;

	ck_assert(sj_ledger_state_new(&state));
	ck_assert(sj_ledger_first_format(&state, text));
	ck_assert(sj_ledger_first_parse(text, strlen(text), &again));
	ck_assert_mem_eq(&state, &again, sizeof(state));
	for (size_t cut = 0; cut + 1 < strlen(text); cut++)
		ck_assert(!sj_ledger_first_parse(text, cut, &again));
	text[20] = 'G';
	ck_assert(!sj_ledger_first_parse(text, strlen(text), &again));
	state.seq = 1;
	ck_assert(!sj_ledger_first_format(&state, text));
}
END_TEST

START_TEST(a_signature_is_of_its_key_and_its_record)
{
	struct sj_ledger_signer *mine = sj_ledger_signer_new();
	struct sj_ledger_signer *other = sj_ledger_signer_new();
	uint8_t record[SJ_LEDGER_RECORD_BYTES] = {1, 2, 3};
	uint8_t signature[SJ_LEDGER_SIGNATURE_BYTES];

	ck_assert_int_eq(sj_ledger_sign(mine, record, signature), SJ_OK);
	ck_assert_int_eq(sj_ledger_check(mine, record, signature), SJ_OK);
	ck_assert_int_eq(
		sj_ledger_check(other, record, signature), SJ_ERR_DENIED);
	record[SJ_LEDGER_PREV_AT] ^= 1;
	ck_assert_int_eq(
		sj_ledger_check(mine, record, signature), SJ_ERR_DENIED);
	ck_assert_ptr_null(sj_ledger_signer_of_key("x", 1));
	ck_assert_ptr_null(sj_ledger_signer_of_public("x", 1));
	sj_ledger_signer_free(mine);
	sj_ledger_signer_free(other);
}
END_TEST

START_TEST(a_ledger_goes_on_where_it_was)
{
	setup();
	beat();
	ck_assert_uint_eq(ledger_rig_records(&rig), 3);
	ledger_rig_stop(&rig);
	ledger_rig_start(&rig);
	ledger_rig_stop(&rig);
	ledger_rig_judge_file(&rig);
	ck_assert_uint_eq(rig.ledger.findings.count, 0);
	ck_assert_uint_eq(rig.ledger.runs, 2);
	ledger_rig_close(&rig);
}
END_TEST

START_TEST(a_torn_record_is_cut_off_and_told)
{
	setup();
	beat();
	ck_assert_int_eq(pwrite(rig.file_fd, "SJLG", 4,
				 (off_t)(3 * SJ_LEDGER_RECORD_BYTES)),
		4);
	ledger_rig_start(&rig);
	ck_assert_uint_eq(rig.book.torn_bytes, 4);
	ledger_rig_stop(&rig);
	ledger_rig_judge_file(&rig);
	ck_assert_uint_eq(rig.ledger.findings.times[SJ_VERIFY_TORN], 1);
	ck_assert_uint_eq(rig.ledger.findings.times[SJ_VERIFY_CRASH], 1);
	ledger_rig_close(&rig);
}
END_TEST

START_TEST(a_state_that_a_crash_left_behind_catches_up)
{
	uint8_t state[SJ_LEDGER_STATE_BYTES];
	char why[256] = "";

	setup();
	ck_assert_int_eq(
		pread(rig.state_fd, state, sizeof(state), 0), sizeof(state));
	beat();
	beat();
	ck_assert_int_eq(
		pwrite(rig.state_fd, state, sizeof(state), 0), sizeof(state));
	ck_assert_msg(reopen(why) == SJ_OK, "%s", why);
	ledger_rig_start(&rig);
	ledger_rig_stop(&rig);
	ledger_rig_judge_file(&rig);
	ck_assert_uint_eq(rig.ledger.findings.times[SJ_VERIFY_MAC], 0);
	ck_assert_uint_eq(rig.ledger.findings.times[SJ_VERIFY_SEQ], 0);
	ledger_rig_close(&rig);
}
END_TEST

/* The records behind the state are not taken on trust. */
START_TEST(records_that_the_key_did_not_write_are_not_taken_over)
{
	uint8_t state[SJ_LEDGER_STATE_BYTES], byte = 0xff;
	char why[256] = "";

	setup();
	ck_assert_int_eq(
		pread(rig.state_fd, state, sizeof(state), 0), sizeof(state));
	beat();
	ck_assert_int_eq(
		pwrite(rig.state_fd, state, sizeof(state), 0), sizeof(state));
	ck_assert_int_eq(pwrite(rig.file_fd, &byte, 1,
				 (off_t)(2 * SJ_LEDGER_RECORD_BYTES + 20)),
		1);
	ck_assert_int_eq(reopen(why), SJ_ERR_DENIED);
	ck_assert_ptr_nonnull(strstr(why, "record 2"));
	ledger_rig_close(&rig);
}
END_TEST

START_TEST(a_ledger_that_was_cut_back_is_not_written_on)
{
	char why[256] = "";

	setup();
	beat();
	ck_assert_int_eq(
		ftruncate(rig.file_fd, (off_t)(2 * SJ_LEDGER_RECORD_BYTES)), 0);
	ck_assert_int_eq(reopen(why), SJ_ERR_DENIED);
	ck_assert_ptr_nonnull(strstr(why, "cut back"));
	ledger_rig_close(&rig);
}
END_TEST

START_TEST(an_older_state_is_not_written_on)
{
	uint8_t state[SJ_LEDGER_STATE_BYTES];
	char why[256] = "";

	setup();
	ck_assert_int_eq(
		pread(rig.state_fd, state, sizeof(state), 0), sizeof(state));
	for (int i = 0; i <= SJ_LIMIT_LEDGER_BATCH; i++)
		beat();
	ck_assert_int_eq(
		pwrite(rig.state_fd, state, sizeof(state), 0), sizeof(state));
	ck_assert_int_eq(reopen(why), SJ_ERR_DENIED);
	ck_assert_ptr_nonnull(strstr(why, "older"));
	ledger_rig_close(&rig);
}
END_TEST

START_TEST(another_last_record_is_not_written_on)
{
	uint8_t byte = 1;
	char why[256] = "";

	setup();
	ck_assert_int_eq(
		pwrite(rig.file_fd, &byte, 1, SJ_LEDGER_RECORD_BYTES + 31), 1);
	ck_assert_int_eq(reopen(why), SJ_ERR_DENIED);
	ck_assert_int_eq(pwrite(rig.file_fd, "x", 1, 0), 1);
	ck_assert_int_eq(reopen(why), SJ_ERR_FORMAT);
	ck_assert_int_eq(pwrite(rig.state_fd, "x", 1, 0), 1);
	ck_assert_int_eq(reopen(why), SJ_ERR_FORMAT);
	ck_assert_int_eq(ftruncate(rig.state_fd, 100), 0);
	ck_assert_int_eq(reopen(why), SJ_ERR_FORMAT);
	ledger_rig_close(&rig);
}
END_TEST

START_TEST(a_ledger_that_is_cut_or_longer_while_it_is_written_is_left_alone)
{
	char why[256] = "";

	setup();
	ck_assert_int_eq(sj_ledger_book_reserve(&rig.book, 100), SJ_OK);
	ck_assert_int_eq(ftruncate(rig.file_fd, SJ_LEDGER_RECORD_BYTES), 0);
	ck_assert_int_eq(sj_ledger_desk_sign(&rig.desk,
				 SJ_LEDGER_CAUSE_HEARTBEAT, &rig.now),
		SJ_OK);
	ck_assert_int_eq(sj_ledger_book_commit(&rig.book), SJ_ERR_DENIED);
	sj_ledger_book_close(&rig.book);
	ck_assert_uint_eq(ledger_rig_records(&rig), 1);
	ck_assert_int_eq(reopen(why), SJ_ERR_DENIED);
	ledger_rig_close(&rig);
}
END_TEST

/* As a writer left it that did not see that the file was cut. */
START_TEST(a_ledger_with_a_hole_is_not_written_on)
{
	const uint8_t zeros[SJ_LEDGER_RECORD_BYTES] = {0};
	char why[256] = "";

	setup();
	for (int i = 0; i < 5; i++)
		beat();
	ck_assert_int_eq(reopen(why), SJ_OK);
	ck_assert_int_eq(pwrite(rig.file_fd, zeros, sizeof(zeros),
				 3 * SJ_LEDGER_RECORD_BYTES),
		SJ_LEDGER_RECORD_BYTES);
	ck_assert_int_eq(reopen(why), SJ_ERR_DENIED);
	ck_assert_msg(strstr(why, "record 3") != NULL, "%s", why);
	ledger_rig_close(&rig);
}
END_TEST

START_TEST(a_ledger_that_was_moved_away_goes_on_in_a_new_file)
{
	setup();
	beat();
	ledger_rig_stop(&rig);
	ck_assert_int_eq(ftruncate(rig.file_fd, 0), 0);
	ledger_rig_start(&rig);
	ledger_rig_stop(&rig);
	ledger_rig_judge_file(&rig);
	ck_assert_uint_gt(rig.ledger.first_seq, 0);
	ck_assert_uint_eq(rig.ledger.findings.times[SJ_VERIFY_BEFORE], 1);
	ck_assert_uint_eq(rig.ledger.findings.count, 1);
	ledger_rig_close(&rig);
}
END_TEST

/* RLIMIT_FSIZE stands for a full disk: what is written halfway is no record. */
START_TEST(a_commit_that_fails_leaves_the_ledger_as_it_was)
{
	struct rlimit limit = {2 * SJ_LEDGER_RECORD_BYTES + 100, RLIM_INFINITY};
	struct stat info;

	setup();
	(void)signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	ck_assert_int_eq(sj_ledger_desk_sign(&rig.desk,
				 SJ_LEDGER_CAUSE_HEARTBEAT, &rig.now),
		SJ_OK);
	ck_assert_int_eq(sj_ledger_book_commit(&rig.book), SJ_ERR_SYSTEM);
	ck_assert_int_eq(errno, EFBIG);
	ck_assert_int_eq(fstat(rig.file_fd, &info), 0);
	ck_assert_int_eq(info.st_size, 2 * SJ_LEDGER_RECORD_BYTES);
	ck_assert_uint_eq(rig.book.state.seq, 2);
	sj_ledger_book_drop(&rig.book);
	limit.rlim_cur = RLIM_INFINITY;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	beat();
	ledger_rig_stop(&rig);
	ledger_rig_judge_file(&rig);
	ck_assert_uint_eq(rig.ledger.findings.count, 0);
	ledger_rig_close(&rig);
}
END_TEST

START_TEST(what_is_reserved_is_given_back_at_the_end)
{
	setup();
	ck_assert_int_eq(sj_ledger_book_reserve(&rig.book, 100), SJ_OK);
	ck_assert_uint_ge(sj_ledger_book_room(&rig.book), 100);
	beat();
	ck_assert_uint_ge(sj_ledger_book_room(&rig.book), 99);
	ck_assert_uint_eq(ledger_rig_records(&rig), 3);
	ledger_rig_close(&rig);
}
END_TEST

START_TEST(a_file_that_is_no_ledger_is_left_as_it_is)
{
	static const char key[] = "-----BEGIN PRIVATE KEY-----\nMHcCAQEEIA\n";
	char why[256], text[sizeof(key)];

	ledger_rig_open(&rig, SJ_LEDGER_PLACE_HOST);
	ck_assert_int_eq(pwrite(rig.file_fd, key, strlen(key), 0), strlen(key));
	ck_assert_int_eq(reopen(why), SJ_ERR_FORMAT);
	ck_assert_str_eq(why, "the file is no ledger");
	ck_assert_int_eq(
		pread(rig.file_fd, text, sizeof(text), 0), strlen(key));
	/* The first record, torn. */
	ck_assert_int_eq(ftruncate(rig.file_fd, 0), 0);
	ck_assert_int_eq(pwrite(rig.file_fd, "SJLG", 4, 0), 4);
	ck_assert_int_eq(reopen(why), SJ_OK);
	ledger_rig_close(&rig);
}
END_TEST

START_TEST(a_batch_that_is_full_takes_no_more)
{
	setup();
	for (int i = 0; i < SJ_LIMIT_LEDGER_BATCH; i++)
		ck_assert_int_eq(sj_ledger_desk_sign(&rig.desk,
					 SJ_LEDGER_CAUSE_HEARTBEAT, &rig.now),
			SJ_OK);
	ck_assert_int_eq(sj_ledger_desk_sign(&rig.desk,
				 SJ_LEDGER_CAUSE_HEARTBEAT, &rig.now),
		SJ_ERR_LIMIT);
	ck_assert_int_eq(sj_ledger_book_commit(&rig.book), SJ_OK);
	ledger_rig_close(&rig);
}
END_TEST

SJ_SUITE_MAIN("ledger_book", the_key_goes_forward_and_matches_the_test_vector,
	a_state_is_read_as_it_was_written,
	the_first_key_is_read_as_it_was_written,
	a_signature_is_of_its_key_and_its_record, a_ledger_goes_on_where_it_was,
	a_torn_record_is_cut_off_and_told,
	a_state_that_a_crash_left_behind_catches_up,
	records_that_the_key_did_not_write_are_not_taken_over,
	a_ledger_that_was_cut_back_is_not_written_on,
	an_older_state_is_not_written_on, another_last_record_is_not_written_on,
	a_ledger_that_is_cut_or_longer_while_it_is_written_is_left_alone,
	a_ledger_with_a_hole_is_not_written_on,
	a_ledger_that_was_moved_away_goes_on_in_a_new_file,
	a_commit_that_fails_leaves_the_ledger_as_it_was,
	what_is_reserved_is_given_back_at_the_end,
	a_file_that_is_no_ledger_is_left_as_it_is,
	a_batch_that_is_full_takes_no_more)
