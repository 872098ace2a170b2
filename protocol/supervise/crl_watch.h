/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * crl_watch: when to tell that a revocation list runs out.
 *
 * With one that has run out nobody gets in, and what brings the next one may
 * have stopped days before. It is late when less than half of the list's time
 * is left. Pure: whoever asks gives the times.
 */
#ifndef SJ_PROTOCOL_SUPERVISE_CRL_WATCH_H
#define SJ_PROTOCOL_SUPERVISE_CRL_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "protocol/base/attr.h"

enum sj_crl_news {
	SJ_CRL_NOTHING, /* to tell */
	SJ_CRL_LATE,    /* told twice a day */
	SJ_CRL_ENDED    /* told at once, and then each hour */
};

/* All 0: nothing is known, nothing told. Seconds since 1970. */
struct sj_crl_watch {
	int64_t from_s, until_s;
	enum sj_crl_news told;
	uint64_t next_ms; /* not told again before */
};

/* A list that is valid in that time is in force now. */
void sj_crl_watch_begin(
	struct sj_crl_watch *watch, int64_t from_s, int64_t until_s);

/* What is to be told now; it counts as told. */
SJ_MUST_USE enum sj_crl_news sj_crl_watch_look(
	struct sj_crl_watch *watch, int64_t now_s, uint64_t now_ms);

#endif /* SJ_PROTOCOL_SUPERVISE_CRL_WATCH_H */
