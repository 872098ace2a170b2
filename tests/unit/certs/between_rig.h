/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * between_rig: the ledgers of a host, a guard and a viewer in a row, joined.
 *
 * The rigs of ends are the host and the viewer; findings are in ends.pairs,
 * the ledgers are A the host's, B the guard's, C the viewer's. All are closed
 * at the end.
 */
#ifndef SJ_TESTS_UNIT_CERTS_BETWEEN_RIG_H
#define SJ_TESTS_UNIT_CERTS_BETWEEN_RIG_H

#include "certs/verify.h"

struct between {
	uint64_t keys;      /* sent to the host, of 3 that the guard got */
	uint64_t linked;    /* ticket of the viewer's session, 2; 0: none */
	const char *viewer; /* at the guard, of zone lgwan; "": no name */
	const char *zone, *user; /* whom the host has let in; "": no name */
};

/* The verdict over the three. */
enum sj_verify_verdict between_judge(const struct between *between);

/* With the user who is the viewer. */
enum sj_verify_verdict between_keys(uint64_t keys, uint64_t linked);

/* With all that the guard got, and linked. */
enum sj_verify_verdict between_users(
	const char *viewer, const char *zone, const char *user);

#endif /* SJ_TESTS_UNIT_CERTS_BETWEEN_RIG_H */
