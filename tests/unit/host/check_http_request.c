/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <check.h>
#include <string.h>

#include "host/http_address.h"
#include "host/http_request.h"
#include "tests/support/suite.h"

static enum sj_http_verdict parse(
	const char *text, struct sj_http_request *request)
{
	return sj_http_parse(
		(const uint8_t *)text, strlen(text), NULL, request);
}

START_TEST(reads_a_connect)
{
	struct sj_http_request request;

	ck_assert_int_eq(parse("CONNECT Www.Example.JP:443 HTTP/1.1\r\n"
			       "Host: www.example.jp:443\r\n\r\n",
				 &request),
		SJ_HTTP_OK);
	ck_assert(request.is_connect);
	ck_assert_str_eq(request.host, "www.example.jp");
	ck_assert_uint_eq(request.port, 443);
	ck_assert_uint_eq(request.body_bytes, 0);
}
END_TEST

START_TEST(reads_an_absolute_form_with_a_body)
{
	struct sj_http_request request;
	static const char text[] = "POST http://example.jp/a?b HTTP/1.1\r\n"
				   "Content-Length: 5\r\n\r\nabcde";

	ck_assert_int_eq(parse(text, &request), SJ_HTTP_OK);
	ck_assert(!request.is_connect);
	ck_assert_uint_eq(request.port, 80);
	ck_assert_uint_eq(request.body_bytes, 5);
	ck_assert_uint_eq(request.head_bytes, sizeof(text) - 1 - 5);
}
END_TEST

static const struct {
	const char *text;
	enum sj_http_verdict verdict;
} rows[] = {
	{"GET http://example.jp/ HTTP/1.1\r\nHost: e", SJ_HTTP_MORE},
	{"GET http://example.jp/ HTTP/1.1\r\n\r\n", SJ_HTTP_OK},
	{"GET http://example.jp/ HTTP/1.0\r\n\r\n", SJ_HTTP_OK},
	{"GET http://example.jp/ HTTP/2.0\r\n\r\n", SJ_HTTP_MALFORMED},
	{"GET / HTTP/1.1\r\nHost: example.jp\r\n\r\n", SJ_HTTP_MALFORMED},
	{"GET ftp://example.jp/ HTTP/1.1\r\n\r\n", SJ_HTTP_MALFORMED},
	{"GET http://u@example.jp/ HTTP/1.1\r\n\r\n", SJ_HTTP_MALFORMED},
	{"GET http:// HTTP/1.1\r\n\r\n", SJ_HTTP_MALFORMED},
	{"GET http://example.jp:0/ HTTP/1.1\r\n\r\n", SJ_HTTP_MALFORMED},
	{"GET http://example.jp:65536/ HTTP/1.1\r\n\r\n", SJ_HTTP_MALFORMED},
	{"GET http://example.jp:8080/ HTTP/1.1\r\n\r\n", SJ_HTTP_PORT},
	{"CONNECT example.jp HTTP/1.1\r\n\r\n", SJ_HTTP_MALFORMED},
	{"CONNECT example.jp:22 HTTP/1.1\r\n\r\n", SJ_HTTP_PORT},
	{"TRACE http://example.jp/ HTTP/1.1\r\n\r\n", SJ_HTTP_METHOD},
	{"POST http://example.jp/ HTTP/1.1\r\n"
	 "Transfer-Encoding: chunked\r\n\r\n",
		SJ_HTTP_LENGTH},
	{"POST http://example.jp/ HTTP/1.1\r\nContent-Length: 1\r\n"
	 "Content-Length: 2\r\n\r\n",
		SJ_HTTP_MALFORMED},
	{"POST http://example.jp/ HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
		SJ_HTTP_MALFORMED},
	{"GET http://example.jp/ HTTP/1.1\r\nA : b\r\n\r\n", SJ_HTTP_MALFORMED},
	{"GET http://example.jp/ HTTP/1.1\r\n folded\r\n\r\n",
		SJ_HTTP_MALFORMED},
	{"GET http://example.jp/\x01 HTTP/1.1\r\n\r\n", SJ_HTTP_MALFORMED},
	{"GET http://example.jp/ HTTP/1.1\nA: b\r\n\r\n", SJ_HTTP_MALFORMED},
	{"CONNECT [::1]:443 HTTP/1.1\r\n\r\n", SJ_HTTP_ADDRESS},
	{"CONNECT [2001:db8::1]:443 HTTP/1.1\r\n\r\n", SJ_HTTP_OK},
	{"CONNECT [::1:443 HTTP/1.1\r\n\r\n", SJ_HTTP_MALFORMED},
};

START_TEST(judges_each_row)
{
	struct sj_http_request request;

	ck_assert_int_eq(parse(rows[_i].text, &request), rows[_i].verdict);
}
END_TEST

START_TEST(refuses_a_head_past_the_limit)
{
	static uint8_t text[SJ_HTTP_HEAD_BYTES + 1];
	struct sj_http_request request;

	memset(text, 'a', sizeof(text));
	ck_assert_int_eq(
		sj_http_parse(text, SJ_HTTP_HEAD_BYTES - 1, NULL, &request),
		SJ_HTTP_MORE);
	ck_assert_int_eq(
		sj_http_parse(text, SJ_HTTP_HEAD_BYTES, NULL, &request),
		SJ_HTTP_TOO_LARGE);
}
END_TEST

