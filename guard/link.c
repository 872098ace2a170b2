/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "guard/link.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "guard/enter.h"
#include "guard/link_end.h"
#include "guard/link_report.h"
#include "guard/link_start.h"
#include "guard/mark_ipc.h"
#include "guard/misses.h"
#include "guard/reach.h"
#include "protocol/base/clock.h"
#include "protocol/base/ipc.h"
#include "protocol/base/log.h"
#include "protocol/supervise/user_name.h"

/* A gate keeps its own times; this is for one that does not. */
#define GREETING_MS ((uint64_t)SJ_LIMIT_HANDSHAKE_MS * 3)
/* A little before the outer gate, which has no word for it. */
#define REACHING_MS (SJ_LIMIT_SESSION_START_MS - 3000)
#define ENDING_MS 8000
#define LEAVING_MS 3000

/* ---- the end ---- */

static void forget_child(struct sj_link *link, struct sj_child *child)
{
	if (child->id != 0)
		sj_loop_remove(link->guard->loop, child->control_fd);
	sj_children_let_end(link->guard->children, child);
}

static void kill_child(struct sj_link *link, struct sj_child *child)
{
	if (child->id != 0)
		sj_loop_remove(link->guard->loop, child->control_fd);
	sj_children_kill(link->guard->children, child);
}

static void remove_link(struct sj_link *link)
{
	struct sj_guard *guard = link->guard;
	struct sj_link **at = &guard->links;

	while (*at != link)
		at = &(*at)->next;
	*at = link->next;
	guard->link_count--;
	sj_link_report(link);
	sj_keeping_closed(link);
	kill_child(link, &link->outer);
	kill_child(link, &link->inner);
	kill_child(link, &link->core);
	kill_child(link, &link->mark);
	kill_child(link, &link->codes);
	if (link->mark_fd >= 0)
		close(link->mark_fd);
	if (link->outer_stream_fd >= 0)
		close(link->outer_stream_fd);
	free(link);
}

/* One process of link is gone. The others have a moment to say what they have
 * to; with the last one link goes, too. */
static void forget(struct sj_link *link, struct sj_child *child)
{
	forget_child(link, child);
	if (link->outer.id == 0 && link->inner.id == 0 && link->core.id == 0 &&
		link->mark.id == 0 && link->codes.id == 0)
		remove_link(link);
}

/* The viewer has left: no word will reach it. */
static void outer_gone(struct sj_link *link)
{
	const struct sj_viewer_gate_message end = {.type = SJ_VIEWER_GATE_END};

	/* Not one that has refused its viewer, or was killed. */
	if (link->has_outer_closed &&
		(link->outer_closed.reason == SJ_REASON_CLOSED ||
			link->outer_closed.reason == SJ_REASON_IO))
		sj_link_end_left(link);
	link->state = SJ_LINK_ENDING;
	link->deadline_ms = sj_clock_ms() + LEAVING_MS;
	if (link->outer_stream_fd >= 0)
		close(link->outer_stream_fd);
	link->outer_stream_fd = -1;
	/* The inner gate releases what is held and says goodbye. */
	if (link->inner.id != 0 && sj_ipc_send(link->inner.control_fd, &end,
					   sizeof(end), NULL) != SJ_OK)
		sj_log(SJ_LOG_DEBUG, "inner number=%llu error=\"gone\"",
			(unsigned long long)link->number);
	forget(link, &link->outer);
}

/* The first cause counts; the outer gate has a moment to say it. */
static void end_link(struct sj_link *link, enum sj_reason reason)
{
	struct sj_host_gate_message message = {.type = SJ_HOST_GATE_END};

	if (link->state == SJ_LINK_ENDING || link->has_viewer_left)
		return;
	link->reason = reason;
	message.u.reason = (uint32_t)sj_link_end_word(link, reason);
	link->state = SJ_LINK_ENDING;
	link->deadline_ms = sj_clock_ms() + ENDING_MS;
	/* A gate that does not listen ends with its socket. */
	if (sj_ipc_send(link->outer.control_fd, &message, sizeof(message),
		    NULL) != SJ_OK)
		sj_log(SJ_LOG_WARNING, "outer number=%llu error=\"gone\"",
			(unsigned long long)link->number);
}

