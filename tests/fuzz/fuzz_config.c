/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as a configuration file. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "protocol/base/config.h"
#include "tests/fuzz/target.h"

struct sample {
	char name[8];
	uint32_t port;
	bool is_stock;
	uint32_t keymap;
	struct sj_config_list allow;
};

static const char *const keymaps[] = {"us", "jp", NULL};
static const struct sj_config_key keys[] = {
	{.section = "host",
		.key = "name",
		.type = SJ_CONFIG_TEXT,
		.offset = offsetof(struct sample, name),
		.size = 8,
		.default_text = "a",
		.help = ""},
	{.section = "host",
		.key = "port",
		.type = SJ_CONFIG_NUMBER,
		.offset = offsetof(struct sample, port),
		.default_text = "1",
		.min = 1,
		.max = 65535,
		.help = ""},
	{.section = "viewers",
		.key = "stock",
		.type = SJ_CONFIG_BOOL,
		.offset = offsetof(struct sample, is_stock),
		.default_text = "no",
		.help = ""},
	{.section = "session",
		.key = "keymap",
		.type = SJ_CONFIG_CHOICE,
		.offset = offsetof(struct sample, keymap),
		.default_text = "us",
		.choices = keymaps,
		.help = ""},
	{.section = "session",
		.key = "allow",
		.type = SJ_CONFIG_LIST,
		.offset = offsetof(struct sample, allow),
		.default_text = "",
		.help = ""},
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
