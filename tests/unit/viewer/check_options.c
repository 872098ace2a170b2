/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "viewer/options.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/suite.h"

#define ARGS_MAX 32

static struct sj_viewer_options options;
static char message[512];
static char folder[] = "/tmp/check_options_XXXXXX";
static char config[64];

static void setup(void)
{
	ck_assert_ptr_nonnull(mkdtemp(folder));
	(void)snprintf(config, sizeof(config), "%s/viewer.ini", folder);
	/* No file of the person who runs the tests. */
	ck_assert_int_eq(setenv("HOME", folder, 1), 0);
	ck_assert_int_eq(unsetenv("XDG_CONFIG_HOME"), 0);
}

static void teardown(void)
{
	(void)unlink(config);
	(void)rmdir(folder);
}

static void write_config(const char *text)
{
	FILE *file = fopen(config, "w");

	ck_assert_ptr_nonnull(file);
	ck_assert_int_ge(fputs(text, file), 0);
	ck_assert_int_eq(fclose(file), 0);
}

/* Reads a command line of words; strtok cuts it at the spaces. */
static enum sj_err read_line(const char *line)
{
	static char copy[1024];
	char name[] = "shoji-viewer";
	char *argv[ARGS_MAX] = {name};
	int argc = 1;
	char *word;

	(void)snprintf(copy, sizeof(copy), "%s", line);
	for (word = strtok(copy, " "); word && argc < ARGS_MAX - 1;
		word = strtok(NULL, " "))
		argv[argc++] = word;
	message[0] = 0;
	return sj_options_read(&options, argc, argv, message, sizeof(message));
}

#define FILES "--cert c --key k --ca a --crl r "

START_TEST(the_command_line_alone_is_enough)
{
	ck_assert_int_eq(read_line(FILES "host.test"), SJ_OK);
	ck_assert_str_eq(options.host, "host.test");
	ck_assert_uint_eq(options.port, 5900);
	ck_assert_str_eq(options.cert, "c");
	ck_assert_str_eq(options.key, "k");
	ck_assert_str_eq(options.ca, "a");
	ck_assert_str_eq(options.crl, "r");
	ck_assert_str_eq(options.zone, "lgwan");
	ck_assert_uint_eq(options.width_px, 1280);
	ck_assert_uint_eq(options.zone_color, 0xb5451b);
	ck_assert(!options.is_headless);
	ck_assert(!options.is_tls12_allowed);
}
END_TEST

static const struct {
	const char *text, *host;
	uint32_t port;
} targets[] = {
	{"a.test", "a.test", 5900},
	{"a.test:5901", "a.test", 5901},
	{"192.0.2.1:1", "192.0.2.1", 1},
	{"[2001:db8::1]", "2001:db8::1", 5900},
	{"[2001:db8::1]:65535", "2001:db8::1", 65535},
	{"2001:db8::1", "2001:db8::1", 5900},
	{"::1", "::1", 5900},
};

START_TEST(targets_are_split)
{
	options.port = SJ_VIEWER_PORT;
	ck_assert(sj_options_parse_target(&options, targets[_i].text));
	ck_assert_str_eq(options.host, targets[_i].host);
	ck_assert_uint_eq(options.port, targets[_i].port);
}
END_TEST

static const char *const bad_targets[] = {"", ":5900", "a.test:", "a.test:0",
	"a.test:65536", "a.test:59x", "a.test:-1", "[::1", "[::1]5900",
	"[::1]:", "[]", "[::1]:0"};

START_TEST(targets_that_make_no_sense_are_refused)
{
	memcpy(options.host, "before", 7);
	options.port = 77;
	ck_assert(!sj_options_parse_target(&options, bad_targets[_i]));
	ck_assert_str_eq(options.host, "before");
	ck_assert_uint_eq(options.port, 77);
}
END_TEST

START_TEST(a_host_name_has_a_limit)
{
	char text[257];

	memset(text, 'a', sizeof(text));
	text[256] = 0;
	ck_assert(!sj_options_parse_target(&options, text));
	text[255] = 0;
	ck_assert(sj_options_parse_target(&options, text));
}
END_TEST

