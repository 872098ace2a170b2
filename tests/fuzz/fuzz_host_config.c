/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as the configuration of shojid, with all its checks. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "host/host_config.h"
#include "tests/fuzz/target.h"

static int is_within(const struct sj_host_config *config)
{
	size_t words = 0;

	while (words < SJ_HOST_COMMAND_ARGS && config->words[words][0])
		words++;
	return words < SJ_HOST_COMMAND_ARGS && config->port <= 65535 &&
	       config->width <= config->width_max &&
	       config->height <= config->height_max &&
	       config->width_max <= SJ_LIMIT_WIDTH_PX &&
	       config->height_max <= SJ_LIMIT_HEIGHT_PX;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct sj_host_config config;
	char path[64], message[512] = "";
	int fd = memfd_create("config", 0);
	enum sj_err err;

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	err = sj_host_config_read(path, &config, message, sizeof(message));
	if (err == SJ_OK ? !is_within(&config) : message[0] == 0)
		abort();
	close(fd);
	return 0;
}
