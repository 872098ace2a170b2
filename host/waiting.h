/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * waiting: users for whom there is no free session.
 *
 * Each sees a picture with the place in the queue, made by a publisher
 * process; who waits longest gets the next session.
 */
#ifndef SJ_HOST_WAITING_H
#define SJ_HOST_WAITING_H

#include "host/connections.h"
#include "host/supervisor.h"

/* No place: connection sees a picture that says so. */
void sj_waiting_start(struct sj_connection *connection);

/* A place may have become free: starts sessions for those who wait longest. */
void sj_waiting_admit(struct sj_supervisor *supervisor);

#endif /* SJ_HOST_WAITING_H */
