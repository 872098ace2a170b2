/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * guard_rig: a whole supervisor of a guard whose programs the test plays.
 *
 * The supervisor runs in the test, turn by turn; each program it starts is a
 * fake (fake_child.c) that hands its control socket over. Whatever does not
 * come within seconds fails the test. One supervisor for each test.
 */
#ifndef SJ_TESTS_UNIT_GUARD_GUARD_RIG_H
#define SJ_TESTS_UNIT_GUARD_GUARD_RIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "guard/guard.h"
#include "protocol/base/ipc.h"

/* What a fake says first, with its control socket. */
struct rig_hello {
	pid_t pid;
	char name[32];
};

/* A program of the supervisor, as the test holds it. */
struct rig_child {
	int control_fd; /* -1: let go */
	int life_fd;    /* its process ends with it */
	pid_t pid;
};

struct rig {
	char folder[32]; /* of programs and files */
	struct sj_guard_config config;
	struct sj_guard guard;
	char message[512]; /* of a failed open */
	int host_fd;       /* a render host that listens */
	int hand_fd;
};

extern struct rig rig;

/* A fresh folder and a good configuration, which the test may change. */
void rig_prepare(void);

/* Opens the supervisor; the error is the test's. */
enum sj_err rig_try_open(void);

/* As above, and it has to work. */
void rig_open(void);

/* Ends everything and removes the folder. */
void rig_close(void);

/* One turn of the supervisor, of at most a few milliseconds. */
void rig_turn(void);

/* A viewer's connection to the guard. */
int rig_call(void);

/* The same from 127.0.0.last. */
int rig_call_from(uint8_t last);

/* The next program that is started, which has to be name. */
struct rig_child rig_expect(const char *name);

/* True if a program is started within a moment. */
bool rig_is_started(void);

/*
 * The next message to child (size bytes), with its descriptors in *fds if not
 * NULL, else closed; false: the supervisor has closed its end.
 */
bool rig_hear(const struct rig_child *child, void *message, size_t size,
	struct sj_ipc_fds *fds);

/* child says something. */
void rig_say(const struct rig_child *child, const void *message, size_t size);

/* child ends. */
void rig_drop(struct rig_child *child);

/* Turns until count connections are left. */
void rig_await_links(size_t count);

/* Writes text to the file name of the folder. */
void rig_write(const char *name, const char *text);

#endif /* SJ_TESTS_UNIT_GUARD_GUARD_RIG_H */
