/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/base/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "protocol/base/config_rows.h"
#include "protocol/base/limits.h"
#include "protocol/base/log.h"
#include "tests/support/suite.h"

#define SJ_CONFIG_STRUCT struct sample

struct sample {
	char name[8];
	uint32_t port;
	bool is_stock;
	uint32_t keymap;
	struct sj_config_list allow;
};

static const char *const keymaps[] = {"us", "jp", NULL};
static const struct sj_config_key keys[] = {
	TEXT("host", "name", name, NULL, "Name of this host."),
	NUMBER("host", "port", port, "5900", 1, 65535, "TCP port."),
	BOOL_OF("viewers", "stock", is_stock, "no", "yes, no; yes needs port",
		"Stock viewers."),
	CHOICE("session", "keymap", keymap, "us", keymaps, "Keyboard."),
	{.section = "session",
		.key = "allow",
		.type = SJ_CONFIG_LIST,
		.offset = offsetof(struct sample, allow),
		.default_text = "127.0.0.1",
		.help = "Addresses."},
};
#define KEYS (sizeof(keys) / sizeof(keys[0]))

static const struct sj_config_key *table = keys;
static struct sample result;
static char message[512];

/* Reads text (size bytes) as the file `t.ini`. */
static enum sj_err read_bytes(const char *text, size_t size)
{
	char folder[] = "/tmp/shoji-config-XXXXXX";
	FILE *file;
	enum sj_err err;

	ck_assert_ptr_nonnull(mkdtemp(folder));
	ck_assert_int_eq(chdir(folder), 0);
	file = fopen("t.ini", "w");
	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(text, 1, size, file), size);
	ck_assert_int_eq(fclose(file), 0);
	memset(&result, 0xee, sizeof(result));
	err = sj_config_read(
		"t.ini", table, KEYS, &result, message, sizeof(message));
	unlink("t.ini");
	rmdir(folder);
	return err;
}

static enum sj_err read_text(const char *text)
{
	return read_bytes(text, strlen(text));
}

START_TEST(every_type_is_read)
{
	ck_assert_int_eq(
		read_text("# comment\n[host]\nname = rhost1\n"
			  "port=65535 ; why\n\n[viewers]\nstock = yes\n"
			  "[session]\nkeymap = jp\nallow = 10.0.0.1\n"
			  "allow = 10.0.0.2\n"),
		SJ_OK);
	ck_assert_str_eq(message, "");
	ck_assert_str_eq(result.name, "rhost1");
	ck_assert_uint_eq(result.port, 65535);
	ck_assert_int_eq(result.is_stock, true);
	ck_assert_uint_eq(result.keymap, 1);
	ck_assert_uint_eq(result.allow.count, 2);
	ck_assert_str_eq(result.allow.value[0], "10.0.0.1");
	ck_assert_str_eq(result.allow.value[1], "10.0.0.2");
}
END_TEST

START_TEST(what_is_not_written_has_its_default)
{
	ck_assert_int_eq(read_text("[host]\nname = a\n"), SJ_OK);
	ck_assert_uint_eq(result.port, 5900);
	ck_assert_int_eq(result.is_stock, false);
	ck_assert_uint_eq(result.keymap, 0);
	ck_assert_uint_eq(result.allow.count, 1);
	ck_assert_str_eq(result.allow.value[0], "127.0.0.1");
}
END_TEST

START_TEST(without_a_file_the_defaults_are_given)
{
	ck_assert_int_eq(sj_config_read(NULL, keys + 1, KEYS - 1, &result,
				 message, sizeof(message)),
		SJ_OK);
	ck_assert_uint_eq(result.port, 5900);
}
END_TEST

