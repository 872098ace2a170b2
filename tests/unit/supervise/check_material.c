/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/supervise/material.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "protocol/base/memfd.h"
#include "tests/support/suite.h"

static const char *const names[] = {
	"chain", "key", "authority", "crl", "secret"};
static char folder[32];
static char path_of[5][64];
static const struct sj_material_files files = {
	.path = {path_of[0], path_of[1], path_of[2], path_of[3], ""},
	.key_password_file = path_of[4]};
static struct sj_material_set materials;

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
	for (size_t i = 0; i < SJ_COUNT(names); i++)
		(void)snprintf(path_of[i], sizeof(path_of[i]), "%s/%s", folder,
			names[i]);
	put("chain", "the chain");
	put("key", "the key");
	put("authority", "the authority");
	put("crl", "list 1");
	put("secret", "open it\nnot this\n");
	ck_assert_int_eq(sj_material_read(&materials, &files, &path), SJ_OK);
}

static void end(void)
{
	sj_material_finish(&materials);
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

/* Looks again at all files. */
static enum sj_err look(const char **path, bool *is_new)
{
	return sj_material_refresh(&materials, is_new, path);
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
	sj_material_finish(&materials);
	ck_assert_int_eq(sj_material_read(&materials, &files, &path), SJ_OK);
	ck_assert_str_eq(materials.key_passphrase, text + 1);
	put("secret", text);
	sj_material_finish(&materials);
	ck_assert_int_eq(
		sj_material_read(&materials, &files, &path), SJ_ERR_LIMIT);
	ck_assert_str_eq(path, files.key_password_file);
	ck_assert_str_eq(materials.key_passphrase, "");
	end();
}
END_TEST

START_TEST(a_new_list_is_noticed_once)
{
	const char *path = "";
	bool is_new = true;

	begin();
	ck_assert_int_eq(look(&path, &is_new), SJ_OK);
	ck_assert(!is_new);
	put("crl", "list 2");
	ck_assert_int_eq(look(&path, &is_new), SJ_OK);
	ck_assert(is_new);
	assert_holds(SJ_MATERIAL_CRL, "list 2");
	ck_assert_int_eq(look(&path, &is_new), SJ_OK);
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
	ck_assert_int_eq(
		utimensat(AT_FDCWD, files.path[SJ_MATERIAL_CRL], times, 0), 0);
	ck_assert_int_eq(look(&path, &is_new), SJ_OK);
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
	ck_assert_int_eq(look(&path, &is_new), SJ_OK);
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
	ck_assert_int_eq(look(&path, &is_new), SJ_ERR_SYSTEM);
	ck_assert(!is_new);
	ck_assert_str_eq(path, files.path[SJ_MATERIAL_CRL]);
	assert_holds(SJ_MATERIAL_CRL, "list 1");
	ck_assert_int_eq(look(&path, &is_new), SJ_OK);
	ck_assert(!is_new);
	end();
}
END_TEST

START_TEST(what_could_not_be_read_is_told_once_and_read_when_it_can)
{
	const char *path = "";
	bool is_new = true;
	struct rlimit was, none;

	begin();
	put("crl", "list 2");
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &was), 0);
	none = was;
	none.rlim_cur = 0;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
	ck_assert_int_eq(look(&path, &is_new), SJ_ERR_SYSTEM);
	ck_assert_str_eq(path, files.path[SJ_MATERIAL_CRL]);
	ck_assert_int_eq(look(&path, &is_new), SJ_OK);
	ck_assert(!is_new);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &was), 0);
	ck_assert_int_eq(look(&path, &is_new), SJ_OK);
	ck_assert(is_new);
	assert_holds(SJ_MATERIAL_CRL, "list 2");
	end();
}
END_TEST

