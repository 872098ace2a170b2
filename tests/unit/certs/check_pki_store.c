/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "certs/pki_store.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "certs/pki_index.h"
#include "tests/support/suite.h"
#include "tests/unit/certs/certs_rig.h"

#define HEAD "shoji-ca index 1\nzone lgwan\ncrl 4\n"
#define LINE "cert 4a01 viewer lgwan tanaka 1700000000 1800000000 0\n"

static const char *folder;
static struct sj_pki_store store;
static struct sj_pki_why why;

static const struct sj_pki_entry entry = {
	.serial = "4a01",
	.identity = {SJ_TLS_ROLE_VIEWER, "lgwan", "tanaka"},
	.validity = {1700000000, 1800000000},
};

/* A new, empty store on disk, closed. */
static void setup(void)
{
	folder = rig_folder();
	ck_assert_int_eq(
		sj_pki_store_create(&store, folder, "lgwan", &why), SJ_OK);
	ck_assert_int_eq(sj_pki_store_save(&store, &why), SJ_OK);
	sj_pki_store_close(&store);
}

START_TEST(what_was_saved_is_read_again)
{
	struct sj_pki_entry revoked = entry;
	const struct sj_pki_entry *found;

	setup();
	strcpy(revoked.serial, "4a02");
	revoked.revoked_s = 1750000000;
	ck_assert_int_eq(sj_pki_store_open(&store, folder, true, &why), SJ_OK);
	ck_assert_int_eq(sj_pki_store_add(&store, &entry), SJ_OK);
	ck_assert_int_eq(sj_pki_store_add(&store, &revoked), SJ_OK);
	store.crl_number = 12;
	ck_assert_int_eq(sj_pki_store_save(&store, &why), SJ_OK);
	sj_pki_store_close(&store);
	ck_assert_int_eq(sj_pki_store_open(&store, folder, false, &why), SJ_OK);
	ck_assert_str_eq(store.zone, "lgwan");
	ck_assert_uint_eq(store.crl_number, 12);
	ck_assert_uint_eq(store.count, 2);
	found = sj_pki_store_find(&store, "4a02");
	ck_assert_ptr_nonnull(found);
	ck_assert_int_eq(found->revoked_s, 1750000000);
	ck_assert_int_eq(found->validity.until_s, 1800000000);
	ck_assert_str_eq(found->identity.name, "tanaka");
	ck_assert_ptr_null(sj_pki_store_find(&store, "4a03"));
	sj_pki_store_close(&store);
	rig_remove(folder);
}
END_TEST

START_TEST(the_index_before_stays_beside)
{
	struct sj_pki_bytes text;
	char path[128];

	setup();
	ck_assert_int_eq(sj_pki_store_open(&store, folder, true, &why), SJ_OK);
	ck_assert_int_eq(sj_pki_store_add(&store, &entry), SJ_OK);
	ck_assert_int_eq(sj_pki_store_save(&store, &why), SJ_OK);
	(void)snprintf(path, sizeof(path), "%s/index.old", folder);
	ck_assert_int_eq(sj_pki_file_read(path, 1000, &text, &why), SJ_OK);
	ck_assert_ptr_null(strstr((char *)text.data, "4a01"));
	sj_pki_bytes_free(&text);
	(void)snprintf(path, sizeof(path), "%s/index", folder);
	ck_assert_int_eq(sj_pki_file_read(path, 1000, &text, &why), SJ_OK);
	ck_assert_ptr_nonnull(strstr((char *)text.data, "4a01"));
	sj_pki_bytes_free(&text);
	sj_pki_store_close(&store);
	rig_remove(folder);
}
END_TEST

START_TEST(a_folder_holds_one_authority)
{
	setup();
	ck_assert_int_eq(sj_pki_store_create(&store, folder, "lgwan", &why),
		SJ_ERR_ARGUMENT);
	ck_assert_ptr_nonnull(strstr(why.text, "left as it is"));
	sj_pki_store_close(&store);
	rig_remove(folder);
}
END_TEST

