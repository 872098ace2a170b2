/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/base/spawn.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/suite.h"

/* What the last program wrote to its stderr, and how it ended. */
static char output[8192];
static int status;

/* Runs script in a shell started by spec; its stderr lands in output. */
static void run_shell(struct sj_spawn *spec, const char *script)
{
	const char *const argv[] = {"sh", "-c", script, NULL};
	size_t at = 0;
	ssize_t n;
	pid_t pid;
	int ends[2];

	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	spec->path = "/bin/sh";
	spec->argv = argv;
	spec->stderr_fd = ends[1];
	ck_assert_int_eq(sj_spawn(spec, &pid), SJ_OK);
	close(ends[1]);
	while ((n = read(ends[0], output + at, sizeof(output) - 1 - at)) > 0)
		at += (size_t)n;
	output[at] = '\0';
	close(ends[0]);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
}

START_TEST(listed_descriptors_become_three_and_up)
{
	int first[2], second[2];
	struct sj_spawn spec = {.fd_count = 2};

	ck_assert_int_eq(pipe(first), 0);
	ck_assert_int_eq(pipe(second), 0);
	ck_assert_int_eq(write(first[1], "one\n", 4), 4);
	ck_assert_int_eq(write(second[1], "two\n", 4), 4);
	spec.fds = (const int[]){first[0], second[0]};
	run_shell(&spec, "read a <&3; read b <&4; echo $a $b >&2");
	ck_assert_str_eq(output, "one two\n");
}
END_TEST

START_TEST(descriptors_that_are_in_each_others_way_are_kept_apart)
{
	int first[2], second[2];
	struct sj_spawn spec = {.fd_count = 2};

	ck_assert_int_eq(pipe(first), 0);
	ck_assert_int_eq(pipe(second), 0);
	ck_assert_int_eq(write(first[1], "one\n", 4), 4);
	ck_assert_int_eq(write(second[1], "two\n", 4), 4);
	/* The first is to become 3 and is 4; the second the other way. */
	ck_assert_int_ge(fcntl(first[0], F_DUPFD, 100), 100);
	ck_assert_int_ge(fcntl(second[0], F_DUPFD, 101), 101);
	ck_assert_int_eq(dup2(100, 4), 4);
	ck_assert_int_eq(dup2(101, 3), 3);
	spec.fds = (const int[]){4, 3};
	run_shell(&spec, "read a <&3; read b <&4; echo $a $b >&2");
	ck_assert_str_eq(output, "one two\n");
}
END_TEST

START_TEST(nothing_else_is_inherited)
{
	struct sj_spawn spec = {.fd_count = 1};
	int extra = open("/dev/null", O_RDONLY);
	int high = fcntl(extra, F_DUPFD, 200);

	ck_assert_int_eq(high, 200);
	spec.fds = &extra;
	run_shell(&spec,
		"for f in 0 1 2 3 4 5 6 7 8 9 10 11 12 200; do "
		"if [ -e /proc/$$/fd/$f ]; then echo $f >&2; fi; done");
	ck_assert_str_eq(output, "0\n1\n2\n3\n");
}
END_TEST

START_TEST(input_and_output_are_null)
{
	struct sj_spawn spec = {.fd_count = 0};

	run_shell(&spec, "[ /proc/$$/fd/0 -ef /dev/null ] && "
			 "[ /proc/$$/fd/1 -ef /dev/null ]");
	ck_assert_int_eq(status, 0);
}
END_TEST

START_TEST(the_environment_is_what_was_given)
{
	static const char *const envp[] = {"A=1", NULL};
	struct sj_spawn spec = {.envp = envp};
	static const char script[] =
		"while IFS= read -r l; do echo \"$l\" >&2; done "
		"<<X\n$A$HOME$LANG$USER\nX";

	run_shell(&spec, script);
	ck_assert_str_eq(output, "1\n");
	spec.envp = NULL;
	run_shell(&spec, script);
	ck_assert_str_eq(output, "\n");
}
END_TEST

START_TEST(signals_are_reset)
{
	struct sj_spawn spec = {.fd_count = 0};
	sigset_t blocked;

	ck_assert(signal(SIGTERM, SIG_IGN) != SIG_ERR);
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGTERM);
	ck_assert_int_eq(sigprocmask(SIG_BLOCK, &blocked, NULL), 0);
	run_shell(&spec, "kill -TERM $$; echo survived >&2");
	ck_assert_str_eq(output, "");
	ck_assert(WIFSIGNALED(status));
	ck_assert_int_eq(WTERMSIG(status), SIGTERM);
	/* Ours are as they were. */
	ck_assert_int_eq(sigprocmask(SIG_BLOCK, NULL, &blocked), 0);
	ck_assert_int_eq(sigismember(&blocked, SIGTERM), 1);
	ck_assert_int_eq(sigismember(&blocked, SIGUSR1), 0);
}
END_TEST

