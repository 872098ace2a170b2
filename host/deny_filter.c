/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/deny_filter.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/syscall.h>

#include "protocol/base/bpf.h"

static const long denied[] = {
	/* the kernel itself */
	SYS_kexec_load,
	SYS_kexec_file_load,
	SYS_init_module,
	SYS_finit_module,
	SYS_delete_module,
	SYS_reboot,
	SYS_swapon,
	SYS_swapoff,
	SYS_acct,
	SYS_quotactl,
	SYS_quotactl_fd,
	SYS_nfsservctl,
	SYS_lookup_dcookie,
	SYS_syslog,
	SYS_vhangup,
	/* machinery with a history of holes that no browser needs */
	SYS_bpf,
	SYS_perf_event_open,
	SYS_userfaultfd,
	SYS_io_uring_setup,
	SYS_io_uring_enter,
	SYS_io_uring_register,
	SYS_fanotify_init,
	SYS_open_by_handle_at,
	SYS_add_key,
	SYS_request_key,
	SYS_keyctl,
	SYS_move_pages,
	SYS_migrate_pages,
	SYS_personality,
	/* other processes of the same uid */
	SYS_ptrace,
	SYS_process_vm_readv,
	SYS_process_vm_writev,
	SYS_process_madvise,
	SYS_pidfd_getfd,
	SYS_kcmp,
	/* the machine's clock */
	SYS_settimeofday,
	SYS_clock_settime,
	SYS_adjtimex,
	SYS_clock_adjtime,
#ifdef __x86_64__
	/* old doors of this machine */
	SYS_iopl,
	SYS_ioperm,
	SYS_modify_ldt,
	SYS_uselib,
	SYS_ustat,
	SYS_sysfs,
	SYS__sysctl,
#endif
};

enum sj_err sj_deny_filter_load(void)
{
	struct sj_bpf filter;
	enum sj_err err;

	sj_bpf_begin(&filter, SECCOMP_RET_ALLOW);
	for (size_t i = 0; i < SJ_COUNT(denied); i++)
		sj_bpf_add(&filter, denied[i], SECCOMP_RET_ERRNO | EPERM);
	err = sj_bpf_load(&filter);
	return err == SJ_ERR_SYSTEM && errno == EINVAL ? SJ_ERR_MISSING : err;
}
