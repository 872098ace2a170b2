/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as the index of an authority. */
#include <stdlib.h>
#include <string.h>

#include "certs/pki_index.h"
#include "tests/fuzz/target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct sj_pki_store store;
	struct sj_pki_bytes again = {NULL, 0};
	struct sj_pki_why why = {""};
	char *text = malloc(size + 1);
	enum sj_err err;

	if (!text)
		abort();
	if (size > 0)
		memcpy(text, data, size);
	text[size] = 0;
	memset(&store, 0, sizeof(store));
	store.lock_fd = -1;
	err = sj_pki_index_parse(text, &store, &why);
	if (err != SJ_OK && why.text[0] == 0)
		abort();
	/* What was read can be written. */
	if (err == SJ_OK && sj_pki_index_format(&store, &again) != SJ_OK)
		abort();
	sj_pki_bytes_free(&again);
	sj_pki_store_close(&store);
	free(text);
	return 0;
}
