/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "guard/misses.h"

#include <stdio.h>
#include <string.h>

#define IN_A_ROW_MS 180000 /* apart; one may take a session's start */
#define PASS_MS 10000

/* The index of what is known of user; SJ_MISSES_USERS: nothing. */
static size_t find(const struct sj_misses *misses, const char *user)
{
	size_t i = 0;

	while (i < SJ_MISSES_USERS &&
		(misses->of[i].times == 0 ||
			strcmp(misses->of[i].user, user) != 0))
		i++;
	return i;
}

static size_t oldest(const struct sj_misses *misses)
{
	size_t place = 0;

	for (size_t i = 1; i < SJ_MISSES_USERS; i++)
		if (misses->of[i].last_ms < misses->of[place].last_ms)
			place = i;
	return place;
}

void sj_misses_add(struct sj_misses *misses, const char *user, size_t host,
	unsigned times, uint64_t now_ms)
{
	size_t place = find(misses, user);
	struct sj_miss *miss;
	bool goes_on = place < SJ_MISSES_USERS;

	miss = &misses->of[goes_on ? place : oldest(misses)];
	if (!goes_on || miss->host != host ||
		now_ms > miss->last_ms + IN_A_ROW_MS)
		miss->times = 0;
	(void)snprintf(miss->user, sizeof(miss->user), "%s", user);
	miss->host = host;
	miss->times += times;
	miss->last_ms = now_ms;
}

void sj_misses_forget(struct sj_misses *misses, const char *user, size_t host)
{
	size_t place = find(misses, user);

	if (place < SJ_MISSES_USERS && misses->of[place].host == host)
		memset(&misses->of[place], 0, sizeof(misses->of[place]));
}

bool sj_misses_is_passed_over(const struct sj_misses *misses, const char *user,
	size_t host, uint64_t now_ms)
{
	size_t place = find(misses, user);
	const struct sj_miss *miss = &misses->of[place];

	return place < SJ_MISSES_USERS && miss->host == host &&
	       miss->times >= SJ_MISSES_ENOUGH &&
	       now_ms < miss->last_ms + PASS_MS;
}