START_TEST(a_file_is_read_again_when_its_rights_have_changed)
{
	const char *path = "";
	bool is_new = false;

	begin();
	ck_assert_int_eq(chmod(path_of[SJ_MATERIAL_CRL], 0640), 0);
	ck_assert_int_eq(look(&path, &is_new), SJ_OK);
	ck_assert(is_new);
	end();
}
END_TEST

/* Larger than any list, and no file at all. */
START_TEST(what_is_no_such_file_is_named_and_changes_nothing)
{
	const char *path = "";
	bool is_new = true;

	begin();
	ck_assert_int_eq(truncate(path_of[SJ_MATERIAL_CRL],
				 (off_t)SJ_LIMIT_CRL_BYTES + 1),
		0);
	ck_assert_int_eq(look(&path, &is_new), SJ_ERR_DENIED);
	ck_assert_str_eq(path, files.path[SJ_MATERIAL_CRL]);
	ck_assert_ptr_nonnull(strstr(
		sj_material_error(&materials, SJ_ERR_DENIED), "too large"));
	remove_file("crl");
	ck_assert_int_eq(mkdir(path_of[SJ_MATERIAL_CRL], 0700), 0);
	ck_assert_int_eq(look(&path, &is_new), SJ_ERR_DENIED);
	ck_assert_ptr_nonnull(
		strstr(sj_material_error(&materials, SJ_ERR_DENIED),
			"no regular file"));
	ck_assert(!is_new);
	assert_holds(SJ_MATERIAL_CRL, "list 1");
	ck_assert_int_eq(rmdir(path_of[SJ_MATERIAL_CRL]), 0);
	end();
}
END_TEST

static const char *refuse(int authority_fd, int held_fd, int fresh_fd)
{
	(void)authority_fd;
	(void)held_fd;
	(void)fresh_fd;
	return "half of it";
}

/* A copy in two steps: the first half is refused, the whole is taken. */
START_TEST(a_list_that_is_refused_is_told_once_and_the_old_one_stays)
{
	const char *path = "";
	bool is_new = true;

	begin();
	materials.judge_crl = refuse;
	put("crl", "li");
	ck_assert_int_eq(look(&path, &is_new), SJ_ERR_DENIED);
	ck_assert(!is_new);
	ck_assert_str_eq(path, files.path[SJ_MATERIAL_CRL]);
	ck_assert_str_eq(
		sj_material_error(&materials, SJ_ERR_DENIED), "half of it");
	assert_holds(SJ_MATERIAL_CRL, "list 1");
	ck_assert_int_eq(look(&path, &is_new), SJ_OK);
	ck_assert(!is_new);
	materials.judge_crl = NULL;
	put("crl", "list 2");
	ck_assert_int_eq(look(&path, &is_new), SJ_OK);
	ck_assert(is_new);
	assert_holds(SJ_MATERIAL_CRL, "list 2");
	end();
}
END_TEST

START_TEST(a_list_is_looked_at_again_behind_a_new_authority)
{
	const char *path = "";
	bool is_new = true;

	begin();
	materials.judge_crl = refuse;
	put("crl", "list 2");
	ck_assert_int_eq(look(&path, &is_new), SJ_ERR_DENIED);
	materials.judge_crl = NULL;
	put("authority", "another");
	ck_assert_int_eq(look(&path, &is_new), SJ_OK);
	ck_assert(is_new);
	assert_holds(SJ_MATERIAL_CRL, "list 2");
	end();
}
END_TEST

#define FRAME(label)                                                           \
	"-----BEGIN " label "-----\nAAAA\n-----END " label "-----\n"

