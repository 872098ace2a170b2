/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The bounded list of findings: what is graver is never crowded out. */
#include <string.h>

#include "certs/verify.h"

enum sj_verify_mark sj_verify_mark_of(enum sj_verify_what what)
{
	return what <= SJ_VERIFY_LAST_DAMAGE ? SJ_VERIFY_DAMAGE
	       : what <= SJ_VERIFY_LAST_GAP  ? SJ_VERIFY_GAP
					     : SJ_VERIFY_NOTE;
}

/* Takes the last one with mark out of the list; there is one. */
static void leave_out(
	struct sj_verify_findings *findings, enum sj_verify_mark mark)
{
	size_t at = findings->count - 1;

	while (sj_verify_mark_of(findings->of[at].what) != mark)
		at--;
	findings->count--;
	memmove(&findings->of[at], &findings->of[at + 1],
		(findings->count - at) * sizeof(findings->of[0]));
	findings->kept[mark]--;
	findings->more[mark]++;
}

void sj_verify_add(struct sj_verify_findings *findings,
	const struct sj_verify_finding *finding)
{
	enum sj_verify_mark mark = sj_verify_mark_of(finding->what);
	enum sj_verify_mark mildest = SJ_VERIFY_NOTE;

	findings->times[finding->what]++;
	if (findings->count == SJ_VERIFY_FINDINGS) {
		while (findings->kept[mildest] == 0)
			mildest--;
		if (mark >= mildest) {
			findings->more[mark]++;
			return;
		}
		leave_out(findings, mildest);
	}
	findings->of[findings->count++] = *finding;
	findings->kept[mark]++;
}
