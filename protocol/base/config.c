/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/base/config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ini.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "protocol/base/limits.h"

#define KEYS_MAX 256

const char *const sj_config_log_levels[] = {
	"error", "warning", "info", "debug", NULL};

/* One reading of one file. */
struct reading {
	const char *path;
	FILE *file;
	const struct sj_config_key *keys;
	size_t count;
	char *out;
	char *message;
	size_t message_size;
	int line;       /* of the file, from 1 */
	bool is_failed; /* message holds the first failure */
	bool is_given[KEYS_MAX];
};

static void SJ_PRINTF(2, 3)
	fail(struct reading *reading, const char *format, ...)
{
	int printed = 0;
	va_list args;

	if (reading->is_failed || reading->message_size == 0)
		return;
	reading->is_failed = true;
	if (reading->line > 0)
		printed = snprintf(reading->message, reading->message_size,
			"%s:%d: ", reading->path, reading->line);
	else if (reading->path)
		printed = snprintf(reading->message, reading->message_size,
			"%s: ", reading->path);
	if (printed < 0 || (size_t)printed >= reading->message_size)
		return;
	va_start(args, format);
	(void)vsnprintf(reading->message + printed,
		reading->message_size - (size_t)printed, format, args);
	va_end(args);
}

/* Appends text to list (size bytes) with a comma between entries. */
static void append(char *list, size_t size, const char *text)
{
	size_t used = strlen(list);

	(void)snprintf(
		list + used, size - used, "%s%s", used ? ", " : "", text);
}

static uint32_t list_max(const struct sj_config_key *key)
{
	return key->max > 0 && key->max < SJ_CONFIG_VALUES ? key->max
							   : SJ_CONFIG_VALUES;
}

/* What may stand behind the equals sign, for messages and the print. */
static void describe(const struct sj_config_key *key, char *text, size_t size)
{
	text[0] = '\0';
	if (key->allowed) {
		(void)snprintf(text, size, "%s", key->allowed);
		return;
	}
	switch (key->type) {
	case SJ_CONFIG_TEXT:
		(void)snprintf(text, size, "texts of %s %zu bytes",
			key->default_text ? "at most" : "1 to", key->size - 1);
		break;
	case SJ_CONFIG_NUMBER:
		(void)snprintf(text, size, "whole numbers from %u to %u",
			key->min, key->max);
		break;
	case SJ_CONFIG_BOOL:
		(void)snprintf(text, size, "yes, no");
		break;
	case SJ_CONFIG_CHOICE:
		for (size_t i = 0; key->choices[i]; i++)
			append(text, size, key->choices[i]);
		break;
	case SJ_CONFIG_LIST:
		(void)snprintf(text, size,
			"texts of 1 to 255 bytes, at most %u of them",
			list_max(key));
		break;
	}
}

static bool set_text(
	const struct sj_config_key *key, const char *value, char *member)
{
	size_t length = strlen(value);

	/* An empty one is as good as none. */
	if (length >= key->size || (length == 0 && !key->default_text))
		return false;
	memcpy(member, value, length + 1);
	return true;
}

static bool set_number(
	const struct sj_config_key *key, const char *value, char *member)
{
	uint64_t number = 0;
	uint32_t result;

	if (value[0] == '\0')
		return false;
	for (const char *at = value; *at; at++) {
		if (*at < '0' || *at > '9')
			return false;
		number = number * 10 + (uint64_t)(*at - '0');
		if (number > UINT32_MAX)
			return false;
	}
	if (number < key->min || number > key->max)
		return false;
	result = (uint32_t)number;
	memcpy(member, &result, sizeof(result));
	return true;
}

static bool set_bool(const char *value, char *member)
{
	bool result = strcmp(value, "yes") == 0;

	if (!result && strcmp(value, "no") != 0)
		return false;
	memcpy(member, &result, sizeof(result));
	return true;
}

static bool set_choice(
	const struct sj_config_key *key, const char *value, char *member)
{
	for (uint32_t i = 0; key->choices[i]; i++) {
		if (strcmp(key->choices[i], value) == 0) {
			memcpy(member, &i, sizeof(i));
			return true;
		}
	}
	return false;
}

static bool add_to_list(
	const struct sj_config_key *key, const char *value, char *member)
{
	struct sj_config_list *list = (void *)member;
	size_t length = strlen(value);

	if (length == 0 || length >= sizeof(list->value[0]) ||
		list->count >= list_max(key))
		return false;
	memcpy(list->value[list->count++], value, length + 1);
	return true;
}

