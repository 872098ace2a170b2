/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * link_report: what is written about a connection when it is over.
 */
#ifndef SJ_GUARD_LINK_REPORT_H
#define SJ_GUARD_LINK_REPORT_H

struct sj_link;

/* One line: who, how long, why, and what has crossed in both directions. */
void sj_link_report(const struct sj_link *link);

#endif /* SJ_GUARD_LINK_REPORT_H */
