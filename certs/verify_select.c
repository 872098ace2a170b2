/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "certs/verify_select.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "certs/verify_end.h"

#define DAY_US ((uint64_t)86400 * 1000000)

enum sj_err sj_verify_select_user(
	struct sj_verify_selection *selection, const char *text)
{
	struct sj_identity identity = {.role = SJ_TLS_ROLE_VIEWER};
	const char *colon = strchr(text, ':');
	const char *name = colon ? colon + 1 : text;
	char uri[SJ_IDENTITY_URI_BYTES];

	if (strlen(name) >= sizeof(identity.name) ||
		(colon && (size_t)(colon - text) >= sizeof(identity.zone)))
		return SJ_ERR_ARGUMENT;
	(void)snprintf(identity.zone, sizeof(identity.zone), "%.*s",
		colon ? (int)(colon - text) : (int)strlen(SJ_VERIFY_ZONE),
		colon ? text : SJ_VERIFY_ZONE);
	(void)snprintf(identity.name, sizeof(identity.name), "%s", name);
	if (!sj_identity_format(&identity, uri, sizeof(uri)))
		return SJ_ERR_ARGUMENT;
	if (!sj_ledger_hash(uri, strlen(uri), selection->identity))
		return SJ_ERR_MEMORY;
	(void)snprintf(selection->user, sizeof(selection->user), "%s:%s",
		identity.zone, identity.name);
	selection->has_user = true;
	return SJ_OK;
}

/* Four, two and two digits. */
static bool is_day_form(const char *text)
{
	static const char form[] = "dddd-dd-dd";

	if (strlen(text) != strlen(form))
		return false;
	for (size_t i = 0; form[i]; i++)
		if (form[i] == '-' ? text[i] != '-'
				   : text[i] < '0' || text[i] > '9')
			return false;
	return true;
}

enum sj_err sj_verify_select_day(
	struct sj_verify_selection *selection, const char *text)
{
	struct tm day = {.tm_isdst = 0};
	char again[sizeof(selection->day)];
	time_t seconds;

	if (!is_day_form(text) || !strptime(text, "%Y-%m-%d", &day))
		return SJ_ERR_ARGUMENT;
	/* The 31st of a short month would become another day. */
	seconds = timegm(&day);
	if (seconds < 0 || !strftime(again, sizeof(again), "%Y-%m-%d", &day) ||
		strcmp(again, text) != 0)
		return SJ_ERR_ARGUMENT;
	memcpy(selection->day, again, sizeof(selection->day));
	selection->day_us = (uint64_t)seconds * 1000000;
	selection->day_end_us = selection->day_us + DAY_US;
	selection->has_day = true;
	return SJ_OK;
}

/* ---- user ---- */

/* The identity of the user as this end knows it; NULL: it does not. */
static const uint8_t *user_of_end(const struct sj_verify_ledger *ledger,
	const struct sj_verify_session *session)
{
	static const uint8_t none[SJ_LEDGER_HASH_BYTES];

	if (session->open.side != SJ_LEDGER_SERVES)
		session = sj_verify_find_linked(ledger, session);
	return session && memcmp(session->open.identity, none, sizeof(none)) !=
				       0
		       ? session->open.identity
		       : NULL;
}

/* As both ends know it; of two, the one that was asked about. */
static const uint8_t *user_of(const struct sj_verify_ledger *ledgers,
	const struct sj_verify_ledger *ledger,
	const struct sj_verify_session *session,
	const struct sj_verify_selection *selection)
{
	const uint8_t *own = user_of_end(ledger, session), *other = NULL;

	if (session->peer_ledger >= 0) {
		const struct sj_verify_ledger *peer =
			&ledgers[session->peer_ledger];

		other = user_of_end(
			peer, &peer->session[session->peer_session]);
	}
	if (own && other && selection->has_user &&
		memcmp(other, selection->identity, SJ_LEDGER_HASH_BYTES) == 0)
		return other;
	return own ? own : other;
}

/* ---- day ---- */

/* A clock may have been set back in between: neither time is trusted more. */
bool sj_verify_is_of_day(const struct sj_verify_selection *selection,
	uint64_t one_us, uint64_t other_us)
{
	uint64_t first_us = one_us < other_us ? one_us : other_us;
	uint64_t last_us = one_us < other_us ? other_us : one_us;

	return !selection || !selection->has_day ||
	       (first_us < selection->day_end_us &&
		       last_us >= selection->day_us);
}

/* Whether session was there on the day, by the clock of its end. */
static bool is_of_day(const struct sj_verify_session *session,
	const struct sj_verify_selection *selection)
{
	return sj_verify_is_of_day(
		selection, session->opened_us, session->last_us);
}

/*
 * Machines that serve run all day; what a terminal did not write while it was
 * off, nobody has to show.
 */
static void check_reach(struct sj_verify_ledger *ledger,
	const struct sj_verify_selection *selection)
{
	const struct sj_verify_finding part = {.what = SJ_VERIFY_PART_OF_DAY,
		.seq = ledger->first_us > selection->day_us ||
				       ledger->records == 0
			       ? ledger->first_seq
			       : ledger->next_seq - 1,
		.ledger = ledger->index,
		.peer = SJ_VERIFY_NO_PEER};

	if (ledger->place != SJ_LEDGER_PLACE_VIEWER &&
		(ledger->first_us > selection->day_us ||
			ledger->last_us < selection->day_end_us))
		sj_verify_add(&ledger->findings, &part);
}

static bool is_left_out(const struct sj_verify_ledger *ledgers,
	const struct sj_verify_session *session,
	const struct sj_verify_selection *selection)
{
	const struct sj_verify_session *peer =
		session->peer_ledger < 0
			? session
			: &ledgers[session->peer_ledger]
				   .session[session->peer_session];

	if (selection->has_user && session->user &&
		memcmp(session->user, selection->identity,
			SJ_LEDGER_HASH_BYTES) != 0)
		return true;
	return !is_of_day(session, selection) && !is_of_day(peer, selection);
}

void sj_verify_select(struct sj_verify_ledger *ledgers, size_t count,
	const struct sj_verify_selection *selection)
{
	for (size_t i = 0; i < count; i++) {
		if (selection->has_day)
			check_reach(&ledgers[i], selection);
		for (size_t k = 0; k < ledgers[i].sessions; k++) {
			struct sj_verify_session *session =
				&ledgers[i].session[k];

			session->user = user_of(
				ledgers, &ledgers[i], session, selection);
			session->is_left_out =
				is_left_out(ledgers, session, selection);
		}
	}
}