static bool set_value(
	const struct sj_config_key *key, const char *value, char *out)
{
	char *member = out + key->offset;

	switch (key->type) {
	case SJ_CONFIG_TEXT:
		return set_text(key, value, member);
	case SJ_CONFIG_NUMBER:
		return set_number(key, value, member);
	case SJ_CONFIG_BOOL:
		return set_bool(value, member);
	case SJ_CONFIG_CHOICE:
		return set_choice(key, value, member);
	case SJ_CONFIG_LIST:
		return add_to_list(key, value, member);
	}
	return false;
}

static void empty_list(const struct sj_config_key *key, char *out)
{
	struct sj_config_list *list = (void *)(out + key->offset);

	list->count = 0;
}

static bool set_defaults(struct reading *reading)
{
	for (size_t i = 0; i < reading->count; i++) {
		const struct sj_config_key *key = &reading->keys[i];

		if (key->type == SJ_CONFIG_LIST)
			empty_list(key, reading->out);
		if (!key->default_text || (key->type == SJ_CONFIG_LIST &&
						  key->default_text[0] == '\0'))
			continue;
		if (!set_value(key, key->default_text, reading->out)) {
			fail(reading, "[%s] %s: the default does not parse",
				key->section, key->key);
			return false;
		}
	}
	return true;
}

static void fail_unknown(
	struct reading *reading, const char *section, const char *name)
{
	char known[1024] = "";
	const char *last = "";
	bool is_section_known = false;

	for (size_t i = 0; i < reading->count; i++)
		if (strcmp(reading->keys[i].section, section) == 0)
			is_section_known = true;
	for (size_t i = 0; i < reading->count; i++) {
		const struct sj_config_key *key = &reading->keys[i];

		if (is_section_known && strcmp(key->section, section) == 0)
			append(known, sizeof(known), key->key);
		if (!is_section_known && strcmp(key->section, last) != 0)
			append(known, sizeof(known), key->section);
		last = key->section;
	}
	if (is_section_known && name)
		fail(reading, "[%s] %s: unknown key; known are %s", section,
			name, known);
	else if (!is_section_known)
		fail(reading, "[%s]: unknown section; known are %s", section,
			known);
}

static void take_value(struct reading *reading, size_t index, const char *value)
{
	const struct sj_config_key *key = &reading->keys[index];
	bool is_list = key->type == SJ_CONFIG_LIST;
	char allowed[512];

	if (reading->is_given[index] && !is_list) {
		fail(reading, "[%s] %s: given twice", key->section, key->key);
		return;
	}
	if (is_list && !reading->is_given[index])
		empty_list(key, reading->out);
	reading->is_given[index] = true;
	if (set_value(key, value, reading->out))
		return;
	describe(key, allowed, sizeof(allowed));
	fail(reading, "[%s] %s = %s: allowed are %s", key->section, key->key,
		value, allowed);
}

/* inih's callback: 0 is failure there. */
static int on_key(
	void *user, const char *section, const char *name, const char *value)
{
	struct reading *reading = user;

	for (size_t i = 0; i < reading->count; i++) {
		if (strcmp(reading->keys[i].section, section) == 0 &&
			strcmp(reading->keys[i].key, name) == 0) {
			take_value(reading, i, value);
			return !reading->is_failed;
		}
	}
	fail_unknown(reading, section, name);
	return 0;
}

/* A section without a key never reaches on_key; it is judged here. */
static void check_section(struct reading *reading, const char *line)
{
	const char *end = strchr(line, ']');
	char section[64];

	if (line[0] != '[' || !end)
		return;
	(void)snprintf(section, sizeof(section), "%.*s", (int)(end - line - 1),
		line + 1);
	fail_unknown(reading, section, NULL);
}

/* inih's line source: counts lines, refuses what fgets would hide. */
static char *next_line(char *line, int size, void *stream)
{
	struct reading *reading = stream;
	int at = 0, c = 0;

	reading->line++;
	while (c != '\n' && (c = getc(reading->file)) != EOF) {
		if (at >= size - 1 || c == '\0') {
			fail(reading, "%s",
				c == '\0' ? "zero byte" : "line too long");
			return NULL;
		}
		line[at++] = (char)c;
	}
	if (at == 0)
		return NULL;
	line[at] = '\0';
	check_section(reading, line);
	return reading->is_failed ? NULL : line;
}

static enum sj_err read_file(struct reading *reading)
{
	int bad_line;

	reading->file = fopen(reading->path, "re");
	if (!reading->file) {
		fail(reading, "cannot be read: %s", strerror(errno));
		return SJ_ERR_SYSTEM;
	}
	bad_line = ini_parse_stream(next_line, reading, on_key, reading);
	if (ferror(reading->file)) {
		reading->is_failed = false;
		reading->line = 0;
		fail(reading, "cannot be read: %s", strerror(errno));
		(void)fclose(reading->file);
		return SJ_ERR_SYSTEM;
	}
	(void)fclose(reading->file);
	if (bad_line < 0) {
		fail(reading, "out of memory");
		return SJ_ERR_MEMORY;
	}
	if (bad_line > 0 && !reading->is_failed) {
		reading->line = bad_line;
		fail(reading, "expected [section] or key = value");
	}
	return reading->is_failed ? SJ_ERR_FORMAT : SJ_OK;
}