START_TEST(a_folder_without_authority_says_what_to_do)
{
	ck_assert_int_eq(
		sj_pki_store_open(&store, "/tmp/not/there", true, &why),
		SJ_ERR_MISSING);
	ck_assert_ptr_nonnull(strstr(why.text, "init"));
	sj_pki_store_close(&store);
}
END_TEST

START_TEST(a_second_writer_waits_for_the_first)
{
	pid_t child;
	int status;

	setup();
	ck_assert_int_eq(sj_pki_store_open(&store, folder, true, &why), SJ_OK);
	child = fork();
	if (child == 0) {
		struct sj_pki_store second;
		enum sj_err err;

		/* A copy of the lock would hold it, too. */
		(void)close(store.lock_fd);
		err = sj_pki_store_open(&second, folder, true, &why);
		/* The first one's entry is there, or it did not wait. */
		_exit(err == SJ_OK && second.count == 1 ? 0 : 1);
	}
	/* A reader does not wait. */
	{
		struct sj_pki_store reader;

		ck_assert_int_eq(
			sj_pki_store_open(&reader, folder, false, &why), SJ_OK);
		ck_assert_uint_eq(reader.count, 0);
		sj_pki_store_close(&reader);
	}
	ck_assert_int_eq(sj_pki_store_add(&store, &entry), SJ_OK);
	ck_assert_int_eq(sj_pki_store_save(&store, &why), SJ_OK);
	sj_pki_store_close(&store);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(WEXITSTATUS(status), 0);
	rig_remove(folder);
}
END_TEST

START_TEST(folders_and_index_are_private)
{
	static const char *const names[] = {
		"", "host", "viewer", "guard", "admin", "issued"};
	struct stat state;
	char path[128];

	setup();
	for (size_t i = 0; i < SJ_COUNT(names); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		ck_assert_int_eq(stat(path, &state), 0);
		ck_assert_uint_eq(state.st_mode & 0777, 0700);
	}
	(void)snprintf(path, sizeof(path), "%s/index", folder);
	ck_assert_int_eq(stat(path, &state), 0);
	ck_assert_uint_eq(state.st_mode & 0777, 0600);
	rig_remove(folder);
}
END_TEST

START_TEST(paths_are_as_documented)
{
	setup();
	ck_assert_int_eq(sj_pki_store_open(&store, folder, false, &why), SJ_OK);
	ck_assert_str_eq(
		sj_pki_store_file(&store, "crl.pem").text + strlen(folder),
		"/crl.pem");
	ck_assert_str_eq(
		sj_pki_store_leaf(&store, &entry.identity, ".key").text +
			strlen(folder),
		"/viewer/tanaka.key");
	ck_assert_str_eq(
		sj_pki_store_issued(&store, "4a01").text + strlen(folder),
		"/issued/4a01.pem");
	sj_pki_store_close(&store);
	rig_remove(folder);
}
END_TEST

START_TEST(active_is_the_newest_that_neither_ran_out_nor_was_revoked)
{
	struct sj_pki_entry newer = entry;
	const struct sj_pki_entry *found;

	memset(&store, 0, sizeof(store));
	strcpy(newer.serial, "4a02");
	newer.validity.until_s = 1900000000;
	ck_assert_int_eq(sj_pki_store_add(&store, &entry), SJ_OK);
	ck_assert_int_eq(sj_pki_store_add(&store, &newer), SJ_OK);
	found = sj_pki_store_active(
		&store, SJ_TLS_ROLE_VIEWER, "tanaka", 1750000000);
	ck_assert_str_eq(found->serial, "4a02");
	store.entries[1].revoked_s = 1750000000;
	found = sj_pki_store_active(
		&store, SJ_TLS_ROLE_VIEWER, "tanaka", 1800000000);
	ck_assert_str_eq(found->serial, "4a01");
	ck_assert_ptr_null(sj_pki_store_active(
		&store, SJ_TLS_ROLE_VIEWER, "tanaka", 1800000001));
	ck_assert_ptr_null(sj_pki_store_active(
		&store, SJ_TLS_ROLE_ADMIN, "tanaka", 1750000000));
	free(store.entries);
}
END_TEST

