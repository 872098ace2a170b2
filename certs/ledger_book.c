/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "certs/ledger_book.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "protocol/base/own_file.h"

#define BYTES SJ_LEDGER_RECORD_BYTES
/* So many last records have to be a chain at the start: 32 MiB, a week. */
#define CHAIN_RECORDS ((uint64_t)64 * 1024)

/* ---- reading what is there ---- */

static bool read_at(int fd, uint64_t at, uint8_t *bytes, size_t size)
{
	size_t done = 0;

	while (done < size) {
		ssize_t got = pread(
			fd, bytes + done, size - done, (off_t)(at + done));

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return false;
		done += (size_t)got;
	}
	return true;
}

static enum sj_err read_state(
	struct sj_ledger_book *book, char *why, size_t size)
{
	uint8_t bytes[SJ_LEDGER_STATE_BYTES];
	enum sj_err err = SJ_OK;

	if (!read_at(book->state_fd, 0, bytes, sizeof(bytes)) ||
		!sj_ledger_state_parse(bytes, &book->state)) {
		(void)snprintf(why, size, "the state is none, or torn");
		err = SJ_ERR_FORMAT;
	}
	OPENSSL_cleanse(bytes, sizeof(bytes));
	return err;
}

/* The record at index of the file, in *record and bytes. */
static bool read_record(const struct sj_ledger_book *book, uint64_t index,
	struct sj_ledger_record *record, uint8_t *bytes)
{
	const char *what;

	return read_at(book->file_fd, index * BYTES, bytes, BYTES) &&
	       sj_ledger_record_parse(bytes, record, &what);
}

/* Records that were written just before the state could be. */
static enum sj_err catch_up(struct sj_ledger_book *book, uint64_t index,
	uint64_t count, char *why, size_t size)
{
	struct sj_ledger_record record;
	uint8_t bytes[BYTES], mac[SJ_LEDGER_HASH_BYTES];

	for (uint64_t i = index; i < count; i++) {
		if (!read_record(book, i, &record, bytes) ||
			record.seq != book->state.seq ||
			memcmp(record.prev, book->state.prev,
				sizeof(record.prev)) != 0 ||
			!sj_ledger_mac(&book->state, bytes, mac) ||
			CRYPTO_memcmp(mac, record.mac, sizeof(mac)) != 0) {
			(void)snprintf(why, size,
				"record %" PRIu64
				" of the file is not what the state says",
				i);
			return SJ_ERR_DENIED;
		}
		if (!sj_ledger_step(&book->state, bytes))
			return SJ_ERR_MEMORY;
	}
	return SJ_OK;
}

/* The last record that the state knows has to be the one it knows. */
static enum sj_err check_head(const struct sj_ledger_book *book, uint64_t known,
	char *why, size_t size)
{
	struct sj_ledger_record record;
	uint8_t bytes[BYTES], hash[SJ_LEDGER_HASH_BYTES];

	if (known == 0)
		return SJ_OK;
	if (read_record(book, known - 1, &record, bytes) &&
		record.seq + 1 == book->state.seq &&
		sj_ledger_hash(bytes, BYTES, hash) &&
		memcmp(hash, book->state.prev, sizeof(hash)) == 0)
		return SJ_OK;
	(void)snprintf(why, size,
		"the last record is not the one that was written last");
	return SJ_ERR_DENIED;
}

/* The records before known have to follow each other: no hole, none other. */
static enum sj_err check_chain(const struct sj_ledger_book *book,
	uint64_t known, char *why, size_t size)
{
	uint64_t index = known > CHAIN_RECORDS ? known - CHAIN_RECORDS : 0;
	struct sj_ledger_record record;
	uint8_t bytes[BYTES], hash[SJ_LEDGER_HASH_BYTES];
	uint64_t seq = 0;

	for (uint64_t i = index; i < known; i++) {
		if (!read_record(book, i, &record, bytes) ||
			(i > index && (record.seq != seq ||
					      memcmp(record.prev, hash,
						      sizeof(hash)) != 0))) {
			(void)snprintf(why, size,
				"record %" PRIu64
				" of the file does not follow the one before; "
				"move the file away for shoji-verify, and the "
				"next one goes on",
				i);
			return SJ_ERR_DENIED;
		}
		seq = record.seq + 1;
		if (!sj_ledger_hash(bytes, BYTES, hash))
			return SJ_ERR_MEMORY;
	}
	return SJ_OK;
}

