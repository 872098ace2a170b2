/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/supervise/material.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "protocol/base/check_file.h"
#include "protocol/base/clock.h"
#include "protocol/base/log.h"
#include "protocol/base/memfd.h"
#include "protocol/base/secret.h"

void sj_material_init(struct sj_material_set *set)
{
	memset(set, 0, sizeof(*set));
	for (size_t i = 0; i < SJ_MATERIALS; i++)
		set->fd[i] = -1;
}

/* Why a file like this is not read at all; NULL if it is. */
static const char *refusal_of(const struct stat *info, size_t limit_bytes)
{
	if (!S_ISREG(info->st_mode))
		return "no regular file";
	if ((uint64_t)info->st_size > limit_bytes)
		return "too large for what it should be";
	return NULL;
}

/* NULL, or what is wrong with the frame of a file. */
static const char *judge_frame(
	const struct sj_material_set *set, size_t index, int fd)
{
	const enum sj_check_kind kinds[] = {
		[SJ_MATERIAL_CHAIN] = SJ_CHECK_CERTIFICATES,
		[SJ_MATERIAL_KEY] = set->has_key_passphrase ? SJ_CHECK_KEY
							    : SJ_CHECK_OPEN_KEY,
		[SJ_MATERIAL_AUTHORITY] = SJ_CHECK_CERTIFICATES,
		[SJ_MATERIAL_CRL] = SJ_CHECK_CRL};
	const char *fault = NULL;
	uint8_t *text = NULL;
	size_t size;

	if (!set->is_pem || index >= SJ_COUNT(kinds))
		return NULL;
	if (sj_memfd_read(fd, SJ_LIMIT_CRL_BYTES, &text, &size) != SJ_OK)
		return "no memory to judge it";
	fault = sj_check_pem((char *)text, size, kinds[index]);
	explicit_bzero(text, size);
	free(text);
	return fault;
}

static void begin_watch(struct sj_material_set *set)
{
	int64_t from_s, until_s;

	sj_crl_watch_begin(&set->crl_watch, 0, 0);
	if (set->span_crl &&
		set->span_crl(set->fd[SJ_MATERIAL_CRL], &from_s, &until_s))
		sj_crl_watch_begin(&set->crl_watch, from_s, until_s);
}

static void tell_end_of_crl(struct sj_material_set *set)
{
	const int64_t now_s = (int64_t)time(NULL);
	const char *path = set->path[SJ_MATERIAL_CRL];

	switch (sj_crl_watch_look(&set->crl_watch, now_s, sj_clock_ms())) {
	case SJ_CRL_LATE:
		sj_log(SJ_LOG_WARNING,
			"crl file=%s hours_left=%lld text=\"the next list is "
			"late; when this one runs out nobody is let in\"",
			path,
			(long long)(set->crl_watch.until_s - now_s) / 3600);
		break;
	case SJ_CRL_ENDED:
		sj_log(SJ_LOG_ERROR,
			"crl file=%s ended=yes text=\"nobody is let in until a "
			"new list is there\"",
			path);
		break;
	case SJ_CRL_NOTHING:
	default:
		break;
	}
}

static enum sj_err read_one(struct sj_material_set *set, size_t index)
{
	const char *path = set->path[index];
	const size_t limit_bytes = index == SJ_MATERIAL_CRL
					   ? SJ_LIMIT_CRL_BYTES
					   : SJ_LIMIT_PEM_BYTES;
	struct stat info;
	enum sj_err err;
	int fd = -1;

	if (stat(path, &info) != 0)
		return SJ_ERR_SYSTEM;
	set->refusal = refusal_of(&info, limit_bytes);
	if (set->refusal)
		return SJ_ERR_DENIED;
	err = sj_memfd_from_file(path, limit_bytes, &fd);
	if (err != SJ_OK)
		return err;
	/* A list that is refused is told once, not at every look. */
	set->seen[index] = info;
	if (index != SJ_MATERIAL_CRL || set->fd[index] < 0 || !set->judge_crl)
		set->refusal = judge_frame(set, index, fd);
	else
		set->refusal = set->judge_crl(
			set->fd[SJ_MATERIAL_AUTHORITY], set->fd[index], fd);
	if (set->refusal) {
		close(fd);
		return SJ_ERR_DENIED;
	}
	if (set->fd[index] >= 0)
		close(set->fd[index]);
	set->fd[index] = fd;
	if (index == SJ_MATERIAL_CRL)
		begin_watch(set);
	return SJ_OK;
}

