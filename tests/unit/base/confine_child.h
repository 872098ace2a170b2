/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * confine_child: a child process that confines itself and does one deed.
 */
#ifndef SJ_TESTS_UNIT_BASE_CONFINE_CHILD_H
#define SJ_TESTS_UNIT_BASE_CONFINE_CHILD_H

#include "protocol/base/confine.h"

/* Made by prepare before the confinement: a connected pair of stream
 * sockets, a sealed memfd of 4096 bytes, and the request that keeps them. */
extern int sockets[2];
extern int memory_fd;
extern struct sj_confine spec;

/* Makes the above anew; allow is 0, nothing else is limited. */
void prepare(void);

/* Wait status of a child that confines itself by spec and exits by deed. */
int status_of(int (*deed)(void));

/* Fails the test unless deed ends with SIGSYS. */
void assert_killed(int (*deed)(void));

/* Fails the test unless deed returns 0. */
void assert_survives(int (*deed)(void));

/* A deed that permits itself nothing but a byte through the sockets. */
int deed_read_write(void);

#endif /* SJ_TESTS_UNIT_BASE_CONFINE_CHILD_H */
