/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * http_request: the head of a proxy request, judged and rebuilt.
 *
 * What the forwarder understands of HTTP: CONNECT host:port, and requests in
 * absolute form (GET http://host/...). The input comes from a browser that may
 * be hostile. Pure: no I/O, no allocation. Source: RFC 9110, RFC 9112.
 */
#ifndef SJ_HOST_HTTP_REQUEST_H
#define SJ_HOST_HTTP_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/base/attr.h"
#include "protocol/base/bytes.h"

#define SJ_HTTP_HEAD_BYTES 16384 /* longest head that is read */
#define SJ_HTTP_HOST_BYTES 256
#define SJ_HTTP_PORTS 16

enum sj_http_verdict {
	SJ_HTTP_OK,
	SJ_HTTP_MORE,      /* the head is not complete */
	SJ_HTTP_MALFORMED, /* 400 */
	SJ_HTTP_METHOD,    /* 405: a method that is not forwarded */
	SJ_HTTP_LENGTH,    /* 411: a body without Content-Length */
	SJ_HTTP_TOO_LARGE, /* 431 */
	SJ_HTTP_ADDRESS,   /* 403: private, local or odd address */
	SJ_HTTP_PORT       /* 403: port that is not allowed */
};

struct sj_http_request {
	bool is_connect;
	char host[SJ_HTTP_HOST_BYTES]; /* without brackets, lower case */
	uint16_t port;
	size_t head_bytes;   /* of the input, blank line included */
	uint64_t body_bytes; /* that follow the head */
};

/*
 * Judges the head at the start of data (size bytes). OK fills *request; ports
 * (0 ends, at most SJ_HTTP_PORTS) are those allowed, none means 80 and
 * 443.
 */
SJ_MUST_USE enum sj_http_verdict sj_http_parse(const uint8_t *data, size_t size,
	const uint16_t *ports, struct sj_http_request *request);

/*
 * Writes the head for the upstream proxy: of a CONNECT only the target, of
 * others all fields but those about the connection, and `Connection:
 * close`, so that one connection carries one judged request. data is
 * what sj_http_parse judged. False when it does not fit.
 */
SJ_MUST_USE bool sj_http_rebuild(const struct sj_http_request *request,
	const uint8_t *data, struct sj_writer *out);

#endif /* SJ_HOST_HTTP_REQUEST_H */
