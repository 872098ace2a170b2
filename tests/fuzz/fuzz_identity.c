/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as the URI, the DNS name and the zone of a certificate. */
#include <stdlib.h>
#include <string.h>

#include "certs/identity.h"
#include "certs/pki_names.h"
#include "tests/fuzz/target.h"

/* What was accepted is the one text that would be written again. */
static void check_uri(const char *data, size_t size)
{
	struct sj_identity identity;
	char uri[SJ_IDENTITY_URI_BYTES];

	if (!sj_identity_parse(data, size, &identity))
		return;
	if (!sj_identity_format(&identity, uri, sizeof(uri)) ||
		strlen(uri) != size || memcmp(uri, data, size) != 0)
		abort();
}

static void check_name(const char *text)
{
	struct sj_pki_names names = {.count = 0};
	struct sj_pki_why why = {""};

	if (sj_pki_names_add(&names, text, &why) == SJ_OK &&
		(names.count != 1 || strpbrk(text, "* /@\n") ||
			strlen(text) > SJ_LIMIT_DNS_NAME_BYTES))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	if (!text)
		abort();
	if (size > 0)
		memcpy(text, data, size);
	text[size] = 0;
	check_uri(text, size);
	check_name(text);
	if (sj_identity_is_zone(text) && strlen(text) >= SJ_LIMIT_ZONE_BYTES)
		abort();
	free(text);
	return 0;
}
