/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "certs/identity.h"

#include <check.h>
#include <string.h>

#include "tests/support/suite.h"

struct good {
	const char *uri;
	enum sj_tls_role role;
	const char *zone, *name;
};

static const struct good goods[] = {
	{"urn:shoji:lgwan:viewer:tanaka", SJ_TLS_ROLE_VIEWER, "lgwan",
		"tanaka"},
	{"urn:shoji:internet:host:render1.city.example", SJ_TLS_ROLE_HOST,
		"internet", "render1.city.example"},
	{"urn:shoji:z:guard:0", SJ_TLS_ROLE_GUARD, "z", "0"},
	{"urn:shoji:a-b-9:admin:a_b-c.d", SJ_TLS_ROLE_ADMIN, "a-b-9",
		"a_b-c.d"},
	{"urn:shoji:mynumber:viewer:a", SJ_TLS_ROLE_VIEWER, "mynumber", "a"},
	{"urn:shoji:abcdefghijklmno:viewer:0123456789abcdefghijklmnopqrstuv",
		SJ_TLS_ROLE_VIEWER, "abcdefghijklmno",
		"0123456789abcdefghijklmnopqrstuv"},
};

START_TEST(parses_what_it_would_write)
{
	const struct good *good = &goods[_i];
	struct sj_identity identity;
	char uri[SJ_IDENTITY_URI_BYTES];

	ck_assert(sj_identity_parse(good->uri, strlen(good->uri), &identity));
	ck_assert_int_eq(identity.role, good->role);
	ck_assert_str_eq(identity.zone, good->zone);
	ck_assert_str_eq(identity.name, good->name);
	ck_assert(sj_identity_format(&identity, uri, sizeof(uri)));
	ck_assert_str_eq(uri, good->uri);
}
END_TEST

static const char *const bads[] = {
	"",
	"urn:shoji:",
	"urn:shoji:lgwan",
	"urn:shoji:lgwan:viewer",
	"urn:shoji:lgwan:viewer:",
	"urn:shoji::viewer:a",
	"urn:shoji:lgwan::a",
	"urn:shoji:lgwan:viewer:a:",
	"urn:shoji:lgwan:viewer:a:b",
	"URN:shoji:lgwan:viewer:a",
	"urn:SHOJI:lgwan:viewer:a",
	"urn:shoji:LGWAN:viewer:a",
	"urn:shoji:lgwan:Viewer:a",
	"urn:shoji:lgwan:viewers:a",
	"urn:shoji:lgwan:view:a",
	"urn:shoji:lgwan:superuser:a",
	"urn:shoji:lgwan:viewer:A",
	"urn:shoji:lgwan:viewer:.a",
	"urn:shoji:lgwan:viewer:-a",
	"urn:shoji:lgwan:viewer:_a",
	"urn:shoji:lgwan:viewer:a b",
	"urn:shoji:lgwan:viewer:a/b",
	"urn:shoji:lgwan:viewer:a%20",
	"urn:shoji:lgwan:viewer:a\n",
	" urn:shoji:lgwan:viewer:a",
	"urn:shoji:lgwan:viewer:t\xc3\xa9",
	"urn:shoji:9lgwan:viewer:a",
	"urn:shoji:-lgwan:viewer:a",
	"urn:shoji:lg.wan:viewer:a",
	"urn:shoji:abcdefghijklmnop:viewer:a",
	"urn:shoji:lgwan:viewer:0123456789abcdefghijklmnopqrstuvw",
	"urn:uuid:lgwan:viewer:a",
	"http://shoji/lgwan/viewer/a",
};

START_TEST(refuses_everything_else)
{
	struct sj_identity identity;

	ck_assert_msg(!sj_identity_parse(bads[_i], strlen(bads[_i]), &identity),
		"%s", bads[_i]);
}
END_TEST

START_TEST(refuses_a_zero_byte_anywhere)
{
	static const char uri[] = "urn:shoji:lgwan:viewer:tanaka";
	struct sj_identity identity;
	char changed[sizeof(uri)];

	for (size_t at = 0; at < sizeof(uri) - 1; at++) {
		memcpy(changed, uri, sizeof(uri));
		changed[at] = 0;
		ck_assert(!sj_identity_parse(
			changed, sizeof(uri) - 1, &identity));
	}
	/* Behind the end, too: a longer name than it seems. */
	ck_assert(!sj_identity_parse(uri, sizeof(uri), &identity));
}
END_TEST

START_TEST(refuses_every_truncation_of_the_prefix)
{
	static const char uri[] = "urn:shoji:lgwan:viewer:t";
	struct sj_identity identity;

	for (size_t size = 0; size < sizeof(uri) - 1; size++)
		ck_assert(!sj_identity_parse(uri, size, &identity));
	ck_assert(sj_identity_parse(uri, sizeof(uri) - 1, &identity));
}
END_TEST

START_TEST(writes_nothing_that_it_would_refuse)
{
	struct sj_identity identity = {SJ_TLS_ROLE_VIEWER, "lgwan", "Tanaka"};
	char uri[SJ_IDENTITY_URI_BYTES];

	ck_assert(!sj_identity_format(&identity, uri, sizeof(uri)));
	strcpy(identity.name, "tanaka");
	strcpy(identity.zone, "LGWAN");
	ck_assert(!sj_identity_format(&identity, uri, sizeof(uri)));
	strcpy(identity.zone, "lgwan");
	ck_assert(!sj_identity_format(&identity, uri, 29));
	ck_assert(sj_identity_format(&identity, uri, 30));
}
END_TEST

START_TEST(roles_have_one_text_each)
{
	enum sj_tls_role role = SJ_TLS_ROLE_HOST;

	for (unsigned i = 0; i <= SJ_TLS_ROLE_ADMIN; i++) {
		ck_assert(sj_identity_parse_role(
			sj_identity_role_text((enum sj_tls_role)i), &role));
		ck_assert_uint_eq(role, i);
	}
	ck_assert(!sj_identity_parse_role("?", &role));
	ck_assert(!sj_identity_parse_role("", &role));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		refuses_a_zero_byte_anywhere,
		refuses_every_truncation_of_the_prefix,
		writes_nothing_that_it_would_refuse,
		roles_have_one_text_each,
	};
	const struct sj_suite_loop loops[] = {
		{parses_what_it_would_write, SJ_COUNT(goods)},
		{refuses_everything_else, SJ_COUNT(bads)},
	};

	return sj_suite_run_loops(
		"identity", tests, SJ_COUNT(tests), loops, SJ_COUNT(loops));
}
