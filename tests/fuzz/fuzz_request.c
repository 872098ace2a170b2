/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as a signing request, a certificate or a list in PEM form. */
#include <stdlib.h>
#include <string.h>

#include "certs/pki_check.h"
#include "certs/pki_issue.h"
#include "certs/pki_keys.h"
#include "tests/fuzz/target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sj_pki_bytes pem = {malloc(size + 1), size};
	struct sj_pki_check check = {.now_s = 1800000000};
	struct sj_pki_report report = {.count = 0};
	struct sj_pki_why why = {""};
	EVP_PKEY *key = NULL;
	enum sj_err err;

	if (!pem.data)
		abort();
	if (size > 0)
		memcpy(pem.data, data, size);
	pem.data[size] = 0;
	err = sj_pki_request_key(&pem, &key, &why);
	/* Either an acceptable key or a sentence. */
	if ((err == SJ_OK) != (key != NULL) ||
		(key && !sj_pki_key_is_acceptable(key)) ||
		(err != SJ_OK && why.text[0] == 0))
		abort();
	EVP_PKEY_free(key);
	check.subject = pem;
	sj_pki_check(&check, &report);
	if (report.count == 0 || report.count > SJ_PKI_FINDINGS)
		abort();
	sj_pki_bytes_free(&pem);
	return 0;
}
