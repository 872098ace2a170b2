/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "guard/guard_config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "protocol/base/confine.h"
#include "tests/support/suite.h"

static char path[] = "/tmp/check-guard-config-XXXXXX";
static struct sj_guard_config config;
static char message[1024];

#define SIDE "chain = c.pem\nkey = k.pem\nauthority = a.pem\ncrl = l.pem\n"

/* Reads text behind sections that are always needed. */
static enum sj_err read_text(const char *host, const char *text)
{
	FILE *file;
	int fd;
	enum sj_err err;

	memcpy(path + strlen(path) - 6, "XXXXXX", 6);
	fd = mkstemp(path);
	ck_assert_int_ge(fd, 0);
	file = fdopen(fd, "w");
	ck_assert_ptr_nonnull(file);
	ck_assert_int_gt(
		fprintf(file, "[viewers]\n" SIDE "[host]\n" SIDE "%s\n%s", host,
			text),
		0);
	ck_assert_int_eq(fclose(file), 0);
	err = sj_guard_config_read(path, &config, message, sizeof(message));
	ck_assert_int_eq(unlink(path), 0);
	return err;
}

START_TEST(fills_in_what_is_not_said)
{
	struct sj_core_policy policy;

	ck_assert_msg(read_text("address = 10.0.0.1:5900", "") == SJ_OK, "%s",
		message);
	ck_assert_uint_eq(config.host_count, 1);
	ck_assert_str_eq(config.host[0].address, "10.0.0.1");
	ck_assert_uint_eq(config.host[0].port, 5900);
	ck_assert_str_eq(config.zone, "lgwan");
	policy = sj_guard_config_policy(&config);
	ck_assert_uint_eq(policy.is_read_only, 0);
	ck_assert_uint_eq(policy.my_number, 0);
	ck_assert_uint_eq(policy.quantum_ms, 0);
	ck_assert_uint_eq(policy.mark_percent, 0);
	ck_assert_uint_eq(policy.caret_grid_px, 8);
	ck_assert_uint_eq(policy.is_lossless, 0);
}
END_TEST

START_TEST(reads_every_policy)
{
	struct sj_core_policy policy;

	ck_assert_int_eq(
		read_text("address = [::1]:1\naddress = 10.0.0.2:2",
			"[policy]\ninput = read-only\nkeys_per_second = 1\n"
			"pointer_per_second = 2\ntext_per_minute = 3\n"
			"sizes_per_minute = 4\n"
			"my_number = sliding\nquantum_ms = 50\n"
			"seven_bit = yes\nwatermark_percent = 4\n"
			"caret_grid_px = 5\nlossless = always\n"
			"bandwidth_kbit = 6\n[confine]\nmay_miss = landlock\n"),
		SJ_OK);
	ck_assert_uint_eq(config.host_count, 2);
	ck_assert_str_eq(config.host[0].address, "::1");
	ck_assert_uint_eq(config.may_miss_layers, SJ_CONFINE_LANDLOCK);
	policy = sj_guard_config_policy(&config);
	ck_assert_uint_eq(policy.is_read_only, 1);
	ck_assert_uint_eq(policy.keys_per_second, 1);
	ck_assert_uint_eq(policy.pointer_per_second, 2);
	ck_assert_uint_eq(policy.text_per_minute, 3);
	ck_assert_uint_eq(policy.sizes_per_minute, 4);
	ck_assert_uint_eq(policy.my_number, 2);
	ck_assert_uint_eq(policy.quantum_ms, 50);
	ck_assert_uint_eq(policy.is_seven_bit, 1);
	ck_assert_uint_eq(policy.mark_percent, 4);
	ck_assert_uint_eq(policy.caret_grid_px, 5);
	ck_assert_uint_eq(policy.is_lossless, 1);
	ck_assert_uint_eq(policy.bandwidth_kbit, 6);
}
END_TEST

static const struct {
	const char *host;
	const char *text;
	const char *told;
} bad[] = {
	{"", "", "[host] address"},
	{"address = host.example:5900", "", "[host] address"},
	{"address = 10.0.0.1", "", "[host] address"},
	{"address = 10.0.0.1:0", "", "[host] address"},
	{"address = 10.0.0.1:65536", "", "[host] address"},
	{"address = [::1:5900", "", "[host] address"},
	{"address = :5900", "", "[host] address"},
	{"address = 10.0.0.1:5900", "[listen]\naddress = here\n",
		"[listen] address"},
	{"address = 10.0.0.1:5900", "[policy]\nquantum_ms = 20\n",
		"quantum_ms"},
	{"address = 10.0.0.1:5900", "[policy]\nmy_number = yes\n", "my_number"},
	{"address = 10.0.0.1:5900", "[policy]\nwatermark_percent = 101\n",
		"watermark_percent"},
	{"address = 10.0.0.1:5900", "[policy]\ncolour = red\n", "colour"},
	{"address = 10.0.0.1:5900", "[confine]\nmay_miss = all\n", "may_miss"},
	{"address = 10.0.0.1:5900",
		"[uids]\nfirst = 4294967000\ncount = 1000\n", "[uids] first"},
	{"address = 10.0.0.1:5900", "[ledger]\nfile = /nowhere\n",
		"[ledger] keys"},
	{"address = 10.0.0.1:5900", "[ledger]\nkeys = /nowhere\n",
		"[ledger] file"},
};

START_TEST(names_the_place_of_what_is_wrong)
{
	ck_assert_int_ne(read_text(bad[_i].host, bad[_i].text), SJ_OK);
	ck_assert_msg(strstr(message, bad[_i].told) != NULL, "%s", message);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		fills_in_what_is_not_said, reads_every_policy};
	const struct sj_suite_loop loops[] = {
		{names_the_place_of_what_is_wrong, SJ_COUNT(bad)}};

	return sj_suite_run_loops(
		"guard_config", tests, SJ_COUNT(tests), loops, SJ_COUNT(loops));
}
