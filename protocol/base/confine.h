/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * confine: takes from this process everything it does not need.
 *
 * Called after everything is open and before the first foreign byte is
 * read, while there is one thread: others are given five seconds to end, then
 * it fails. In this order: closes all other descriptors, drops uid, gid and
 * groups, drops all capabilities, no_new_privs, no core dumps, not ptraceable,
 * SIGPIPE ignored, Landlock (no file at all), memory and descriptor limits,
 * seccomp filter that kills the process. There is no way back. (A change of uid
 * clears PR_SET_PDEATHSIG: who has to die with its parent watches a pipe.)
 */
#ifndef SJ_PROTOCOL_BASE_CONFINE_H
#define SJ_PROTOCOL_BASE_CONFINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "protocol/base/attr.h"
#include "protocol/base/err.h"

/* Layers that a kernel may lack; configuration can name one as missing. */
enum sj_confine_layer {
	SJ_CONFINE_LANDLOCK = 1,
	SJ_CONFINE_SECCOMP = 2,
	SJ_CONFINE_CGROUP = 4 /* limits of a session: the supervisor's matter */
};

/*
 * What the seccomp filter lets through beyond the base set: read, pread64,
 * readv, write, writev, recvfrom, sendto without an address, poll, select and
 * epoll families, close, brk, anonymous mmap without PROT_EXEC, munmap,
 * mremap, mprotect without PROT_EXEC, madvise, futex, clock_gettime,
 * gettimeofday, time, restart_syscall, rt_sigreturn, rt_sigprocmask, getpid,
 * gettid, getrandom, exit, exit_group.
 */
enum sj_confine_allow {
	SJ_ALLOW_RECVMSG = 1,    /* recvmsg: messages and fds from ipc */
	SJ_ALLOW_SENDMSG = 2,    /* sendmsg: messages and fds to ipc */
	SJ_ALLOW_SHUTDOWN = 4,   /* shutdown */
	SJ_ALLOW_MAP_SHARED = 8, /* mmap of a given fd, without PROT_EXEC */
	SJ_ALLOW_SOCKOPT = 16,   /* getsockopt, setsockopt, ioctl(SIOCOUTQ,
				    FIONREAD, FIONBIO), fcntl(F_GETFL, F_SETFL,
				    F_GETFD, F_SETFD, F_GET_SEALS), fstat,
				    getpeername (LibVNCServer asks) */
	SJ_ALLOW_CONNECT = 32,   /* socket(AF_INET/6, SOCK_STREAM), connect,
				    accept4, getpeername (forwarder only) */
	SJ_ALLOW_SIGNALS = 64,   /* kill, wait4 (supervising helpers) */
	SJ_ALLOW_APPEND = 128    /* fdatasync, lseek, ftruncate, fallocate of
				    given fds */
};

struct sj_confine {
	const char *name;    /* thread name, shown by ps */
	uid_t uid;           /* (uid_t)-1: keep */
	gid_t gid;           /* (gid_t)-1: keep */
	const int *keep_fds; /* beside 0, 1, 2 */
	size_t keep_count;
	unsigned allow;            /* of enum sj_confine_allow */
	uint64_t memory_max_bytes; /* address space; 0: no limit */
	uint32_t fd_max;           /* descriptors; 0: highest kept + 1 */
	unsigned may_miss;         /* of enum sj_confine_layer */
};

/* Which of Landlock and seccomp this kernel lacks; of enum sj_confine_layer. */
SJ_MUST_USE unsigned sj_confine_missing(void);

/*
 * Applies spec. On failure returns SJ_ERR_SYSTEM, SJ_ERR_DENIED or
 * SJ_ERR_MISSING and writes to why (size bytes) which layer failed and what
 * to configure; the caller must then exit with SJ_EXIT_CONFINE.
 */
SJ_MUST_USE enum sj_err sj_confine(
	const struct sj_confine *spec, char *why, size_t size);

/* The same; what failed goes to the log. For programs. */
SJ_MUST_USE enum sj_err sj_confine_or_log(const struct sj_confine *spec);

#endif /* SJ_PROTOCOL_BASE_CONFINE_H */
