/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/host_config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "protocol/base/confine.h"
#include "tests/support/suite.h"

static char path[] = "/tmp/check-host-config-XXXXXX";
static struct sj_host_config config;
static char message[1024];

/* Reads text behind sections that are always needed. */
static enum sj_err read_text(const char *text)
{
	FILE *file;
	int fd;
	enum sj_err err;

	(void)snprintf(path, sizeof(path), "/tmp/check-host-config-XXXXXX");
	fd = mkstemp(path);
	ck_assert_int_ge(fd, 0);
	file = fdopen(fd, "w");
	ck_assert_ptr_nonnull(file);
	(void)fprintf(file,
		"[tls]\nchain = /dev/null\nkey = /dev/null\n"
		"authority = /dev/null\ncrl = /dev/null\n%s",
		text);
	(void)fclose(file);
	err = sj_host_config_read(path, &config, message, sizeof(message));
	unlink(path);
	return err;
}

START_TEST(the_least_configuration_is_enough)
{
	ck_assert_int_eq(read_text(""), SJ_OK);
	ck_assert_str_eq(config.address, "0.0.0.0");
	ck_assert_uint_eq(config.port, 5900);
	ck_assert_str_eq(config.zone, "lgwan");
	ck_assert_uint_eq(config.keymap, 1);
	ck_assert(!config.is_stock);
	ck_assert(!config.is_tls12);
	ck_assert(config.is_x509none);
	ck_assert(!config.is_x509plain);
	ck_assert_uint_eq(config.certificate, 0);
	ck_assert_str_eq(config.upstream_address, "");
	ck_assert_uint_eq(config.port_list[0], 80);
	ck_assert_uint_eq(config.port_list[1], 443);
	ck_assert_uint_eq(config.port_list[2], 0);
	ck_assert_str_eq(config.words[0], "");
	ck_assert_uint_eq(config.may_miss_layers, 0);
	ck_assert_uint_eq(config.frames_per_second, 60);
	ck_assert_uint_eq(config.bandwidth_kbit, 0);
	ck_assert_uint_eq(config.capture, 0);
	ck_assert_uint_eq(config.lossless, 0);
}
END_TEST

START_TEST(the_browser_draws_little_unless_told_otherwise)
{
	ck_assert_int_eq(read_text(""), SJ_OK);
	ck_assert(!config.is_smooth_scrolling);
	ck_assert_uint_eq(config.text_antialiasing, 0);
	ck_assert(config.is_reduced_motion);
	ck_assert(config.is_caret_blinking);
	ck_assert_uint_eq(config.refresh_hz, 60);
	ck_assert_int_eq(read_text("[browser]\nsmooth_scrolling = yes\n"
				   "text_antialiasing = lcd\n"
				   "reduced_motion = no\ncaret_blink = no\n"
				   "frame_rate = 120\n"),
		SJ_OK);
	ck_assert(config.is_smooth_scrolling);
	ck_assert_uint_eq(config.text_antialiasing, 1);
	ck_assert(!config.is_reduced_motion);
	ck_assert(!config.is_caret_blinking);
	ck_assert_uint_eq(config.refresh_hz, 120);
}
END_TEST

START_TEST(nothing_is_lossy_where_that_is_told)
{
	ck_assert_int_eq(read_text("[session]\nlossless = always\n"), SJ_OK);
	ck_assert_uint_eq(config.lossless, 1);
	ck_assert_int_eq(read_text("[session]\nlossless = motion\n"), SJ_OK);
	ck_assert_uint_eq(config.lossless, 0);
}
END_TEST