/* Records of the file against the state. */
static enum sj_err match(
	struct sj_ledger_book *book, uint64_t count, char *why, size_t size)
{
	struct sj_ledger_record first;
	uint8_t bytes[BYTES];
	uint64_t known;
	enum sj_err err;

	/* Moved away by somebody: the next file goes on. */
	if (count == 0)
		return SJ_OK;
	if (!read_record(book, 0, &first, bytes)) {
		(void)snprintf(why, size, "the file is no ledger");
		return SJ_ERR_FORMAT;
	}
	known = book->state.seq - first.seq;
	if (first.seq > book->state.seq ||
		(count > known && count - known > SJ_LIMIT_LEDGER_BATCH)) {
		(void)snprintf(why, size,
			"the state is older than the file: it knows records "
			"up to %" PRIu64 ", the file has some up to %" PRIu64,
			book->state.seq, first.seq + count);
		return SJ_ERR_DENIED;
	}
	if (count < known) {
		(void)snprintf(why, size,
			"the file was cut back: records up to %" PRIu64
			" were written, it ends before %" PRIu64,
			book->state.seq, first.seq + count);
		return SJ_ERR_DENIED;
	}
	err = check_head(book, known, why, size);
	if (err == SJ_OK)
		err = check_chain(book, known, why, size);
	return err == SJ_OK ? catch_up(book, known, count, why, size) : err;
}

static bool read_boot(uint8_t boot[16])
{
	char text[64] = "";
	FILE *file = fopen("/proc/sys/kernel/random/boot_id", "re");
	size_t nibbles = 0;

	if (!file)
		return false;
	if (!fgets(text, sizeof(text), file))
		text[0] = 0;
	(void)fclose(file);
	memset(boot, 0, 16);
	for (const char *at = text; *at && nibbles < 32; at++) {
		static const char digits[] = "0123456789abcdef";
		const char *digit = strchr(digits, *at);

		if (!digit)
			continue;
		boot[nibbles / 2] =
			(uint8_t)(boot[nibbles / 2] << 4 | (digit - digits));
		nibbles++;
	}
	return nibbles == 32;
}

enum sj_err sj_ledger_book_open(struct sj_ledger_book *book, int file_fd,
	int state_fd, char *why, size_t size)
{
	off_t end = lseek(file_fd, 0, SEEK_END);
	enum sj_err err;

	book->file_fd = file_fd;
	book->state_fd = state_fd;
	book->pending = 0;
	(void)snprintf(why, size, "the file cannot be used");
	if (end < 0 || !read_boot(book->boot))
		return SJ_ERR_SYSTEM;
	err = read_state(book, why, size);
	if (err == SJ_OK && !sj_own_file_is(file_fd, SJ_OWN_FILE_LEDGER)) {
		(void)snprintf(why, size, "the file is no ledger");
		err = SJ_ERR_FORMAT;
	}
	if (err == SJ_OK)
		err = match(book, (uint64_t)end / BYTES, why, size);
	if (err != SJ_OK)
		return err;
	book->torn_bytes = (uint16_t)((uint64_t)end % BYTES);
	book->size_bytes = (uint64_t)end - book->torn_bytes;
	book->reserved_bytes = book->size_bytes;
	book->can_reserve = true;
	book->next = book->state;
	if (book->torn_bytes > 0 &&
		ftruncate(file_fd, (off_t)book->size_bytes) != 0) {
		(void)snprintf(why, size, "%s", strerror(errno));
		return SJ_ERR_SYSTEM;
	}
	return SJ_OK;
}

/* ---- adding ---- */

enum sj_err sj_ledger_book_add(struct sj_ledger_book *book,
	struct sj_ledger_record *record, const struct sj_ledger_times *now)
{
	uint8_t *bytes = book->room + book->pending * BYTES;
	enum sj_err err = SJ_OK;