START_TEST(what_is_not_the_pem_it_should_be_is_refused)
{
	struct sj_material_files framed = files;
	const char *path = "";
	bool is_new = false;

	begin();
	sj_material_finish(&materials);
	framed.is_pem = true;
	ck_assert_int_eq(
		sj_material_read(&materials, &framed, &path), SJ_ERR_DENIED);
	ck_assert_str_eq(path, files.path[SJ_MATERIAL_CHAIN]);
	ck_assert_ptr_nonnull(strstr(
		sj_material_error(&materials, SJ_ERR_DENIED), "CERTIFICATE"));
	sj_material_finish(&materials);
	put("chain", FRAME("CERTIFICATE"));
	put("key", FRAME("ENCRYPTED PRIVATE KEY"));
	put("authority", FRAME("CERTIFICATE"));
	put("crl", FRAME("X509 CRL"));
	ck_assert_int_eq(sj_material_read(&materials, &framed, &path), SJ_OK);
	/* Half a copy: the one before stays. */
	put("authority", "-----BEGIN CERTIFICATE-----\nAAAA\n");
	ck_assert_int_eq(look(&path, &is_new), SJ_ERR_DENIED);
	ck_assert_str_eq(path, files.path[SJ_MATERIAL_AUTHORITY]);
	assert_holds(SJ_MATERIAL_AUTHORITY, FRAME("CERTIFICATE"));
	ck_assert_int_eq(look(&path, &is_new), SJ_OK);
	end();
}
END_TEST

START_TEST(a_missing_file_is_named)
{
	const char *path = "";

	begin();
	sj_material_finish(&materials);
	remove_file("authority");
	ck_assert_int_eq(
		sj_material_read(&materials, &files, &path), SJ_ERR_SYSTEM);
	ck_assert_str_eq(path, files.path[SJ_MATERIAL_AUTHORITY]);
	end();
}
END_TEST

START_TEST(what_is_there_is_lent_in_its_order)
{
	struct sj_material_files more = files;
	struct sj_ipc_fds fds = {.fd = {7}, .count = 1};
	const char *path = "";

	begin();
	sj_material_lend(&materials, &fds);
	ck_assert_uint_eq(fds.count, 5);
	for (size_t i = SJ_MATERIAL_CHAIN; i <= SJ_MATERIAL_CRL; i++)
		ck_assert_int_eq(fds.fd[1 + i], materials.fd[i]);
	sj_material_finish(&materials);
	more.path[SJ_MATERIAL_PASSWORDS] = path_of[4];
	ck_assert_int_eq(sj_material_read(&materials, &more, &path), SJ_OK);
	fds.count = 0;
	sj_material_lend(&materials, &fds);
	ck_assert_uint_eq(fds.count, 5);
	ck_assert_int_eq(fds.fd[4], materials.fd[SJ_MATERIAL_PASSWORDS]);
	end();
}
END_TEST

START_TEST(only_passwords_may_be_missing)
{
	struct sj_material_files fewer = files;
	const char *path = "";

	begin();
	sj_material_finish(&materials);
	fewer.path[_i] = "";
	ck_assert_int_eq(
		sj_material_read(&materials, &fewer, &path), SJ_ERR_SYSTEM);
	ck_assert_str_eq(path, "");
	end();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {files_are_read_once_into_sealed_memory,
		a_passphrase_that_is_too_long_is_refused,
		a_new_list_is_noticed_once,
		a_new_list_of_the_same_time_and_size_is_noticed,
		another_new_file_is_not_a_new_list,
		a_file_that_is_gone_keeps_its_content_and_is_named,
		what_could_not_be_read_is_told_once_and_read_when_it_can,
		a_file_is_read_again_when_its_rights_have_changed,
		what_is_no_such_file_is_named_and_changes_nothing,
		a_list_that_is_refused_is_told_once_and_the_old_one_stays,
		a_list_is_looked_at_again_behind_a_new_authority,
		what_is_not_the_pem_it_should_be_is_refused,
		a_missing_file_is_named, what_is_there_is_lent_in_its_order};
	const struct sj_suite_loop loops[] = {
		{only_passwords_may_be_missing, SJ_MATERIAL_PASSWORDS}};

	return sj_suite_run_loops(
		"supervise_material", tests, SJ_COUNT(tests), loops, 1);
}
