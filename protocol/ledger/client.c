/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/ledger/client.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "protocol/base/check_file.h"
#include "protocol/base/clock.h"
#include "protocol/base/ipc.h"
#include "protocol/base/memfd.h"
#include "protocol/base/spawn.h"
#include "protocol/ledger/record.h"

#define KILLED_MS 2000
#define START_MS 10000 /* it checks what it finds, and the disk may be slow */

/* A regular file for reading and writing; -1 with why. */
static int open_file(const char *path, int more, char *why, size_t size)
{
	struct stat info;
	const char *what;
	int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | more, 0600);

	if (fd >= 0 && fstat(fd, &info) == 0 && S_ISREG(info.st_mode))
		return fd;
	if (fd >= 0)
		what = "not a regular file";
	else
		what = errno == ELOOP ? SJ_CHECK_IS_LINK : strerror(errno);
	(void)snprintf(why, size, "%s: %s", path, what);
	if (fd >= 0)
		(void)close(fd);
	return -1;
}

/* True if a file that keygen would make of keys is there. */
static bool has_any(const char *keys)
{
	static const char *const endings[] = {"key", "state", "pub", "first"};
	char path[PATH_MAX];
	struct stat info;

	for (size_t i = 0; i < SJ_COUNT(endings); i++) {
		(void)snprintf(path, sizeof(path), "%s.%s", keys, endings[i]);
		if (lstat(path, &info) == 0)
			return true;
	}
	return false;
}

/*
 * Who has no keys yet is told how to make them. Those of which a part is gone
 * are of no use, and never written over.
 */
static void advise(const struct sj_ledger_plan *plan, const char *ending,
	int error, char *why, size_t size)
{
	const size_t used = strlen(why);

	if (error != ENOENT)
		return;
	if (has_any(plan->keys))
		(void)snprintf(why + used, size - used,
			"; without their .%s these keys cannot be used any "
			"more; make new ones under another name: shoji-verify "
			"keygen OTHER, and name them in [ledger] keys",
			ending);
	else
		(void)snprintf(why + used, size - used,
			"; make the keys: shoji-verify keygen %s", plan->keys);
}

/* What the writer before had begun goes on only in the same file. */
static bool goes_on(const struct sj_ledger *before, int fd, int error)
{
	struct stat info;

	if (fd < 0)
		return error != ENOENT && error != ELOOP;
	return fstat(fd, &info) == 0 && info.st_dev == before->file_device &&
	       info.st_ino == before->file_inode &&
	       info.st_size >= SJ_LEDGER_RECORD_BYTES;
}

/* The descriptors of START, in its order. */
static enum sj_err open_files(const struct sj_ledger_plan *plan,
	const struct sj_ledger *before, struct sj_ipc_fds *fds, char *why,
	size_t size)
{
	char path[PATH_MAX];
	enum sj_err err;
	int error;

	fds->fd[0] = open_file(
		plan->file, before->is_begun ? 0 : O_CREAT, why, size);
	error = errno;
	fds->count = fds->fd[0] < 0 ? 0 : 1;
	if (before->is_begun && !goes_on(before, fds->fd[0], error)) {
		(void)snprintf(
			why, size, "%s: " SJ_LEDGER_NOT_IN_PLACE, plan->file);
		return SJ_ERR_DENIED;
	}
	if (fds->fd[0] < 0)
		return SJ_ERR_SYSTEM;
	(void)snprintf(path, sizeof(path), "%s.state", plan->keys);
	fds->fd[1] = open_file(path, 0, why, size);
	error = errno;
	if (fds->fd[1] < 0) {
		advise(plan, "state", error, why, size);
		return SJ_ERR_SYSTEM;
	}
	fds->count = 2;
	(void)snprintf(path, sizeof(path), "%s.key", plan->keys);
	err = sj_memfd_from_file(path, SJ_LIMIT_PEM_BYTES, &fds->fd[2]);
	error = err == SJ_ERR_SYSTEM ? errno : 0;
	if (err == SJ_OK) {
		fds->count = 3;
		return SJ_OK;
	}
	(void)snprintf(why, size, "%s: %s", path,
		error ? strerror(error) : sj_err_text(err));
	advise(plan, "key", error, why, size);
	return err;
}

static int32_t utc_offset_s(void)
{
	time_t now = time(NULL);
	struct tm local;

	return localtime_r(&now, &local) ? (int32_t)local.tm_gmtoff : 0;
}

