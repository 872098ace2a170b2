/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/session_files.h"

#include <jansson.h>
#include <string.h>

#include "tests/support/suite.h"

static json_t *policy(void)
{
	json_t *made = json_loads(sj_session_files_policy(), 0, NULL);

	ck_assert_ptr_nonnull(made);
	return made;
}

static bool has_text(const json_t *list, const char *text)
{
	const json_t *item;
	size_t i;

	json_array_foreach(list, i, item)
	{
		if (strcmp(json_string_value(item), text) == 0)
			return true;
	}
	return false;
}

START_TEST(nothing_leaves_or_enters_the_browser_as_a_file)
{
	json_t *made = policy();

	ck_assert_int_eq(json_integer_value(
				 json_object_get(made, "DownloadRestrictions")),
		3);
	ck_assert(json_is_false(
		json_object_get(made, "AllowFileSelectionDialogs")));
	ck_assert(json_is_false(json_object_get(made, "PrintingEnabled")));
	json_decref(made);
}
END_TEST

START_TEST(the_browser_cannot_be_opened_up)
{
	json_t *made = policy();

	ck_assert_int_eq(json_integer_value(json_object_get(
				 made, "DeveloperToolsAvailability")),
		2);
	ck_assert(
		json_is_false(json_object_get(made, "RemoteDebuggingAllowed")));
	ck_assert(has_text(
		json_object_get(made, "ExtensionInstallBlocklist"), "*"));
	ck_assert(json_is_false(
		json_object_get(made, "TaskManagerEndProcessEnabled")));
	json_decref(made);
}
END_TEST

START_TEST(internal_pages_and_local_files_are_closed)
{
	static const char *const closed[] = {"file://*", "chrome://*",
		"chrome-untrusted://*", "devtools://*", "view-source:*",
		"data:*", "chrome-extension://*", "filesystem:*"};
	json_t *made = policy();
	const json_t *list = json_object_get(made, "URLBlocklist");
	const json_t *open = json_object_get(made, "URLAllowlist");
	const json_t *item;
	size_t i;

	for (size_t at = 0; at < SJ_COUNT(closed); at++)
		ck_assert_msg(has_text(list, closed[at]), "%s", closed[at]);
	json_array_foreach(open, i, item)
	{
		const char *text = json_string_value(item);

		/* New tabs, and what shows PDF files. */
		ck_assert(
			strstr(text, "chrome://new") ||
			strcmp(text, "chrome-extension://"
				     "mhjfbmdgcfjbbpaeojofohoefgiehjai") == 0);
	}
	json_decref(made);
}
END_TEST

START_TEST(gtk_is_told_what_has_no_flag)
{
	struct sj_host_browser browser = {.is_reduced_motion = 1};
	char text[256];

	ck_assert_uint_gt(
		sj_session_files_gtk(&browser, text, sizeof(text)), 0);
	ck_assert_ptr_nonnull(strstr(text, "[Settings]\n"));
	ck_assert_ptr_nonnull(strstr(text, "\ngtk-cursor-blink=0\n"));
	ck_assert_ptr_nonnull(strstr(text, "\ngtk-enable-animations=0\n"));
	ck_assert_ptr_nonnull(strstr(text, "\ngtk-xft-rgba=none\n"));
	browser.is_caret_blinking = 1;
	browser.is_reduced_motion = 0;
	browser.text_antialiasing = 1;
	ck_assert_uint_gt(
		sj_session_files_gtk(&browser, text, sizeof(text)), 0);
	ck_assert_ptr_nonnull(strstr(text, "\ngtk-cursor-blink=1\n"));
	ck_assert_ptr_nonnull(strstr(text, "\ngtk-enable-animations=1\n"));
	ck_assert_ptr_nonnull(strstr(text, "\ngtk-xft-rgba=rgb\n"));
	ck_assert_uint_eq(sj_session_files_gtk(&browser, text, 20), 0);
}
END_TEST

SJ_SUITE_MAIN("host_session_files",
	nothing_leaves_or_enters_the_browser_as_a_file,
	the_browser_cannot_be_opened_up,
	internal_pages_and_local_files_are_closed, gtk_is_told_what_has_no_flag)