	if (book->pending == SJ_LIMIT_LEDGER_BATCH)
		return SJ_ERR_LIMIT;
	record->seq = book->next.seq;
	record->wall_us = now->wall_us;
	record->mono_us = now->mono_us;
	memcpy(record->boot, book->boot, sizeof(record->boot));
	memcpy(record->prev, book->next.prev, sizeof(record->prev));
	memset(record->mac, 0, sizeof(record->mac));
	if (record->kind == SJ_LEDGER_CHECKPOINT) {
		memset(record->u.checkpoint.signature, 0,
			SJ_LEDGER_SIGNATURE_BYTES);
		sj_ledger_record_build(record, bytes);
		err = sj_ledger_sign(
			book->signer, bytes, record->u.checkpoint.signature);
	}
	if (err != SJ_OK)
		return err;
	sj_ledger_record_build(record, bytes);
	if (!sj_ledger_mac(&book->next, bytes, bytes + SJ_LEDGER_MAC_AT) ||
		!sj_ledger_step(&book->next, bytes))
		return SJ_ERR_MEMORY;
	book->pending++;
	return SJ_OK;
}

/* ---- the disk ---- */

static bool write_at(int fd, uint64_t at, const uint8_t *bytes, size_t size)
{
	size_t done = 0;

	if (lseek(fd, (off_t)at, SEEK_SET) < 0)
		return false;
	while (done < size) {
		ssize_t put = write(fd, bytes + done, size - done);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return false;
		if (put == 0) {
			errno = ENOSPC;
			return false;
		}
		done += (size_t)put;
	}
	return fdatasync(fd) == 0;
}

static bool write_state(const struct sj_ledger_book *book)
{
	uint8_t bytes[SJ_LEDGER_STATE_BYTES];
	bool is_written = sj_ledger_state_build(&book->next, bytes) &&
			  write_at(book->state_fd, 0, bytes, sizeof(bytes));

	OPENSSL_cleanse(bytes, sizeof(bytes));
	return is_written;
}

/* Nobody else has made it longer or shorter since. */
static bool has_its_size(const struct sj_ledger_book *book)
{
	return lseek(book->file_fd, 0, SEEK_END) == (off_t)book->size_bytes;
}

enum sj_err sj_ledger_book_commit(struct sj_ledger_book *book)
{
	const size_t size = book->pending * BYTES;
	int cause;

	if (size == 0)
		return SJ_OK;
	if (!has_its_size(book))
		return SJ_ERR_DENIED;
	if (write_at(book->file_fd, book->size_bytes, book->room, size) &&
		write_state(book)) {
		book->state = book->next;
		book->size_bytes += size;
		if (book->reserved_bytes < book->size_bytes)
			book->reserved_bytes = book->size_bytes;
		book->pending = 0;
		return SJ_OK;
	}
	/* Back to what was: half a batch is no batch. What was reserved goes
	 * with it and is asked for again. */
	cause = errno;
	if (ftruncate(book->file_fd, (off_t)book->size_bytes) == 0)
		book->reserved_bytes = book->size_bytes;
	errno = cause;
	return SJ_ERR_SYSTEM;
}

void sj_ledger_book_drop(struct sj_ledger_book *book)
{
	book->pending = 0;
	book->next = book->state;
}

enum sj_err sj_ledger_book_reserve(
	struct sj_ledger_book *book, uint64_t records)
{
	uint64_t wanted = book->size_bytes + records * BYTES;

	if (!book->can_reserve || wanted <= book->reserved_bytes)
		return SJ_OK;
	if (fallocate(book->file_fd, FALLOC_FL_KEEP_SIZE,
		    (off_t)book->reserved_bytes,
		    (off_t)(wanted - book->reserved_bytes)) == 0) {
		book->reserved_bytes = wanted;
		return SJ_OK;
	}
	if (errno != EOPNOTSUPP && errno != ENOSYS)
		return SJ_ERR_SYSTEM;
	book->can_reserve = false;
	return SJ_OK;
}

uint64_t sj_ledger_book_room(const struct sj_ledger_book *book)
{
	if (!book->can_reserve)
		return UINT64_MAX;
	return (book->reserved_bytes - book->size_bytes) / BYTES;
}

void sj_ledger_book_close(struct sj_ledger_book *book)
{
	/* What was cut is not to be made long again, with a hole. */
	if (book->reserved_bytes > book->size_bytes && has_its_size(book))
		(void)!ftruncate(book->file_fd, (off_t)book->size_bytes);
	sj_ledger_state_forget(&book->state);
	sj_ledger_state_forget(&book->next);
	sj_ledger_signer_free(book->signer);
	book->signer = NULL;
}