static const char *const bad_indexes[] = {
	"",
	"\n",
	"shoji-ca index 1\n",
	"shoji-ca index 1\nzone lgwan\n",
	"shoji-ca index 2\nzone lgwan\ncrl 4\n",
	"shoji-ca index 1\nzone LGWAN\ncrl 4\n",
	"shoji-ca index 1\nzone lgwan\ncrl -4\n",
	"shoji-ca index 1\nzone lgwan\ncrl four\n",
	"shoji-ca index 1\ncrl 4\nzone lgwan\n",
	HEAD "cert\n",
	HEAD "\n",
	HEAD "cert 4a01 viewer lgwan tanaka 1700000000 1800000000\n",
	HEAD "cert 4a01 viewer lgwan tanaka 1700000000 1800000000 0 0\n",
	HEAD "cert 4A01 viewer lgwan tanaka 1700000000 1800000000 0\n",
	HEAD "cert 4a0 viewer lgwan tanaka 1700000000 1800000000 0\n",
	HEAD "cert ../x viewer lgwan tanaka 1700000000 1800000000 0\n",
	HEAD "cert 4a01 root lgwan tanaka 1700000000 1800000000 0\n",
	HEAD "cert 4a01 viewer lgwan ../tanaka 1700000000 1800000000 0\n",
	HEAD "cert 4a01 viewer lgwan Tanaka 1700000000 1800000000 0\n",
	HEAD "cert 4a01 viewer lgwan tanaka 1700000000 - 0\n",
	HEAD "cert 4a01 viewer lgwan tanaka 1700000000  1800000000 0\n",
	HEAD "cert 4a01 viewer lgwan tanaka 9999999999999999 18 0\n",
	HEAD "cert 4a01 viewer lgwan tanaka 1700000000 1800000000 0",
	HEAD LINE "crl 5\n",
};

START_TEST(a_damaged_index_is_refused_with_its_line)
{
	memset(&store, 0, sizeof(store));
	strcpy(store.folder, "DIR");
	ck_assert_int_eq(sj_pki_index_parse(bad_indexes[_i], &store, &why),
		SJ_ERR_FORMAT);
	ck_assert_ptr_nonnull(strstr(why.text, "DIR/index, line "));
	ck_assert_ptr_nonnull(strstr(why.text, "index.old"));
	free(store.entries);
}
END_TEST

START_TEST(an_index_is_written_as_it_was_read)
{
	struct sj_pki_bytes text;

	memset(&store, 0, sizeof(store));
	ck_assert_int_eq(
		sj_pki_index_parse(HEAD LINE LINE, &store, &why), SJ_OK);
	ck_assert_int_eq(sj_pki_index_format(&store, &text), SJ_OK);
	ck_assert_uint_eq(text.size, strlen(HEAD LINE LINE));
	ck_assert_mem_eq(text.data, HEAD LINE LINE, text.size);
	sj_pki_bytes_free(&text);
	free(store.entries);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		what_was_saved_is_read_again,
		the_index_before_stays_beside,
		a_folder_holds_one_authority,
		a_folder_without_authority_says_what_to_do,
		a_second_writer_waits_for_the_first,
		folders_and_index_are_private,
		paths_are_as_documented,
		active_is_the_newest_that_neither_ran_out_nor_was_revoked,
		an_index_is_written_as_it_was_read,
	};
	const struct sj_suite_loop loops[] = {
		{a_damaged_index_is_refused_with_its_line,
			SJ_COUNT(bad_indexes)},
	};

	return sj_suite_run_loops(
		"pki_store", tests, SJ_COUNT(tests), loops, SJ_COUNT(loops));
}
