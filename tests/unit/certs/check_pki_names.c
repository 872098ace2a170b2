/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "certs/pki_names.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "tests/support/suite.h"
#include "tests/unit/certs/certs_rig.h"

static const struct {
	const char *text;
	size_t address_size;
} goods[] = {
	{"localhost", 0},
	{"render1.city.example.lg.jp", 0},
	{"a-b.c9", 0},
	{"xn--rckd.example", 0},
	{"192.0.2.10", 4},
	{"2001:db8::10", 16},
	{"::1", 16},
};

START_TEST(takes_names_and_addresses)
{
	struct sj_pki_names names = {.count = 0};
	struct sj_pki_why why = {""};

	ck_assert_int_eq(sj_pki_names_add(&names, goods[_i].text, &why), SJ_OK);
	ck_assert_uint_eq(names.count, 1);
	ck_assert_str_eq(names.name[0].text, goods[_i].text);
	ck_assert_uint_eq(names.name[0].address_size, goods[_i].address_size);
}
END_TEST

static const struct {
	const char *text, *word;
} bads[] = {
	{"*.city.example", "wildcard"},
	{"Render1.example", "lower case"},
	{"", "neither"},
	{".", "neither"},
	{"a..b", "neither"},
	{"a.", "neither"},
	{"-a.example", "neither"},
	{"a-.example", "neither"},
	{"a_b.example", "neither"},
	{"a b", "neither"},
	{"user@example", "neither"},
	{"https://a.example", "neither"},
	{"192.0.2", "neither"},
	{"192.0.2.256", "neither"},
	{"192.0.2.10:5900", "neither"},
	{"2001:db8:::1", "neither"},
	{"a\nb", "neither"},
	{"0123456789012345678901234567890123456789012345678901234567890123",
		"neither"},
};

START_TEST(refuses_other_texts_and_says_why)
{
	struct sj_pki_names names = {.count = 0};
	struct sj_pki_why why = {""};

	ck_assert_int_eq(
		sj_pki_names_add(&names, bads[_i].text, &why), SJ_ERR_ARGUMENT);
	ck_assert_uint_eq(names.count, 0);
	ck_assert_msg(strstr(why.text, bads[_i].word) != NULL, "%s", why.text);
}
END_TEST

START_TEST(a_name_is_253_bytes_at_most)
{
	struct sj_pki_names names = {.count = 0};
	struct sj_pki_why why = {""};
	char text[300];

	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = i % 50 == 49 ? '.' : 'a';
	text[253] = 0;
	ck_assert_int_eq(sj_pki_names_add(&names, text, &why), SJ_OK);
	text[253] = 'a';
	text[254] = 0;
	ck_assert_int_eq(sj_pki_names_add(&names, text, &why), SJ_ERR_ARGUMENT);
}
END_TEST

START_TEST(a_name_given_twice_counts_once)
{
	struct sj_pki_names names = {.count = 0};
	struct sj_pki_why why = {""};

	ck_assert_int_eq(sj_pki_names_add(&names, "a.example", &why), SJ_OK);
	ck_assert_int_eq(sj_pki_names_add(&names, "a.example", &why), SJ_OK);
	ck_assert_int_eq(sj_pki_names_add(&names, "::1", &why), SJ_OK);
	ck_assert_int_eq(sj_pki_names_add(&names, "0:0::1", &why), SJ_OK);
	ck_assert_uint_eq(names.count, 2);
}
END_TEST

START_TEST(there_are_sixteen_names_at_most)
{
	struct sj_pki_names names = {.count = 0};
	struct sj_pki_why why = {""};
	char text[32];

	for (int i = 0; i < SJ_LIMIT_SAN_NAMES; i++) {
		(void)snprintf(text, sizeof(text), "h%d.example", i);
		ck_assert_int_eq(sj_pki_names_add(&names, text, &why), SJ_OK);
	}
	ck_assert_int_eq(
		sj_pki_names_add(&names, "one.more", &why), SJ_ERR_LIMIT);
	ck_assert_ptr_nonnull(strstr(why.text, "16"));
}
END_TEST

START_TEST(what_a_certificate_states_is_read_back)
{
	struct rig_leaf leaf = rig_leaf(rig_authority(), SJ_TLS_ROLE_HOST,
		"internet", "h", "h.example 192.0.2.1 2001:db8::1");
	X509 *certificate = sj_pki_certificate_from_pem(&leaf.pem);
	struct sj_pki_names names;
	struct sj_pki_why why = {""};

	ck_assert_int_eq(sj_pki_names_of(certificate, &names, &why), SJ_OK);
	ck_assert_uint_eq(names.count, 3);
	ck_assert_str_eq(names.name[0].text, "h.example");
	ck_assert_str_eq(names.name[1].text, "192.0.2.1");
	ck_assert_str_eq(names.name[2].text, "2001:db8::1");
	X509_free(certificate);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_name_is_253_bytes_at_most,
		a_name_given_twice_counts_once,
		there_are_sixteen_names_at_most,
		what_a_certificate_states_is_read_back,
	};
	const struct sj_suite_loop loops[] = {
		{takes_names_and_addresses, SJ_COUNT(goods)},
		{refuses_other_texts_and_says_why, SJ_COUNT(bads)},
	};

	return sj_suite_run_loops(
		"pki_names", tests, SJ_COUNT(tests), loops, SJ_COUNT(loops));
}
