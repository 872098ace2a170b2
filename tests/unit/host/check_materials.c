/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/materials.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "protocol/base/memfd.h"
#include "tests/support/suite.h"

static char folder[32];
static struct sj_host_config config;
static struct sj_materials materials;

static void put(const char *name, const char *text)
{
	char path[64], fresh[64];
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	(void)snprintf(fresh, sizeof(fresh), "%s/%s.new", folder, name);
	file = fopen(fresh, "we");
	ck_assert_ptr_nonnull(file);
	(void)fputs(text, file);
	(void)fclose(file);
	ck_assert_int_eq(rename(fresh, path), 0);
}

static void remove_file(const char *name)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	(void)unlink(path);
}

static void begin(void)
{
	const char *path = "";

	(void)snprintf(folder, sizeof(folder), "/tmp/check-materials-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	memset(&config, 0, sizeof(config));
	(void)snprintf(config.chain, 256, "%s/chain", folder);
	(void)snprintf(config.key, 256, "%s/key", folder);
	(void)snprintf(config.authority, 256, "%s/authority", folder);
	(void)snprintf(config.crl, 256, "%s/crl", folder);
	(void)snprintf(config.key_password_file, 256, "%s/secret", folder);
	put("chain", "the chain");
	put("key", "the key");
	put("authority", "the authority");
	put("crl", "list 1");
	put("secret", "open it\nnot this\n");
	ck_assert_int_eq(sj_materials_read(&materials, &config, &path), SJ_OK);
}

static void end(void)
{
	static const char *const names[] = {
		"chain", "key", "authority", "crl", "secret"};

	sj_materials_finish(&materials);
	for (size_t i = 0; i < SJ_COUNT(names); i++)
		remove_file(names[i]);
	ck_assert_int_eq(rmdir(folder), 0);
}

static void assert_holds(enum sj_material which, const char *text)
{
	uint8_t *data = NULL;
	size_t size = 0;

	ck_assert_int_eq(
		sj_memfd_read(materials.fd[which], 1000, &data, &size), SJ_OK);
	ck_assert_str_eq((const char *)data, text);
	free(data);
}

START_TEST(files_are_read_once_into_sealed_memory)
{
	begin();
	assert_holds(SJ_MATERIAL_CHAIN, "the chain");
	assert_holds(SJ_MATERIAL_KEY, "the key");
	assert_holds(SJ_MATERIAL_CRL, "list 1");
	ck_assert_int_eq(materials.fd[SJ_MATERIAL_PASSWORDS], -1);
	ck_assert_str_eq(materials.key_passphrase, "open it");
	end();
}
END_TEST

/* What was cut would only be called wrong, later and elsewhere. */
START_TEST(a_passphrase_that_is_too_long_is_refused)
{
	char text[SJ_LIMIT_PASSPHRASE_BYTES + 2];
	const char *path = "";

	begin();
	memset(text, 'x', sizeof(text));
	text[SJ_LIMIT_PASSPHRASE_BYTES + 1] = 0;
	put("secret", text + 1);
	sj_materials_finish(&materials);
	ck_assert_int_eq(sj_materials_read(&materials, &config, &path), SJ_OK);
	ck_assert_str_eq(materials.key_passphrase, text + 1);
	put("secret", text);
	sj_materials_finish(&materials);
	ck_assert_int_eq(
		sj_materials_read(&materials, &config, &path), SJ_ERR_LIMIT);
	ck_assert_str_eq(path, config.key_password_file);
	ck_assert_str_eq(materials.key_passphrase, "");
	end();
}
END_TEST

START_TEST(a_new_list_is_noticed_once)
{
	const char *path = "";
	bool is_new = true;

	begin();
	ck_assert_int_eq(
		sj_materials_refresh(&materials, &is_new, &path), SJ_OK);
	ck_assert(!is_new);
	put("crl", "list 2");
	ck_assert_int_eq(
		sj_materials_refresh(&materials, &is_new, &path), SJ_OK);
	ck_assert(is_new);
	assert_holds(SJ_MATERIAL_CRL, "list 2");
	ck_assert_int_eq(
		sj_materials_refresh(&materials, &is_new, &path), SJ_OK);
	ck_assert(!is_new);
	end();
}
END_TEST

START_TEST(a_new_list_of_the_same_time_and_size_is_noticed)
{
	const char *path = "";
	struct timespec times[2];
	bool is_new = false;

	begin();
	times[0] = materials.seen[SJ_MATERIAL_CRL].st_atim;
	times[1] = materials.seen[SJ_MATERIAL_CRL].st_mtim;
	put("crl", "list 2");
	ck_assert_int_eq(utimensat(AT_FDCWD, config.crl, times, 0), 0);
	ck_assert_int_eq(
		sj_materials_refresh(&materials, &is_new, &path), SJ_OK);
	ck_assert(is_new);
	end();
}
END_TEST

START_TEST(another_new_file_is_not_a_new_list)
{
	const char *path = "";
	bool is_new = true;

	begin();
	put("chain", "renewed");
	ck_assert_int_eq(
		sj_materials_refresh(&materials, &is_new, &path), SJ_OK);
	ck_assert(!is_new);
	assert_holds(SJ_MATERIAL_CHAIN, "renewed");
	end();
}
END_TEST

START_TEST(a_file_that_is_gone_keeps_its_content_and_is_named)
{
	const char *path = "";
	bool is_new = true;

	begin();
	remove_file("crl");
	ck_assert_int_eq(sj_materials_refresh(&materials, &is_new, &path),
		SJ_ERR_SYSTEM);
	ck_assert(!is_new);
	ck_assert_str_eq(path, config.crl);
	assert_holds(SJ_MATERIAL_CRL, "list 1");
	end();
}
END_TEST

START_TEST(a_missing_file_is_named)
{
	const char *path = "";

	begin();
	sj_materials_finish(&materials);
	remove_file("authority");
	ck_assert_int_eq(
		sj_materials_read(&materials, &config, &path), SJ_ERR_SYSTEM);
	ck_assert_str_eq(path, config.authority);
	end();
}
END_TEST

SJ_SUITE_MAIN("host_materials", files_are_read_once_into_sealed_memory,
	a_passphrase_that_is_too_long_is_refused, a_new_list_is_noticed_once,
	a_new_list_of_the_same_time_and_size_is_noticed,
	another_new_file_is_not_a_new_list,
	a_file_that_is_gone_keeps_its_content_and_is_named,
	a_missing_file_is_named)
