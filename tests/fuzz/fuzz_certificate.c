/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Any bytes as what a gate reads of certificates: the one a peer presents, in
 * DER; or authority and list, in PEM (byte 0 chooses).
 */
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>

#include "certs/tls_verify.h"
#include "tests/fuzz/target.h"

static void judge_peer(const uint8_t *data, size_t size, uint8_t choice)
{
	struct sj_tls_wanted wanted = {
		.is_server = (choice & 2) != 0,
		.roles = 1u << (choice >> 2 & 3),
		.zone = "lgwan",
	};
	struct sj_identity identity;
	X509 *certificate = d2i_X509(NULL, &data, (long)size);
	enum sj_reason reason;

	if (!certificate)
		return;
	reason = sj_tls_verify_identity(certificate, &wanted, &identity);
	if (reason == SJ_REASON_NONE &&
		((wanted.roles >> identity.role & 1) == 0 ||
			strcmp(identity.zone, "lgwan") != 0 ||
			identity.name[0] == 0))
		abort();
	X509_free(certificate);
}

static void read_store(const uint8_t *data, size_t size)
{
	struct sj_tls_pem authority = {data, size / 2};
	struct sj_tls_pem crl = {data + size / 2, size - size / 2};
	enum sj_reason reason = SJ_REASON_NONE;
	X509_STORE *store;

	/* One file that is both is the usual seed. */
	if (size % 2 == 0)
		crl = authority = (struct sj_tls_pem){data, size};
	store = sj_tls_store_create(NULL, &authority, &crl, &reason);
	if ((store == NULL) != (reason != SJ_REASON_NONE))
		abort();
	X509_STORE_free(store);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	if ((data[0] & 1) == 0)
		judge_peer(data + 1, size - 1, data[0]);
	else
		read_store(data + 1, size - 1);
	ERR_clear_error();
	return 0;
}
