/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Filters as the kernel runs them, each in a child. */
#include "protocol/base/bpf.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/suite.h"

#define DEED SYS_getpriority /* harmless, with arguments */
#define MARK 77
#define FATE (SECCOMP_RET_ERRNO | MARK)

static struct sj_bpf bpf;

/* errno of a call after the filter is loaded; a signal as its number + 1000. */
static int fate_of(long call, uint64_t first, uint64_t second)
{
	int status = -1;
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
			sj_bpf_load(&bpf) != SJ_OK)
			_exit(254);
		errno = 0;
		(void)syscall(call, first, second);
		_exit(errno);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? WTERMSIG(status) + 1000
				   : WEXITSTATUS(status);
}

START_TEST(a_call_has_the_fate_of_its_rule)
{
	sj_bpf_begin(&bpf, SECCOMP_RET_ALLOW);
	sj_bpf_add(&bpf, DEED, FATE);
	ck_assert_int_eq(fate_of(DEED, 0, 0), MARK);
	ck_assert_int_eq(fate_of(SYS_getppid, 0, 0), 0);
}
END_TEST

START_TEST(what_no_rule_names_has_the_other_fate)
{
	sj_bpf_begin(&bpf, SECCOMP_RET_KILL_PROCESS);
	sj_bpf_add(&bpf, DEED, SECCOMP_RET_ALLOW);
	sj_bpf_add(&bpf, SYS_exit_group, SECCOMP_RET_ALLOW);
	/* The address sanitiser's, before an exit. */
	sj_bpf_add(&bpf, SYS_sigaltstack, SECCOMP_RET_ALLOW);
	ck_assert_int_eq(fate_of(DEED, 0, 0), 0);
	ck_assert_int_eq(fate_of(SYS_getppid, 0, 0), 1000 + SIGSYS);
}
END_TEST

static const struct {
	struct sj_bpf_test test[2];
	size_t count;
	uint64_t first, second;
	bool is_hit;
} rows[] = {
	{{{0, UINT64_MAX, 5}}, 1, 5, 9, true},
	{{{0, UINT64_MAX, 5}}, 1, 6, 5, false},
	{{{1, UINT64_MAX, 5}}, 1, 6, 5, true},
	/* both halves count */
	{{{0, UINT64_MAX, 5}}, 1, UINT64_C(5) + (UINT64_C(1) << 32), 0, false},
	{{{0, UINT64_MAX, UINT64_C(7) << 32}}, 1, UINT64_C(7) << 32, 0, true},
	{{{0, UINT64_MAX, UINT64_C(7) << 32}}, 1, 0, 0, false},
	/* but not what is masked */
	{{{0, UINT32_MAX, 5}}, 1, UINT64_C(5) + (UINT64_C(1) << 32), 0, true},
	{{{0, 4, 0}}, 1, 3, 0, true},
	{{{0, 4, 0}}, 1, 7, 0, false},
	/* all of them */
	{{{0, UINT64_MAX, 1}, {1, UINT64_MAX, 2}}, 2, 1, 2, true},
	{{{0, UINT64_MAX, 1}, {1, UINT64_MAX, 2}}, 2, 1, 3, false},
	{{{0, UINT64_MAX, 1}, {1, UINT64_MAX, 2}}, 2, 0, 2, false},
};

START_TEST(arguments_are_tested)
{
	sj_bpf_begin(&bpf, SECCOMP_RET_ALLOW);
	sj_bpf_add_if(&bpf, DEED, FATE, rows[_i].test, rows[_i].count);
	ck_assert_int_eq(fate_of(DEED, rows[_i].first, rows[_i].second) == MARK,
		rows[_i].is_hit);
	/* Another call with the same arguments, before and behind. */
	ck_assert_int_eq(
		fate_of(SYS_getppid, rows[_i].first, rows[_i].second), 0);
}
END_TEST

START_TEST(one_of_several_rules_is_enough)
{
	const struct sj_bpf_test one = {0, UINT64_MAX, 1};
	const struct sj_bpf_test two = {0, UINT64_MAX, 2};

	sj_bpf_begin(&bpf, SECCOMP_RET_ALLOW);
	sj_bpf_add_if(&bpf, DEED, FATE, &one, 1);
	sj_bpf_add_if(&bpf, DEED, FATE, &two, 1);
	sj_bpf_add(&bpf, SYS_getppid, FATE);
	ck_assert_int_eq(fate_of(DEED, 1, 0), MARK);
	ck_assert_int_eq(fate_of(DEED, 2, 0), MARK);
	ck_assert_int_ne(fate_of(DEED, 3, 0), MARK);
	ck_assert_int_eq(fate_of(SYS_getppid, 1, 0), MARK);
}
END_TEST

#ifdef __x86_64__
START_TEST(numbers_of_another_machine_are_a_death)
{
	int status = -1;
	pid_t pid;

	sj_bpf_begin(&bpf, SECCOMP_RET_ALLOW);
	ck_assert_int_eq(
		fate_of(0x40000000 + SYS_getppid, 0, 0), 1000 + SIGSYS);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		long result = 20; /* getpid of a 32-bit program */

		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
			sj_bpf_load(&bpf) != SJ_OK)
			_exit(254);
		__asm__ volatile("int $0x80" : "+a"(result) : : "memory");
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS);
}
END_TEST
#endif

START_TEST(what_is_too_large_is_not_loaded)
{
	const struct sj_bpf_test test[5] = {{0}};

	sj_bpf_begin(&bpf, SECCOMP_RET_ALLOW);
	for (int i = 0; i < SJ_BPF_ROOM; i++)
		sj_bpf_add(&bpf, i, FATE);
	ck_assert_int_eq(sj_bpf_load(&bpf), SJ_ERR_LIMIT);
	sj_bpf_begin(&bpf, SECCOMP_RET_ALLOW);
	sj_bpf_add_if(&bpf, DEED, FATE, test, 5);
	ck_assert_int_eq(sj_bpf_load(&bpf), SJ_ERR_LIMIT);
	/* Nothing has changed. */
	ck_assert_int_eq((int)syscall(DEED, 0, 0) >= 0, 1);
}
END_TEST

START_TEST(without_no_new_privs_the_kernel_refuses)
{
	sj_bpf_begin(&bpf, SECCOMP_RET_ALLOW);
	if (geteuid() != 0)
		ck_assert_int_eq(sj_bpf_load(&bpf), SJ_ERR_SYSTEM);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {a_call_has_the_fate_of_its_rule,
		what_no_rule_names_has_the_other_fate,
		one_of_several_rules_is_enough,
#ifdef __x86_64__
		numbers_of_another_machine_are_a_death,
#endif
		what_is_too_large_is_not_loaded,
		without_no_new_privs_the_kernel_refuses};
	const struct sj_suite_loop loops[] = {
		{arguments_are_tested, SJ_COUNT(rows)}};

	return sj_suite_run_loops(
		"base_bpf", tests, SJ_COUNT(tests), loops, SJ_COUNT(loops));
}
