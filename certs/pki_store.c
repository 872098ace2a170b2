/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "certs/pki_store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "certs/pki_index.h"
#include "protocol/base/clock.h"

#define LOCK_WAIT_MS 10000
#define LOCK_LOOK_NS 20000000

static const char *const folders[] = {
	"host", "viewer", "guard", "admin", "issued"};

struct sj_pki_path sj_pki_store_file(
	const struct sj_pki_store *store, const char *file)
{
	struct sj_pki_path path;

	(void)snprintf(
		path.text, sizeof(path.text), "%s/%s", store->folder, file);
	return path;
}

struct sj_pki_path sj_pki_store_leaf(const struct sj_pki_store *store,
	const struct sj_identity *identity, const char *ending)
{
	struct sj_pki_path path;

	(void)snprintf(path.text, sizeof(path.text), "%s/%s/%s%s",
		store->folder, sj_identity_role_text(identity->role),
		identity->name, ending);
	return path;
}

struct sj_pki_path sj_pki_store_issued(
	const struct sj_pki_store *store, const char *serial)
{
	struct sj_pki_path path;

	(void)snprintf(path.text, sizeof(path.text), "%s/issued/%s.pem",
		store->folder, serial);
	return path;
}

static enum sj_err begin(
	struct sj_pki_store *store, const char *folder, struct sj_pki_why *why)
{
	memset(store, 0, sizeof(*store));
	store->lock_fd = -1;
	if ((size_t)snprintf(store->folder, sizeof(store->folder), "%s",
		    folder) >= sizeof(store->folder))
		return sj_pki_fail(why, SJ_ERR_ARGUMENT,
			"the path of the folder is too long");
	return SJ_OK;
}

/* Waits for the lock; a holder that dies releases it. */
static enum sj_err lock(struct sj_pki_store *store, struct sj_pki_why *why)
{
	struct sj_pki_path path = sj_pki_store_file(store, "lock");
	const struct timespec look = {.tv_nsec = LOCK_LOOK_NS};
	uint64_t deadline_ms = sj_clock_ms() + LOCK_WAIT_MS;

	store->lock_fd = open(path.text, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (store->lock_fd < 0)
		return sj_pki_fail(why, SJ_ERR_SYSTEM,
			"%s cannot be opened: %s", path.text, strerror(errno));
	while (flock(store->lock_fd, LOCK_EX | LOCK_NB) != 0) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return sj_pki_fail(why, SJ_ERR_SYSTEM,
				"%s cannot be locked: %s", path.text,
				strerror(errno));
		if (sj_clock_ms() > deadline_ms)
			return sj_pki_fail(why, SJ_ERR_TIMEOUT,
				"another shoji-ca is at work in %s; wait until "
				"it has ended and try again",
				store->folder);
		(void)nanosleep(&look, NULL);
	}
	return SJ_OK;
}

static bool has_file(const struct sj_pki_store *store, const char *file)
{
	return access(sj_pki_store_file(store, file).text, F_OK) == 0;
}

/* An authority without its index: a making that was cut, or a loss. */
static enum sj_err fail_half(
	const struct sj_pki_store *store, struct sj_pki_why *why)
{
	return sj_pki_fail(why, SJ_ERR_FORMAT,
		"%s holds an authority without its index. Restore the index "
		"from index.old or your backup; if init was interrupted and "
		"nothing was issued yet, remove the folder and begin again",
		store->folder);
}

enum sj_err sj_pki_store_create(struct sj_pki_store *store, const char *folder,
	const char *zone, struct sj_pki_why *why)
{
	enum sj_err err = begin(store, folder, why);

	if (err == SJ_OK)
		err = sj_pki_folder_make(folder, why);
	if (err == SJ_OK)
		err = lock(store, why);
	if (err == SJ_OK && has_file(store, "index"))
		err = sj_pki_fail(why, SJ_ERR_ARGUMENT,
			"%s holds an authority already; it is left as it is. "
			"Name another folder with --dir for a further one",
			folder);
	if (err == SJ_OK && has_file(store, "authority.key"))
		err = fail_half(store, why);
	for (size_t i = 0; err == SJ_OK && i < SJ_COUNT(folders); i++)
		err = sj_pki_folder_make(
			sj_pki_store_file(store, folders[i]).text, why);
	(void)snprintf(store->zone, sizeof(store->zone), "%s", zone);
	return err;
}