START_TEST(a_program_that_is_not_there_exits_as_local_failure)
{
	const char *const argv[] = {"x", NULL};
	struct sj_spawn spec = {
		.path = "/nonexistent/x", .argv = argv, .stderr_fd = -1};
	pid_t pid;

	ck_assert_int_eq(sj_spawn(&spec, &pid), SJ_OK);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), SJ_EXIT_LOCAL);
}
END_TEST

START_TEST(senseless_requests_are_refused)
{
	const char *const argv[] = {"sh", NULL};
	struct sj_spawn spec = {.path = "sh", .argv = argv, .stderr_fd = -1};
	pid_t pid;

	ck_assert_int_eq(sj_spawn(&spec, &pid), SJ_ERR_ARGUMENT);
	spec.path = "/bin/sh";
	spec.fd_count = SJ_SPAWN_FDS_MAX + 1;
	ck_assert_int_eq(sj_spawn(&spec, &pid), SJ_ERR_ARGUMENT);
}
END_TEST

/* Namespaces may be forbidden on the machine that runs the tests. */
static bool can_unshare_users(void)
{
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		_exit(unshare(CLONE_NEWUSER) != 0);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return status == 0;
}

START_TEST(a_user_namespace_has_the_mapped_id_and_all_capabilities)
{
	static const char *const envp[] = {"PATH=/usr/bin:/bin", NULL};
	struct sj_spawn spec = {.envp = envp,
		.clone_flags = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWUTS,
		.map_uid = 1000,
		.map_gid = 1001};

	if (!can_unshare_users())
		return;
	run_shell(&spec, "echo $(id -u) $(id -g) >&2; "
			 "mount -t tmpfs none /mnt >/dev/null && "
			 "echo mounted >&2; cat /proc/$$/setgroups >&2");
	ck_assert_str_eq(output, "1000 1001\nmounted\ndeny\n");
	spec.map_uid = 0;
	spec.map_gid = 0;
	run_shell(&spec,
		"echo $(id -u) >&2; mount -t tmpfs none /mnt >/dev/null && "
		"echo mounted >&2");
	ck_assert_str_eq(output, "0\nmounted\n");
}
END_TEST

START_TEST(a_process_namespace_starts_at_one)
{
	struct sj_spawn spec = {.clone_flags = CLONE_NEWUSER | CLONE_NEWPID};

	if (!can_unshare_users())
		return;
	run_shell(&spec, "echo $$ >&2");
	ck_assert_str_eq(output, "1\n");
}
END_TEST

START_TEST(programs_are_found_beside_our_own)
{
	char path[256], self[256];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	ck_assert_int_gt(n, 0);
	self[n] = '\0';
	ck_assert_int_eq(
		sj_spawn_program_path("check_base_spawn", path, sizeof(path)),
		SJ_OK);
	ck_assert_str_eq(path, self);
}
END_TEST

START_TEST(a_program_path_that_does_not_fit_is_refused)
{
	char path[8] = "before";

	ck_assert_int_eq(
		sj_spawn_program_path("x", path, sizeof(path)), SJ_ERR_LIMIT);
	ck_assert_str_eq(path, "");
	ck_assert_int_eq(sj_spawn_program_path("../x", path, sizeof(path)),
		SJ_ERR_ARGUMENT);
	ck_assert_int_eq(
		sj_spawn_program_path("", path, sizeof(path)), SJ_ERR_ARGUMENT);
}
END_TEST

SJ_SUITE_MAIN("spawn", listed_descriptors_become_three_and_up,
	descriptors_that_are_in_each_others_way_are_kept_apart,
	nothing_else_is_inherited, input_and_output_are_null,
	the_environment_is_what_was_given, signals_are_reset,
	a_program_that_is_not_there_exits_as_local_failure,
	senseless_requests_are_refused,
	a_user_namespace_has_the_mapped_id_and_all_capabilities,
	a_process_namespace_starts_at_one, programs_are_found_beside_our_own,
	a_program_path_that_does_not_fit_is_refused)