/* The stream of the outer gate is over: it says itself why, or is late. */
static void await_outer(struct sj_link *link)
{
	if (link->state == SJ_LINK_ENDING || link->outer.id == 0)
		return;
	link->has_viewer_left = true;
	link->deadline_ms = sj_clock_ms() + ENDING_MS;
}

void sj_links_end_all(struct sj_guard *guard, enum sj_reason reason)
{
	for (struct sj_link *link = guard->links; link; link = link->next)
		end_link(link, reason);
}

void sj_links_drop_all(struct sj_guard *guard)
{
	while (guard->links)
		remove_link(guard->links);
}

/* Whose time is over: the host, the outer gate, or what it has left. */
static void be_late(struct sj_link *link)
{
	sj_log(SJ_LOG_WARNING, "late number=%llu state=%d",
		(unsigned long long)link->number, (int)link->state);
	if (link->state == SJ_LINK_REACHING && !link->has_viewer_left) {
		end_link(link, SJ_REASON_TIMEOUT_HANDSHAKE);
		return;
	}
	link->deadline_ms = UINT64_MAX;
	/* Its end comes back by its socket. */
	if (link->outer.id != 0)
		sj_children_signal(
			link->guard->children, &link->outer, SIGKILL);
	else
		remove_link(link);
}

/* ---- the core ---- */

static void core_readable(void *self, int fd)
{
	struct sj_link *link = self;
	struct sj_core_message message;
	enum sj_err err = sj_ipc_receive(fd, &message, sizeof(message), NULL);
	enum sj_reason reason = SJ_REASON_AGENT_GONE;

	if (err == SJ_ERR_AGAIN)
		return;
	if (err == SJ_OK && message.type == SJ_CORE_ALIVE) {
		sj_pulse_hear(&link->core.pulse);
		return;
	}
	if (err == SJ_OK && message.type == SJ_CORE_CLOSED &&
		sj_reason_is_known(message.u.closed.reason)) {
		link->core_closed = message.u.closed;
		link->has_core_closed = true;
		return;
	}
	if (link->has_core_closed)
		reason = (enum sj_reason)link->core_closed.reason;
	/* That a gate is gone is said better by itself. */
	if (reason == SJ_REASON_CLOSED || reason == SJ_REASON_IO)
		await_outer(link);
	else if (reason != SJ_REASON_AGENT_GONE || link->inner.id == 0 ||
		 !link->has_core_closed)
		end_link(link, reason);
	forget(link, &link->core);
}

/* ---- several logins of one user ---- */

/* Two at one host are the host's matter, once both are there. */
static void take_over(struct sj_link *link)
{
	const struct sj_viewer_gate_message end = {.type = SJ_VIEWER_GATE_END};

	for (struct sj_link *other = link->guard->links; other;
		other = other->next) {
		if (!sj_link_is_same_user(link, other) ||
			other->has_viewer_left ||
			(other->state == SJ_LINK_JOINED &&
				other->host == link->host))
			continue;
		other->is_waiting = false;
		sj_link_end_left(other);
		end_link(other, SJ_REASON_END_TAKEN_OVER);
		/* At once, or it would take the host's session back. */
		if (other->inner.id != 0 &&
			sj_ipc_send(other->inner.control_fd, &end, sizeof(end),
				NULL) != SJ_OK)
			sj_log(SJ_LOG_DEBUG, "inner number=%llu error=\"gone\"",
				(unsigned long long)other->number);
	}
}

/* ---- the inner gate ---- */

static void inner_gone(struct sj_link *link)
{
	enum sj_reason reason = SJ_REASON_AGENT_GONE;

	if (link->has_inner_closed)
		reason = (enum sj_reason)link->inner_closed.reason;
	/* Before ServerInit a host has no word for it. */
	if (link->state == SJ_LINK_REACHING && link->is_host_proven &&
		(reason == SJ_REASON_CLOSED || reason == SJ_REASON_IO) &&
		sj_link_has_newer(link))
		reason = SJ_REASON_END_TAKEN_OVER;
	/* That the core is gone is said better by itself, or it is late. */
	if (reason != SJ_REASON_DECODER_GONE || link->core.id == 0)
		end_link(link, reason);
	else if (link->state == SJ_LINK_JOINED)
		link->deadline_ms = sj_clock_ms() + ENDING_MS;
	forget(link, &link->inner);
}

