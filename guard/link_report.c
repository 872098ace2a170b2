/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "guard/link_report.h"

#include "guard/link_start.h"
#include "protocol/base/clock.h"
#include "protocol/base/log.h"
#include "protocol/gate/policy.h"

static unsigned reason_of(const struct sj_link *link)
{
	if (link->reason != SJ_REASON_NONE)
		return (unsigned)link->reason;
	return link->has_outer_closed ? link->outer_closed.reason
				      : (unsigned)SJ_REASON_LOCAL;
}

/* Of what the core let pass the inner gate still drops a release of a key that
 * it has not seen pressed. */
static unsigned long long keys_of(const struct sj_link *link)
{
	return link->has_inner_closed
		       ? link->inner_closed.sent.count[SJ_GATE_COUNT_KEYS]
		       : link->core_closed.counts.keys;
}

void sj_link_report(const struct sj_link *link)
{
	const struct sj_core_counts *counts = &link->core_closed.counts;
	unsigned long long number = link->number;
	unsigned reason = reason_of(link);

	/* Nobody has logged in: whoever can connect may cause this line. */
	if (link->user.name[0] == '\0' &&
		!sj_bucket_take(&link->guard->strangers, sj_clock_us()))
		return;
	sj_log_account(
		"closed number=%llu peer=%s user=%s ms=%llu code=%u text=\"%s\"",
		number, link->peer.text, link->user.name,
		(unsigned long long)(sj_clock_ms() - link->started_ms), reason,
		sj_reason_text((enum sj_reason)reason));
	if (reason == SJ_REASON_HOST_SECURITY)
		sj_log(SJ_LOG_WARNING,
			"refused number=%llu text=\"the host offers guards "
			"nothing; it needs [viewers] guard = yes\"",
			number);
	if (!link->has_core_closed)
		return;
	sj_log_account("crossed number=%llu keys=%llu pointers=%llu sizes=%llu "
		       "keys_dropped=%llu pointers_joined=%llu updates_in=%llu "
		       "pixels_in=%llu updates_out=%llu bytes_out=%llu",
		number, keys_of(link), (unsigned long long)counts->pointers,
		(unsigned long long)counts->sizes,
		(unsigned long long)counts->keys_dropped,
		(unsigned long long)counts->pointers_joined,
		(unsigned long long)counts->updates_in,
		(unsigned long long)counts->pixels_in,
		(unsigned long long)counts->updates_out,
		(unsigned long long)counts->update_bytes_out);
	sj_log_account(
		"bound number=%llu to_host_bits=%llu to_viewer_bits=%llu "
		"text=\"no more than that can have crossed\"",
		number, (unsigned long long)counts->to_host_bits,
		(unsigned long long)counts->to_viewer_bits);
}