static void fill_start(
	const struct sj_ledger_plan *plan, struct sj_ledger_message *message)
{
	struct sj_ledger_tell_start *start = &message->u.start;

	memset(message, 0, sizeof(*message));
	message->type = SJ_LEDGER_TELL_START;
	start->uid = plan->uid;
	start->gid = plan->gid;
	start->may_miss = plan->may_miss;
	start->log_level = plan->log_level;
	start->heartbeat_s = plan->heartbeat_s;
	start->utc_offset_s = utc_offset_s();
	start->place = (uint8_t)plan->place;
	(void)snprintf(
		start->version, sizeof(start->version), "%s", plan->version);
}

/* Where the writer is; a build tree has it in certs/. */
static enum sj_err find_program(
	const struct sj_ledger_plan *plan, char *path, size_t size)
{
	const char *name = "shoji-ledger";
	enum sj_err err;
	char *slash;

	if (plan->program) {
		(void)snprintf(path, size, "%s", plan->program);
		return SJ_OK;
	}
	err = sj_spawn_program_path(name, path, size);
	slash = err == SJ_OK ? strrchr(path, '/') : NULL;
	if (slash && access(path, X_OK) != 0)
		(void)snprintf(slash, size - (size_t)(slash - path),
			"/../certs/%s", name);
	return err;
}

static enum sj_err spawn(struct sj_ledger *ledger,
	const struct sj_ledger_plan *plan, const int pair[2])
{
	const char *const argv[] = {"shoji-ledger", NULL};
	const struct timeval limit = {
		.tv_sec = SJ_LIMIT_LEDGER_ANSWER_MS / 1000};
	char path[PATH_MAX];
	struct sj_spawn spec = {.path = path,
		.argv = argv,
		.fds = &pair[1],
		.fd_count = 1,
		.stderr_fd = plan->stderr_fd};
	enum sj_err err = find_program(plan, path, sizeof(path));

	/* What it does not take in this time it will not write in time. */
	if (err == SJ_OK && setsockopt(pair[0], SOL_SOCKET, SO_SNDTIMEO, &limit,
				    sizeof(limit)) != 0)
		err = SJ_ERR_SYSTEM;
	if (err == SJ_OK)
		err = sj_spawn(&spec, &ledger->pid);
	if (err != SJ_OK)
		return err;
	ledger->pidfd = (int)syscall(SYS_pidfd_open, ledger->pid, 0);
	return ledger->pidfd < 0 ? SJ_ERR_SYSTEM : SJ_OK;
}

enum sj_err sj_ledger_start(struct sj_ledger *ledger,
	const struct sj_ledger_plan *plan, char *why, size_t size)
{
	struct sj_ledger_message message;
	struct sj_ipc_fds fds = {.count = 0};
	struct stat info;
	int pair[2] = {-1, -1};
	enum sj_err err;

	err = open_files(plan, ledger, &fds, why, size);
	if (err == SJ_OK && fstat(fds.fd[0], &info) != 0)
		err = SJ_ERR_SYSTEM;
	if (err != SJ_OK)
		goto out;
	(void)snprintf(why, size, "shoji-ledger cannot be started");
	err = sj_ipc_pair(pair);
	if (err == SJ_OK)
		err = spawn(ledger, plan, pair);
	if (err != SJ_OK)
		goto out;
	ledger->file_device = info.st_dev;
	ledger->file_inode = info.st_ino;
	ledger->fd = pair[0];
	pair[0] = -1;
	ledger->deadline_ms = sj_clock_ms() + START_MS;
	fill_start(plan, &message);
	err = sj_ipc_send(ledger->fd, &message, sizeof(message), &fds);
	if (err != SJ_OK)
		sj_ledger_drop(ledger);
out:
	for (size_t i = 0; i < 2; i++)
		if (pair[i] >= 0)
			(void)close(pair[i]);
	sj_ipc_close(&fds);
	return err;
}

static bool is_readable(int fd, int wait_ms)
{
	struct pollfd watch = {.fd = fd, .events = POLLIN};

	return poll(&watch, 1, wait_ms) == 1;
}

bool sj_ledger_is_in_place(const struct sj_ledger *ledger, const char *path)
{
	struct stat info;

	/* The writer that comes next takes no link. */
	return lstat(path, &info) == 0 && info.st_dev == ledger->file_device &&
	       info.st_ino == ledger->file_inode;
}

enum sj_err sj_ledger_await_ready(struct sj_ledger *ledger, uint64_t limit_ms)
{
	uint64_t until_ms = sj_clock_ms() + limit_ms;
	struct sj_ledger_answer answer;
	enum sj_err err = SJ_ERR_AGAIN;

	while (err == SJ_ERR_AGAIN && !ledger->is_ready) {
		int wait_ms = sj_clock_poll_ms(sj_clock_ms(), until_ms);

		if (!is_readable(ledger->fd, wait_ms) &&
			sj_clock_ms() >= until_ms)
			return SJ_ERR_TIMEOUT;
		err = sj_ledger_next(ledger, &answer);
	}
	return ledger->is_ready ? SJ_OK : err;
}

