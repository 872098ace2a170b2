/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/http_request.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "host/http_address.h"

/* A piece of the input, not terminated. */
struct span {
	const char *text;
	size_t size;
};

static bool is_same(struct span span, const char *text)
{
	return span.size == strlen(text) &&
	       strncasecmp(span.text, text, span.size) == 0;
}

/* Cuts what stands before the first mark off *rest; false without mark. */
static bool cut(struct span *rest, char mark, struct span *part)
{
	const char *at = memchr(rest->text, mark, rest->size);

	if (!at)
		return false;
	part->text = rest->text;
	part->size = (size_t)(at - rest->text);
	rest->size -= part->size + 1;
	rest->text = at + 1;
	return true;
}

/* Cuts one line with CR LF off *rest. False when none is whole. */
static bool cut_line(struct span *rest, struct span *line)
{
	struct span left = *rest;

	if (!cut(&left, '\n', line) || line->size == 0 ||
		line->text[line->size - 1] != '\r')
		return false;
	line->size--;
	*rest = left;
	return true;
}

/* No control characters and nothing beyond ASCII in what we pass on. */
static bool is_printable(struct span span)
{
	for (size_t i = 0; i < span.size; i++) {
		unsigned char c = (unsigned char)span.text[i];

		if (c < 0x20 && c != '\t')
			return false;
		if (c >= 0x7f)
			return false;
	}
	return true;
}

static bool parse_number(struct span span, uint64_t max, uint64_t *number)
{
	uint64_t value = 0;

	if (span.size == 0 || span.size > 19)
		return false;
	for (size_t i = 0; i < span.size; i++) {
		if (span.text[i] < '0' || span.text[i] > '9')
			return false;
		value = value * 10 + (uint64_t)(span.text[i] - '0');
	}
	*number = value;
	return value <= max;
}

/* host, host:port or [v6]:port, to lower case and without brackets. */
static bool parse_authority(
	struct span span, uint16_t otherwise, struct sj_http_request *request)
{
	struct span host = span, port = {"", 0};
	const char *colon;
	uint64_t number = otherwise;

	if (memchr(span.text, '@', span.size))
		return false;
	if (span.size > 0 && span.text[0] == '[') {
		const char *end = memchr(span.text, ']', span.size);

		if (!end)
			return false;
		host.text = span.text + 1;
		host.size = (size_t)(end - host.text);
		port.text = end + 1;
		port.size = span.size - host.size - 2;
		if (port.size > 0 && port.text[0] != ':')
			return false;
	} else if ((colon = memchr(span.text, ':', span.size))) {
		host.size = (size_t)(colon - span.text);
		port.text = colon;
		port.size = span.size - host.size;
	}
	if (port.size > 0) {
		port.text++;
		port.size--;
		if (!parse_number(port, 65535, &number) || number == 0)
			return false;
	}
	if (host.size == 0 || host.size >= sizeof(request->host))
		return false;
	for (size_t i = 0; i < host.size; i++) {
		char c = host.text[i];

		request->host[i] = c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
	}
	request->host[host.size] = 0;
	request->port = (uint16_t)number;
	return number > 0;
}

static bool is_method_forwarded(struct span method)
{
	static const char *const methods[] = {
		"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"};

	for (size_t i = 0; i < SJ_COUNT(methods); i++) {
		if (is_same(method, methods[i]))
			return true;
	}
	return false;
}

static enum sj_http_verdict parse_target(
	struct span method, struct span target, struct sj_http_request *request)
{
	static const char scheme[] = "http://";
	struct span authority;

	request->is_connect = is_same(method, "CONNECT");
	if (request->is_connect)
		return parse_authority(target, 0, request) ? SJ_HTTP_OK
							   : SJ_HTTP_MALFORMED;
	if (!is_method_forwarded(method))
		return SJ_HTTP_METHOD;
	if (target.size < sizeof(scheme) - 1 ||
		strncasecmp(target.text, scheme, sizeof(scheme) - 1) != 0)
		return SJ_HTTP_MALFORMED;
	authority.text = target.text + sizeof(scheme) - 1;
	authority.size = target.size - (sizeof(scheme) - 1);
	for (size_t i = 0; i < authority.size; i++) {
		if (strchr("/?#", authority.text[i])) {
			authority.size = i;
			break;
		}
	}
	return parse_authority(authority, 80, request) ? SJ_HTTP_OK
						       : SJ_HTTP_MALFORMED;
}

static enum sj_http_verdict parse_first_line(
	struct span line, struct sj_http_request *request)
{
	struct span method, target;

	if (!is_printable(line) || !cut(&line, ' ', &method) ||
		!cut(&line, ' ', &target))
		return SJ_HTTP_MALFORMED;
	if (!is_same(line, "HTTP/1.1") && !is_same(line, "HTTP/1.0"))
		return SJ_HTTP_MALFORMED;
	return parse_target(method, target, request);
}

