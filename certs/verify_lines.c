/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The lines of findings: the gravest first, then by ledger and record. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "certs/verify_print.h"

/* What one ledger and the pairs have kept. */
#define ROWS_MAX (2 * SJ_VERIFY_FINDINGS)

static const char *const marks[SJ_VERIFY_MARKS] = {"!!", "?", "-"};

static void print_finding(const struct sj_verify_print *print,
	const struct sj_verify_finding *finding, bool is_japanese)
{
	const char *name =
		finding->table > 0
			? sj_ledger_counter_name(
				  (enum sj_ledger_table)finding->table,
				  finding->index)
			: NULL;

	if (!sj_verify_says(print, is_japanese))
		return;
	(void)printf("%-2s ", marks[sj_verify_mark_of(finding->what)]);
	sj_verify_print_letter(finding->ledger);
	if (finding->peer != SJ_VERIFY_NO_PEER) {
		(void)putchar('-');
		sj_verify_print_letter(finding->peer);
	}
	(void)printf(" %s %" PRIu64 ": %s", is_japanese ? "記録" : "record",
		finding->seq, sj_verify_text(finding->what, is_japanese));
	if (name)
		(void)printf(" (%s)", name);
	/* How long the machine has run tells the time of day, too. */
	if ((finding->one != 0 || finding->other != 0) &&
		!(print->is_redacted && finding->what == SJ_VERIFY_CLOCK))
		(void)printf(" [%" PRIu64 " / %" PRIu64 "]", finding->one,
			finding->other);
	(void)putchar('\n');
}

static int compare_rows(const void *left, const void *right)
{
	const struct sj_verify_finding *a = *(const void *const *)left;
	const struct sj_verify_finding *b = *(const void *const *)right;

	if (a->seq != b->seq)
		return a->seq < b->seq ? -1 : 1;
	if (a->what != b->what)
		return a->what < b->what ? -1 : 1;
	/* As they were found: both are of one list. */
	return (a > b) - (a < b);
}

/* Adds what has mark and is of the ledger index to rows; count of all. */
static size_t collect(const struct sj_verify_findings *findings,
	enum sj_verify_mark mark, size_t index,
	const struct sj_verify_finding **rows, size_t count)
{
	for (size_t i = 0; i < findings->count; i++)
		if (findings->of[i].ledger == index &&
			sj_verify_mark_of(findings->of[i].what) == mark)
			rows[count++] = &findings->of[i];
	return count;
}

/* All of one mark and one ledger, by record. */
static void print_rows(const struct sj_verify_print *print,
	enum sj_verify_mark mark, size_t index)
{
	const struct sj_verify_finding *rows[ROWS_MAX];
	size_t count =
		collect(&print->ledgers[index].findings, mark, index, rows, 0);

	count = collect(print->findings, mark, index, rows, count);
	qsort(rows, count, sizeof(void *), compare_rows); /* of pointers */
	for (size_t i = 0; i < count; i++) {
		print_finding(print, rows[i], true);
		print_finding(print, rows[i], false);
	}
}

/* How many lines there was no room for, and of which mark. */
static void print_more(const struct sj_verify_print *print)
{
	uint64_t more[SJ_VERIFY_MARKS] = {0}, sum = 0;

	for (size_t i = 0; i <= print->count; i++) {
		const struct sj_verify_findings *of =
			i < print->count ? &print->ledgers[i].findings
					 : print->findings;

		for (size_t mark = 0; mark < SJ_VERIFY_MARKS; mark++) {
			more[mark] += of->more[mark];
			sum += of->more[mark];
		}
	}
	if (sum == 0)
		return;
	if (sj_verify_says(print, true))
		(void)printf("   ... ほか %" PRIu64 " 件: !! %" PRIu64
			     " 件、? %" PRIu64 " 件、- %" PRIu64 " 件\n",
			sum, more[SJ_VERIFY_DAMAGE], more[SJ_VERIFY_GAP],
			more[SJ_VERIFY_NOTE]);
	if (sj_verify_says(print, false))
		(void)printf("   ... %" PRIu64 " more: %" PRIu64 " !!, %" PRIu64
			     " ?, %" PRIu64 " -\n",
			sum, more[SJ_VERIFY_DAMAGE], more[SJ_VERIFY_GAP],
			more[SJ_VERIFY_NOTE]);
}

void sj_verify_print_findings(const struct sj_verify_print *print)
{
	for (int mark = 0; mark < SJ_VERIFY_MARKS; mark++)
		for (size_t i = 0; i < print->count; i++)
			print_rows(print, (enum sj_verify_mark)mark, i);
	print_more(print);
}
