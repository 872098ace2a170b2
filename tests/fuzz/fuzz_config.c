/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as a configuration file. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "protocol/base/config_rows.h"
#include "tests/fuzz/target.h"

#define SJ_CONFIG_STRUCT struct sample

struct sample {
	char name[8];
	uint32_t port;
	bool is_stock;
	uint32_t keymap;
	struct sj_config_list allow;
};

static const char *const keymaps[] = {"us", "jp", NULL};
static const struct sj_config_key keys[] = {
	TEXT("host", "name", name, "a", ""),
	NUMBER("host", "port", port, "1", 1, 65535, ""),
	BOOL("viewers", "stock", is_stock, "no", ""),
	CHOICE("session", "keymap", keymap, "us", keymaps, ""),
	LIST("session", "allow", allow, 0, ""),
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct sample result;
	char path[64], message[128];
	int fd = memfd_create("config", 0);
	enum sj_err err;

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	err = sj_config_read(
		path, keys, SJ_COUNT(keys), &result, message, sizeof(message));
	/* A file is either taken within the bounds or refused with a reason. */
	if (err == SJ_OK &&
		(result.port < 1 || result.port > 65535 || result.keymap > 1 ||
			result.allow.count > 64 || strlen(result.name) > 7))
		abort();
	if (err != SJ_OK && message[0] == '\0')
		abort();
	close(fd);
	return 0;
}
