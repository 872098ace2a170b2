/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/base/confine_filter.h"

#include <asm/ioctls.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <seccomp.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "protocol/base/confine.h"

/* Calls allowed with any arguments. */
static const int base_calls[] = {
	SCMP_SYS(read),
	SCMP_SYS(pread64),
	SCMP_SYS(readv),
	SCMP_SYS(write),
	SCMP_SYS(writev),
	SCMP_SYS(recvfrom),
	SCMP_SYS(poll),
	SCMP_SYS(ppoll),
	SCMP_SYS(select),
	SCMP_SYS(pselect6),
	SCMP_SYS(epoll_ctl),
	SCMP_SYS(epoll_wait),
	SCMP_SYS(epoll_pwait),
	SCMP_SYS(close),
	SCMP_SYS(brk),
	SCMP_SYS(munmap),
	SCMP_SYS(mremap),
	SCMP_SYS(madvise),
	SCMP_SYS(futex),
	SCMP_SYS(clock_gettime),
	SCMP_SYS(gettimeofday),
	SCMP_SYS(time),
	SCMP_SYS(restart_syscall),
	SCMP_SYS(rt_sigreturn),
	SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(getpid),
	SCMP_SYS(gettid),
	SCMP_SYS(getrandom),
	SCMP_SYS(exit),
	SCMP_SYS(exit_group),
};

static const int sockopt_calls[] = {SCMP_SYS(getsockopt), SCMP_SYS(setsockopt),
	SCMP_SYS(fstat), SCMP_SYS(getpeername)};
static const int connect_calls[] = {
	SCMP_SYS(connect), SCMP_SYS(accept4), SCMP_SYS(getpeername)};
static const int signal_calls[] = {SCMP_SYS(kill), SCMP_SYS(wait4)};
static const int append_calls[] = {SCMP_SYS(fdatasync), SCMP_SYS(lseek),
	SCMP_SYS(ftruncate), SCMP_SYS(fallocate)};
static const int recvmsg_calls[] = {SCMP_SYS(recvmsg)};
static const int sendmsg_calls[] = {SCMP_SYS(sendmsg)};
static const int shutdown_calls[] = {SCMP_SYS(shutdown)};

#ifdef SJ_SANITIZED
/* What the runtimes of the sanitisers do beside; never in what ships. */
static const int sanitizer_calls[] = {SCMP_SYS(mmap), SCMP_SYS(mprotect),
	SCMP_SYS(rt_sigaction), SCMP_SYS(sigaltstack), SCMP_SYS(openat),
	SCMP_SYS(readlink), SCMP_SYS(newfstatat), SCMP_SYS(lseek),
	SCMP_SYS(sched_yield), SCMP_SYS(sched_getaffinity), SCMP_SYS(getrlimit),
	SCMP_SYS(prlimit64), SCMP_SYS(prctl), SCMP_SYS(tgkill),
	SCMP_SYS(set_robust_list), SCMP_SYS(getppid)};
#endif

static const int fcntl_commands[] = {
	F_GETFL, F_SETFL, F_GETFD, F_SETFD, F_GET_SEALS};
/* SIOCOUTQ is TIOCOUTQ. */
static const int ioctl_commands[] = {SIOCOUTQ, FIONREAD, FIONBIO};

static bool allow_calls(scmp_filter_ctx filter, const int *calls, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		int result =
			seccomp_rule_add(filter, SCMP_ACT_ALLOW, calls[i], 0);

		/* Machines without such a call need no rule for it. */
		if (result != 0 && result != -EDOM)
			return false;
	}
	return true;
}

/* call is allowed when the low 32 bits of argument are value. */
static bool allow_value(
	scmp_filter_ctx filter, int call, unsigned argument, unsigned value)
{
	return seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 1,
		       SCMP_CMP(argument, SCMP_CMP_MASKED_EQ, 0xffffffff,
			       value)) == 0;
}

static bool allow_memory(scmp_filter_ctx filter, bool is_mapping_fds)
{
	const struct scmp_arg_cmp no_code =
		SCMP_CMP(2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0);
	const struct scmp_arg_cmp anonymous =
		SCMP_CMP(3, SCMP_CMP_MASKED_EQ, MAP_ANONYMOUS, MAP_ANONYMOUS);

	if (seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1,
		    no_code) != 0)
		return false;
	if (is_mapping_fds)
		return seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap),
			       1, no_code) == 0;
	return seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 2,
		       no_code, anonymous) == 0;
}