START_TEST(texts_become_values)
{
	ck_assert_int_eq(
		read_text("[session]\ncommand = /usr/bin/xclock -name \"a b\"\n"
			  "[egress]\nupstream = [::1]:8080\nport = 8443\n"
			  "[confine]\nmay_miss = landlock\n"
			  "may_miss = seccomp\n"),
		SJ_OK);
	ck_assert_str_eq(config.words[0], "/usr/bin/xclock");
	ck_assert_str_eq(config.words[1], "-name");
	ck_assert_str_eq(config.words[2], "a b");
	ck_assert_str_eq(config.words[3], "");
	ck_assert_str_eq(config.upstream_address, "::1");
	ck_assert_uint_eq(config.upstream_port, 8080);
	ck_assert_uint_eq(config.port_list[0], 8443);
	ck_assert_uint_eq(config.port_list[1], 0);
	ck_assert_uint_eq(config.may_miss_layers,
		SJ_CONFINE_LANDLOCK | SJ_CONFINE_SECCOMP);
}
END_TEST

#define TEN "1234567890"

static const struct {
	const char *text;
	const char *word;
} wrong[] = {
	{"[listen]\naddress = localhost\n", "[listen] address"},
	{"[session]\ncommand = xclock\n", "absolute path"},
	{"[session]\ncommand = /bin/a \"b\n", "[session] command"},
	{"[session]\nwidth = 2561\n", "[session] width: "},
	{"[session]\nheight = 1601\n", ":7: [session] height: "},
	{"[session]\nmax = 0\n", "max"},
	{"[session]\nmax = 257\n", "256"},
	{"[session]\nframes_per_second = 0\n", "1 to 120"},
	{"[session]\nframes_per_second = 121\n", "1 to 120"},
	{"[session]\nbandwidth_kbit = 10000001\n", "[session] bandwidth"},
	{"[egress]\nupstream = proxy:3128\n", ":7: [egress] upstream: "},
	{"[egress]\nupstream = 10.0.0.1\n", "[egress] upstream"},
	{"[egress]\nupstream = 10.0.0.1:0\n", "[egress] upstream"},
	{"[egress]\nupstream = 10.0.0.1:65536\n", "[egress] upstream"},
	{"[egress]\nport = 0\n", "[egress] port"},
	{"[egress]\nport = 80x\n", "[egress] port"},
	{"[confine]\nmay_miss = apparmor\n", "landlock, seccomp, cgroup"},
	{"[session]\nbind = tmp\n", "absolute path"},
	{"[session]\nbind = /\n", "not /, without empty parts, . and .."},
	{"[session]\nbind = //\n", ":7: [session] bind: allowed are"},
	{"[session]\nbind = /.\n", "[session] bind"},
	{"[session]\nbind = /./tmp\n", "[session] bind"},
	{"[session]\nbind = /tmp/.\n", "[session] bind"},
	{"[session]\nbind = /tmp/..\n", "[session] bind"},
	{"[session]\nbind = /tmp/../etc\n", "[session] bind"},
	{"[session]\nbind = /tmp//x\n", "[session] bind"},
	{"[session]\nbind = /tmp/\n", "[session] bind"},
	{"[session]\nbrowser_flag = foo\n", "begin with --"},
	{"[session]\nstart_url = --no-san"
	 "dbox\n",
		"begin with http:// or https://"},
	{"[session]\nstart_url = file:///etc/passwd\n",
		"begin with http:// or https://"},
	{"[session]\nbrowser_flag = --no-san"
	 "dbox\n",
		"not allowed"},
	{"[session]\nbrowser_flag = --remote-debug"
	 "ging-port=1\n",
		"not allowed"},
	{"[session]\nbrowser_flag = --proxy-server=x\n", "not allowed"},
	{"[session]\nbrowser_flag = --disable-features=NetworkServiceSand"
	 "box\n",
		"not allowed"},
	{"[session]\nbrowser_flag = --PROXY-server=x\n", "not allowed"},
	{"[session]\nbrowser_flag = --gpu-launcher=/bin/sh\n",
		"or start programs"},
	{"[session]\ncapture = camera\n", "file, shm"},
	{"[session]\nlossless = never\n", "motion, always"},
	{"[browser]\ntext_antialiasing = none\n", "grey, lcd"},
	{"[browser]\ncaret_blink = 2\n", "caret_blink"},
	{"[browser]\nframe_rate = 4\n", "5"},
	{"[browser]\nframe_rate = 121\n", "120"},
	{"[viewers]\nx509plain = yes\n", "password_file"},
	{"[ledger]\nfile = /tmp/ledger\n", "file needs keys"},
	{"[ledger]\nkeys = /tmp/keys\n", "keys need a file"},
	{"[ledger]\nheartbeat_s = 0\n", "heartbeat_s"},
	{"[paths]\nstate_dir = /" TEN TEN TEN TEN TEN TEN TEN TEN TEN
	 "123456789\n",
		"allowed are texts of at most 99 bytes"},
	{"[tls]\nzone = LGWAN\n", "allowed are 1 to 15 of a-z"},
	{"[viewers]\nx509none = no\n", "has to be yes"},
	{"[viewers]\ncertificate = optional\n", "stock = yes"},
	{"[viewers]\npassword_file = /not/there\n",
		":7: [viewers] password_file: /not/there: "},
};