START_TEST(the_file_is_read_and_the_command_line_wins)
{
	char line[256];

	write_config("[connection]\nhost = file.test\nport = 5999\n"
		     "[certificates]\ncertificate = fc\nkey = fk\n"
		     "authority = fa\ncrl = fr\n"
		     "[window]\nzone_label = 試験\nzone_color = #0000ff\n"
		     "width = 800\nheight = 600\nlanguage = ja\n");
	(void)snprintf(line, sizeof(line),
		"--config %s --cert cc --size 900x700", config);
	ck_assert_int_eq(read_line(line), SJ_OK);
	ck_assert_str_eq(options.host, "file.test");
	ck_assert_uint_eq(options.port, 5999);
	ck_assert_str_eq(options.cert, "cc");
	ck_assert_str_eq(options.key, "fk");
	ck_assert_str_eq(options.zone_label, "試験");
	ck_assert_uint_eq(options.zone_color, 0x0000ff);
	ck_assert_uint_eq(options.width_px, 900);
	ck_assert(sj_options_is_japanese(&options));
	(void)snprintf(line, sizeof(line), "--config %s other.test", config);
	ck_assert_int_eq(read_line(line), SJ_OK);
	ck_assert_str_eq(options.host, "other.test");
	/* The port of the file is the default for every host. */
	ck_assert_uint_eq(options.port, 5999);
}
END_TEST

START_TEST(the_file_of_the_person_is_found)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "%s/shoji", folder);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	ck_assert_int_eq(setenv("XDG_CONFIG_HOME", folder, 1), 0);
	(void)snprintf(config, sizeof(config), "%s/shoji/viewer.ini", folder);
	write_config("[connection]\nhost = mine.test\n");
	ck_assert_int_eq(read_line(FILES), SJ_OK);
	ck_assert_str_eq(options.host, "mine.test");
	(void)unlink(config);
	(void)rmdir(path);
}
END_TEST

START_TEST(a_wrong_file_names_line_and_key)
{
	char line[128];

	write_config("[window]\nlanguage = fr\n");
	(void)snprintf(
		line, sizeof(line), "--check-config --config %s", config);
	ck_assert_int_eq(read_line(line), SJ_ERR_FORMAT);
	ck_assert_ptr_nonnull(strstr(message, "viewer.ini:2"));
	ck_assert_ptr_nonnull(strstr(message, "language"));
	write_config("[connection]\nzone = LGWAN\n");
	ck_assert_int_eq(read_line(line), SJ_ERR_FORMAT);
	ck_assert_ptr_nonnull(strstr(message, "zone = LGWAN: allowed are 1"));
	write_config("[window]\nzone_color = red\n");
	ck_assert_int_eq(read_line(line), SJ_ERR_FORMAT);
	ck_assert_ptr_nonnull(strstr(message, "zone_color"));
}
END_TEST

START_TEST(a_ledger_needs_its_keys)
{
	char line[256];

	(void)snprintf(
		line, sizeof(line), FILES "--check-config --config %s", config);
	write_config("[ledger]\nfile = a\nkeys = b\nheartbeat_s = 5\n");
	ck_assert_int_eq(read_line(line), SJ_OK);
	ck_assert_str_eq(options.ledger_file, "a");
	ck_assert_uint_eq(options.ledger_heartbeat_s, 5);
	write_config("[ledger]\nfile = a\n");
	ck_assert_int_eq(read_line(line), SJ_ERR_FORMAT);
	ck_assert_ptr_nonnull(strstr(message, "[ledger] file needs keys"));
	write_config("[ledger]\nkeys = a\n");
	ck_assert_int_eq(read_line(line), SJ_ERR_FORMAT);
	ck_assert_ptr_nonnull(strstr(message, "[ledger] keys need a file"));
}
END_TEST

START_TEST(steps_keep_the_order_of_the_command_line)
{
	ck_assert_int_eq(
		read_line(FILES "--headless --type abc host.test --click 1,2 "
				"--press Return --wait 50 --wheel 1,2,3 "
				"--resize 800x600 --until-quiet 100 --type d"),
		SJ_OK);
	ck_assert_uint_eq(options.script.count, 8);
	ck_assert_uint_eq(options.script.step[0].kind, SJ_VIEWER_STEP_TYPE);
	ck_assert_uint_eq(options.script.step[1].kind, SJ_VIEWER_STEP_CLICK);
	ck_assert_uint_eq(options.script.step[2].kind, SJ_VIEWER_STEP_KEY);
	ck_assert_uint_eq(options.script.step[3].kind, SJ_VIEWER_STEP_WAIT);
	ck_assert_uint_eq(options.script.step[4].kind, SJ_VIEWER_STEP_WHEEL);
	ck_assert_uint_eq(options.script.step[5].kind, SJ_VIEWER_STEP_RESIZE);
	ck_assert_uint_eq(options.script.step[6].kind, SJ_VIEWER_STEP_QUIET);
	ck_assert_str_eq(options.script.step[7].text, "d");
}
END_TEST

START_TEST(seconds_may_be_broken)
{
	ck_assert_int_eq(read_line(FILES "--headless --duration 1.5 "
					 "--timeout 30 host.test"),
		SJ_OK);
	ck_assert_uint_eq(options.duration_ms, 1500);
	ck_assert_uint_eq(options.timeout_ms, 30000);
}
END_TEST

