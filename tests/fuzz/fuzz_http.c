/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes of a browser as a request to the forwarder or the proxy. */
#include <stdlib.h>
#include <string.h>

#include "host/http_address.h"
#include "host/http_request.h"
#include "tests/fuzz/target.h"

static void require(int is_true)
{
	if (!is_true)
		abort();
}

/* What is passed on is judged again: it has to mean the same. */
static void check_rebuilt(
	const struct sj_http_request *request, const uint8_t *data)
{
	static uint8_t bytes[2 * SJ_HTTP_HEAD_BYTES];
	struct sj_writer out = sj_writer_of(bytes, sizeof(bytes));
	struct sj_http_request again;

	if (!sj_http_rebuild(request, data, &out))
		return;
	require(sj_http_parse(bytes, out.at, NULL, &again) == SJ_HTTP_OK);
	require(again.head_bytes == out.at && again.port == request->port &&
		again.is_connect == request->is_connect &&
		again.body_bytes == request->body_bytes &&
		strcmp(again.host, request->host) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sj_http_request request;
	enum sj_http_verdict verdict =
		sj_http_parse(data, size, NULL, &request);

	if (verdict != SJ_HTTP_OK)
		return 0;
	require(request.head_bytes <= size &&
		request.head_bytes <= SJ_HTTP_HEAD_BYTES);
	require(strlen(request.host) < SJ_HTTP_HOST_BYTES);
	require(strpbrk(request.host, " \t\r\n/@?#") == NULL);
	require(sj_http_address_is_public(request.host));
	require(request.port == 80 || request.port == 443);
	check_rebuilt(&request, data);
	return 0;
}