START_TEST(obeys_the_list_of_ports)
{
	static const uint16_t ports[SJ_HTTP_PORTS] = {8080, 0};
	static const char text[] =
		"GET http://example.jp:8080/ HTTP/1.1\r\n\r\n";
	static const char other[] = "GET http://example.jp/ HTTP/1.1\r\n\r\n";
	struct sj_http_request request;

	ck_assert_int_eq(sj_http_parse((const uint8_t *)text, sizeof(text) - 1,
				 ports, &request),
		SJ_HTTP_OK);
	ck_assert_int_eq(sj_http_parse((const uint8_t *)other,
				 sizeof(other) - 1, ports, &request),
		SJ_HTTP_PORT);
}
END_TEST

static void expect_rebuilt(const char *text, const char *wanted)
{
	char out[1024];
	struct sj_writer writer = sj_writer_of(out, sizeof(out));
	struct sj_http_request request;

	ck_assert_int_eq(parse(text, &request), SJ_HTTP_OK);
	ck_assert(sj_http_rebuild(&request, (const uint8_t *)text, &writer));
	ck_assert_uint_eq(writer.at, strlen(wanted));
	ck_assert_mem_eq(out, wanted, writer.at);
}

START_TEST(rebuilds_without_the_fields_of_the_connection)
{
	expect_rebuilt("GET http://example.jp/ HTTP/1.1\r\nHost: example.jp\r\n"
		       "Proxy-Connection: keep-alive\r\nUpgrade: x\r\n"
		       "Accept: */*\r\n\r\n",
		"GET http://example.jp/ HTTP/1.1\r\nHost: example.jp\r\n"
		"Accept: */*\r\nConnection: close\r\n\r\n");
	expect_rebuilt("CONNECT Example.jp:443 HTTP/1.1\r\nX: y\r\n\r\n",
		"CONNECT example.jp:443 HTTP/1.1\r\nHost: example.jp:443\r\n"
		"\r\n");
	expect_rebuilt("CONNECT [2001:DB8::1]:443 HTTP/1.1\r\n\r\n",
		"CONNECT [2001:db8::1]:443 HTTP/1.1\r\n"
		"Host: [2001:db8::1]:443\r\n\r\n");
}
END_TEST

START_TEST(leaves_a_full_writer_as_it_was)
{
	static const char text[] = "GET http://example.jp/ HTTP/1.1\r\n\r\n";
	char out[30];
	struct sj_writer writer = sj_writer_of(out, sizeof(out));
	struct sj_http_request request;

	ck_assert_int_eq(parse(text, &request), SJ_HTTP_OK);
	ck_assert(!sj_http_rebuild(&request, (const uint8_t *)text, &writer));
	ck_assert_uint_eq(writer.at, 0);
}
END_TEST

static const struct {
	const char *host;
	bool is_public;
} hosts[] = {
	{"example.jp", true},
	{"a.b-c.example.jp.", true},
	{"8.8.8.8", true},
	{"2001:db8::1", true},
	{"start.test", true},
	{"localhost", false},
	{"x.localhost", false},
	{"x.localhost.", false},
	{"printer", false},
	{"printer.local", false},
	{"db.internal", false},
	{"notlocalhost.jp", true},
	{"10.0.0.1", false},
	{"127.0.0.1", false},
	{"127.1", false},
	{"2130706433", false},
	{"0x7f000001", false},
	{"1.0x7f", false},
	{"0177.0.0.1", false},
	{"169.254.169.254", false},
	{"172.16.0.1", false},
	{"172.31.255.255", false},
	{"172.32.0.1", true},
	{"192.168.1.1", false},
	{"100.64.0.1", false},
	{"100.128.0.1", true},
	{"0.0.0.0", false},
	{"224.0.0.1", false},
	{"255.255.255.255", false},
	{"::", false},
	{"::1", false},
	{"fe80::1", false},
	{"fd00::1", false},
	{"::ffff:127.0.0.1", false},
	{"::ffff:8.8.8.8", true},
	{"64:ff9b::7f00:1", false},
	{"2002:7f00:1::", false},
	{"ff02::1", false},
	{"a..b", false},
	{".example.jp", false},
	{"ex ample.jp", false},
	{"ex%61mple.jp", false},
	{"", false},
};

START_TEST(judges_each_host)
{
	ck_assert_int_eq(
		sj_http_address_is_public(hosts[_i].host), hosts[_i].is_public);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {reads_a_connect,
		reads_an_absolute_form_with_a_body,
		refuses_a_head_past_the_limit, obeys_the_list_of_ports,
		rebuilds_without_the_fields_of_the_connection,
		leaves_a_full_writer_as_it_was};
	const struct sj_suite_loop loops[] = {{judges_each_row, SJ_COUNT(rows)},
		{judges_each_host, SJ_COUNT(hosts)}};

	return sj_suite_run_loops(
		"http_request", tests, SJ_COUNT(tests), loops, SJ_COUNT(loops));
}
