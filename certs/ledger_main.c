/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ledger_main: shoji-ledger, which writes down what a supervisor tells it.
 *
 * Started by protocol/ledger/client.c with START on descriptor 3. Confines
 * itself with the ledger, its state and descriptor 3; nothing else can be
 * reached. Ends with the supervisor, and writes the stop first.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <openssl/crypto.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "certs/ledger_book.h"
#include "certs/ledger_desk.h"
#include "protocol/base/clock.h"
#include "protocol/base/confine.h"
#include "protocol/base/ipc.h"
#include "protocol/base/log.h"
#include "protocol/base/memfd.h"
#include "protocol/base/signals.h"

#define CONTROL_FD 3
#define MEMORY_MAX_BYTES ((uint64_t)128 * 1024 * 1024)
#define MESSAGES_MAX 64 /* of one batch */
/* The last batch keeps room for a closing, the day and the stop. */
#define STOP_RECORDS ((size_t)64)
/* Room that is promised beyond the closings, and where it gets dangerous. */
#define SLACK_RECORDS 256
#define SLACK_LOW_RECORDS 64

struct writer {
	struct sj_ledger_book book;
	struct sj_ledger_desk desk;
	struct sj_ledger_desk before; /* copy, to undo a batch */
	struct sj_ledger_answer answer[MESSAGES_MAX];
	size_t answers;
	uint32_t refused[MESSAGES_MAX]; /* codes of this batch */
	size_t refusals;
	uint32_t brief[MESSAGES_MAX]; /* of sessions that were opened and
					 closed in this batch */
	size_t briefs;
	bool has_opened, has_closed; /* in this batch */
	/* Tickets of openings that were not kept; 0: free. */
	uint64_t not_kept[SJ_LIMIT_LEDGER_SESSIONS];
	size_t not_kept_at; /* where the next one goes */
	bool is_told_no_room;
	int told_room;  /* errno of the last line `room`; 0: there is some */
	int told_write; /* the same of `write`, but for those of sessions */
	bool is_over;   /* the supervisor is gone */
	uint64_t beat_ms;
};

static struct writer writer;

static struct sj_ledger_times times_now(void)
{
	struct sj_ledger_times now = {.mono_us = sj_clock_us()};
	struct timespec wall;

	if (clock_gettime(CLOCK_REALTIME, &wall) == 0)
		now.wall_us = (uint64_t)wall.tv_sec * 1000000 +
			      (uint64_t)wall.tv_nsec / 1000;
	return now;
}

/* The line that a syslog server can keep as a witness. */
static void log_head(void)
{
	char hex[2 * SJ_LEDGER_HASH_BYTES + 1];

	for (size_t i = 0; i < SJ_LEDGER_HASH_BYTES; i++)
		(void)snprintf(
			hex + 2 * i, 3, "%02x", writer.book.state.prev[i]);
	sj_log(SJ_LOG_INFO, "head seq=%" PRIu64 " hash=%s",
		writer.book.state.seq - 1, hex);
}

static void log_failure(const char *what, enum sj_err err)
{
	const char *text = err == SJ_ERR_SYSTEM ? strerror(errno)
			   : err == SJ_ERR_DENIED
				   ? "the file was changed behind its back"
				   : sj_err_text(err);

	sj_log(SJ_LOG_ERROR, "%s error=\"%s\"", what, text);
}

/* Each beat finds the same; only another cause is told again. */
static void log_change(const char *what, enum sj_err err, int *told)
{
	const int number = errno;

	if (err != SJ_ERR_SYSTEM || number != *told)
		log_failure(what, err);
	*told = number;
}

/* ---- openings that were not kept ---- */

static void remember(uint64_t ticket)
{
	writer.not_kept[writer.not_kept_at++ % SJ_LIMIT_LEDGER_SESSIONS] =
		ticket;
}

/* True if the opening with ticket was not kept; its closing comes once. */
static bool recall(uint64_t ticket)
{
	for (size_t i = 0; ticket != 0 && i < SJ_LIMIT_LEDGER_SESSIONS; i++) {
		if (writer.not_kept[i] != ticket)
			continue;
		writer.not_kept[i] = 0;
		return true;
	}
	return false;
}

/* ---- answers ---- */

static void send_answer(const struct sj_ledger_answer *answer)
{
	if (sj_ipc_send(CONTROL_FD, answer, sizeof(*answer), NULL) != SJ_OK)
		writer.is_over = true;
}