enum sj_err sj_pki_store_open(struct sj_pki_store *store, const char *folder,
	bool is_writing, struct sj_pki_why *why)
{
	struct sj_pki_bytes text = {NULL, 0};
	struct sj_pki_path path;
	enum sj_err err = begin(store, folder, why);

	if (err != SJ_OK)
		return err;
	path = sj_pki_store_file(store, "index");
	if (access(path.text, F_OK) != 0 && errno == ENOENT &&
		has_file(store, "authority.key"))
		return fail_half(store, why);
	if (access(path.text, F_OK) != 0 && errno == ENOENT)
		return sj_pki_fail(why, SJ_ERR_MISSING,
			"%s holds no authority; make one with: shoji-ca --dir "
			"%s init, or name another folder with --dir",
			folder, folder);
	if (is_writing)
		err = lock(store, why);
	if (err == SJ_OK)
		err = sj_pki_file_read(
			path.text, SJ_LIMIT_CA_INDEX_BYTES, &text, why);
	if (err == SJ_OK)
		err = sj_pki_index_parse((const char *)text.data, store, why);
	sj_pki_bytes_free(&text);
	return err;
}

/* Keeps the index that is there under another name. */
static void keep_old(const struct sj_pki_store *store)
{
	struct sj_pki_path now = sj_pki_store_file(store, "index");
	struct sj_pki_path old = sj_pki_store_file(store, "index.old");

	(void)unlink(old.text);
	/* Without a second name there is only no spare copy. */
	if (link(now.text, old.text) != 0)
		return;
}

enum sj_err sj_pki_store_save(
	struct sj_pki_store *store, struct sj_pki_why *why)
{
	struct sj_pki_bytes text = {NULL, 0};
	enum sj_err err = sj_pki_index_format(store, &text);

	if (err != SJ_OK)
		return sj_pki_fail(why, err, "the index cannot be written: %s",
			sj_err_text(err));
	keep_old(store);
	err = sj_pki_file_write(
		sj_pki_store_file(store, "index").text, &text, 0600, why);
	sj_pki_bytes_free(&text);
	return err;
}

void sj_pki_store_close(struct sj_pki_store *store)
{
	if (store->lock_fd >= 0)
		(void)close(store->lock_fd);
	store->lock_fd = -1;
	free(store->entries);
	store->entries = NULL;
	store->count = 0;
	store->capacity = 0;
}

enum sj_err sj_pki_store_add(
	struct sj_pki_store *store, const struct sj_pki_entry *entry)
{
	if (store->count == store->capacity) {
		size_t capacity = store->capacity ? store->capacity * 2 : 64;
		struct sj_pki_entry *entries = reallocarray(
			store->entries, capacity, sizeof(*entries));

		if (!entries)
			return SJ_ERR_MEMORY;
		store->entries = entries;
		store->capacity = capacity;
	}
	store->entries[store->count++] = *entry;
	return SJ_OK;
}

struct sj_pki_entry *sj_pki_store_find(
	const struct sj_pki_store *store, const char *serial)
{
	for (size_t i = 0; i < store->count; i++) {
		if (strcmp(store->entries[i].serial, serial) == 0)
			return &store->entries[i];
	}
	return NULL;
}

struct sj_pki_entry *sj_pki_store_active(const struct sj_pki_store *store,
	enum sj_tls_role role, const char *name, int64_t now_s)
{
	for (size_t i = store->count; i > 0; i--) {
		struct sj_pki_entry *entry = &store->entries[i - 1];

		if (entry->identity.role == role && entry->revoked_s == 0 &&
			entry->validity.until_s >= now_s &&
			strcmp(entry->identity.name, name) == 0)
			return entry;
	}
	return NULL;
}
