/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "viewer/files.h"

#include <stdio.h>

#include "protocol/base/check_file.h"
#include "protocol/supervise/material.h"

#define MATERIAL_COUNT 4
#define LEDGER_PATH_BYTES (SJ_VIEWER_PATH_BYTES + 8)

struct file {
	const char *option; /* NULL: none of the command line names it */
	struct sj_check_row row;
	enum sj_viewer_file file;
};

/* Certificates, key and list, in the order of enum sj_viewer_file. */
static void list_material(const struct sj_viewer_options *options,
	struct file list[MATERIAL_COUNT])
{
	const enum sj_check_kind key =
		options->passphrase_file[0] ? SJ_CHECK_KEY : SJ_CHECK_OPEN_KEY;
	const struct file files[MATERIAL_COUNT] = {
		{"cert",
			{"certificates", "certificate", options->cert,
				SJ_CHECK_CERTIFICATES},
			SJ_VIEWER_FILE_CERT},
		{"key", {"certificates", "key", options->key, key},
			SJ_VIEWER_FILE_KEY},
		{"ca",
			{"certificates", "authority", options->ca,
				SJ_CHECK_CERTIFICATES},
			SJ_VIEWER_FILE_CA},
		{"crl", {"certificates", "crl", options->crl, SJ_CHECK_CRL},
			SJ_VIEWER_FILE_CRL},
	};

	for (size_t i = 0; i < MATERIAL_COUNT; i++)
		list[i] = files[i];
}

/* True, or message says where the file was named and what is wrong. */
static bool check_one(const struct sj_viewer_options *options,
	const struct file *file, char *message, size_t size)
{
	char why[700];

	if (!file->option || !(options->named & 1u << file->file))
		return sj_check_rows(
			options->config, &file->row, 1, message, size);
	if (sj_check_path(file->row.path, file->row.kind, why, sizeof(why)))
		return true;
	(void)snprintf(message, size, "--%s: %s", file->option, why);
	return false;
}

/* The two keys of a ledger; "" where none is kept. */
static void name_ledger_keys(const struct sj_viewer_options *options,
	char key[LEDGER_PATH_BYTES], char state[LEDGER_PATH_BYTES])
{
	key[0] = state[0] = '\0';
	if (!options->ledger_file[0])
		return;
	(void)snprintf(key, LEDGER_PATH_BYTES, "%s.key", options->ledger_keys);
	(void)snprintf(
		state, LEDGER_PATH_BYTES, "%s.state", options->ledger_keys);
}

bool sj_files_check(
	const struct sj_viewer_options *options, char *message, size_t size)
{
	char key[LEDGER_PATH_BYTES], state[LEDGER_PATH_BYTES];
	const struct file passphrase = {"passphrase-file",
		{"certificates", "passphrase_file", options->passphrase_file,
			SJ_CHECK_FIRST_LINE},
		SJ_VIEWER_FILE_PASSPHRASE};
	const struct sj_check_row ledger[] = {
		{"ledger", "file", options->ledger_file, SJ_CHECK_LEDGER},
		{"ledger", "keys", key, SJ_CHECK_OPEN_KEY},
		{"ledger", "keys", state, SJ_CHECK_STATE},
	};
	struct file files[MATERIAL_COUNT];

	name_ledger_keys(options, key, state);
	list_material(options, files);
	for (size_t i = 0; i < MATERIAL_COUNT; i++)
		if (!check_one(options, &files[i], message, size))
			return false;
	if (options->passphrase_file[0] &&
		!check_one(options, &passphrase, message, size))
		return false;
	return sj_check_rows(
		options->config, ledger, SJ_COUNT(ledger), message, size);
}

bool sj_files_are_material(const struct sj_viewer_options *options,
	const char **option, char *why, size_t size)
{
	struct file files[MATERIAL_COUNT];

	list_material(options, files);
	for (size_t i = 0; i < MATERIAL_COUNT; i++) {
		*option = files[i].option;
		if (!sj_check_content(
			    files[i].row.path, files[i].row.kind, why, size))
			return false;
	}
	return true;
}

void sj_files_warn(const struct sj_viewer_options *options)
{
	char key[LEDGER_PATH_BYTES], state[LEDGER_PATH_BYTES];

	name_ledger_keys(options, key, state);
	sj_material_warn(options->key);
	sj_material_warn(options->passphrase_file);
	sj_material_warn(key);
	sj_material_warn(state);
}
