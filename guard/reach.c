/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "guard/reach.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "guard/link_start.h"
#include "protocol/supervise/peer.h"

#define DOWN_MS 10000
#define CALLS_MAX 16 /* half of a host's half_open_max as it is by default */

/* A session is where its user is: nobody has two at one guard. */
static const struct sj_link *find_user(
	const struct sj_guard *guard, const char *user, uint64_t now_ms)
{
	for (const struct sj_link *link = guard->links; link; link = link->next)
		if (link->state == SJ_LINK_JOINED &&
			strcmp(link->user.name, user) == 0 &&
			guard->host_down_ms[link->host] <= now_ms)
			return link;
	return NULL;
}

static bool may_try(const struct sj_guard *guard, const char *user, size_t host,
	uint64_t now_ms)
{
	return guard->host_down_ms[host] <= now_ms &&
	       !sj_misses_is_passed_over(&guard->misses, user, host, now_ms);
}

size_t sj_reach_choose(
	const struct sj_guard *guard, const char *user, uint64_t now_ms)
{
	const struct sj_link *there = find_user(guard, user, now_ms);
	size_t count = guard->config->host_count, first;
	uint32_t hash = 2166136261u; /* FNV-1a */

	if (there)
		return there->host;
	for (const char *at = user; *at; at++)
		hash = (hash ^ (uint8_t)*at) * 16777619u;
	first = hash % count;
	for (size_t i = 0; i < count; i++)
		if (may_try(guard, user, (first + i) % count, now_ms))
			return (first + i) % count;
	return first;
}

bool sj_reach_has_room(const struct sj_guard *guard, size_t index)
{
	size_t calls = 0;

	for (const struct sj_link *link = guard->links; link; link = link->next)
		if (link->host == index && link->inner.id != 0 &&
			!link->is_host_proven && !link->has_connected)
			calls++;
	return calls < CALLS_MAX;
}

bool sj_reach_is_fault(const struct sj_link *link, enum sj_reason reason)
{
	const struct sj_guard *guard = link->guard;

	/* What failed on this machine is not the host's fault; what a host
	 * does that has shown its certificate is about this user. */
	if (link->is_host_proven || link->has_connected ||
		(reason >= SJ_REASON_LOCAL && reason != SJ_REASON_UNREACHABLE))
		return false;
	if (reason != SJ_REASON_CLOSED && reason != SJ_REASON_IO)
		return true;
	/* A host that serves others and hangs up has too many calls. */
	for (const struct sj_link *other = guard->links; other;
		other = other->next)
		if (other->state == SJ_LINK_JOINED && other->host == link->host)
			return false;
	return true;
}

void sj_reach_failed(struct sj_guard *guard, size_t index, uint64_t now_ms)
{
	guard->host_down_ms[index] = now_ms + DOWN_MS;
}

enum sj_err sj_reach_begin(const struct sj_guard_host *host, int *fd)
{
	struct sockaddr_in four = {
		.sin_family = AF_INET, .sin_port = htons(host->port)};
	struct sockaddr_in6 six = {
		.sin6_family = AF_INET6, .sin6_port = htons(host->port)};
	const struct sockaddr *address = (struct sockaddr *)&four;
	socklen_t size = sizeof(four);

	if (inet_pton(AF_INET, host->address, &four.sin_addr) != 1) {
		if (inet_pton(AF_INET6, host->address, &six.sin6_addr) != 1)
			return SJ_ERR_FORMAT;
		address = (struct sockaddr *)&six;
		size = sizeof(six);
	}
	*fd = socket(address->sa_family,
		SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (*fd < 0)
		return SJ_ERR_SYSTEM;
	sj_peer_set_options(*fd);
	if (connect(*fd, address, size) == 0 || errno == EINPROGRESS)
		return SJ_OK;
	close(*fd);
	*fd = -1;
	return SJ_ERR_SYSTEM;
}
