/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * guard_config: the configuration of shoji-guard.
 *
 * Read once at the start. docs/man/guard.ini.5 is made of the same table.
 */
#ifndef SJ_GUARD_GUARD_CONFIG_H
#define SJ_GUARD_GUARD_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "guard/core_ipc.h"
#include "protocol/base/attr.h"
#include "protocol/base/config.h"
#include "protocol/base/err.h"
#include "protocol/base/limits.h"

#define SJ_GUARD_HOSTS 16

/* Files of one side: what the guard shows there, and what it trusts there. */
struct sj_guard_side {
	char chain[256], key[256], authority[256], crl[256];
	char key_password_file[256];
};

/* A render host: numeric address and port. */
struct sj_guard_host {
	char address[64];
	uint16_t port;
};

struct sj_guard_config {
	/* [listen] */
	char address[64];
	uint32_t port;
	char port_file[256];
	uint32_t connections_max, half_open_max;
	/* [viewers] */
	struct sj_guard_side viewers;
	char zone[SJ_LIMIT_ZONE_BYTES];
	/* [host] */
	struct sj_config_list host_list;
	char host_name[256];
	struct sj_guard_side hosts;
	/* [policy] */
	uint32_t profile; /* 0 default, 1 strict */
	uint32_t input;   /* 0 all, 1 read only */
	uint32_t keys_per_second, pointer_per_second, text_per_minute,
		sizes_per_minute;
	uint32_t my_number; /* enum sj_number_mode */
	uint32_t quantum;   /* index into 0, 1, 10, 50 ms */
	bool is_seven_bit, masks_codes;
	uint32_t mark_percent;
	uint32_t caret_grid_px;
	uint32_t lossless; /* 0 motion, 1 always */
	uint32_t bandwidth_kbit;
	/* [uids] */
	uint32_t uid_first, uid_count;
	/* [paths] */
	char libexec[256];
	/* [ledger] */
	char ledger_file[256], ledger_keys[256];
	uint32_t ledger_heartbeat_s;
	/* [confine], [log] */
	struct sj_config_list may_miss;
	uint32_t log_level;

	/* Made of what stands above. */
	struct sj_guard_host host[SJ_GUARD_HOSTS];
	size_t host_count;
	uint32_t may_miss_layers;
};

/*
 * Reads path into *config. On failure message (size bytes) holds one line that
 * names file, line and key.
 */
SJ_MUST_USE enum sj_err sj_guard_config_read(const char *path,
	struct sj_guard_config *config, char *message, size_t size);

/*
 * Looks at what config (read from path) names: files, folders, programs. False
 * when something would fail later; message (size bytes) is one line with the
 * place, what is wrong and what to do. For --check-config; makes nothing.
 */
SJ_MUST_USE bool sj_guard_config_check(const char *path,
	const struct sj_guard_config *config, char *message, size_t size);

/* What a core is told of it. */
struct sj_core_policy sj_guard_config_policy(
	const struct sj_guard_config *config);

/* Prints every key, its default, what is allowed and what it means. */
void sj_guard_config_print(void);

#endif /* SJ_GUARD_GUARD_CONFIG_H */
