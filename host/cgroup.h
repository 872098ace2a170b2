/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cgroup: memory and process limits of a session, v1 or v2.
 *
 * Whichever hierarchy of the machine has the controllers is used; each session
 * has one group, named after this shojid and the session's number. Limits are a
 * second wall: where they cannot be had, the start says so.
 */
#ifndef SJ_HOST_CGROUP_H
#define SJ_HOST_CGROUP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "protocol/base/attr.h"
#include "protocol/base/err.h"

#define SJ_CGROUP_PATH_BYTES 512

/* Folders that sessions' groups are made in; "" where there is none. */
struct sj_cgroup {
	bool is_v2;
	char memory[SJ_CGROUP_PATH_BYTES]; /* v2: both controllers */
	char pids[SJ_CGROUP_PATH_BYTES];
};

/*
 * Finds the hierarchies and removes groups that an earlier shojid left
 * behind. SJ_ERR_MISSING when there is none that can be used.
 */
SJ_MUST_USE enum sj_err sj_cgroup_open(struct sj_cgroup *cgroup);

/*
 * Makes the group of session number with its limits and moves pid there.
 * SJ_ERR_SYSTEM with errno on failure, nothing left behind.
 */
SJ_MUST_USE enum sj_err sj_cgroup_add(const struct sj_cgroup *cgroup,
	uint32_t number, pid_t pid, uint32_t memory_mib, uint32_t pids_max);

/* Removes the empty groups of all shojids that are not running any more. */
void sj_cgroup_remove_leftovers(const struct sj_cgroup *cgroup);

/* Removes the group of number; SJ_ERR_AGAIN while a process is in it. */
SJ_MUST_USE enum sj_err sj_cgroup_remove(
	const struct sj_cgroup *cgroup, uint32_t number);

/* Moves this process back where it was, if it was moved. */
void sj_cgroup_close(const struct sj_cgroup *cgroup);

#endif /* SJ_HOST_CGROUP_H */