START_TEST(names_what_is_wrong)
{
	ck_assert_int_ne(read_text(wrong[_i].text), SJ_OK);
	ck_assert_msg(strstr(message, wrong[_i].word) != NULL,
		"\"%s\" is not in \"%s\"", wrong[_i].word, message);
	ck_assert_msg(strncmp(message, path, strlen(path)) == 0,
		"\"%s\" does not name the file", message);
}
END_TEST

START_TEST(points_may_be_in_names_of_what_is_bound)
{
	ck_assert_msg(read_text("[session]\nbind = /opt/.x\nbind = /opt/..x\n"
				"bind = /opt/x.\nbind = /a/...\n") == SJ_OK,
		"%s", message);
	ck_assert_uint_eq(config.binds.count, 4);
}
END_TEST

/* No bound of a line is below that of a value. */
START_TEST(the_longest_page_can_be_named)
{
	char text[1200] = "[session]\nstart_url = http://a/";
	const size_t value = strlen("[session]\nstart_url = ");

	memset(text + strlen(text), 'x', value + 1023 - strlen(text));
	ck_assert_msg(read_text(text) == SJ_OK, "%s", message);
	ck_assert_str_eq(config.start_url, text + value);
	strcat(text, "x");
	ck_assert_int_eq(read_text(text), SJ_ERR_FORMAT);
	ck_assert_ptr_nonnull(strstr(message, "start_url"));
}
END_TEST

START_TEST(words_end_at_their_limits)
{
	char words[4][256];
	char text[600];

	ck_assert(sj_host_config_split("a b c", words, 4));
	ck_assert_str_eq(words[3], "");
	ck_assert(!sj_host_config_split("a b c d", words, 4));
	memset(text, 'x', sizeof(text));
	text[255] = '\0';
	ck_assert(sj_host_config_split(text, words, 4));
	ck_assert_uint_eq(strlen(words[0]), 255);
	text[255] = 'x';
	text[256] = '\0';
	ck_assert(!sj_host_config_split(text, words, 4));
	ck_assert(sj_host_config_split("  \t ", words, 4));
	ck_assert_str_eq(words[0], "");
	ck_assert(!sj_host_config_split("a \"\"", words, 4));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {the_least_configuration_is_enough,
		the_browser_draws_little_unless_told_otherwise,
		nothing_is_lossy_where_that_is_told, texts_become_values,
		points_may_be_in_names_of_what_is_bound,
		the_longest_page_can_be_named, words_end_at_their_limits};
	const struct sj_suite_loop loops[] = {
		{names_what_is_wrong, SJ_COUNT(wrong)}};

	return sj_suite_run_loops(
		"host_config", tests, SJ_COUNT(tests), loops, SJ_COUNT(loops));
}