static bool allow_sockopt(scmp_filter_ctx filter)
{
	for (size_t i = 0; i < SJ_COUNT(fcntl_commands); i++)
		if (!allow_value(filter, SCMP_SYS(fcntl), 1,
			    (unsigned)fcntl_commands[i]))
			return false;
	for (size_t i = 0; i < SJ_COUNT(ioctl_commands); i++)
		if (!allow_value(filter, SCMP_SYS(ioctl), 1,
			    (unsigned)ioctl_commands[i]))
			return false;
	return allow_calls(filter, sockopt_calls, SJ_COUNT(sockopt_calls));
}

static bool allow_connect(scmp_filter_ctx filter)
{
	const unsigned flags = SOCK_CLOEXEC | SOCK_NONBLOCK;
	const unsigned families[] = {AF_INET, AF_INET6};

	for (size_t i = 0; i < SJ_COUNT(families); i++)
		if (seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(socket),
			    2,
			    SCMP_CMP(0, SCMP_CMP_MASKED_EQ, 0xffffffff,
				    families[i]),
			    SCMP_CMP(1, SCMP_CMP_MASKED_EQ, 0xffffffff & ~flags,
				    SOCK_STREAM)) != 0)
			return false;
	return allow_calls(filter, connect_calls, SJ_COUNT(connect_calls));
}

static bool allow_base(scmp_filter_ctx filter, unsigned allow)
{
#ifdef SJ_SANITIZED
	if (!allow_calls(filter, sanitizer_calls, SJ_COUNT(sanitizer_calls)))
		return false;
#endif
	/* send() on a connected socket; another address is not given. */
	return seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(sendto), 1,
		       SCMP_CMP(4, SCMP_CMP_EQ, 0, 0)) == 0 &&
	       allow_calls(filter, base_calls, SJ_COUNT(base_calls)) &&
	       allow_memory(filter, (allow & SJ_ALLOW_MAP_SHARED) != 0);
}

static bool allow_extras(scmp_filter_ctx filter, unsigned allow)
{
	const struct {
		unsigned bit;
		const int *calls;
		size_t count;
	} extras[] = {
		{SJ_ALLOW_RECVMSG, recvmsg_calls, SJ_COUNT(recvmsg_calls)},
		{SJ_ALLOW_SENDMSG, sendmsg_calls, SJ_COUNT(sendmsg_calls)},
		{SJ_ALLOW_SHUTDOWN, shutdown_calls, SJ_COUNT(shutdown_calls)},
		{SJ_ALLOW_SIGNALS, signal_calls, SJ_COUNT(signal_calls)},
		{SJ_ALLOW_APPEND, append_calls, SJ_COUNT(append_calls)},
	};

	for (size_t i = 0; i < SJ_COUNT(extras); i++)
		if ((allow & extras[i].bit) != 0 &&
			!allow_calls(filter, extras[i].calls, extras[i].count))
			return false;
	if ((allow & SJ_ALLOW_SOCKOPT) != 0 && !allow_sockopt(filter))
		return false;
	return (allow & SJ_ALLOW_CONNECT) == 0 || allow_connect(filter);
}

bool sj_confine_filter_is_there(void)
{
	return prctl(PR_GET_SECCOMP, 0, 0, 0, 0) >= 0 || errno != EINVAL;
}

enum sj_err sj_confine_filter(unsigned allow)
{
	scmp_filter_ctx filter;
	enum sj_err err = SJ_OK;
	int result;

	if (!sj_confine_filter_is_there())
		return SJ_ERR_MISSING;
	filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
	if (!filter)
		return SJ_ERR_MEMORY;
	result = seccomp_attr_set(
		filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
	if (result == 0)
		result = seccomp_attr_set(filter, SCMP_FLTATR_API_SYSRAWRC, 1);
	errno = EINVAL;
	if (result != 0 || !allow_base(filter, allow) ||
		!allow_extras(filter, allow)) {
		err = SJ_ERR_SYSTEM;
	} else {
		result = seccomp_load(filter);
		if (result != 0) {
			errno = -result;
			err = SJ_ERR_SYSTEM;
		}
	}
	seccomp_release(filter);
	return err;
}
