/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * link_rig: one connection through the supervisor of guard_rig, step by step.
 *
 * What does not come as it should fails the test.
 */
#ifndef SJ_TESTS_UNIT_GUARD_LINK_RIG_H
#define SJ_TESTS_UNIT_GUARD_LINK_RIG_H

#include "guard/core_ipc.h"
#include "protocol/base/reason.h"
#include "protocol/gate/host_gate_ipc.h"
#include "protocol/gate/viewer_gate_ipc.h"
#include "tests/unit/guard/guard_rig.h"

/* The programs of the connection; control_fd -1: let go, or never there. */
struct link_rig {
	struct rig_child outer, inner, core, mark, codes;
	int viewer_fd;
};

extern struct link_rig links;

/* A fresh rig_prepare; the test changes its configuration and opens it. */
void link_set_up(void);

/* The same, opened with two hosts; the one that "tanaka" is taken to. */
size_t link_set_up_two(void);

/* The one that "tanaka" would be taken to now. */
size_t link_choice(void);

/* A viewer calls; what its outer gate is told first. */
struct sj_host_gate_message link_begin(void);

/* Also up to the programs behind the outer gate; the inner one's START. */
struct sj_viewer_gate_message link_reach(void);

/* Also until the host has let the user in and all is joined. */
void link_join(void);

/* The core is started with so many descriptors; its START. */
struct sj_core_message link_start_core(size_t fd_count);

/* What the programs say. */
struct sj_host_gate_message link_outer_message(
	enum sj_host_gate_message_type type);
void link_say_user(void);
void link_say_inner(enum sj_viewer_gate_message_type type, uint32_t reason);
void link_say_core(uint32_t reason);

/* What they are told next, with so many descriptors. */
struct sj_host_gate_message link_expect_outer(
	enum sj_host_gate_message_type type, size_t fd_count);
struct sj_viewer_gate_message link_expect_inner(
	enum sj_viewer_gate_message_type type, size_t fd_count);

/* The outer gate is told the end. */
void link_expect_end(enum sj_reason reason);

/* The last words of the outer gate, and its end. */
void link_leave(enum sj_reason reason);

/* Lets everything end, and removes the rig. */
void link_finish(void);

#endif /* SJ_TESTS_UNIT_GUARD_LINK_RIG_H */
