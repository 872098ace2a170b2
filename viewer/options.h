/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * options: what the person at the terminal asked for: file, then command line.
 */
#ifndef SJ_VIEWER_OPTIONS_H
#define SJ_VIEWER_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "protocol/base/attr.h"
#include "protocol/base/err.h"
#include "protocol/base/limits.h"
#include "viewer/script.h"

#define SJ_VIEWER_PORT 5900
#define SJ_VIEWER_SYSTEM_CONFIG "/etc/shoji/viewer.ini"
#define SJ_VIEWER_PATH_BYTES 256

enum sj_viewer_profile { SJ_VIEWER_PROFILE_DEFAULT, SJ_VIEWER_PROFILE_STRICT };

enum sj_viewer_language {
	SJ_VIEWER_LANGUAGE_AUTO, /* LC_ALL, LC_MESSAGES, LANG */
	SJ_VIEWER_LANGUAGE_JA,
	SJ_VIEWER_LANGUAGE_EN
};

/* Those of [certificates], in the order of their options. */
enum sj_viewer_file {
	SJ_VIEWER_FILE_CERT,
	SJ_VIEWER_FILE_KEY,
	SJ_VIEWER_FILE_CA,
	SJ_VIEWER_FILE_CRL,
	SJ_VIEWER_FILE_PASSPHRASE
};

struct sj_viewer_options {
	char config[SJ_VIEWER_PATH_BYTES]; /* the file that was read; "" */
	char host[256];
	uint32_t port;
	char zone[SJ_LIMIT_ZONE_BYTES];
	bool is_tls12_allowed;
	bool is_guard_accepted;
	uint32_t profile; /* enum sj_viewer_profile */
	char cert[SJ_VIEWER_PATH_BYTES];
	char key[SJ_VIEWER_PATH_BYTES];
	char ca[SJ_VIEWER_PATH_BYTES];
	char crl[SJ_VIEWER_PATH_BYTES];
	char passphrase_file[SJ_VIEWER_PATH_BYTES];
	char zone_label[64]; /* "": the text of the language */
	char zone_color_text[16];
	uint32_t zone_color; /* 0x00RRGGBB, of zone_color_text */
	char contact[128];
	uint32_t width_px, height_px;
	bool is_fullscreen;
	uint32_t language;                      /* enum sj_viewer_language */
	char ledger_file[SJ_VIEWER_PATH_BYTES]; /* "": none is kept */
	char ledger_keys[SJ_VIEWER_PATH_BYTES];
	uint32_t ledger_heartbeat_s;
	uint32_t landlock;  /* 0 required, 1 optional */
	uint32_t log_level; /* enum sj_log_level */
	/* Command line only. */
	unsigned named; /* bits 1 << enum sj_viewer_file: by an option */
	bool is_headless;
	bool is_check_only;
	bool is_print_config;
	bool is_help;
	bool is_version;
	char screenshot[SJ_VIEWER_PATH_BYTES];
	char stats[SJ_VIEWER_PATH_BYTES];
	uint32_t duration_ms;
	uint32_t timeout_ms;
	struct sj_script script;
};

/*
 * Reads the command line and the configuration file it names, else the first
 * that exists of ~/.config/shoji/viewer.ini and SJ_VIEWER_SYSTEM_CONFIG. The
 * command line wins. SJ_ERR_ARGUMENT or SJ_ERR_FORMAT with one line in
 * message (size bytes). With --help, --version and --print-config
 * nothing is checked.
 */
SJ_MUST_USE enum sj_err sj_options_read(struct sj_viewer_options *options,
	int argc, char **argv, char *message, size_t size);

/* Prints a configuration file with every key at its default on stdout. */
void sj_options_print_config(void);

/* Writes the usage text: one line for each option. */
void sj_options_print_help(FILE *out);

/*
 * Splits HOST, HOST:PORT, [ADDRESS] or [ADDRESS]:PORT into options; a bare
 * IPv6 address has no port. False, nothing changed, when it is none of
 * these.
 */
SJ_MUST_USE bool sj_options_parse_target(
	struct sj_viewer_options *options, const char *text);

/* True if the messages are to be Japanese. */
bool sj_options_is_japanese(const struct sj_viewer_options *options);

#endif /* SJ_VIEWER_OPTIONS_H */
