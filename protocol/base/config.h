/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * config: an INI file read against a table of what is allowed (inih).
 *
 * Unknown sections and keys, values outside their range and duplicate keys are
 * errors that name the file, the line, the key and the allowed values. The
 * result is written into the caller's struct by offset.
 */
#ifndef SJ_PROTOCOL_BASE_CONFIG_H
#define SJ_PROTOCOL_BASE_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/base/attr.h"
#include "protocol/base/err.h"

enum sj_config_type {
	SJ_CONFIG_TEXT,   /* char[size] in the struct, terminated */
	SJ_CONFIG_NUMBER, /* uint32_t, between min and max */
	SJ_CONFIG_BOOL,   /* bool: yes or no */
	SJ_CONFIG_CHOICE, /* uint32_t: index into choices */
	SJ_CONFIG_LIST    /* struct sj_config_list: the key may repeat */
};

#define SJ_CONFIG_VALUES 64

/* Values of a key that may be given many times. */
struct sj_config_list {
	char value[SJ_CONFIG_VALUES][256];
	uint32_t count;
};

/* One allowed key. default_text is parsed as if it stood in the file. */
struct sj_config_key {
	const char *section;
	const char *key;
	enum sj_config_type type;
	size_t offset;              /* of the member in the struct */
	size_t size;                /* of the member, for TEXT */
	const char *default_text;   /* NULL: the key is required */
	uint32_t min, max;          /* NUMBER; LIST: max values, 0: all */
	const char *const *choices; /* CHOICE: NULL-terminated */
	const char *help;           /* one line: meaning and unit */
	const char *allowed;        /* NULL: as the type says */
};

/*
 * Reads path into *out by the table keys (count rows). On failure SJ_ERR_FORMAT
 * or SJ_ERR_SYSTEM, and message (size bytes) holds one line such as
 * `shoji.ini:12: [session] keymap = uk: allowed are us, jp`. path NULL
 * gives the defaults alone.
 */
SJ_MUST_USE enum sj_err sj_config_read(const char *path,
	const struct sj_config_key *keys, size_t count, void *out,
	char *message, size_t size);

/* Choices of a key for enum sj_log_level, in its order. */
extern const char *const sj_config_log_levels[];

/* True if text is a numeric address, IPv4 or IPv6. */
SJ_MUST_USE bool sj_config_is_address(const char *text);

/*
 * Splits `address:port` or `[address]:port`, both numeric, into address (size
 * bytes, terminated) and *port, which is not 0. False on anything else.
 */
SJ_MUST_USE bool sj_config_split_address(
	const char *text, char *address, size_t size, uint16_t *port);

/* What is wrong with a setting beyond its type. */
struct sj_config_fault {
	const char *section, *key; /* section NULL: nothing is wrong */
	const char *text;
	const char *value; /* the one that is wrong of many; NULL: the last */
};

/*
 * Writes `path:line: [section] key: text` to message (size bytes); without the
 * line when the key does not stand in the file. Reads the file again.
 */
void sj_config_describe(const char *path, const struct sj_config_fault *fault,
	char *message, size_t size);

/* Prints every key with its default, allowed values and help as an INI file. */
void sj_config_print(const struct sj_config_key *keys, size_t count);

#endif /* SJ_PROTOCOL_BASE_CONFIG_H */
