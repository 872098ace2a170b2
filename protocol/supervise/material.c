/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/supervise/material.h"

#include <string.h>
#include <unistd.h>

#include "protocol/base/memfd.h"
#include "protocol/base/secret.h"

void sj_material_init(struct sj_material_set *set)
{
	memset(set, 0, sizeof(*set));
	for (size_t i = 0; i < SJ_MATERIALS; i++)
		set->fd[i] = -1;
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
	err = sj_memfd_from_file(path, limit_bytes, &fd);
	if (err != SJ_OK)
		return err;
	if (set->fd[index] >= 0)
		close(set->fd[index]);
	set->fd[index] = fd;
	set->seen[index] = info;
	return SJ_OK;
}

enum sj_err sj_material_read(struct sj_material_set *set,
	const struct sj_material_files *files, const char **path)
{
	enum sj_err err = SJ_OK;

	sj_material_init(set);
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
	return err;
}

static bool is_changed(const struct stat *now, const struct stat *seen)
{
	return now->st_ino != seen->st_ino || now->st_size != seen->st_size ||
	       now->st_mtim.tv_sec != seen->st_mtim.tv_sec ||
	       now->st_mtim.tv_nsec != seen->st_mtim.tv_nsec;
}

enum sj_err sj_material_refresh(
	struct sj_material_set *set, bool *is_crl_new, const char **path)
{
	enum sj_err result = SJ_OK;
	struct stat info;

	*is_crl_new = false;
	for (size_t i = 0; i < SJ_MATERIALS; i++) {
		enum sj_err err = SJ_OK;

		if (!set->path[i] || !set->path[i][0])
			continue;
		if (stat(set->path[i], &info) != 0)
			err = SJ_ERR_SYSTEM;
		else if (!is_changed(&info, &set->seen[i]))
			continue;
		else
			err = read_one(set, i);
		if (err != SJ_OK) {
			result = err;
			*path = set->path[i];
		} else if (i == SJ_MATERIAL_CRL) {
			*is_crl_new = true;
		}
	}
	return result;
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
