/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "certs/pki_index.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEADER "shoji-ca index 1"
#define LINE_BYTES 256
#define FIELDS 8

/* Splits line at single spaces; the number of fields, 0 when too many. */
static size_t split(char *line, char *field[FIELDS])
{
	size_t count = 0;
	char *at = line;

	for (;;) {
		char *space = strchr(at, ' ');

		if (count == FIELDS)
			return 0;
		field[count++] = at;
		if (!space)
			return count;
		*space = 0;
		at = space + 1;
	}
}

static bool parse_number(const char *text, int64_t *value)
{
	size_t size = strlen(text);
	size_t digits = text[0] == '-' ? 1 : 0;

	if (size == digits || size > 15 ||
		strspn(text + digits, "0123456789") != size - digits)
		return false;
	*value = strtoll(text, NULL, 10);
	return true;
}

static bool parse_serial(const char *text, char serial[SJ_PKI_SERIAL_BYTES])
{
	size_t size = strlen(text);

	if (size == 0 || size % 2 != 0 || size >= SJ_PKI_SERIAL_BYTES ||
		strspn(text, "0123456789abcdef") != size)
		return false;
	memcpy(serial, text, size + 1);
	return true;
}

static bool parse_identity(char *const field[3], struct sj_identity *identity)
{
	char uri[SJ_IDENTITY_URI_BYTES];
	int size = snprintf(uri, sizeof(uri), "urn:shoji:%s:%s:%s", field[1],
		field[0], field[2]);

	return size > 0 && (size_t)size < sizeof(uri) &&
	       sj_identity_parse(uri, (size_t)size, identity);
}

static enum sj_err parse_certificate(
	char *const field[FIELDS], struct sj_pki_store *store)
{
	struct sj_pki_entry entry;

	memset(&entry, 0, sizeof(entry));
	if (!parse_serial(field[1], entry.serial) ||
		!parse_identity(field + 2, &entry.identity) ||
		!parse_number(field[5], &entry.validity.from_s) ||
		!parse_number(field[6], &entry.validity.until_s) ||
		!parse_number(field[7], &entry.revoked_s))
		return SJ_ERR_FORMAT;
	return sj_pki_store_add(store, &entry);
}

static enum sj_err parse_line(
	char *line, size_t number, struct sj_pki_store *store)
{
	char *field[FIELDS];
	size_t count;
	int64_t value;

	if (number == 1)
		return strcmp(line, HEADER) == 0 ? SJ_OK : SJ_ERR_FORMAT;
	count = split(line, field);
	if (number == 2) {
		if (count != 2 || strcmp(field[0], "zone") != 0 ||
			!sj_identity_is_zone(field[1]))
			return SJ_ERR_FORMAT;
		(void)snprintf(
			store->zone, sizeof(store->zone), "%s", field[1]);
		return SJ_OK;
	}
	if (number == 3) {
		if (count != 2 || strcmp(field[0], "crl") != 0 ||
			!parse_number(field[1], &value) || value < 0)
			return SJ_ERR_FORMAT;
		store->crl_number = (uint64_t)value;
		return SJ_OK;
	}
	if (count != FIELDS || strcmp(field[0], "cert") != 0)
		return SJ_ERR_FORMAT;
	return parse_certificate(field, store);
}

enum sj_err sj_pki_index_parse(
	const char *text, struct sj_pki_store *store, struct sj_pki_why *why)
{
	char line[LINE_BYTES];
	size_t number = 0;
	enum sj_err err = SJ_OK;

	while (err == SJ_OK && *text != 0) {
		size_t size = strcspn(text, "\n");

		number++;
		/* A line without its end was cut. */
		if (size >= sizeof(line) || text[size] != '\n') {
			err = SJ_ERR_FORMAT;
			break;
		}
		memcpy(line, text, size);
		line[size] = 0;
		err = parse_line(line, number, store);
		text += size + 1;
	}
	if (err == SJ_OK && number < 3)
		err = SJ_ERR_FORMAT;
	if (err != SJ_OK)
		return sj_pki_fail(why, err,
			"%s/index, line %zu: %s; the index before the last "
			"change is %s/index.old",
			store->folder, number,
			err == SJ_ERR_FORMAT ? "not an entry of an index"
					     : sj_err_text(err),
			store->folder);
	return SJ_OK;
}

static int format_entry(
	const struct sj_pki_entry *entry, char *out, size_t size)
{
	return snprintf(out, size,
		"cert %s %s %s %s %" PRId64 " %" PRId64 " %" PRId64 "\n",
		entry->serial, sj_identity_role_text(entry->identity.role),
		entry->identity.zone, entry->identity.name,
		entry->validity.from_s, entry->validity.until_s,
		entry->revoked_s);
}

enum sj_err sj_pki_index_format(
	const struct sj_pki_store *store, struct sj_pki_bytes *text)
{
	size_t room = (store->count + 1) * LINE_BYTES;
	char *out = malloc(room);
	int size;

	text->data = (uint8_t *)out;
	text->size = 0;
	if (!out)
		return SJ_ERR_MEMORY;
	size = snprintf(out, room, HEADER "\nzone %s\ncrl %" PRIu64 "\n",
		store->zone, store->crl_number);
	for (size_t i = 0; i < store->count && size > 0; i++) {
		text->size += (size_t)size;
		size = format_entry(&store->entries[i], out + text->size,
			room - text->size);
	}
	text->size += (size_t)size;
	if (text->size <= SJ_LIMIT_CA_INDEX_BYTES)
		return SJ_OK;
	sj_pki_bytes_free(text);
	return SJ_ERR_LIMIT;
}