static const struct {
	const char *text;
	const char *message;
} refused[] = {
	{"[host]\nname = a\n[session]\nkeymap = uk\n",
		"t.ini:4: [session] keymap = uk: allowed are us, jp"},
	{"[host]\nname = 12345678\n",
		"t.ini:2: [host] name = 12345678: allowed are texts of 1 to "
		"7 bytes"},
	{"[host]\nname =\n",
		"t.ini:2: [host] name = : allowed are texts of 1 to 7 bytes"},
	{"[host]\nport = 0\n",
		"t.ini:2: [host] port = 0: allowed are whole numbers from 1 to "
		"65535"},
	{"[host]\nport = 65536\n",
		"t.ini:2: [host] port = 65536: allowed are whole numbers from "
		"1 to 65535"},
	{"[host]\nport = 18446744073709551696\n",
		"t.ini:2: [host] port = 18446744073709551696: allowed are "
		"whole numbers from 1 to 65535"},
	{"[host]\nport = -1\n",
		"t.ini:2: [host] port = -1: allowed are whole numbers from 1 "
		"to 65535"},
	{"[host]\nport =\n",
		"t.ini:2: [host] port = : allowed are whole numbers from 1 to "
		"65535"},
	{"[viewers]\nstock = true\n",
		"t.ini:2: [viewers] stock = true: allowed are yes, no; yes "
		"needs port"},
	{"[session]\nallow =\n",
		"t.ini:2: [session] allow = : allowed are texts of 1 to 255 "
		"bytes, at most 64 of them"},
	{"\n\n[host]\nprot = 1\n",
		"t.ini:4: [host] prot: unknown key; known are name, port"},
	{"[hots]\nname = a\n",
		"t.ini:1: [hots]: unknown section; known are host, viewers, "
		"session"},
	{"[host]\nname = a\n[empty]\n",
		"t.ini:3: [empty]: unknown section; known are host, viewers, "
		"session"},
	{"name = a\n", "t.ini:1: []: unknown section; known are host, viewers, "
		       "session"},
	{"[host]\nname = a\nname = b\n", "t.ini:3: [host] name: given twice"},
	{"[host]\nname = a\n[viewers]\n[host]\nname = b\n",
		"t.ini:5: [host] name: given twice"},
	{"[host]\nname\n", "t.ini:2: expected [section] or key = value"},
	{"[host\n", "t.ini:1: expected [section] or key = value"},
	{"[host]\nport = 1\n", "t.ini: [host] name: is required"},
};

START_TEST(what_is_wrong_is_named_exactly)
{
	ck_assert_int_eq(read_text(refused[_i].text), SJ_ERR_FORMAT);
	ck_assert_str_eq(message, refused[_i].message);
}
END_TEST

START_TEST(a_zero_byte_is_refused)
{
	static const char text[] = "[host]\nname = a\0b\n";

	ck_assert_int_eq(read_bytes(text, sizeof(text) - 1), SJ_ERR_FORMAT);
	ck_assert_str_eq(message, "t.ini:2: zero byte");
}
END_TEST

START_TEST(a_line_that_is_too_long_is_refused)
{
	char text[5000] = "[host]\nname = ";
	size_t start = strlen(text);

	memset(text + start, 'x', sizeof(text) - start - 1);
	ck_assert_int_eq(read_text(text), SJ_ERR_FORMAT);
	ck_assert_str_eq(message, "t.ini:2: line too long");
	/* The last that is read, with a line behind it. */
	text[strlen("[host]\n") + SJ_LIMIT_CONFIG_LINE_BYTES - 2] = '\0';
	strcat(text, "\n");
	ck_assert_int_eq(read_text(text), SJ_ERR_FORMAT);
	ck_assert_ptr_nonnull(strstr(message, "[host] name = xxx"));
}
END_TEST

START_TEST(a_list_has_a_last_place)
{
	char text[4096] = "[host]\nname = a\n[session]\n";

	for (int i = 0; i < 64; i++)
		strcat(text, "allow = 10.0.0.1\n");
	ck_assert_int_eq(read_text(text), SJ_OK);
	ck_assert_uint_eq(result.allow.count, 64);
	strcat(text, "allow = 10.0.0.1\n");
	ck_assert_int_eq(read_text(text), SJ_ERR_FORMAT);
	ck_assert_str_eq(message,
		"t.ini:68: [session] allow = 10.0.0.1: allowed are texts of 1 "
		"to 255 bytes, at most 64 of them");
}
END_TEST

START_TEST(a_list_may_be_shorter_than_its_places)
{
	struct sj_config_key short_keys[KEYS];
	char text[512] = "[host]\nname = a\n[session]\n";

	memcpy(short_keys, keys, sizeof(keys));
	for (size_t i = 0; i < KEYS; i++)
		if (short_keys[i].type == SJ_CONFIG_LIST)
			short_keys[i].max = 2;
	for (int i = 0; i < 3; i++)
		strcat(text, "allow = 10.0.0.1\n");
	table = short_keys;
	ck_assert_int_eq(read_text(text), SJ_ERR_FORMAT);
	table = keys;
	ck_assert_str_eq(message,
		"t.ini:6: [session] allow = 10.0.0.1: allowed are texts of 1 "
		"to 255 bytes, at most 2 of them");
}
END_TEST