static enum sj_err tell(
	struct sj_ledger *ledger, const struct sj_ledger_message *message)
{
	enum sj_err err;

	if (ledger->fd < 0 || !ledger->is_ready)
		return SJ_ERR_CLOSED;
	err = sj_ipc_send(ledger->fd, message, sizeof(*message), NULL);
	return err == SJ_ERR_AGAIN ? SJ_ERR_TIMEOUT : err;
}

enum sj_err sj_ledger_tell_open(
	struct sj_ledger *ledger, const struct sj_ledger_tell_open *open)
{
	struct sj_ledger_message message = {.type = SJ_LEDGER_TELL_OPEN};
	enum sj_err err;

	message.u.open = *open;
	err = tell(ledger, &message);
	explicit_bzero(&message, sizeof(message));
	if (err != SJ_OK)
		return err;
	if (ledger->waiting++ == 0)
		ledger->deadline_ms = sj_clock_ms() + SJ_LIMIT_LEDGER_ANSWER_MS;
	return SJ_OK;
}

enum sj_err sj_ledger_tell_close(
	struct sj_ledger *ledger, const struct sj_ledger_tell_close *close)
{
	struct sj_ledger_message message = {.type = SJ_LEDGER_TELL_CLOSE};

	message.u.close = *close;
	return tell(ledger, &message);
}

enum sj_err sj_ledger_tell_refused(
	struct sj_ledger *ledger, enum sj_reason reason)
{
	struct sj_ledger_message message = {.type = SJ_LEDGER_TELL_REFUSED};

	message.u.code = (uint32_t)reason;
	return tell(ledger, &message);
}

/* Whether answer is one that may come now; counts it. */
static bool take(
	struct sj_ledger *ledger, const struct sj_ledger_answer *answer)
{
	switch (answer->type) {
	case SJ_LEDGER_ANSWER_READY:
		if (ledger->is_ready)
			return false;
		ledger->is_ready = ledger->is_begun = true;
		ledger->deadline_ms = UINT64_MAX;
		return true;
	case SJ_LEDGER_ANSWER_KEPT:
	case SJ_LEDGER_ANSWER_NOT_KEPT:
		if (ledger->waiting == 0)
			return false;
		ledger->waiting--;
		/* Answers come in order: the next one has its own time. */
		ledger->deadline_ms =
			ledger->waiting == 0
				? UINT64_MAX
				: sj_clock_ms() + SJ_LIMIT_LEDGER_ANSWER_MS;
		return true;
	case SJ_LEDGER_ANSWER_NO_ROOM:
		return true;
	default:
		return false;
	}
}

enum sj_err sj_ledger_next(
	struct sj_ledger *ledger, struct sj_ledger_answer *answer)
{
	enum sj_err err;

	if (ledger->fd < 0)
		return SJ_ERR_CLOSED;
	if (!is_readable(ledger->fd, 0))
		return SJ_ERR_AGAIN;
	err = sj_ipc_receive(ledger->fd, answer, sizeof(*answer), NULL);
	if (err == SJ_OK && !take(ledger, answer))
		err = SJ_ERR_FORMAT;
	return err;
}

bool sj_ledger_is_late(const struct sj_ledger *ledger, uint64_t now_ms)
{
	return ledger->fd >= 0 && now_ms >= ledger->deadline_ms;
}

/* By pidfd: the pid may be another's once somebody else has reaped it. */
static void end_writer(struct sj_ledger *ledger, uint64_t limit_ms)
{
	const struct sj_ledger before = *ledger;
	struct pollfd end = {.fd = ledger->pidfd, .events = POLLIN};
	int status;

	if (ledger->fd >= 0)
		(void)close(ledger->fd);
	if (ledger->pidfd >= 0) {
		if (poll(&end, 1,
			    limit_ms > INT_MAX ? INT_MAX : (int)limit_ms) != 1)
			(void)syscall(SYS_pidfd_send_signal, ledger->pidfd,
				SIGKILL, NULL, 0u);
		(void)poll(&end, 1, KILLED_MS);
		(void)waitpid(ledger->pid, &status, WNOHANG);
		(void)close(ledger->pidfd);
	}
	*ledger = SJ_LEDGER_NONE;
	ledger->is_begun = before.is_begun;
	ledger->file_device = before.file_device;
	ledger->file_inode = before.file_inode;
}

void sj_ledger_drop(struct sj_ledger *ledger)
{
	end_writer(ledger, 0);
}

void sj_ledger_finish(struct sj_ledger *ledger, uint64_t limit_ms)
{
	end_writer(ledger, limit_ms);
}
