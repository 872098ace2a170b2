/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The supervisor of a guard: its start, its lists, its stop. */
#include "guard/guard.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guard/link.h"
#include "tests/support/suite.h"
#include "tests/unit/guard/link_rig.h"

int sj_guard_main(int argc, char **argv);

/* ---- the start ---- */

/* It does not start, and says word. */
static void expect_refused(const char *word)
{
	ck_assert_int_ne(rig_try_open(), SJ_OK);
	ck_assert_msg(strstr(rig.message, word), "%s", rig.message);
	rig_close();
}

START_TEST(what_is_missing_is_named)
{
	char path[64];

	link_set_up();
	switch (_i) {
	case 0:
		(void)snprintf(
			path, sizeof(path), "%s/shoji-guard-core", rig.folder);
		ck_assert_int_eq(unlink(path), 0);
		expect_refused("shoji-guard-core");
		break;
	case 1:
		(void)snprintf(path, sizeof(path), "%s/key", rig.folder);
		ck_assert_int_eq(unlink(path), 0);
		expect_refused("/key");
		break;
	case 2:
		strcpy(rig.config.hosts.crl, "/nowhere");
		expect_refused("/nowhere");
		break;
	case 3:
		strcpy(rig.config.address, "192.0.2.1");
		expect_refused("192.0.2.1");
		break;
	default:
		strcpy(rig.config.ledger_file, "/nowhere/ledger");
		strcpy(rig.config.ledger_keys, "/nowhere/keys");
		expect_refused("[ledger] /nowhere/ledger");
		break;
	}
}
END_TEST

/* Silent connections are to meet connections_max, not the end of these. */
START_TEST(it_can_open_what_its_connections_need)
{
	const struct rlimit few = {64, 4096};
	struct rlimit then;

	link_set_up();
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &few), 0);
	rig_open();
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &then), 0);
	ck_assert_uint_eq(then.rlim_cur, 64 + (8 + 16) * (5 * 3 + 3));
	ck_assert_uint_eq(then.rlim_max, 4096);
	rig_close();
}
END_TEST

START_TEST(in_a_build_tree_programs_are_beside_ours)
{
	link_set_up();
	rig.config.libexec[0] = '\0';
	/* Beside this test there are none. */
	expect_refused("shoji-host-gate");
}
END_TEST

START_TEST(only_a_watermark_needs_the_program_that_draws_it)
{
	char path[64];

	link_set_up();
	(void)snprintf(path, sizeof(path), "%s/shoji-guard-mark", rig.folder);
	ck_assert_int_eq(unlink(path), 0);
	rig_open();
	ck_assert_str_eq(
		sj_guard_program_name(SJ_GUARD_MARK), "shoji-guard-mark");
	rig_close();
}
END_TEST

/* ---- running ---- */

/* Serves in a child, which a signal stops; its status. */
static pid_t serve(void)
{
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid != 0)
		return pid;
	rig_open();
	sj_suite_leave(sj_guard_run(&rig.guard) == SJ_OK ? 0 : 1);
}

static void await_port(void)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "%s/port", rig.folder);
	for (int i = 0; i < 1000 && access(path, F_OK) != 0; i++)
		usleep(10000);
	ck_assert_int_eq(access(path, F_OK), 0);
}

static void await_end(pid_t pid)
{
	int status = -1;

	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}

START_TEST(a_signal_stops_it)
{
	pid_t pid;

	link_set_up();
	pid = serve();
	await_port();
	/* Two turns of the look at the lists. */
	usleep(2100000);
	ck_assert_int_eq(kill(pid, _i == 0 ? SIGTERM : SIGINT), 0);
	await_end(pid);
	rig.guard.config = &rig.config;
	rig.guard.signal_fd = -1;
	sj_listener_init(&rig.guard.listener);
	sj_material_init(&rig.guard.viewers);
	sj_material_init(&rig.guard.hosts);
	rig_close();
}
END_TEST

static void *stop_soon(uint64_t after_ms)
{
	rig.guard.is_stopping = true;
	rig.guard.stop_ms = sj_clock_ms() + after_ms;
	return NULL;
}

START_TEST(a_new_list_is_told_and_a_wrong_one_is_not)
{
	link_set_up();
	rig_open();
	link_join();
	/* What is judged in a list is check_crl_judge.c's. */
	rig.guard.viewers.judge_crl = rig.guard.hosts.judge_crl = NULL;
	rig.guard.viewers.span_crl = rig.guard.hosts.span_crl = NULL;
	rig.guard.viewers.is_pem = rig.guard.hosts.is_pem = false;
	rig_write("crl", "newer list");
	(void)stop_soon(300);
	rig.guard.refresh_ms = 0;
	/* Both sides have the same file here. */
	ck_assert_int_eq(sj_guard_run(&rig.guard), SJ_OK);
	(void)link_expect_outer(SJ_HOST_GATE_CRL, 1);
	(void)link_expect_inner(SJ_VIEWER_GATE_CRL, 1);
	strcpy(rig.config.hosts.crl, "/nowhere");
	strcpy(rig.config.viewers.crl, "/nowhere");
	(void)stop_soon(100);
	rig.guard.refresh_ms = 0;
	ck_assert_int_eq(sj_guard_run(&rig.guard), SJ_OK);
	link_finish();
}
END_TEST