static void answer_later(uint64_t ticket, bool is_kept, int number)
{
	struct sj_ledger_answer *answer = &writer.answer[writer.answers++];

	memset(answer, 0, sizeof(*answer));
	answer->type =
		is_kept ? SJ_LEDGER_ANSWER_KEPT : SJ_LEDGER_ANSWER_NOT_KEPT;
	answer->ticket = ticket;
	answer->number = number;
	if (!is_kept)
		remember(ticket);
}

static void send_answers(void)
{
	for (size_t i = 0; i < writer.answers; i++)
		send_answer(&writer.answer[i]);
	writer.answers = 0;
}

static void refuse(uint32_t code)
{
	if (sj_ledger_desk_refuse(&writer.desk, code) != SJ_OK)
		sj_log(SJ_LOG_ERROR, "lost code=%u", code);
}

/* Nothing of the batch is on the disk: no opening of it counts. */
static void take_back(int number)
{
	sj_ledger_book_drop(&writer.book);
	writer.desk = writer.before;
	for (size_t i = 0; i < writer.refusals; i++)
		refuse(writer.refused[i]);
	for (size_t i = 0; i < writer.briefs; i++)
		refuse(writer.brief[i]);
	for (size_t i = 0; i < writer.answers; i++) {
		if (writer.answer[i].type == SJ_LEDGER_ANSWER_KEPT)
			remember(writer.answer[i].ticket);
		writer.answer[i].type = SJ_LEDGER_ANSWER_NOT_KEPT;
		writer.answer[i].number = number;
	}
}

/* ---- room ---- */

static enum sj_err reserve(uint32_t sessions)
{
	return sj_ledger_book_reserve(&writer.book,
		(uint64_t)sessions * SJ_LEDGER_CLOSING_RECORDS + SLACK_RECORDS);
}

/* The disk is full and what was reserved is running out. */
static void watch_room(void)
{
	const struct sj_ledger_answer answer = {
		.type = SJ_LEDGER_ANSWER_NO_ROOM, .number = ENOSPC};
	uint64_t needed =
		(uint64_t)writer.desk.open * SJ_LEDGER_CLOSING_RECORDS +
		SLACK_LOW_RECORDS;

	if (reserve(writer.desk.open) == SJ_OK) {
		if (writer.told_room != 0)
			sj_log(SJ_LOG_INFO, "room again=yes");
		writer.told_room = 0;
		writer.is_told_no_room = false;
		return;
	}
	log_change("room", SJ_ERR_SYSTEM, &writer.told_room);
	if (writer.is_told_no_room ||
		sj_ledger_book_room(&writer.book) >= needed)
		return;
	writer.is_told_no_room = true;
	send_answer(&answer);
}

/* ---- messages ---- */

static bool on_open(struct sj_ledger_tell_open *open)
{
	const struct sj_ledger_times now = times_now();
	enum sj_err err = reserve(writer.desk.open + 1);
	int number = errno;

	if (err == SJ_OK) {
		err = sj_ledger_desk_open(&writer.desk, open, &now);
		number = err == SJ_ERR_LIMIT ? EMFILE : EINVAL;
	}
	explicit_bzero(open->exporter, sizeof(open->exporter));
	if (err != SJ_OK && err != SJ_ERR_SYSTEM && err != SJ_ERR_LIMIT) {
		log_failure("open", err);
		return false;
	}
	if (err != SJ_OK)
		sj_log(SJ_LOG_ERROR, "not-kept error=\"%s\"", strerror(number));
	answer_later(open->ticket, err == SJ_OK, err == SJ_OK ? 0 : number);
	writer.has_opened = writer.has_opened || err == SJ_OK;
	return true;
}

/*
 * A connection may end before its supervisor has read that its opening was not
 * kept: it is one that was refused.
 */
static enum sj_err on_close(const struct sj_ledger_tell_close *close,
	const struct sj_ledger_times *now)
{
	enum sj_err err;

	if (recall(close->ticket)) {
		writer.refused[writer.refusals++] = close->code;
		return sj_ledger_desk_refuse(&writer.desk, close->code);
	}
	err = sj_ledger_desk_close(&writer.desk, close, now);
	if (err == SJ_OK &&
		!sj_ledger_desk_is_open(&writer.before, close->ticket))
		writer.brief[writer.briefs++] = close->code;
	else
		writer.has_closed = true;
	return err;
}

