/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/browser_command.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "tests/support/suite.h"

static struct sj_host_init_start start;
static struct sj_browser_command command;

static void begin(bool is_chromium)
{
	memset(&start, 0, sizeof(start));
	start.size_start = (struct sj_size){1280, 800};
	start.is_chromium = is_chromium;
}

/* Place of word, or -1. */
static int find(const char *word)
{
	for (size_t i = 0; i < command.count; i++)
		if (strcmp(command.word[i], word) == 0)
			return (int)i;
	return -1;
}

START_TEST(the_browser_keeps_its_walls)
{
	begin(true);
	ck_assert_int_eq(sj_browser_command_build(&command, &start), SJ_OK);
	ck_assert_str_eq(command.word[0], "bwrap");
	ck_assert_int_gt(find("--unshare-user"), 0);
	ck_assert_int_gt(find("--unshare-pid"), 0);
	ck_assert_int_gt(
		find("--proxy-server=http://127.0.0.1:3128"), find("--"));
	ck_assert_int_gt(find("--proxy-bypass-list=<-loopback>"), find("--"));
	for (size_t i = 0; i < command.count; i++) {
		ck_assert_ptr_null(strstr(command.word[i], "no-sandbox"));
		ck_assert_ptr_null(strstr(command.word[i], "remote-debug"));
		ck_assert_str_ne(command.word[i], "--unshare-ipc");
	}
	ck_assert_ptr_null(command.word[command.count]);
}
END_TEST

START_TEST(the_page_comes_last)
{
	begin(true);
	(void)snprintf(start.url, sizeof(start.url), "http://start.test/");
	(void)snprintf(start.browser_flags[0], sizeof(start.browser_flags[0]),
		"--force-dark-mode");
	ck_assert_int_eq(sj_browser_command_build(&command, &start), SJ_OK);
	ck_assert_str_eq(command.word[command.count - 1], "http://start.test/");
	ck_assert_str_eq(command.word[command.count - 2], "--force-dark-mode");
	/* It would hold for popups too. */
	ck_assert_int_lt(find("--window-size=1280,800"), 0);
}
END_TEST

START_TEST(levers_become_flags)
{
	begin(true);
	start.browser.is_reduced_motion = 1;
	ck_assert_int_eq(sj_browser_command_build(&command, &start), SJ_OK);
	ck_assert_int_gt(find("--disable-smooth-scrolling"), find("--"));
	ck_assert_int_gt(find("--disable-lcd-text"), find("--"));
	ck_assert_int_gt(find("--force-prefers-reduced-motion"), find("--"));
	start.browser.is_smooth_scrolling = 1;
	start.browser.text_antialiasing = 1;
	start.browser.is_reduced_motion = 0;
	ck_assert_int_eq(sj_browser_command_build(&command, &start), SJ_OK);
	ck_assert_int_gt(find("--enable-smooth-scrolling"), find("--"));
	ck_assert_int_gt(find("--enable-lcd-text"), find("--"));
	ck_assert_int_lt(find("--disable-smooth-scrolling"), 0);
	ck_assert_int_lt(find("--disable-lcd-text"), 0);
	ck_assert_int_lt(find("--force-prefers-reduced-motion"), 0);
}
END_TEST

START_TEST(a_configured_command_is_run_in_the_same_jail)
{
	begin(false);
	(void)snprintf(start.command[0], 256, "/opt/x/program");
	(void)snprintf(start.command[1], 256, "-v");
	(void)snprintf(start.binds[0], 256, "/opt/x");
	ck_assert_int_eq(sj_browser_command_build(&command, &start), SJ_OK);
	ck_assert_str_eq(command.word[0], "bwrap");
	ck_assert_str_eq(command.word[command.count - 3], "--");
	ck_assert_str_eq(command.word[command.count - 2], "/opt/x/program");
	ck_assert_str_eq(command.word[command.count - 1], "-v");
	ck_assert_str_eq(command.word[find("/opt/x") - 1], "--ro-bind");
	ck_assert_int_lt(find("/opt/x"), find("--"));
}
END_TEST

START_TEST(the_longest_settings_fit)
{
	begin(true);
	memset(start.url, 'u', sizeof(start.url) - 1);
	for (size_t i = 0; i < SJ_COUNT(start.browser_flags); i++)
		memset(start.browser_flags[i], 'f',
			sizeof(start.browser_flags[i]) - 1);
	for (size_t i = 0; i < SJ_COUNT(start.binds); i++)
		memset(start.binds[i], 'b', sizeof(start.binds[i]) - 1);
	ck_assert_int_eq(sj_browser_command_build(&command, &start), SJ_OK);
	begin(false);
	for (size_t i = 0; i < SJ_COUNT(start.command); i++)
		memset(start.command[i], 'c', sizeof(start.command[i]) - 1);
	ck_assert_int_eq(sj_browser_command_build(&command, &start), SJ_OK);
}
END_TEST

START_TEST(the_environment_names_the_input_method)
{
	const char *const *environment = sj_browser_command_environment();
	bool has_xim = false, has_name = false;

	for (size_t i = 0; environment[i]; i++) {
		has_xim = has_xim ||
			  strcmp(environment[i], "GTK_IM_MODULE=xim") == 0;
		has_name = has_name ||
			   strcmp(environment[i], "XMODIFIERS=@im=shoji") == 0;
	}
	ck_assert(has_xim);
	ck_assert(has_name);
}
END_TEST

SJ_SUITE_MAIN("host_browser_command", the_browser_keeps_its_walls,
	the_page_comes_last, levers_become_flags,
	a_configured_command_is_run_in_the_same_jail, the_longest_settings_fit,
	the_environment_names_the_input_method)