void sj_material_warn(const char *path)
{
	char why[700];

	/* What is not there is told by who needs it. */
	if (path[0] && access(path, F_OK) == 0 &&
		!sj_check_path(path, SJ_CHECK_SECRET, why, sizeof(why)))
		sj_log(SJ_LOG_WARNING, "secret error=\"%s\"", why);
}

enum sj_err sj_material_read(struct sj_material_set *set,
	const struct sj_material_files *files, const char **path)
{
	enum sj_err err = SJ_OK;

	sj_material_init(set);
	set->judge_crl = files->judge_crl;
	set->span_crl = files->span_crl;
	set->is_pem = files->is_pem;
	set->has_key_passphrase = files->key_password_file[0] != '\0';
	for (size_t i = 0; i < SJ_MATERIALS && err == SJ_OK; i++) {
		*path = set->path[i] = files->path[i];
		if ((*path)[0] || i != SJ_MATERIAL_PASSWORDS)
			err = read_one(set, i);
	}
	if (err == SJ_OK && files->key_password_file[0]) {
		*path = files->key_password_file;
		err = sj_secret_read_line(*path, set->key_passphrase,
			sizeof(set->key_passphrase));
	}
	if (err == SJ_OK) {
		sj_material_warn(files->path[SJ_MATERIAL_KEY]);
		sj_material_warn(files->key_password_file);
		tell_end_of_crl(set);
	}
	return err;
}

static bool is_changed(const struct stat *now, const struct stat *seen)
{
	/* The time of its inode: also for who may read it now. */
	return now->st_ino != seen->st_ino || now->st_size != seen->st_size ||
	       now->st_ctim.tv_sec != seen->st_ctim.tv_sec ||
	       now->st_ctim.tv_nsec != seen->st_ctim.tv_nsec;
}

/* Looks at one file; true, with *err, if there is something to tell. */
static bool look_again(
	struct sj_material_set *set, size_t index, enum sj_err *err)
{
	struct stat *seen = &set->seen[index];
	struct stat info;
	bool is_new;

	if (stat(set->path[index], &info) != 0) {
		bool is_told = seen->st_ino == 0;

		memset(seen, 0, sizeof(*seen));
		*err = SJ_ERR_SYSTEM;
		return !is_told;
	}
	is_new = is_changed(&info, seen);
	if (!is_new && !set->is_unread[index])
		return false;
	*err = read_one(set, index);
	/* What this machine could not do now it may do at the next look. */
	set->is_unread[index] = *err != SJ_OK && *err != SJ_ERR_DENIED;
	if (*err != SJ_OK)
		*seen = info;
	/* What an authority that was not there yet had signed may be right
	 * now. */
	else if (index == SJ_MATERIAL_AUTHORITY)
		memset(&set->seen[SJ_MATERIAL_CRL], 0, sizeof(*seen));
	return is_new || *err == SJ_OK;
}

enum sj_err sj_material_refresh(
	struct sj_material_set *set, bool *is_crl_new, const char **path)
{
	enum sj_err result = SJ_OK;
	const char *refusal = NULL;
	int number = 0;

	*is_crl_new = false;
	for (size_t i = 0; i < SJ_MATERIALS; i++) {
		enum sj_err err = SJ_OK;

		if (!set->path[i] || !set->path[i][0])
			continue;
		if (!look_again(set, i, &err))
			continue;
		if (err != SJ_OK) {
			result = err;
			number = errno;
			refusal = set->refusal;
			*path = set->path[i];
		} else if (i == SJ_MATERIAL_CRL) {
			*is_crl_new = true;
		}
	}
	tell_end_of_crl(set);
	set->refusal = refusal;
	errno = number;
	return result;
}

const char *sj_material_error(
	const struct sj_material_set *set, enum sj_err err)
{
	if (err == SJ_ERR_DENIED && set->refusal)
		return set->refusal;
	return err == SJ_ERR_SYSTEM ? strerror(errno) : sj_err_text(err);
}

void sj_material_lend(const struct sj_material_set *set, struct sj_ipc_fds *fds)
{
	for (size_t i = 0; i < SJ_MATERIALS; i++)
		if (set->fd[i] >= 0)
			fds->fd[fds->count++] = set->fd[i];
}

void sj_material_finish(struct sj_material_set *set)
{
	for (size_t i = 0; i < SJ_MATERIALS; i++) {
		if (set->fd[i] >= 0)
			close(set->fd[i]);
		set->fd[i] = -1;
	}
	explicit_bzero(set->key_passphrase, sizeof(set->key_passphrase));
}
