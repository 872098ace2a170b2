/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "certs/identity.h"

#include <stdio.h>
#include <string.h>

#define PREFIX "urn:shoji:"

static const char *const role_texts[] = {
	[SJ_TLS_ROLE_HOST] = "host",
	[SJ_TLS_ROLE_VIEWER] = "viewer",
	[SJ_TLS_ROLE_GUARD] = "guard",
	[SJ_TLS_ROLE_ADMIN] = "admin",
};

const char *sj_identity_role_text(enum sj_tls_role role)
{
	return (size_t)role < SJ_COUNT(role_texts) ? role_texts[role] : "?";
}

/* First character of head, the others of head or tail, no more than limit. */
static bool is_word(
	const char *text, const char *head, const char *tail, size_t limit)
{
	size_t size = strlen(text);

	if (size == 0 || size > limit || !strchr(head, text[0]))
		return false;
	for (size_t i = 0; i < size; i++) {
		if (!strchr(head, text[i]) && !strchr(tail, text[i]))
			return false;
	}
	return true;
}

#define LETTERS "abcdefghijklmnopqrstuvwxyz"
#define DIGITS "0123456789"

bool sj_identity_is_zone(const char *text)
{
	return is_word(text, LETTERS, DIGITS "-", SJ_LIMIT_ZONE_BYTES - 1);
}

bool sj_identity_is_name(const char *text)
{
	return is_word(text, LETTERS DIGITS, "._-", SJ_LIMIT_USER_NAME_BYTES);
}

/* Copies the part up to the next colon (or the end); NULL when too long. */
static const char *take_part(const char *at, char *part, size_t size)
{
	size_t length = strcspn(at, ":");

	if (length >= size)
		return NULL;
	memcpy(part, at, length);
	part[length] = 0;
	return at + length;
}

bool sj_identity_parse_role(const char *text, enum sj_tls_role *role)
{
	for (size_t i = 0; i < SJ_COUNT(role_texts); i++) {
		if (strcmp(text, role_texts[i]) == 0) {
			*role = (enum sj_tls_role)i;
			return true;
		}
	}
	return false;
}

bool sj_identity_parse(
	const char *uri, size_t size, struct sj_identity *identity)
{
	char text[SJ_IDENTITY_URI_BYTES];
	char role[8];
	const char *at;

	memset(identity, 0, sizeof(*identity));
	if (size >= sizeof(text) || memchr(uri, 0, size))
		return false;
	memcpy(text, uri, size);
	text[size] = 0;
	if (strncmp(text, PREFIX, sizeof(PREFIX) - 1) != 0)
		return false;
	at = take_part(text + sizeof(PREFIX) - 1, identity->zone,
		sizeof(identity->zone));
	if (!at || *at != ':')
		return false;
	at = take_part(at + 1, role, sizeof(role));
	if (!at || *at != ':')
		return false;
	at = take_part(at + 1, identity->name, sizeof(identity->name));
	return at && *at == 0 &&
	       sj_identity_parse_role(role, &identity->role) &&
	       sj_identity_is_zone(identity->zone) &&
	       sj_identity_is_name(identity->name);
}

bool sj_identity_format(
	const struct sj_identity *identity, char *uri, size_t size)
{
	int length;

	if (!sj_identity_is_zone(identity->zone) ||
		!sj_identity_is_name(identity->name))
		return false;
	length = snprintf(uri, size, PREFIX "%s:%s:%s", identity->zone,
		sj_identity_role_text(identity->role), identity->name);
	return length > 0 && (size_t)length < size;
}
