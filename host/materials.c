/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/materials.h"

#include <string.h>
#include <unistd.h>

#include "protocol/base/memfd.h"
#include "protocol/base/secret.h"

static size_t limit_of(size_t index)
{
	return index == SJ_MATERIAL_CRL ? SJ_LIMIT_CRL_BYTES
					: SJ_LIMIT_PEM_BYTES;
}

static enum sj_err read_one(struct sj_materials *materials, size_t index)
{
	const char *path = materials->path[index];
	struct stat info;
	enum sj_err err;
	int fd = -1;

	if (stat(path, &info) != 0)
		return SJ_ERR_SYSTEM;
	err = sj_memfd_from_file(path, limit_of(index), &fd);
	if (err != SJ_OK)
		return err;
	if (materials->fd[index] >= 0)
		close(materials->fd[index]);
	materials->fd[index] = fd;
	materials->seen[index] = info;
	return SJ_OK;
}

enum sj_err sj_materials_read(struct sj_materials *materials,
	const struct sj_host_config *config, const char **path)
{
	const char *const paths[SJ_MATERIALS] = {config->chain, config->key,
		config->authority, config->crl,
		config->is_x509plain ? config->password_file : ""};
	enum sj_err err = SJ_OK;

	memset(materials, 0, sizeof(*materials));
	for (size_t i = 0; i < SJ_MATERIALS; i++) {
		materials->fd[i] = -1;
		materials->path[i] = paths[i];
	}
	for (size_t i = 0; i < SJ_MATERIALS && err == SJ_OK; i++) {
		*path = paths[i];
		if (paths[i][0])
			err = read_one(materials, i);
	}
	if (err == SJ_OK && config->key_password_file[0]) {
		*path = config->key_password_file;
		err = sj_secret_read_line(config->key_password_file,
			materials->key_passphrase,
			sizeof(materials->key_passphrase));
	}
	return err;
}

static bool is_changed(const struct stat *now, const struct stat *seen)
{
	return now->st_ino != seen->st_ino || now->st_size != seen->st_size ||
	       now->st_mtim.tv_sec != seen->st_mtim.tv_sec ||
	       now->st_mtim.tv_nsec != seen->st_mtim.tv_nsec;
}

enum sj_err sj_materials_refresh(
	struct sj_materials *materials, bool *is_crl_new, const char **path)
{
	enum sj_err result = SJ_OK;
	struct stat info;

	*is_crl_new = false;
	for (size_t i = 0; i < SJ_MATERIALS; i++) {
		enum sj_err err = SJ_OK;

		if (!materials->path[i] || !materials->path[i][0])
			continue;
		if (stat(materials->path[i], &info) != 0)
			err = SJ_ERR_SYSTEM;
		else if (!is_changed(&info, &materials->seen[i]))
			continue;
		else
			err = read_one(materials, i);
		if (err != SJ_OK) {
			result = err;
			*path = materials->path[i];
		} else if (i == SJ_MATERIAL_CRL) {
			*is_crl_new = true;
		}
	}
	return result;
}

void sj_materials_finish(struct sj_materials *materials)
{
	for (size_t i = 0; i < SJ_MATERIALS; i++) {
		if (materials->fd[i] >= 0)
			close(materials->fd[i]);
		materials->fd[i] = -1;
	}
	explicit_bzero(
		materials->key_passphrase, sizeof(materials->key_passphrase));
}