enum sj_err sj_config_read(const char *path, const struct sj_config_key *keys,
	size_t count, void *out, char *message, size_t size)
{
	struct reading reading = {.path = path,
		.keys = keys,
		.count = count,
		.out = out,
		.message = message,
		.message_size = size};
	enum sj_err err;

	if (count > KEYS_MAX || size == 0)
		return SJ_ERR_ARGUMENT;
	message[0] = '\0';
	if (!set_defaults(&reading))
		return SJ_ERR_ARGUMENT;
	/* The library's own bound is less than our longest values. */
	ini_max_line = SJ_LIMIT_CONFIG_LINE_BYTES;
	if (path) {
		err = read_file(&reading);
		if (err != SJ_OK)
			return err;
	}
	reading.line = 0;
	for (size_t i = 0; i < count; i++) {
		if (!keys[i].default_text && !reading.is_given[i]) {
			fail(&reading, "[%s] %s: is required", keys[i].section,
				keys[i].key);
			return SJ_ERR_FORMAT;
		}
	}
	return SJ_OK;
}

void sj_config_print(const struct sj_config_key *keys, size_t count)
{
	const char *section = "";
	char allowed[512];

	for (size_t i = 0; i < count; i++) {
		const struct sj_config_key *key = &keys[i];

		if (strcmp(section, key->section) != 0)
			(void)printf(
				"%s[%s]\n", i > 0 ? "\n" : "", key->section);
		section = key->section;
		describe(key, allowed, sizeof(allowed));
		(void)printf("; %s\n; allowed: %s\n", key->help, allowed);
		if (key->default_text && key->default_text[0] != '\0')
			(void)printf("%s = %s\n", key->key, key->default_text);
		else if (key->default_text)
			(void)printf("; %s =\n", key->key);
		else
			(void)printf("; required\n; %s =\n", key->key);
	}
}

/* Whether text, a line behind its blanks, sets what fault is about. */
static bool is_line_of(const char *text, const struct sj_config_fault *fault)
{
	size_t key_size = strlen(fault->key);

	return strncmp(text, fault->key, key_size) == 0 &&
	       strchr(" \t=", text[key_size]) &&
	       (!fault->value || strstr(text + key_size, fault->value));
}

/* Line of the last place where the setting stands; 0 if nowhere. */
static unsigned find_line(const char *path, const struct sj_config_fault *fault)
{
	FILE *file = fopen(path, "re");
	char line[2048], section[64] = "";
	unsigned number = 0, found = 0;

	while (file && fgets(line, sizeof(line), file)) {
		const char *text = line + strspn(line, " \t");

		number++;
		if (text[0] == '[')
			(void)snprintf(section, sizeof(section), "%.*s",
				(int)strcspn(text + 1, "]"), text + 1);
		if (strcmp(section, fault->section) == 0 &&
			is_line_of(text, fault))
			found = number;
	}
	if (file)
		(void)fclose(file);
	return found;
}

void sj_config_describe(const char *path, const struct sj_config_fault *fault,
	char *message, size_t size)
{
	unsigned line = find_line(path, fault);
	char place[16] = "";

	if (line > 0)
		(void)snprintf(place, sizeof(place), "%u:", line);
	(void)snprintf(message, size, "%s:%s [%s] %s: %s", path, place,
		fault->section, fault->key, fault->text);
}

bool sj_config_is_address(const char *text)
{
	unsigned char room[sizeof(struct in6_addr)];

	return inet_pton(AF_INET, text, room) == 1 ||
	       inet_pton(AF_INET6, text, room) == 1;
}

bool sj_config_split_address(
	const char *text, char *address, size_t size, uint16_t *port)
{
	const char *colon = strrchr(text, ':');
	unsigned long number;
	size_t length;
	char *end;

	if (!colon || colon == text || colon[1] < '0' || colon[1] > '9')
		return false;
	number = strtoul(colon + 1, &end, 10);
	if (*end || number < 1 || number > 65535)
		return false;
	length = (size_t)(colon - text);
	if (text[0] == '[') {
		if (length < 2 || text[length - 1] != ']')
			return false;
		text++;
		length -= 2;
	}
	if (length >= size)
		return false;
	memcpy(address, text, length);
	address[length] = '\0';
	*port = (uint16_t)number;
	return sj_config_is_address(address);
}