/* False: the supervisor is not what it was. */
static bool on_message(struct sj_ledger_message *message)
{
	const struct sj_ledger_times now = times_now();
	enum sj_err err;

	switch (message->type) {
	case SJ_LEDGER_TELL_OPEN:
		return on_open(&message->u.open);
	case SJ_LEDGER_TELL_CLOSE:
		err = on_close(&message->u.close, &now);
		break;
	case SJ_LEDGER_TELL_REFUSED:
		writer.refused[writer.refusals++] = message->u.code;
		err = sj_ledger_desk_refuse(&writer.desk, message->u.code);
		break;
	default:
		err = SJ_ERR_FORMAT;
		break;
	}
	if (err != SJ_OK)
		log_failure("message", err);
	return err == SJ_OK;
}

static bool is_readable(int wait_ms)
{
	struct pollfd watch = {.fd = CONTROL_FD, .events = POLLIN};

	return poll(&watch, 1, wait_ms) == 1;
}

/* Takes what has come; false after a message that cannot be. */
static bool take_messages(void)
{
	for (size_t i = 0; i < MESSAGES_MAX && is_readable(0); i++) {
		struct sj_ledger_message message;
		enum sj_err err = sj_ipc_receive(
			CONTROL_FD, &message, sizeof(message), NULL);

		if (err == SJ_ERR_CLOSED) {
			writer.is_over = true;
			return true;
		}
		if (err != SJ_OK || !on_message(&message))
			return false;
	}
	return true;
}

/* ---- batches ---- */

/* Signs and commits what was added. */
static enum sj_err commit(enum sj_ledger_cause cause)
{
	const struct sj_ledger_times now = times_now();
	enum sj_err err = sj_ledger_desk_sign(&writer.desk, cause, &now);

	return err == SJ_OK ? sj_ledger_book_commit(&writer.book) : err;
}

/* One turn: what was told, what time asks for. False: the end, logged. */
static bool turn(void)
{
	const struct sj_ledger_times now = times_now();
	bool is_beat = sj_clock_ms() >= writer.beat_ms;
	bool is_day = false, is_session;
	enum sj_err err;

	writer.before = writer.desk;
	writer.has_opened = writer.has_closed = false;
	writer.refusals = writer.briefs = 0;
	err = sj_ledger_desk_tick(&writer.desk, &now, is_beat, &is_day);
	if (err == SJ_OK && !take_messages())
		err = SJ_ERR_FORMAT;
	is_session = writer.has_opened || writer.has_closed;
	if (err == SJ_OK && (is_session || is_day || is_beat))
		err = commit(is_session ? SJ_LEDGER_CAUSE_SESSION
			     : is_day   ? SJ_LEDGER_CAUSE_DAY
					: SJ_LEDGER_CAUSE_HEARTBEAT);
	if (err == SJ_OK && (is_session || is_day))
		log_head();
	if (err != SJ_OK) {
		int number = errno;

		if (is_session)
			log_failure("write", err);
		else
			log_change("write", err, &writer.told_write);
		/* A closing that is not kept cannot be told again. */
		if (err != SJ_ERR_SYSTEM || writer.has_closed)
			return false;
		take_back(number);
	} else if (is_session || is_day || is_beat) {
		writer.told_write = 0;
	}
	send_answers();
	if (is_beat) {
		writer.beat_ms = sj_clock_ms() +
				 (uint64_t)writer.desk.start.heartbeat_s * 1000;
		watch_room();
	}
	return true;
}

/* The last records: what is still open, the day, the stop. */
static bool write_stop(void)
{
	const struct sj_ledger_times now = times_now();
	enum sj_err err = SJ_OK;

	while (err == SJ_OK) {
		if (writer.book.pending + STOP_RECORDS > SJ_LIMIT_LEDGER_BATCH)
			err = sj_ledger_book_commit(&writer.book);
		if (err == SJ_OK)
			err = sj_ledger_desk_abandon(&writer.desk, &now);
	}
	if (err == SJ_ERR_MISSING)
		err = sj_ledger_book_commit(&writer.book);
	if (err == SJ_OK)
		err = sj_ledger_desk_end_day(&writer.desk, &now);
	if (err == SJ_OK)
		err = commit(SJ_LEDGER_CAUSE_STOP);
	if (err == SJ_OK)
		log_head();
	else
		log_failure("stop", err);
	return err == SJ_OK;
}

static enum sj_exit run(void)
{
	while (!writer.is_over) {
		(void)is_readable(
			sj_clock_poll_ms(sj_clock_ms(), writer.beat_ms));
		if (!turn())
			return SJ_EXIT_LOCAL;
	}
	return write_stop() ? SJ_EXIT_ENDED : SJ_EXIT_LOCAL;
}

/* ---- start ---- */

