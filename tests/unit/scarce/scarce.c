/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/scarce/scarce.h"

#include <check.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "protocol/base/clock.h"
#include "tests/unit/scarce/allocator.h"

#define CONTROL_FD 3
#define PATIENCE_MS 20000
#define FINDING 77 /* how a sanitiser ends a child */

#define OPEN __attribute__((visibility("default")))

/* What a child and the test see of each other. */
static struct sj_scarce_shared *shared;
static struct sj_scarce chosen;

const char *__asan_default_options(void) OPEN;

const char *__asan_default_options(void)
{
	return "exitcode=77:allocator_may_return_null=1";
}

/* What libraries of others leave when a process ends is theirs. */
const char *__lsan_default_suppressions(void) OPEN;

const char *__lsan_default_suppressions(void)
{
	return "leak:libcrypto\nleak:libssl\nleak:libvncclient\n"
	       "leak:libfontconfig\nleak:libpango\nleak:libglib\n"
	       "leak:libcairo\nleak:libzbar\n";
}
/* ---- children ---- */

static _Noreturn void be_program(int (*program)(void), int control_fd,
	int log_fd, const struct sj_scarce *scarce)
{
	int status;

	/* The suite's own handler would end the test. */
	(void)signal(SIGALRM, SIG_DFL);
	if (dup2(log_fd, STDERR_FILENO) < 0 ||
		dup2(control_fd, CONTROL_FD) < 0 ||
		syscall(SYS_close_range, CONTROL_FD + 1, ~0u, 0u) != 0)
		_exit(FINDING);
	if (scarce) {
		chosen = *scarce;
		sj_scarce_begin(scarce, shared);
	}
	status = program();
	/* What ./dev coverage writes at the exit takes memory, too. */
	sj_scarce_end();
	exit(status);
}

struct sj_scarce_child sj_scarce_start(
	int (*program)(void), int control_fd, const struct sj_scarce *scarce)
{
	struct sj_scarce_child child = {
		.log_fd = memfd_create("log", MFD_CLOEXEC)};

	ck_assert_int_ge(child.log_fd, 0);
	if (!shared)
		shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(shared, MAP_FAILED);
	if (scarce)
		memset(shared, 0, sizeof(*shared));
	child.pid = fork();
	ck_assert_int_ge(child.pid, 0);
	if (child.pid == 0)
		be_program(program, control_fd, child.log_fd, scarce);
	return child;
}

static void print_log(const struct sj_scarce_child *child)
{
	char text[4096];
	ssize_t got;
	off_t at = 0;

	while ((got = pread(child->log_fd, text, sizeof(text), at)) > 0) {
		(void)fwrite(text, 1, (size_t)got, stdout);
		at += got;
	}
	(void)fflush(stdout);
}

int sj_scarce_wait(struct sj_scarce_child *child, bool may_crash)
{
	uint64_t deadline_ms = sj_clock_ms() + PATIENCE_MS;
	int status = 0;
	pid_t ended = 0;
	bool is_clean;

	while (ended == 0 && sj_clock_ms() < deadline_ms) {
		ended = waitpid(child->pid, &status, WNOHANG);
		if (ended == 0)
			usleep(1000);
	}
	if (ended == 0) {
		(void)kill(child->pid, SIGKILL);
		(void)waitpid(child->pid, &status, 0);
	}
	is_clean = ended == child->pid &&
		   ((WIFEXITED(status) && WEXITSTATUS(status) != FINDING) ||
			   (WIFSIGNALED(status) && may_crash));
	if (!is_clean)
		print_log(child);
	close(child->log_fd);
	ck_assert_msg(is_clean, "status %d, in time %d, call %zu%s", status,
		ended != 0, chosen.index, chosen.is_onward ? " onward" : "");
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

bool sj_scarce_is_hit(void)
{
	return shared->is_hit;
}

/* ---- sweeps ---- */

static void sweep(const char *name, sj_scarce_fn *fn, size_t runs_max,
	struct sj_scarce_sum *sum)
{
	size_t step = sum->calls / runs_max + 1;

	if (getenv("SJ_SCARCE_ALL"))
		step = 1;
	for (size_t index = 1; index <= sum->calls; index += step) {
		for (int onward = 0; onward < 2; onward++) {
			const struct sj_scarce scarce = {index, onward == 1};

			chosen = scarce;
			sum->runs++;
			sum->whole += fn(&scarce) ? 1 : 0;
		}
	}
	(void)printf("%s: %zu calls, %zu runs with a refusal, %zu of them as "
		     "ever\n",
		name, sum->calls, sum->runs, sum->whole);
}

void sj_scarce_sweep(const char *name, sj_scarce_fn *fn, size_t runs_max)
{
	const struct sj_scarce none = {0, false};
	struct sj_scarce_sum sum = {0};

	ck_assert_msg(fn(&none), "%s: nothing refused, not as ever", name);
	sum.calls = shared->calls;
	ck_assert_uint_gt(sum.calls, 0);
	sweep(name, fn, runs_max, &sum);
}
