/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/supervise/crl_watch.h"

#define HOUR_MS UINT64_C(3600000)

void sj_crl_watch_begin(
	struct sj_crl_watch *watch, int64_t from_s, int64_t until_s)
{
	*watch = (struct sj_crl_watch){.from_s = from_s, .until_s = until_s};
}

static enum sj_crl_news state_of(
	const struct sj_crl_watch *watch, int64_t now_s)
{
	if (watch->until_s == 0)
		return SJ_CRL_NOTHING;
	if (now_s >= watch->until_s)
		return SJ_CRL_ENDED;
	return watch->until_s - now_s < (watch->until_s - watch->from_s) / 2
		       ? SJ_CRL_LATE
		       : SJ_CRL_NOTHING;
}

enum sj_crl_news sj_crl_watch_look(
	struct sj_crl_watch *watch, int64_t now_s, uint64_t now_ms)
{
	const enum sj_crl_news news = state_of(watch, now_s);

	if (news == SJ_CRL_NOTHING ||
		(news == watch->told && now_ms < watch->next_ms))
		return SJ_CRL_NOTHING;
	watch->told = news;
	watch->next_ms = now_ms + (news == SJ_CRL_ENDED ? 1 : 12) * HOUR_MS;
	return news;
}
