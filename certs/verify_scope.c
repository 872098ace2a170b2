/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whose sessions, and of which day, a report is about. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "certs/verify_print.h"
#include "certs/verify_select.h"

/* Bytes of an identity that name a user beside other users. */
#define SHORT_BYTES 6

void sj_verify_print_user(const struct sj_verify_print *print,
	const struct sj_verify_session *session)
{
	const struct sj_verify_selection *selection = print->selection;

	/* Who guesses a name can make its hash: nothing for outside. */
	if (print->is_redacted)
		return;
	(void)fputs("  user ", stdout);
	if (!session->user) {
		(void)putchar('?');
	} else if (selection && selection->has_user) {
		(void)fputs(selection->user, stdout);
	} else {
		for (size_t i = 0; i < SHORT_BYTES; i++)
			(void)printf("%02x", session->user[i]);
	}
}

/* Connections, each once, that were left out, and those of nobody known. */
static void count_scope(const struct sj_verify_print *print, uint64_t *left_out,
	uint64_t *unknown)
{
	*left_out = *unknown = 0;
	for (size_t i = 0; i < print->count; i++) {
		const struct sj_verify_ledger *ledger = &print->ledgers[i];

		for (size_t k = 0; k < ledger->sessions; k++) {
			const struct sj_verify_session *session =
				&ledger->session[k];

			if (session->peer_ledger >= 0 &&
				session->open.side != SJ_LEDGER_SERVES)
				continue;
			*left_out += session->is_left_out ? 1 : 0;
			*unknown +=
				session->is_left_out || session->user ? 0 : 1;
		}
	}
}

static void scope_japanese(const struct sj_verify_print *print,
	uint64_t left_out, uint64_t unknown)
{
	const struct sj_verify_selection *selection = print->selection;

	(void)fputs("対象は", stdout);
	if (selection->has_user && print->is_redacted)
		(void)fputs("一人の利用者の", stdout);
	else if (selection->has_user)
		(void)printf("利用者 %s の", selection->user);
	if (selection->has_day)
		(void)printf("%s（UTC）にかかる", selection->day);
	(void)printf("接続だけです。そのほかの接続 %" PRIu64
		     " 件は、一覧にも合計にも含みません。示された台帳の記録は、"
		     "すべて検査しました。\n",
		left_out);
	if (selection->has_user && unknown > 0)
		(void)printf("利用者の分からない接続 %" PRIu64
			     " 件を含みます。\n",
			unknown);
}

static void scope_english(const struct sj_verify_print *print,
	uint64_t left_out, uint64_t unknown)
{
	const struct sj_verify_selection *selection = print->selection;

	(void)fputs("This is about the connections", stdout);
	if (selection->has_user && print->is_redacted)
		(void)fputs(" of one user", stdout);
	else if (selection->has_user)
		(void)printf(" of user %s", selection->user);
	if (selection->has_day)
		(void)printf(" that were there on %s (UTC)", selection->day);
	(void)printf(" alone. Others, left out of the list and the "
		     "sums: %" PRIu64
		     ". All records that were shown were checked.\n",
		left_out);
	if (selection->has_user && unknown > 0)
		(void)printf("Among them are connections of a user that nobody "
			     "knows: %" PRIu64 ".\n",
			unknown);
}

static bool is_selective(const struct sj_verify_print *print)
{
	return print->selection &&
	       (print->selection->has_user || print->selection->has_day);
}

void sj_verify_print_scope(
	const struct sj_verify_print *print, bool is_japanese)
{
	uint64_t left_out, unknown;

	if (!is_selective(print))
		return;
	count_scope(print, &left_out, &unknown);
	if (is_japanese)
		scope_japanese(print, left_out, unknown);
	else
		scope_english(print, left_out, unknown);
}

void sj_verify_print_short_scope(const struct sj_verify_print *print)
{
	const struct sj_verify_selection *selection = print->selection;

	if (!is_selective(print))
		return;
	if (selection->has_user && print->is_redacted)
		(void)fputs(" of one user", stdout);
	else if (selection->has_user)
		(void)printf(" of user %s", selection->user);
	if (selection->has_day)
		(void)printf(" on %s UTC", selection->day);
}
