/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * host_config: what the configuration file of shojid may say.
 *
 * One table of keys; the struct is filled by protocol/base/config.h and then
 * checked for what a single key cannot know.
 */
#ifndef SJ_HOST_HOST_CONFIG_H
#define SJ_HOST_HOST_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/host_ipc.h"
#include "protocol/base/attr.h"
#include "protocol/base/config.h"
#include "protocol/base/err.h"
#include "protocol/base/limits.h"

#define SJ_HOST_PORTS 16

struct sj_host_config {
	/* [listen] */
	char address[64];
	uint32_t port;
	char port_file[256];
	uint32_t connections_max, half_open_max;
	/* [tls] */
	char chain[256], key[256], authority[256], crl[256];
	char key_password_file[256];
	bool is_tls12;
	char zone[SJ_LIMIT_ZONE_BYTES];
	/* [session] */
	char command[1024], start_url[1024];
	uint32_t keymap;
	uint32_t capture; /* 0 file, 1 shm */
	uint32_t sessions_max;
	uint32_t width_max, height_max, width, height;
	uint32_t resume_s, idle_s, lifetime_s;
	uint32_t home_max_mib, memory_max_mib, pids_max;
	uint32_t frames_per_second, bandwidth_kbit;
	uint32_t lossless; /* 0 but regions in motion, 1 always */
	struct sj_config_list browser_flags, binds;
	char policy_file[256];
	/* [browser] */
	bool is_smooth_scrolling, is_reduced_motion, is_caret_blinking;
	uint32_t text_antialiasing; /* 0 grey, 1 lcd */
	uint32_t refresh_hz;
	/* [egress] */
	char upstream[64];
	struct sj_config_list ports;
	/* [viewers] */
	bool is_stock;
	uint32_t certificate; /* 0 required, 1 optional */
	bool is_x509none, is_x509plain, is_guard;
	char password_file[256];
	/* [uids] */
	uint32_t uid_first, uid_count;
	/* [paths] */
	char state_dir[100]; /* with /control a socket's path, 107 bytes */
	char event_log[256], libexec[256];
	/* [ledger] */
	char ledger_file[256], ledger_keys[256];
	uint32_t ledger_heartbeat_s;
	/* [confine] */
	struct sj_config_list may_miss;
	/* [log] */
	uint32_t log_level;

	/* Worked out from the texts above by sj_host_config_read. */
	char upstream_address[64]; /* numeric; "": no way out */
	uint16_t upstream_port;
	uint16_t port_list[SJ_HOST_PORTS];     /* 0 ends */
	uint32_t may_miss_layers;              /* enum sj_confine_layer */
	char words[SJ_HOST_COMMAND_ARGS][256]; /* of command; "" ends */
};

/*
 * Reads path into *config. On failure SJ_ERR_FORMAT, SJ_ERR_MISSING or
 * SJ_ERR_SYSTEM, and message (size bytes) holds one line that names file, line
 * or key, and what is allowed.
 */
SJ_MUST_USE enum sj_err sj_host_config_read(const char *path,
	struct sj_host_config *config, char *message, size_t size);

/*
 * Looks at what config (read from path) names: files, folders, programs. False
 * when something would fail later; message (size bytes) is one line with the
 * place, what is wrong and what to do. For --check-config; makes nothing.
 */
SJ_MUST_USE bool sj_host_config_check(const char *path,
	const struct sj_host_config *config, char *message, size_t size);

/* Prints every key with its default and meaning as a configuration file. */
void sj_host_config_print(void);

/*
 * Splits text into words at blanks; double quotes keep blanks together. False
 * when there are more than count - 1 words, one is longer than 255
 * bytes or a quote is not closed. The word after the last is "".
 */
SJ_MUST_USE bool sj_host_config_split(
	const char *text, char words[][256], size_t count);

#endif /* SJ_HOST_HOST_CONFIG_H */
