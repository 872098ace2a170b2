/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/password.h"

#include <crypt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "protocol/base/limits.h"

#define HASH_BYTES 384
/* A yescrypt hash that no password has; an unknown user costs as much. */
#define NOBODY                                                                 \
	"$y$j9T$Wb5xmN3zQmV4b6vYw0uH1.$"                                       \
	"rL8qV9sPqX2mJ0eQz5yKx1oT7uWc4nBd6hFg3aRi2k0"

/* Copies the hash of user from file; false if there is none. */
static bool find_hash(const char *file, const char *user, char *hash)
{
	size_t user_size = strlen(user);

	for (const char *line = file; *line;) {
		size_t size = strcspn(line, "\n");
		const char *at = line + user_size + 1;

		if (size > user_size + 1 && line[user_size] == ':' &&
			memcmp(line, user, user_size) == 0 &&
			size - user_size - 1 < HASH_BYTES) {
			size_t hash_size = size - user_size - 1;

			memcpy(hash, at, hash_size);
			hash[hash_size] = 0;
			return true;
		}
		line += size;
		line += *line == '\n';
	}
	return false;
}

/* Compares in a time that does not tell where they differ. */
static bool is_same(const char *a, const char *b)
{
	size_t size = strlen(a);
	unsigned difference = 0;

	if (strlen(b) != size)
		return false;
	for (size_t i = 0; i < size; i++)
		difference |= (unsigned)(a[i] ^ b[i]);
	return difference == 0;
}

bool sj_password_check(const char *file, const char *user, const char *password)
{
	struct crypt_data *data = calloc(1, sizeof(*data));
	char hash[HASH_BYTES] = NOBODY;
	bool is_known = user[0] != 0 && find_hash(file, user, hash);
	const char *made;
	bool is_right;

	if (!data) {
		explicit_bzero(hash, sizeof(hash));
		return false;
	}
	made = crypt_r(password, hash, data);
	is_right = made && made[0] != '*' && is_same(made, hash) && is_known;
	explicit_bzero(hash, sizeof(hash));
	explicit_bzero(data, sizeof(*data));
	free(data);
	return is_right;
}

static bool is_user_allowed(const char *user)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789._-";
	size_t size = strlen(user);

	return size > 0 && size <= SJ_LIMIT_USER_NAME_BYTES &&
	       strspn(user, allowed) == size && strchr("._-", user[0]) == NULL;
}

enum sj_err sj_password_line(
	const char *user, const char *password, char *line, size_t size)
{
	struct crypt_data *data;
	char salt[CRYPT_GENSALT_OUTPUT_SIZE];
	const char *made;
	enum sj_err err = SJ_ERR_SYSTEM;
	int length;

	if (!is_user_allowed(user) || password[0] == 0 ||
		strlen(password) > SJ_LIMIT_PASSWORD_BYTES)
		return SJ_ERR_ARGUMENT;
	if (!crypt_gensalt_rn("$y$", 0, NULL, 0, salt, sizeof(salt)))
		return SJ_ERR_SYSTEM;
	data = calloc(1, sizeof(*data));
	if (!data)
		return SJ_ERR_MEMORY;
	made = crypt_r(password, salt, data);
	if (made && made[0] != '*') {
		length = snprintf(line, size, "%s:%s\n", user, made);
		err = length > 0 && (size_t)length < size ? SJ_OK
							  : SJ_ERR_LIMIT;
	}
	explicit_bzero(data, sizeof(*data));
	free(data);
	return err;
}