static struct span trim(struct span span)
{
	while (span.size > 0 && (span.text[0] == ' ' || span.text[0] == '\t')) {
		span.text++;
		span.size--;
	}
	while (span.size > 0 && (span.text[span.size - 1] == ' ' ||
					span.text[span.size - 1] == '\t'))
		span.size--;
	return span;
}

/* One header field; counts those that tell the length of the body. */
static enum sj_http_verdict parse_field(
	struct span line, unsigned *lengths, struct sj_http_request *request)
{
	struct span name;

	if (!is_printable(line) || !cut(&line, ':', &name) || name.size == 0 ||
		memchr(name.text, ' ', name.size) ||
		memchr(name.text, '\t', name.size))
		return SJ_HTTP_MALFORMED;
	if (is_same(name, "Transfer-Encoding"))
		return SJ_HTTP_LENGTH;
	if (is_same(name, "Content-Length")) {
		if (++*lengths > 1 || !parse_number(trim(line), INT64_MAX,
					      &request->body_bytes))
			return SJ_HTTP_MALFORMED;
	}
	return SJ_HTTP_OK;
}

static bool is_port_allowed(const uint16_t *ports, uint16_t port)
{
	if (!ports || ports[0] == 0)
		return port == 80 || port == 443;
	for (size_t i = 0; i < SJ_HTTP_PORTS && ports[i] != 0; i++) {
		if (ports[i] == port)
			return true;
	}
	return false;
}

enum sj_http_verdict sj_http_parse(const uint8_t *data, size_t size,
	const uint16_t *ports, struct sj_http_request *request)
{
	struct span rest = {(const char *)data, size}, line;
	enum sj_http_verdict verdict;
	unsigned lengths = 0;
	const void *end = memmem(data, size, "\r\n\r\n", 4);

	memset(request, 0, sizeof(*request));
	if (!end)
		return size < SJ_HTTP_HEAD_BYTES ? SJ_HTTP_MORE
						 : SJ_HTTP_TOO_LARGE;
	request->head_bytes = (size_t)((const uint8_t *)end - data) + 4;
	rest.size = request->head_bytes;
	if (!cut_line(&rest, &line))
		return SJ_HTTP_MALFORMED;
	verdict = parse_first_line(line, request);
	while (verdict == SJ_HTTP_OK) {
		if (!cut_line(&rest, &line))
			return SJ_HTTP_MALFORMED;
		if (line.size == 0)
			break;
		verdict = parse_field(line, &lengths, request);
	}
	if (verdict != SJ_HTTP_OK)
		return verdict;
	if (request->is_connect)
		request->body_bytes = 0;
	if (!sj_http_address_is_public(request->host))
		return SJ_HTTP_ADDRESS;
	return is_port_allowed(ports, request->port) ? SJ_HTTP_OK
						     : SJ_HTTP_PORT;
}

/* Fields about this connection alone, and those that say who asks. */
static bool is_dropped(struct span name)
{
	static const char *const names[] = {"Connection", "Proxy-Connection",
		"Keep-Alive", "Proxy-Authorization", "TE", "Trailer",
		"Upgrade"};

	for (size_t i = 0; i < SJ_COUNT(names); i++) {
		if (is_same(name, names[i]))
			return true;
	}
	return false;
}

static bool rebuild_connect(
	const struct sj_http_request *request, struct sj_writer *out)
{
	char head[2 * SJ_HTTP_HOST_BYTES + 64];
	const char *open = strchr(request->host, ':') ? "[" : "";
	const char *close = *open ? "]" : "";
	int size = snprintf(head, sizeof(head),
		"CONNECT %s%s%s:%u HTTP/1.1\r\nHost: %s%s%s:%u\r\n\r\n", open,
		request->host, close, (unsigned)request->port, open,
		request->host, close, (unsigned)request->port);

	return size > 0 && (size_t)size < sizeof(head) &&
	       sj_write_bytes(out, head, (size_t)size);
}

bool sj_http_rebuild(const struct sj_http_request *request, const uint8_t *data,
	struct sj_writer *out)
{
	static const char end[] = "Connection: close\r\n\r\n";
	struct span rest = {(const char *)data, request->head_bytes}, line;
	size_t start = out->at;
	bool is_first = true;

	if (request->is_connect)
		return rebuild_connect(request, out);
	while (cut_line(&rest, &line) && line.size > 0) {
		struct span left = line, name;

		if (!is_first && cut(&left, ':', &name) && is_dropped(name))
			continue;
		is_first = false;
		if (!sj_write_bytes(out, line.text, line.size) ||
			!sj_write_bytes(out, "\r\n", 2)) {
			out->at = start;
			return false;
		}
	}
	if (sj_write_bytes(out, end, sizeof(end) - 1))
		return true;
	out->at = start;
	return false;
}