/* The host has let the user in: the viewer's handshake goes on. */
static void join(struct sj_link *link)
{
	const struct sj_viewer_gate_message go = {.type = SJ_VIEWER_GATE_GO};
	struct sj_host_gate_message message = {.type = SJ_HOST_GATE_ATTACH};
	struct sj_ipc_fds fds = {.fd = {link->outer_stream_fd}, .count = 1};

	if (link->state != SJ_LINK_REACHING)
		return;
	/* Where a ledger is kept the inner gate waits for this. */
	if (link->inner_ticket != 0 && sj_ipc_send(link->inner.control_fd, &go,
					       sizeof(go), NULL) != SJ_OK)
		return; /* its end is seen by its socket */
	if (sj_ipc_send(link->outer.control_fd, &message, sizeof(message),
		    &fds) != SJ_OK) {
		end_link(link, SJ_REASON_LOCAL);
		return;
	}
	close(link->outer_stream_fd);
	link->outer_stream_fd = -1;
	link->state = SJ_LINK_JOINED;
	link->deadline_ms = UINT64_MAX;
	sj_misses_forget(&link->guard->misses, link->user.name, link->host);
	sj_log(SJ_LOG_INFO, "join number=%llu host=%zu address=%s port=%u",
		(unsigned long long)link->number, link->host,
		link->guard->config->host[link->host].address,
		link->guard->config->host[link->host].port);
}

/* More often than once it is no word of a gate, and no record. */
static void inner_connected(
	struct sj_link *link, struct sj_viewer_gate_message *message)
{
	bool is_first = !link->has_connected;

	link->has_connected = true;
	if (is_first && sj_keeping_inner(link, &message->u.gate_connected))
		join(link);
	explicit_bzero(message, sizeof(*message));
}

static void inner_readable(void *self, int fd)
{
	struct sj_link *link = self;
	struct sj_viewer_gate_message message;
	enum sj_err err = sj_ipc_receive(fd, &message, sizeof(message), NULL);

	if (err == SJ_ERR_AGAIN)
		return;
	if (err == SJ_OK && message.type == SJ_VIEWER_GATE_CONNECTED) {
		inner_connected(link, &message);
	} else if (err == SJ_OK && message.type == SJ_VIEWER_GATE_PROVEN) {
		link->is_host_proven = true;
	} else if (err == SJ_OK && message.type == SJ_VIEWER_GATE_ALIVE) {
		sj_pulse_hear(&link->inner.pulse);
	} else if (err == SJ_OK && message.type == SJ_VIEWER_GATE_CLOSED &&
		   sj_reason_is_known(message.u.gate_closed.reason)) {
		link->inner_closed = message.u.gate_closed;
		link->has_inner_closed = true;
	} else {
		inner_gone(link);
	}
}

/* ---- the search for codes ---- */

/* It says nothing here but its end. A core that lives sees that, too, lets
 * nothing out any more, and says so. */
static void codes_readable(void *self, int fd)
{
	struct sj_link *link = self;

	(void)fd;
	if (link->core.id == 0)
		end_link(link, SJ_REASON_LOCAL);
	forget(link, &link->codes);
}

/* ---- the watermark ---- */

static void call(struct sj_link *link)
{
	const struct sj_link_inside_fns fns = {.inner = inner_readable,
		.core = core_readable,
		.codes = codes_readable};

	link->called_ms = sj_clock_ms();
	if (sj_link_start_inside(link, &fns) != SJ_OK)
		end_link(link, SJ_REASON_UNREACHABLE);
	/* The core has it now. */
	if (link->mark_fd >= 0)
		close(link->mark_fd);
	link->mark_fd = -1;
}

static bool may_call(struct sj_link *link, uint64_t now_ms)
{
	if (!link->is_waiting || link->state != SJ_LINK_REACHING ||
		link->has_viewer_left)
		return false;
	/* The first one may have been found out meanwhile. */
	link->host = sj_reach_choose(link->guard, link->user.name, now_ms);
	return sj_reach_has_room(link->guard, link->host);
}

