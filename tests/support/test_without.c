/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test-without LAYER PROGRAM...: runs PROGRAM as on a kernel that lacks
 * landlock or seccomp (filters; asked for, they are not there). Never
 * installed.
 */
#include <errno.h>
#include <seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

static int hide(scmp_filter_ctx filter, const char *layer)
{
	if (strcmp(layer, "landlock") == 0)
		return seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS),
			SCMP_SYS(landlock_create_ruleset), 0);
	if (strcmp(layer, "seccomp") == 0)
		return seccomp_rule_add(filter, SCMP_ACT_ERRNO(EINVAL),
			SCMP_SYS(prctl), 1,
			SCMP_A0(SCMP_CMP_EQ, PR_GET_SECCOMP, 0));
	return -EINVAL;
}

int main(int argc, char **argv)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);

	if (argc < 3 || !filter || hide(filter, argv[1]) != 0 ||
		seccomp_load(filter) != 0) {
		(void)fprintf(stderr, "test-without: not possible\n");
		return 1;
	}
	seccomp_release(filter);
	(void)execvp(argv[2], argv + 2);
	perror(argv[2]);
	return 1;
}
