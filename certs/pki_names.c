/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "certs/pki_names.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#define LABEL_BYTES 63

static bool is_label_byte(char byte)
{
	return (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') ||
	       byte == '-';
}

/* One label: letters, digits and inner hyphens. */
static bool is_label(const char *label, size_t size)
{
	if (size == 0 || size > LABEL_BYTES || label[0] == '-' ||
		label[size - 1] == '-')
		return false;
	for (size_t i = 0; i < size; i++) {
		if (!is_label_byte(label[i]))
			return false;
	}
	return true;
}

static bool is_dns_name(const char *text)
{
	const char *label = text;

	if (strlen(text) > SJ_LIMIT_DNS_NAME_BYTES)
		return false;
	for (;;) {
		size_t size = strcspn(label, ".");

		if (!is_label(label, size))
			return false;
		if (label[size] == 0)
			break;
		label += size + 1;
	}
	/* A last label of digits alone is a mistyped address. */
	return strspn(label, "0123456789") != strlen(label);
}

static enum sj_err explain(const char *text, struct sj_pki_why *why)
{
	if (strchr(text, '*'))
		return sj_pki_fail(why, SJ_ERR_ARGUMENT,
			"'%s': wildcards are refused by every viewer; give "
			"each name in full",
			text);
	if (strpbrk(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
		return sj_pki_fail(why, SJ_ERR_ARGUMENT,
			"'%s': write the name in lower case", text);
	return sj_pki_fail(why, SJ_ERR_ARGUMENT,
		"'%s' is neither a DNS name nor an address; examples are "
		"render1.example.lg.jp, 192.0.2.10, 2001:db8::10",
		text);
}

static bool parse(const char *text, struct sj_pki_name *name)
{
	memset(name, 0, sizeof(*name));
	if (strlen(text) >= sizeof(name->text))
		return false;
	(void)snprintf(name->text, sizeof(name->text), "%s", text);
	if (inet_pton(AF_INET, text, name->address) == 1)
		name->address_size = 4;
	else if (inet_pton(AF_INET6, text, name->address) == 1)
		name->address_size = 16;
	return name->address_size > 0 || is_dns_name(text);
}

static bool is_same(const struct sj_pki_name *a, const struct sj_pki_name *b)
{
	if (a->address_size != b->address_size)
		return false;
	if (a->address_size > 0)
		return memcmp(a->address, b->address, a->address_size) == 0;
	return strcmp(a->text, b->text) == 0;
}

enum sj_err sj_pki_names_add(
	struct sj_pki_names *names, const char *text, struct sj_pki_why *why)
{
	struct sj_pki_name name;

	if (!parse(text, &name))
		return explain(text, why);
	for (size_t i = 0; i < names->count; i++) {
		if (is_same(&names->name[i], &name))
			return SJ_OK;
	}
	if (names->count == SJ_LIMIT_SAN_NAMES)
		return sj_pki_fail(why, SJ_ERR_LIMIT,
			"one certificate holds at most %d names",
			SJ_LIMIT_SAN_NAMES);
	names->name[names->count++] = name;
	return SJ_OK;
}

/* The text of one general name; false for what is neither DNS nor address. */
static bool text_of(const GENERAL_NAME *general, char *text, size_t size)
{
	const unsigned char *data;
	int length;

	if (general->type != GEN_DNS && general->type != GEN_IPADD)
		return false;
	data = ASN1_STRING_get0_data(general->d.ia5);
	length = ASN1_STRING_length(general->d.ia5);
	if (general->type == GEN_IPADD)
		return (length == 4 || length == 16) &&
		       inet_ntop(length == 4 ? AF_INET : AF_INET6, data, text,
			       (socklen_t)size) != NULL;
	if (length <= 0 || (size_t)length >= size ||
		memchr(data, 0, (size_t)length))
		return false;
	memcpy(text, data, (size_t)length);
	text[length] = 0;
	return true;
}

enum sj_err sj_pki_names_of(const X509 *certificate, struct sj_pki_names *names,
	struct sj_pki_why *why)
{
	GENERAL_NAMES *san =
		X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
	char text[SJ_LIMIT_DNS_NAME_BYTES + 1];
	enum sj_err err = SJ_OK;

	names->count = 0;
	for (int i = 0; err == SJ_OK && i < sk_GENERAL_NAME_num(san); i++) {
		if (text_of(sk_GENERAL_NAME_value(san, i), text, sizeof(text)))
			err = sj_pki_names_add(names, text, why);
	}
	GENERAL_NAMES_free(san);
	return err;
}

static bool put_one(const struct sj_pki_name *name, GENERAL_NAMES *san)
{
	GENERAL_NAME *general = GENERAL_NAME_new();
	bool is_address = name->address_size > 0;
	ASN1_STRING *value = is_address ? (ASN1_STRING *)ASN1_OCTET_STRING_new()
					: (ASN1_STRING *)ASN1_IA5STRING_new();
	const void *data = is_address ? (const void *)name->address
				      : (const void *)name->text;
	int size = (int)(is_address ? name->address_size : strlen(name->text));

	if (!general || !value || ASN1_STRING_set(value, data, size) != 1) {
		ASN1_STRING_free(value);
		GENERAL_NAME_free(general);
		return false;
	}
	GENERAL_NAME_set0_value(
		general, is_address ? GEN_IPADD : GEN_DNS, value);
	if (sk_GENERAL_NAME_push(san, general) > 0)
		return true;
	GENERAL_NAME_free(general);
	return false;
}

bool sj_pki_names_put(const struct sj_pki_names *names, GENERAL_NAMES *san)
{
	for (size_t i = 0; i < names->count; i++) {
		if (!put_one(&names->name[i], san))
			return false;
	}
	return true;
}
