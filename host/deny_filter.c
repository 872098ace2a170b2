/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/deny_filter.h"

#include <errno.h>
#include <seccomp.h>
#include <stddef.h>

static const int denied[] = {
	/* the kernel itself */
	SCMP_SYS(kexec_load),
	SCMP_SYS(kexec_file_load),
	SCMP_SYS(init_module),
	SCMP_SYS(finit_module),
	SCMP_SYS(delete_module),
	SCMP_SYS(reboot),
	SCMP_SYS(swapon),
	SCMP_SYS(swapoff),
	SCMP_SYS(acct),
	SCMP_SYS(quotactl),
	SCMP_SYS(quotactl_fd),
	SCMP_SYS(nfsservctl),
	SCMP_SYS(lookup_dcookie),
	SCMP_SYS(syslog),
	SCMP_SYS(iopl),
	SCMP_SYS(ioperm),
	SCMP_SYS(vhangup),
	/* machinery with a history of holes that no browser needs */
	SCMP_SYS(bpf),
	SCMP_SYS(perf_event_open),
	SCMP_SYS(userfaultfd),
	SCMP_SYS(io_uring_setup),
	SCMP_SYS(io_uring_enter),
	SCMP_SYS(io_uring_register),
	SCMP_SYS(fanotify_init),
	SCMP_SYS(open_by_handle_at),
	SCMP_SYS(add_key),
	SCMP_SYS(request_key),
	SCMP_SYS(keyctl),
	SCMP_SYS(move_pages),
	SCMP_SYS(migrate_pages),
	SCMP_SYS(modify_ldt),
	SCMP_SYS(personality),
	SCMP_SYS(uselib),
	SCMP_SYS(ustat),
	SCMP_SYS(sysfs),
	SCMP_SYS(_sysctl),
	/* other processes of the same uid */
	SCMP_SYS(ptrace),
	SCMP_SYS(process_vm_readv),
	SCMP_SYS(process_vm_writev),
	SCMP_SYS(process_madvise),
	SCMP_SYS(pidfd_getfd),
	SCMP_SYS(kcmp),
	/* the machine's clock */
	SCMP_SYS(settimeofday),
	SCMP_SYS(clock_settime),
	SCMP_SYS(adjtimex),
	SCMP_SYS(clock_adjtime),
};

enum sj_err sj_deny_filter_load(void)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	int status = 0;

	if (!filter)
		return SJ_ERR_MEMORY;
	for (size_t i = 0; i < SJ_COUNT(denied) && status == 0; i++) {
		/* A call that this architecture lacks cannot be made. */
		if (denied[i] < 0)
			continue;
		status = seccomp_rule_add(
			filter, SCMP_ACT_ERRNO(EPERM), denied[i], 0);
	}
	if (status == 0)
		status = seccomp_load(filter);
	seccomp_release(filter);
	if (status == 0)
		return SJ_OK;
	errno = -status;
	return status == -EINVAL ? SJ_ERR_MISSING : SJ_ERR_SYSTEM;
}