START_TEST(whoever_is_connected_is_told_that_it_stops)
{
	link_set_up();
	rig_open();
	link_join();
	ck_assert_int_eq(kill(getpid(), SIGTERM), 0);
	rig_turn();
	ck_assert(rig.guard.is_stopping);
	link_expect_end(SJ_REASON_AGENT_GONE);
	ck_assert_int_eq(kill(getpid(), SIGINT), 0);
	rig_turn();
	/* No more patience. */
	ck_assert_uint_eq(rig.guard.stop_ms, 0);
	ck_assert_int_eq(sj_guard_run(&rig.guard), SJ_OK);
	link_finish();
}
END_TEST

/* ---- the program ---- */

/* Status of shoji-guard with these words. */
static int run_program(char **argv)
{
	int count = 0, status = -1;
	pid_t pid;

	while (argv[count])
		count++;
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		/* getopt begins anew. */
		int result = sj_guard_main(count, argv);

		(void)fflush(stdout);
		sj_suite_leave(result);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static const struct {
	const char *word[4];
	int status;
} lines[] = {
	{{"shoji-guard", "--version"}, SJ_EXIT_ENDED},
	{{"shoji-guard", "--help"}, SJ_EXIT_ENDED},
	{{"shoji-guard", "--print-config"}, SJ_EXIT_ENDED},
	{{"shoji-guard", "--nonsense"}, SJ_EXIT_USAGE},
	{{"shoji-guard", "word"}, SJ_EXIT_USAGE},
	{{"shoji-guard", "--config", "/nowhere"}, SJ_EXIT_USAGE},
	{{"shoji-guard", "--config", "/dev/null", "--check-config"},
		SJ_EXIT_USAGE},
};

START_TEST(its_command_line_is_judged)
{
	char words[4][32];
	char *argv[5] = {NULL};

	for (size_t i = 0; i < 4 && lines[_i].word[i]; i++) {
		(void)snprintf(
			words[i], sizeof(words[i]), "%s", lines[_i].word[i]);
		argv[i] = words[i];
	}
	ck_assert_int_eq(run_program(argv), lines[_i].status);
}
END_TEST

/* A configuration file for the rig; ends with more. */
static void write_config(const char *more)
{
	char text[4096];
	const char *folder = rig.folder;

	(void)snprintf(text, sizeof(text),
		"[listen]\naddress = 127.0.0.1\nport = 0\n"
		"port_file = %s/port\n"
		"[viewers]\nchain = %s/chain\nkey = %s/key\n"
		"authority = %s/authority\ncrl = %s/crl\nzone = lgwan\n"
		"[host]\nchain = %s/chain\nkey = %s/key\n"
		"authority = %s/authority\ncrl = %s/crl\n"
		"address = 127.0.0.1:1\n[paths]\nlibexec = %s\n%s",
		folder, folder, folder, folder, folder, folder, folder, folder,
		folder, folder, more);
	rig_write("mute", text);
}

START_TEST(it_serves_until_it_is_told_to_stop)
{
	char program[] = "shoji-guard", option[] = "--config", path[64];
	char *argv[] = {program, option, path, NULL};
	int status = -1;
	pid_t pid;

	link_set_up();
	write_config("");
	(void)snprintf(path, sizeof(path), "%s/mute", rig.folder);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		sj_suite_leave(run_program(argv));
	await_port();
	/* The program is the child of that child. */
	for (int i = 0; i < 100; i++) {
		char command[64];

		(void)snprintf(command, sizeof(command),
			"kill -TERM $(cat /proc/%d/task/%d/children)", (int)pid,
			(int)pid);
		if (system(command) == 0)
			break;
		usleep(10000);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	rig_try_open();
	rig_close();
}
END_TEST

START_TEST(its_files_are_looked_at)
{
	char program[] = "shoji-guard", option[] = "--config", path[64];
	char check[] = "--check-config";
	char *argv[] = {program, option, path, check, NULL};

	link_set_up();
	write_config("[ledger]\nfile = /nowhere/ledger\nkeys = /nowhere/k\n");
	(void)snprintf(path, sizeof(path), "%s/mute", rig.folder);
	/* They hold no certificates. */
	ck_assert_int_eq(run_program(argv), SJ_EXIT_USAGE);
	ck_assert_int_eq(rig_try_open(), SJ_OK);
	rig_close();
}
END_TEST

START_TEST(it_says_why_it_cannot_serve)
{
	char program[] = "shoji-guard", option[] = "--config", path[64];
	char *argv[] = {program, option, path, NULL};

	link_set_up();
	write_config("[ledger]\nfile = /nowhere/ledger\nkeys = /nowhere/k\n");
	(void)snprintf(path, sizeof(path), "%s/mute", rig.folder);
	/* The check of the files finds it, so it is the configuration. */
	ck_assert_int_eq(run_program(argv), SJ_EXIT_USAGE);
	ck_assert_int_eq(rig_try_open(), SJ_OK);
	rig_close();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {it_can_open_what_its_connections_need,
		in_a_build_tree_programs_are_beside_ours,
		only_a_watermark_needs_the_program_that_draws_it,
		a_new_list_is_told_and_a_wrong_one_is_not,
		whoever_is_connected_is_told_that_it_stops,
		it_serves_until_it_is_told_to_stop, its_files_are_looked_at,
		it_says_why_it_cannot_serve};
	const struct sj_suite_loop loops[] = {{what_is_missing_is_named, 5},
		{a_signal_stops_it, 2},
		{its_command_line_is_judged, SJ_COUNT(lines)}};

	return sj_suite_run_loops(
		"guard", tests, SJ_COUNT(tests), loops, SJ_COUNT(loops));
}