/* Who has waited longest is first; the others wait for it. */
static struct sj_link *next_waiting(struct sj_guard *guard)
{
	const uint64_t now_ms = sj_clock_ms();
	struct sj_link *first = NULL;

	for (struct sj_link *link = guard->links; link; link = link->next)
		if (may_call(link, now_ms) &&
			(!first || link->number < first->number))
			first = link;
	return first;
}

static void call_waiting(struct sj_guard *guard)
{
	struct sj_link *link = next_waiting(guard);

	for (; link; link = next_waiting(guard)) {
		link->is_waiting = false;
		call(link);
	}
}

static void reach(struct sj_link *link)
{
	link->is_waiting = true;
	call_waiting(link->guard);
}

/* What does not say that it lives is killed; its end is seen by its socket. */
static void kill_hung(struct sj_link *link)
{
	const struct {
		struct sj_child *child;
		enum sj_guard_program program;
	} all[] = {{&link->outer, SJ_GUARD_OUTER},
		{&link->inner, SJ_GUARD_INNER}, {&link->core, SJ_GUARD_CORE}};

	for (size_t i = 0; i < SJ_COUNT(all); i++) {
		if (all[i].child->id == 0 ||
			!sj_pulse_is_gone(&all[i].child->pulse,
				SJ_LIMIT_PULSES_MISSED,
				all[i].child->control_fd))
			continue;
		sj_log(SJ_LOG_ERROR, "hung number=%llu program=%s",
			(unsigned long long)link->number,
			sj_guard_program_name(all[i].program));
		sj_children_signal(
			link->guard->children, all[i].child, SIGKILL);
	}
}

uint64_t sj_links_tick(struct sj_guard *guard, uint64_t now_ms)
{
	const bool is_turn = now_ms >= guard->pulse_ms;
	uint64_t next_ms = UINT64_MAX;
	struct sj_link *next;

	call_waiting(guard);
	if (is_turn)
		guard->pulse_ms = now_ms + SJ_LIMIT_PULSE_MS;
	if (guard->links)
		next_ms = guard->pulse_ms;
	for (struct sj_link *link = guard->links; link; link = next) {
		next = link->next;
		if (is_turn)
			kill_hung(link);
		if (link->deadline_ms < next_ms)
			next_ms = link->deadline_ms;
		if (link->deadline_ms <= now_ms)
			be_late(link);
	}
	return next_ms;
}

/* It says so when it has drawn, and ends. */
static void mark_readable(void *self, int fd)
{
	struct sj_link *link = self;
	struct sj_mark_message message;
	enum sj_err err = sj_ipc_receive(fd, &message, sizeof(message), NULL);

	if (err == SJ_ERR_AGAIN)
		return;
	if (err == SJ_OK) {
		link->is_marked = true;
		return;
	}
	if (!link->is_marked)
		end_link(link, SJ_REASON_LOCAL);
	else if (link->state == SJ_LINK_REACHING)
		reach(link);
	forget(link, &link->mark);
}

/* ---- the outer gate ---- */

static bool is_user_sound(const struct sj_host_gate_user *user)
{
	return user->role == SJ_HOST_ROLE_VIEWER && user->name[0] &&
	       sj_user_name_is_sound(user->zone, sizeof(user->zone)) &&
	       sj_user_name_is_sound(user->name, sizeof(user->name));
}

/* The user may be let in: the picture is marked, the host called. */
static void enter(struct sj_link *link)
{
	if (link->state != SJ_LINK_REACHING)
		return;
	take_over(link);
	if (link->guard->config->mark_percent == 0)
		reach(link);
	else if (sj_link_start_mark(link, mark_readable) != SJ_OK)
		end_link(link, SJ_REASON_LOCAL);
}

const struct sj_keeping_hooks sj_links_keeping = {
	.outer_kept = enter,
	.inner_kept = join,
	.refused = end_link,
};

static void user_known(
	struct sj_link *link, const struct sj_host_gate_user *user)
{
	struct sj_guard *guard = link->guard;

