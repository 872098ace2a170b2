/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/base/confine_filter.h"

#include <asm/ioctls.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <linux/sockios.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "protocol/base/bpf.h"
#include "protocol/base/confine.h"

/* Calls allowed with any arguments. */
static const long base_calls[] = {
	SYS_read,
	SYS_pread64,
	SYS_readv,
	SYS_write,
	SYS_writev,
	SYS_recvfrom,
	SYS_ppoll,
	SYS_pselect6,
	SYS_epoll_ctl,
	SYS_epoll_pwait,
	SYS_close,
	SYS_brk,
	SYS_munmap,
	SYS_mremap,
	SYS_madvise,
	SYS_futex,
	SYS_clock_gettime,
	SYS_gettimeofday,
	SYS_restart_syscall,
	SYS_rt_sigreturn,
	SYS_rt_sigprocmask,
	SYS_getpid,
	SYS_gettid,
	SYS_getrandom,
	SYS_exit,
	SYS_exit_group,
#ifdef __x86_64__
	SYS_poll,
	SYS_select,
	SYS_epoll_wait,
	SYS_time,
#endif
};

static const long sockopt_calls[] = {
	SYS_getsockopt, SYS_setsockopt, SYS_fstat, SYS_getpeername};
static const long connect_calls[] = {SYS_connect, SYS_accept4, SYS_getpeername};
static const long signal_calls[] = {SYS_kill, SYS_wait4};
static const long append_calls[] = {
	SYS_fdatasync, SYS_lseek, SYS_ftruncate, SYS_fallocate};
static const long recvmsg_calls[] = {SYS_recvmsg};
static const long sendmsg_calls[] = {SYS_sendmsg};
static const long shutdown_calls[] = {SYS_shutdown};

#ifdef SJ_SANITIZED
/* What the runtimes of the sanitisers do beside; never in what ships. */
static const long sanitizer_calls[] = {SYS_mmap, SYS_mprotect, SYS_rt_sigaction,
	SYS_sigaltstack, SYS_openat, SYS_readlink, SYS_newfstatat, SYS_lseek,
	SYS_sched_yield, SYS_sched_getaffinity, SYS_getrlimit, SYS_prlimit64,
	SYS_prctl, SYS_tgkill, SYS_set_robust_list, SYS_getppid};
#endif

static const int fcntl_commands[] = {
	F_GETFL, F_SETFL, F_GETFD, F_SETFD, F_GET_SEALS};
/* SIOCOUTQ is TIOCOUTQ. */
static const int ioctl_commands[] = {SIOCOUTQ, FIONREAD, FIONBIO};

#define ALL UINT64_MAX
#define LOW UINT32_MAX

static void allow_calls(struct sj_bpf *filter, const long *calls, size_t count)
{
	for (size_t i = 0; i < count; i++)
		sj_bpf_add(filter, calls[i], SECCOMP_RET_ALLOW);
}

/* call is allowed when the low 32 bits of argument are value. */
static void allow_value(
	struct sj_bpf *filter, long call, unsigned argument, unsigned value)
{
	const struct sj_bpf_test test = {argument, LOW, value};

	sj_bpf_add_if(filter, call, SECCOMP_RET_ALLOW, &test, 1);
}

static void allow_memory(struct sj_bpf *filter, bool is_mapping_fds)
{
	const struct sj_bpf_test tests[] = {
		{2, PROT_EXEC, 0}, {3, MAP_ANONYMOUS, MAP_ANONYMOUS}};

	sj_bpf_add_if(filter, SYS_mprotect, SECCOMP_RET_ALLOW, tests, 1);
	sj_bpf_add_if(filter, SYS_mmap, SECCOMP_RET_ALLOW, tests,
		is_mapping_fds ? 1 : SJ_COUNT(tests));
}

static void allow_sockopt(struct sj_bpf *filter)
{
	for (size_t i = 0; i < SJ_COUNT(fcntl_commands); i++)
		allow_value(filter, SYS_fcntl, 1, (unsigned)fcntl_commands[i]);
	for (size_t i = 0; i < SJ_COUNT(ioctl_commands); i++)
		allow_value(filter, SYS_ioctl, 1, (unsigned)ioctl_commands[i]);
	allow_calls(filter, sockopt_calls, SJ_COUNT(sockopt_calls));
}

static void allow_connect(struct sj_bpf *filter)
{
	const uint64_t flags = SOCK_CLOEXEC | SOCK_NONBLOCK;
	const uint64_t families[] = {AF_INET, AF_INET6};

	for (size_t i = 0; i < SJ_COUNT(families); i++) {
		const struct sj_bpf_test tests[] = {
			{0, LOW, families[i]}, {1, LOW & ~flags, SOCK_STREAM}};

		sj_bpf_add_if(filter, SYS_socket, SECCOMP_RET_ALLOW, tests,
			SJ_COUNT(tests));
	}
	allow_calls(filter, connect_calls, SJ_COUNT(connect_calls));
}

static void allow_base(struct sj_bpf *filter, unsigned allow)
{
	/* send() on a connected socket; another address is not given. */
	const struct sj_bpf_test no_address = {4, ALL, 0};

#ifdef SJ_SANITIZED
	allow_calls(filter, sanitizer_calls, SJ_COUNT(sanitizer_calls));
#endif
	allow_calls(filter, base_calls, SJ_COUNT(base_calls));
	sj_bpf_add_if(filter, SYS_sendto, SECCOMP_RET_ALLOW, &no_address, 1);
	allow_memory(filter, (allow & SJ_ALLOW_MAP_SHARED) != 0);
}

static void allow_extras(struct sj_bpf *filter, unsigned allow)
{
	const struct {
		unsigned bit;
		const long *calls;
		size_t count;
	} extras[] = {
		{SJ_ALLOW_RECVMSG, recvmsg_calls, SJ_COUNT(recvmsg_calls)},
		{SJ_ALLOW_SENDMSG, sendmsg_calls, SJ_COUNT(sendmsg_calls)},
		{SJ_ALLOW_SHUTDOWN, shutdown_calls, SJ_COUNT(shutdown_calls)},
		{SJ_ALLOW_SIGNALS, signal_calls, SJ_COUNT(signal_calls)},
		{SJ_ALLOW_APPEND, append_calls, SJ_COUNT(append_calls)},
	};

	for (size_t i = 0; i < SJ_COUNT(extras); i++)
		if ((allow & extras[i].bit) != 0)
			allow_calls(filter, extras[i].calls, extras[i].count);
	if ((allow & SJ_ALLOW_SOCKOPT) != 0)
		allow_sockopt(filter);
	if ((allow & SJ_ALLOW_CONNECT) != 0)
		allow_connect(filter);
}

bool sj_confine_filter_is_there(void)
{
	return prctl(PR_GET_SECCOMP, 0, 0, 0, 0) >= 0 || errno != EINVAL;
}

enum sj_err sj_confine_filter(unsigned allow)
{
	struct sj_bpf filter;

	if (!sj_confine_filter_is_there())
		return SJ_ERR_MISSING;
	sj_bpf_begin(&filter, SECCOMP_RET_KILL_PROCESS);
	allow_base(&filter, allow);
	allow_extras(&filter, allow);
	errno = EINVAL;
	return sj_bpf_load(&filter);
}