START_TEST(a_missing_file_is_told)
{
	ck_assert_int_eq(sj_config_read("/nonexistent/x.ini", keys, KEYS,
				 &result, message, sizeof(message)),
		SJ_ERR_SYSTEM);
	ck_assert_str_eq(message,
		"/nonexistent/x.ini: cannot be read: No such file or "
		"directory");
}
END_TEST

START_TEST(a_folder_is_not_a_file)
{
	ck_assert_int_eq(sj_config_read("/", keys, KEYS, &result, message,
				 sizeof(message)),
		SJ_ERR_SYSTEM);
	ck_assert_str_eq(message, "/: cannot be read: Is a directory");
}
END_TEST

START_TEST(what_is_printed_can_be_read_again)
{
	char text[4096];
	FILE *file = tmpfile();
	size_t n;

	ck_assert_ptr_nonnull(file);
	fflush(stdout);
	ck_assert_int_ge(dup2(fileno(file), STDOUT_FILENO), 0);
	sj_config_print(keys, KEYS);
	fflush(stdout);
	rewind(file);
	n = fread(text, 1, sizeof(text) - 1, file);
	text[n] = '\0';
	ck_assert_ptr_nonnull(strstr(text, "; Keyboard.\n; allowed: us, jp\n"
					   "keymap = us\n"));
	ck_assert_ptr_nonnull(strstr(text, "; required\n; name =\n"));
	ck_assert_ptr_nonnull(
		strstr(text, "; allowed: yes, no; yes needs port\n"));
	strcat(text, "[host]\nname = a\n");
	ck_assert_int_eq(read_text(text), SJ_OK);
}
END_TEST

START_TEST(levels_stand_in_the_order_of_the_log)
{
	ck_assert_str_eq(sj_config_log_levels[SJ_LOG_ERROR], "error");
	ck_assert_str_eq(sj_config_log_levels[SJ_LOG_WARNING], "warning");
	ck_assert_str_eq(sj_config_log_levels[SJ_LOG_INFO], "info");
	ck_assert_str_eq(sj_config_log_levels[SJ_LOG_DEBUG], "debug");
	ck_assert_ptr_null(sj_config_log_levels[SJ_LOG_DEBUG + 1]);
}
END_TEST

static const struct {
	const char *text, *address; /* NULL: refused */
	uint16_t port;
} places[] = {{"192.0.2.1:80", "192.0.2.1", 80},
	{"192.0.2.1:65535", "192.0.2.1", 65535}, {"[::1]:8080", "::1", 8080},
	{"::1:8080", "::1", 8080},
	{"[2001:db8::192.0.2.1]:1", "2001:db8::192.0.2.1", 1}, {"", NULL, 0},
	{":", NULL, 0}, {":80", NULL, 0}, {"[]:80", NULL, 0}, {"[:80", NULL, 0},
	{"[::1:80", NULL, 0}, {"192.0.2.1", NULL, 0}, {"192.0.2.1:", NULL, 0},
	{"192.0.2.1:0", NULL, 0}, {"192.0.2.1:65536", NULL, 0},
	{"192.0.2.1:+80", NULL, 0}, {"192.0.2.1: 80", NULL, 0},
	{"192.0.2.1:80x", NULL, 0}, {"name:80", NULL, 0},
	{"192.0.2.256:80", NULL, 0},
	/* Too long for its place. */
	{"[2001:db88:8888:8888:8888:8888:8888:8888]:80", NULL, 0}};

START_TEST(an_address_and_its_port_are_taken_apart)
{
	char address[24] = "?";
	uint16_t port = 0;
	bool is_good = sj_config_split_address(
		places[_i].text, address, sizeof(address), &port);

	ck_assert_int_eq(is_good, places[_i].address != NULL);
	if (!is_good)
		return;
	ck_assert_str_eq(address, places[_i].address);
	ck_assert_uint_eq(port, places[_i].port);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {every_type_is_read,
		what_is_not_written_has_its_default,
		without_a_file_the_defaults_are_given, a_zero_byte_is_refused,
		a_line_that_is_too_long_is_refused, a_list_has_a_last_place,
		a_list_may_be_shorter_than_its_places, a_missing_file_is_told,
		a_folder_is_not_a_file, what_is_printed_can_be_read_again,
		levels_stand_in_the_order_of_the_log};
	const struct sj_suite_loop loops[] = {
		{what_is_wrong_is_named_exactly,
			sizeof(refused) / sizeof(refused[0])},
		{an_address_and_its_port_are_taken_apart, SJ_COUNT(places)}};

	return sj_suite_run_loops(
		"config", tests, sizeof(tests) / sizeof(tests[0]), loops, 2);
}