	if (link->state != SJ_LINK_GREETING || !is_user_sound(user)) {
		end_link(link, SJ_REASON_REFUSED_CONFIG);
		return;
	}
	link->user = *user;
	link->state = SJ_LINK_REACHING;
	link->deadline_ms = sj_clock_ms() + REACHING_MS;
	link->host = sj_reach_choose(guard, user->name, sj_clock_ms());
	sj_log(SJ_LOG_INFO, "user number=%llu peer=%s zone=%s user=%s",
		(unsigned long long)link->number, link->peer.text, user->zone,
		user->name);
	if (guard->is_stopping)
		end_link(link, SJ_REASON_END_SHUTDOWN);
	else if (sj_keeping_outer(link))
		enter(link);
}

static void outer_readable(void *self, int fd)
{
	struct sj_link *link = self;
	struct sj_host_gate_message message;
	enum sj_err err = sj_ipc_receive(fd, &message, sizeof(message), NULL);

	if (err == SJ_ERR_AGAIN)
		return;
	if (err == SJ_OK && message.type == SJ_HOST_GATE_USER) {
		user_known(link, &message.u.gate_user);
	} else if (err == SJ_OK && message.type == SJ_HOST_GATE_ALIVE) {
		sj_pulse_hear(&link->outer.pulse);
	} else if (err == SJ_OK && message.type == SJ_HOST_GATE_CLOSED &&
		   sj_reason_is_known(message.u.gate_closed.reason)) {
		link->outer_closed = message.u.gate_closed;
		link->has_outer_closed = true;
	} else if (err != SJ_OK || message.type != SJ_HOST_GATE_ACTIVITY) {
		outer_gone(link);
	}
}

static void send_crl(const struct sj_link *link, const struct sj_child *child,
	const void *message, size_t size)
{
	const struct sj_guard *guard = link->guard;
	const struct sj_material_set *set =
		child == &link->outer ? &guard->viewers : &guard->hosts;
	const struct sj_ipc_fds fds = {
		.fd = {set->fd[SJ_MATERIAL_CRL]}, .count = 1};

	if (child->id != 0 &&
		sj_ipc_send(child->control_fd, message, size, &fds) != SJ_OK)
		sj_log(SJ_LOG_WARNING, "crl number=%llu error=\"not sent\"",
			(unsigned long long)link->number);
}

void sj_links_send_viewers_crl(struct sj_guard *guard)
{
	const struct sj_host_gate_message message = {.type = SJ_HOST_GATE_CRL};

	for (struct sj_link *link = guard->links; link; link = link->next)
		send_crl(link, &link->outer, &message, sizeof(message));
}

void sj_links_send_hosts_crl(struct sj_guard *guard)
{
	const struct sj_viewer_gate_message message = {
		.type = SJ_VIEWER_GATE_CRL};

	for (struct sj_link *link = guard->links; link; link = link->next)
		send_crl(link, &link->inner, &message, sizeof(message));
}

/* ---- accepting ---- */

void sj_links_welcome(void *self, int socket_fd, const struct sj_peer *peer)
{
	struct sj_guard *guard = self;
	struct sj_link *link = calloc(1, sizeof(*link));
	enum sj_reason reason = SJ_REASON_NONE;

	if (!link)
		return;
	link->guard = guard;
	link->outer.control_fd = link->inner.control_fd = -1;
	link->core.control_fd = link->mark.control_fd = -1;
	link->codes.control_fd = -1;
	link->outer_stream_fd = link->mark_fd = -1;
	link->number = ++guard->last_number;
	link->started_ms = sj_clock_ms();
	link->deadline_ms = link->started_ms + GREETING_MS;
	link->peer = *peer;
	if (!sj_enter_try(guard, peer))
		reason = SJ_REASON_REFUSED_RATE;
	else if (sj_link_start_outer(link, socket_fd, outer_readable) != SJ_OK)
		reason = SJ_REASON_LOCAL;
	if (reason != SJ_REASON_NONE) {
		if (sj_bucket_take(&guard->strangers, sj_clock_us()))
			sj_log(SJ_LOG_WARNING, "refuse peer=%s code=%d",
				link->peer.text, (int)reason);
		free(link);
		return;
	}
	link->next = guard->links;
	guard->links = link;
	guard->link_count++;
}
