/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The keys of a new ledger. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "certs/verify.h"

struct keys {
	struct sj_ledger_state state;
	char key[SJ_LEDGER_PEM_BYTES];
	char pub[SJ_LEDGER_PEM_BYTES];
	char first[SJ_LEDGER_FIRST_BYTES];
	uint8_t bytes[SJ_LEDGER_STATE_BYTES];
};

/* A file that was not there before, synced. */
static bool write_new(
	const char *path, const void *data, size_t size, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	/* Whatever the umask is: .pub is for everybody. */
	bool is_written = fd >= 0 && fchmod(fd, mode) == 0 &&
			  write(fd, data, size) == (ssize_t)size &&
			  fsync(fd) == 0;
	int cause = errno;

	if (fd >= 0 && close(fd) != 0)
		is_written = false;
	errno = cause;
	return is_written;
}

static enum sj_err make(struct keys *keys, uint8_t id[SJ_LEDGER_HASH_BYTES])
{
	struct sj_ledger_signer *signer = sj_ledger_signer_new();
	enum sj_err err = SJ_ERR_MEMORY;

	if (signer && sj_ledger_state_new(&keys->state) &&
		sj_ledger_state_build(&keys->state, keys->bytes) &&
		sj_ledger_first_format(&keys->state, keys->first))
		err = sj_ledger_signer_format(signer, keys->key, keys->pub);
	if (err == SJ_OK)
		err = sj_ledger_signer_id(signer, id);
	sj_ledger_signer_free(signer);
	return err;
}

static const char *advice(int cause)
{
	if (cause == EEXIST)
		return "; keys are never written over, name another BASE";
	return cause == ENOENT ? "; make the folder first" : "";
}

enum sj_err sj_verify_keygen(const char *base, uint8_t id[SJ_LEDGER_HASH_BYTES],
	char *why, size_t size)
{
	static const char *const endings[] = {"key", "state", "pub", "first"};
	struct keys keys;
	enum sj_err err = make(&keys, id);
	size_t made = 0;
	char path[PATH_MAX];

	(void)snprintf(why, size, "the keys cannot be made");
	for (size_t i = 0; i < SJ_COUNT(endings) && err == SJ_OK; i++) {
		const void *data[] = {
			keys.key, keys.bytes, keys.pub, keys.first};
		const size_t sizes[] = {strlen(keys.key), sizeof(keys.bytes),
			strlen(keys.pub), strlen(keys.first)};

		(void)snprintf(path, sizeof(path), "%s.%s", base, endings[i]);
		if (write_new(path, data[i], sizes[i], i == 2 ? 0644 : 0600)) {
			made++;
			continue;
		}
		(void)snprintf(why, size, "%s: %s%s", path, strerror(errno),
			advice(errno));
		err = SJ_ERR_SYSTEM;
	}
	OPENSSL_cleanse(&keys, sizeof(keys));
	/* Half a set of keys helps nobody. */
	for (size_t i = 0; i < made && err != SJ_OK; i++) {
		(void)snprintf(path, sizeof(path), "%s.%s", base, endings[i]);
		(void)unlink(path);
	}
	return err;
}