static bool receive_start(
	struct sj_ledger_message *message, struct sj_ipc_fds *fds)
{
	enum sj_err err =
		sj_ipc_receive(CONTROL_FD, message, sizeof(*message), fds);

	if (err == SJ_OK && message->type == SJ_LEDGER_TELL_START &&
		fds->count == 3 && sj_ledger_desk_is_sound(&message->u.start))
		return true;
	sj_log(SJ_LOG_ERROR, "start error=\"%s\"",
		err == SJ_OK ? "not a START message" : sj_err_text(err));
	return false;
}

static bool read_key(int fd)
{
	uint8_t *pem = NULL;
	size_t size = 0;
	enum sj_err err = sj_memfd_read(fd, SJ_LIMIT_PEM_BYTES, &pem, &size);

	if (err == SJ_OK) {
		writer.book.signer = sj_ledger_signer_of_key(pem, size);
		explicit_bzero(pem, size);
	}
	free(pem);
	if (!writer.book.signer)
		sj_log(SJ_LOG_ERROR,
			"key error=\"not an Ed25519 key without passphrase\"");
	return writer.book.signer != NULL;
}

/* One writer for one file, and for one set of keys. */
static bool lock(int fd, const char *what)
{
	const struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

	if (fcntl(fd, F_SETLK, &whole) == 0)
		return true;
	sj_log(SJ_LOG_ERROR, "%s error=\"another writer has it\"", what);
	return false;
}

static bool confine(
	const struct sj_ledger_tell_start *start, const struct sj_ipc_fds *fds)
{
	const int keep[] = {CONTROL_FD, fds->fd[0], fds->fd[1]};
	struct sj_confine spec = {
		.name = "ledger",
		.uid = start->uid,
		.gid = start->gid,
		.keep_fds = keep,
		.keep_count = SJ_COUNT(keep),
		.allow = SJ_ALLOW_RECVMSG | SJ_ALLOW_SENDMSG | SJ_ALLOW_APPEND,
		.memory_max_bytes = MEMORY_MAX_BYTES,
		.may_miss = start->may_miss,
	};

	/* The key of the chain shall not be paged out; where the limit is too
	 * small it can be. */
	(void)mlock(&writer.book.state, sizeof(writer.book.state));
	(void)mlock(&writer.book.next, sizeof(writer.book.next));
	return sj_confine_or_log(&spec) == SJ_OK;
}

static bool begin(const struct sj_ledger_tell_start *start)
{
	const struct sj_ledger_times now = times_now();
	const struct sj_ledger_answer ready = {.type = SJ_LEDGER_ANSWER_READY};
	enum sj_err err = reserve(0);

	if (err == SJ_OK)
		err = sj_ledger_desk_start(
			&writer.desk, &writer.book, start, &now);
	if (err == SJ_OK)
		err = sj_ledger_book_commit(&writer.book);
	if (err != SJ_OK) {
		log_failure("begin", err);
		return false;
	}
	log_head();
	if (writer.book.torn_bytes > 0)
		sj_log(SJ_LOG_WARNING, "torn bytes=%u",
			(unsigned)writer.book.torn_bytes);
	writer.beat_ms = sj_clock_ms() + (uint64_t)start->heartbeat_s * 1000;
	send_answer(&ready);
	return true;
}

int main(void)
{
	struct sj_ledger_message message;
	struct sj_ipc_fds fds = {.count = 0};
	enum sj_exit status = SJ_EXIT_LOCAL;
	char why[256];

	/* A full quota is an error of write(2), not the end of this process. */
	(void)signal(SIGXFSZ, SIG_IGN);
	sj_signals_shield();
	sj_log_open("ledger", SJ_LOG_INFO);
	if (OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL) != 1 ||
		!receive_start(&message, &fds) || !read_key(fds.fd[2]) ||
		!lock(fds.fd[0], "file") || !lock(fds.fd[1], "state"))
		goto out;
	sj_log_open("ledger", (enum sj_log_level)message.u.start.log_level);
	if (sj_ledger_book_open(&writer.book, fds.fd[0], fds.fd[1], why,
		    sizeof(why)) != SJ_OK) {
		sj_log(SJ_LOG_ERROR, "ledger error=\"%s\"", why);
		goto out;
	}
	/* Confined before anything is written; the first signature loads what
	 * OpenSSL needs, and fails loudly if that is not allowed. */
	if (!confine(&message.u.start, &fds))
		status = SJ_EXIT_CONFINE;
	else if (begin(&message.u.start))
		status = run();
out:
	sj_ledger_book_close(&writer.book);
	return (int)status;
}