static const char *const bad_lines[] = {
	FILES,                        /* no host */
	"--key k --ca a --crl r h",   /* no certificate */
	"--cert c --ca a --crl r h",  /* no key */
	"--cert c --key k --crl r h", /* no authority */
	"--cert c --key k --ca a h",  /* no revocation list */
	FILES "h1 h2",
	FILES "--no-such-option h",
	FILES "h --size",
	FILES "--size 10x10 h",
	FILES "--size 3841x2160 h",
	FILES "--size 3840x2161 h",
	FILES "--size 800 h",
	FILES "--lang fr h",
	FILES "--zone-color blue h",
	FILES "--zone-color #12345g h",
	FILES "--headless --duration x h",
	FILES "--headless --duration -1 h",
	FILES "--headless --duration nan h",
	FILES "--headless --click 1 h",
	FILES "--type abc h",         /* steps without --headless */
	FILES "--screenshot f.png h", /* the same */
	FILES "--zone-label \xFF h",
	FILES "--config /nonexistent/viewer.ini h",
};

START_TEST(wrong_command_lines_are_refused_with_a_word)
{
	ck_assert_int_ne(read_line(bad_lines[_i]), SJ_OK);
	ck_assert_str_ne(message, "");
}
END_TEST

START_TEST(limits_of_the_size_are_inclusive)
{
	ck_assert_int_eq(read_line(FILES "--size 320x200 h"), SJ_OK);
	ck_assert_int_eq(read_line(FILES "--size 3840x2160 h"), SJ_OK);
}
END_TEST

START_TEST(help_and_version_need_nothing_else)
{
	ck_assert_int_eq(read_line("--help"), SJ_OK);
	ck_assert(options.is_help);
	ck_assert_int_eq(read_line("--version"), SJ_OK);
	ck_assert(options.is_version);
}
END_TEST

START_TEST(help_has_a_line_for_each_option)
{
	static const char *const names[] = {"--cert", "--key", "--ca", "--crl",
		"--zone-label", "--zone-color", "--contact", "--fullscreen",
		"--size", "--lang", "--headless", "--screenshot", "--duration",
		"--stats", "--type", "--click", "--press", "--wait",
		"--check-config", "--help", "--version"};
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	size_t i;

	ck_assert_ptr_nonnull(out);
	sj_options_print_help(out);
	ck_assert_int_eq(fclose(out), 0);
	for (i = 0; i < SJ_COUNT(names); i++)
		ck_assert_ptr_nonnull(strstr(text, names[i]));
	free(text);
}
END_TEST

START_TEST(the_locale_decides_the_language)
{
	ck_assert_int_eq(unsetenv("LC_ALL"), 0);
	ck_assert_int_eq(unsetenv("LC_MESSAGES"), 0);
	ck_assert_int_eq(setenv("LANG", "ja_JP.UTF-8", 1), 0);
	ck_assert_int_eq(read_line(FILES "h"), SJ_OK);
	ck_assert(sj_options_is_japanese(&options));
	ck_assert_int_eq(setenv("LC_ALL", "C.UTF-8", 1), 0);
	ck_assert(!sj_options_is_japanese(&options));
	ck_assert_int_eq(read_line(FILES "--lang ja h"), SJ_OK);
	ck_assert(sj_options_is_japanese(&options));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("viewer options");
	TCase *plain = tcase_create("all");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(plain, setup, teardown);
	tcase_add_test(plain, the_command_line_alone_is_enough);
	tcase_add_loop_test(
		plain, targets_are_split, 0, (int)SJ_COUNT(targets));
	tcase_add_loop_test(plain, targets_that_make_no_sense_are_refused, 0,
		(int)SJ_COUNT(bad_targets));
	tcase_add_test(plain, a_host_name_has_a_limit);
	tcase_add_test(plain, the_file_is_read_and_the_command_line_wins);
	tcase_add_test(plain, the_file_of_the_person_is_found);
	tcase_add_test(plain, a_wrong_file_names_line_and_key);
	tcase_add_test(plain, a_ledger_needs_its_keys);
	tcase_add_test(plain, steps_keep_the_order_of_the_command_line);
	tcase_add_test(plain, seconds_may_be_broken);
	tcase_add_loop_test(plain, wrong_command_lines_are_refused_with_a_word,
		0, (int)SJ_COUNT(bad_lines));
	tcase_add_test(plain, limits_of_the_size_are_inclusive);
	tcase_add_test(plain, help_and_version_need_nothing_else);
	tcase_add_test(plain, help_has_a_line_for_each_option);
	tcase_add_test(plain, the_locale_decides_the_language);
	suite_add_tcase(suite, plain);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
