/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/base/confine_landlock.h"

#include <errno.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "protocol/base/confine.h"

/*
 * The kernel's interface in our own words: the headers of Debian 12 know
 * only its second version (of at least six).
 */
struct ruleset {
	uint64_t files;   /* version 1 */
	uint64_t network; /* version 4 */
	uint64_t scoped;  /* version 6 */
};

#define ASK_VERSION 1u
#define NET_BIND_TCP (UINT64_C(1) << 0)
#define NET_CONNECT_TCP (UINT64_C(1) << 1)
#define SCOPE_ABSTRACT_SOCKET (UINT64_C(1) << 0)
#define SCOPE_SIGNAL (UINT64_C(1) << 1)

/* All file rights that a version handles: low bits, one more per step. */
static uint64_t all_file_rights(long version)
{
	unsigned bits = 13; /* version 1: execute to make_sym */

	if (version >= 2)
		bits = 14; /* refer */
	if (version >= 3)
		bits = 15; /* truncate */
	if (version >= 5)
		bits = 16; /* ioctl on devices */
	return (UINT64_C(1) << bits) - 1;
}

static struct ruleset ruleset_of(long version, unsigned allow)
{
	struct ruleset rules = {.files = all_file_rights(version)};

	if (version >= 4) {
		rules.network = NET_BIND_TCP;
		if ((allow & SJ_ALLOW_CONNECT) == 0)
			rules.network |= NET_CONNECT_TCP;
	}
	if (version >= 6) {
		rules.scoped = SCOPE_ABSTRACT_SOCKET;
		/* Helpers that run already are outside of the new domain. */
		if ((allow & SJ_ALLOW_SIGNALS) == 0)
			rules.scoped |= SCOPE_SIGNAL;
	}
	return rules;
}

static size_t ruleset_size(long version)
{
	if (version >= 6)
		return sizeof(struct ruleset);
	return version >= 4 ? 2 * sizeof(uint64_t) : sizeof(uint64_t);
}

static long find_version(void)
{
	return syscall(
		SYS_landlock_create_ruleset, NULL, (size_t)0, ASK_VERSION);
}

bool sj_confine_landlock_is_there(void)
{
	return find_version() >= 1 || (errno != ENOSYS && errno != EOPNOTSUPP);
}

enum sj_err sj_confine_landlock(unsigned allow)
{
	long version = find_version();
	struct ruleset rules;
	long fd, result;
	int saved;

	if (version < 1)
		return errno == ENOSYS || errno == EOPNOTSUPP ? SJ_ERR_MISSING
							      : SJ_ERR_SYSTEM;
	rules = ruleset_of(version, allow);
	fd = syscall(
		SYS_landlock_create_ruleset, &rules, ruleset_size(version), 0u);
	if (fd < 0)
		return SJ_ERR_SYSTEM;
	result = syscall(SYS_landlock_restrict_self, (int)fd, 0u);
	saved = errno;
	close((int)fd);
	errno = saved;
	return result == 0 ? SJ_OK : SJ_ERR_SYSTEM;
}
