/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/guard/link_rig.h"

#include <check.h>
#include <string.h>
#include <unistd.h>

#include "guard/codes_ipc.h"
#include "guard/reach.h"
#include "protocol/base/clock.h"

/* The programs of one connection. */
struct link_rig links;

/* ---- what each says ---- */

struct sj_host_gate_message link_outer_message(
	enum sj_host_gate_message_type type)
{
	struct sj_host_gate_message message;

	memset(&message, 0, sizeof(message));
	message.type = (uint32_t)type;
	return message;
}

void link_say_user(void)
{
	struct sj_host_gate_message message =
		link_outer_message(SJ_HOST_GATE_USER);

	message.u.gate_user.role = SJ_HOST_ROLE_VIEWER;
	strcpy(message.u.gate_user.zone, "lgwan");
	strcpy(message.u.gate_user.name, "tanaka");
	rig_say(&links.outer, &message, sizeof(message));
}

void link_say_inner(enum sj_viewer_gate_message_type type, uint32_t reason)
{
	struct sj_viewer_gate_message message;

	memset(&message, 0, sizeof(message));
	message.type = (uint32_t)type;
	if (type == SJ_VIEWER_GATE_CLOSED)
		message.u.gate_closed.reason = reason;
	rig_say(&links.inner, &message, sizeof(message));
}

void link_say_core(uint32_t reason)
{
	struct sj_core_message message;

	memset(&message, 0, sizeof(message));
	message.type = SJ_CORE_CLOSED;
	message.u.closed.reason = reason;
	message.u.closed.counts.keys = 3;
	rig_say(&links.core, &message, sizeof(message));
}

/* The next message to the outer gate is this one. */
struct sj_host_gate_message link_expect_outer(
	enum sj_host_gate_message_type type, size_t fd_count)
{
	struct sj_host_gate_message message;
	struct sj_ipc_fds fds = {.count = 0};

	ck_assert(rig_hear(&links.outer, &message, sizeof(message), &fds));
	ck_assert_uint_eq(message.type, type);
	ck_assert_uint_eq(fds.count, fd_count);
	sj_ipc_close(&fds);
	return message;
}

struct sj_viewer_gate_message link_expect_inner(
	enum sj_viewer_gate_message_type type, size_t fd_count)
{
	struct sj_viewer_gate_message message;
	struct sj_ipc_fds fds = {.count = 0};

	ck_assert(rig_hear(&links.inner, &message, sizeof(message), &fds));
	ck_assert_uint_eq(message.type, type);
	ck_assert_uint_eq(fds.count, fd_count);
	sj_ipc_close(&fds);
	return message;
}

void link_expect_end(enum sj_reason reason)
{
	ck_assert_uint_eq(
		link_expect_outer(SJ_HOST_GATE_END, 0).u.reason, reason);
}

/* ---- steps ---- */

struct sj_host_gate_message link_begin(void)
{
	links.viewer_fd = rig_call();
	links.outer = rig_expect("shoji-host-gate");
	return link_expect_outer(SJ_HOST_GATE_START, 5);
}

struct sj_core_message link_start_core(size_t fd_count)
{
	struct sj_core_message message;
	struct sj_ipc_fds fds = {.count = 0};

	links.core = rig_expect("shoji-guard-core");
	ck_assert(rig_hear(&links.core, &message, sizeof(message), &fds));
	ck_assert_uint_eq(message.type, SJ_CORE_START);
	ck_assert_uint_eq(fds.count, fd_count);
	sj_ipc_close(&fds);
	return message;
}

/* Up to the programs behind the outer gate. */
struct sj_viewer_gate_message link_reach(void)
{
	struct sj_viewer_gate_message message;

	(void)link_begin();
	link_say_user();
	links.inner = rig_expect("shoji-viewer-gate");
	message = link_expect_inner(SJ_VIEWER_GATE_START, 7);
	if (rig.config.masks_codes) {
		struct sj_codes_start start;
		struct sj_ipc_fds fds = {.count = 0};

		links.codes = rig_expect("shoji-guard-codes");
		ck_assert(rig_hear(&links.codes, &start, sizeof(start), &fds));
		ck_assert_uint_eq(fds.count, 2);
		sj_ipc_close(&fds);
	}
	(void)link_start_core(rig.config.masks_codes ? 5 : 3);
	return message;
}

void link_join(void)
{
	(void)link_reach();
	link_say_inner(SJ_VIEWER_GATE_CONNECTED, 0);
	(void)link_expect_outer(SJ_HOST_GATE_ATTACH, 1);
}

/* The last words of the outer gate, and the end of all. */
void link_leave(enum sj_reason reason)
{
	struct sj_host_gate_message message =
		link_outer_message(SJ_HOST_GATE_CLOSED);

	message.u.gate_closed.reason = reason;
	rig_say(&links.outer, &message, sizeof(message));
	rig_drop(&links.outer);
}

void link_finish(void)
{
	if (links.outer.control_fd >= 0 && rig.guard.link_count > 0)
		link_leave(SJ_REASON_NONE);
	if (links.inner.control_fd >= 0)
		rig_drop(&links.inner);
	if (links.core.control_fd >= 0)
		rig_drop(&links.core);
	if (links.codes.control_fd >= 0)
		rig_drop(&links.codes);
	if (links.mark.control_fd >= 0)
		rig_drop(&links.mark);
	rig_await_links(0);
	close(links.viewer_fd);
	rig_close();
}

void link_set_up(void)
{
	const struct rig_child none = {-1, -1, 0};

	links = (struct link_rig){none, none, none, none, none, -1};
	rig_prepare();
}

size_t link_choice(void)
{
	return sj_reach_choose(&rig.guard, "tanaka", sj_clock_ms());
}

size_t link_set_up_two(void)
{
	link_set_up();
	rig.config.host_count = 2;
	rig.config.host[1] = rig.config.host[0];
	rig_open();
	return link_choice();
}
