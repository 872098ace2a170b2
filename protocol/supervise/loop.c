/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/supervise/loop.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#define EVENTS 32

struct watch {
	int fd; /* -1: removed, freed at the end of the turn */
	sj_loop_fn fn;
	void *self;
	struct watch *next;
};

struct sj_loop {
	int epoll_fd;
	struct watch *watches;
};

struct sj_loop *sj_loop_create(void)
{
	struct sj_loop *loop = calloc(1, sizeof(*loop));

	if (!loop)
		return NULL;
	loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (loop->epoll_fd < 0) {
		free(loop);
		return NULL;
	}
	return loop;
}

void sj_loop_destroy(struct sj_loop *loop)
{
	struct watch *watch;

	if (!loop)
		return;
	while ((watch = loop->watches)) {
		loop->watches = watch->next;
		free(watch);
	}
	close(loop->epoll_fd);
	free(loop);
}

enum sj_err sj_loop_add(struct sj_loop *loop, int fd, sj_loop_fn fn, void *self)
{
	struct watch *watch = calloc(1, sizeof(*watch));
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = watch};

	if (!watch)
		return SJ_ERR_MEMORY;
	if (epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, fd, &event) != 0) {
		free(watch);
		return SJ_ERR_SYSTEM;
	}
	watch->fd = fd;
	watch->fn = fn;
	watch->self = self;
	watch->next = loop->watches;
	loop->watches = watch;
	return SJ_OK;
}

void sj_loop_remove(struct sj_loop *loop, int fd)
{
	for (struct watch *watch = loop->watches; watch; watch = watch->next) {
		if (watch->fd != fd || fd < 0)
			continue;
		(void)epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, fd, NULL);
		watch->fd = -1;
		return;
	}
}

static void free_removed(struct sj_loop *loop)
{
	struct watch **at = &loop->watches;

	while (*at) {
		struct watch *watch = *at;

		if (watch->fd >= 0) {
			at = &watch->next;
			continue;
		}
		*at = watch->next;
		free(watch);
	}
}

enum sj_err sj_loop_turn(struct sj_loop *loop, int wait_ms)
{
	struct epoll_event events[EVENTS];
	int count = epoll_wait(loop->epoll_fd, events, EVENTS, wait_ms);

	if (count < 0)
		return errno == EINTR ? SJ_OK : SJ_ERR_SYSTEM;
	for (int i = 0; i < count; i++) {
		struct watch *watch = events[i].data.ptr;

		if (watch->fd >= 0)
			watch->fn(watch->self, watch->fd);
	}
	free_removed(loop);
	return SJ_OK;
}
