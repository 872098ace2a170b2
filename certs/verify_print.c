/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The report of shoji-verify ledger. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "certs/verify_print.h"
#include "protocol/base/reason.h"

/* The lines that sessions can be of, by who is at their ends. */
enum line {
	LINE_DIRECT, /* terminal and host */
	LINE_OUTER,  /* terminal and guard */
	LINE_INNER,  /* guard and host */
	LINE_COUNT
};

/* Each: the end that shows, the end that serves. */
static const struct {
	const char *japanese[2], *english[2];
} lines[LINE_COUNT] = {
	{{"閲覧端末", "画面生成ホスト"}, {"viewer terminal", "rendering host"}},
	{{"閲覧端末", "中継装置"}, {"viewer terminal", "guard"}},
	{{"中継装置", "画面生成ホスト"}, {"guard", "rendering host"}},
};

/* Sums over the sessions of one line; of a pair, what the serving end says. */
struct sums {
	uint64_t pairs, alone;
	struct sj_ledger_counts table[SJ_LEDGER_TABLES];
	uint64_t pixels, in_bytes, out_bytes;
};

void sj_verify_print_letter(size_t index)
{
	char text[8];
	size_t at = sizeof(text) - 1;

	text[at] = '\0';
	do {
		text[--at] = (char)('A' + index % 26);
		index /= 26;
	} while (index-- > 0);
	(void)fputs(text + at, stdout);
}

bool sj_verify_says(const struct sj_verify_print *print, bool is_japanese)
{
	return print->language ==
		       (is_japanese ? SJ_VERIFY_JAPANESE : SJ_VERIFY_ENGLISH) ||
	       print->language == SJ_VERIFY_BOTH;
}

/* UTC; redacted: the day alone. */
static void print_time(uint64_t wall_us, bool is_redacted)
{
	time_t seconds = (time_t)(wall_us / 1000000);
	struct tm when;
	char text[32] = "?";

	if (gmtime_r(&seconds, &when))
		(void)strftime(text, sizeof(text),
			is_redacted ? "%Y-%m-%d" : "%Y-%m-%dT%H:%M:%SZ", &when);
	(void)fputs(text, stdout);
}

static const char *place_text(uint8_t place, bool is_japanese)
{
	static const char *const texts[][2] = {{"unknown", "不明"},
		{"rendering host", "画面生成ホスト"}, {"guard", "中継装置"},
		{"viewer terminal", "閲覧端末"}};

	return texts[place < 4 ? place : 0][is_japanese ? 1 : 0];
}

void sj_verify_print_id(const uint8_t id[SJ_LEDGER_HASH_BYTES])
{
	for (size_t i = 0; i < SJ_LEDGER_HASH_BYTES; i++)
		(void)printf("%02x", id[i]);
}

/* ---- each ledger ---- */

/* Which records there are, and of what time. */
static void print_records(const struct sj_verify_print *print,
	const struct sj_verify_ledger *ledger)
{
	if (ledger->records == 0) {
		(void)fputs("\n   records none", stdout);
		return;
	}
	(void)printf("\n   records %" PRIu64 "-%" PRIu64, ledger->first_seq,
		ledger->next_seq - 1);
	/* None of them could be read. */
	if (ledger->first_us == 0 && ledger->last_us == 0)
		return;
	(void)fputs("  ", stdout);
	print_time(ledger->first_us, print->is_redacted);
	(void)fputs(" - ", stdout);
	print_time(ledger->last_us, print->is_redacted);
}

/* What became of a check of every record, whose failures are what. */
static const char *check_text(const struct sj_verify_ledger *ledger,
	bool is_possible, enum sj_verify_what what)
{
	if (!is_possible)
		return "not checked";
	if (ledger->findings.times[what] > 0)
		return "WRONG";
	/* What is no record has none that could be checked. */
	return ledger->findings.times[SJ_VERIFY_RECORD] > 0 ? "NOT ALL" : "ok";
}

static void print_ledger(const struct sj_verify_print *print,
	const struct sj_verify_ledger *ledger)
{
	sj_verify_print_letter(ledger->index);
	(void)printf("  %s / %s", place_text(ledger->place, true),
		place_text(ledger->place, false));
	if (!print->is_redacted)
		(void)printf("  %s", ledger->path);
	print_records(print, ledger);
	(void)printf("\n   sessions %zu  refused %" PRIu64
		     "  checkpoints %" PRIu64 "  runs %" PRIu64 "\n",
		ledger->sessions, ledger->refused, ledger->checkpoints,
		ledger->runs);
	(void)printf("   chain %s  mac %s  signatures %s\n",
		ledger->findings.times[SJ_VERIFY_SEQ] +
				ledger->findings.times[SJ_VERIFY_PREV] +
				ledger->findings.times[SJ_VERIFY_RECORD]
			? "BROKEN"
			: "ok",
		check_text(ledger, ledger->has_first, SJ_VERIFY_MAC),
		check_text(ledger, ledger->has_public, SJ_VERIFY_SIGNATURE));
	if (!print->is_redacted && ledger->runs > 0) {
		(void)fputs("   key ", stdout);
		sj_verify_print_id(ledger->public_sha256);
		(void)putchar('\n');
	}
	/* Without them nobody sees that the end was cut off behind a stop. */
	(void)printf("   state %s  witness lines %zu of %zu\n",
		!ledger->has_state                          ? "not given"
		: ledger->findings.times[SJ_VERIFY_CUT] > 0 ? "OTHER"
							    : "ok",
		ledger->witnesses_seen, ledger->witnesses);
	if (ledger->is_damaged)
		(void)printf("   trustworthy: the first %" PRIu64
			     " records shown\n",
			ledger->trusted);
}

/* ---- sessions ---- */

static void add_session(
	struct sums *sums, const struct sj_verify_session *session)
{
	bool is_serving = session->open.side == SJ_LEDGER_SERVES;

	for (size_t i = 0; i < SJ_LEDGER_TABLES; i++) {
		for (size_t k = 0; k < SJ_LEDGER_COUNTERS; k++) {
			sums->table[i].count[k] += session->table[i].count[k];
			sums->table[i].bytes[k] += session->table[i].bytes[k];
		}
	}
	sums->pixels += session->close.pixels;
	sums->in_bytes += is_serving ? session->close.sent_bytes
				     : session->close.received_bytes;
	sums->out_bytes += is_serving ? session->close.received_bytes
				      : session->close.sent_bytes;
}

static void print_session(const struct sj_verify_print *print,
	const struct sj_verify_ledger *ledger,
	const struct sj_verify_session *session, size_t number)
{
	(void)printf("   %zu  ", number);
	sj_verify_print_letter(ledger->index);
	if (session->peer_ledger >= 0) {
		(void)putchar('-');
		sj_verify_print_letter((size_t)session->peer_ledger);
	}
	(void)fputs("  ", stdout);
	print_time(session->opened_us, print->is_redacted);
	sj_verify_print_user(print, session);
	if (!session->is_closed) {
		(void)puts("  (open)");
		return;
	}
	(void)printf("  %" PRIu64 " s  E%u  ",
		session->close.lasted_us / 1000000,
		(unsigned)session->close.code);
	if (session->close.has_counts)
		(void)printf("keys %" PRIu64 "  pointer %" PRIu64
			     "  updates %" PRIu64 "  pixels %" PRIu64 "\n",
			session->table[0].count[3], session->table[0].count[4],
			session->table[1].count[0], session->close.pixels);
	else
		(void)puts("(no counts)");
}

static enum line line_of(const struct sj_verify_ledger *ledger,
	const struct sj_verify_session *session)
{
	if (ledger->place == SJ_LEDGER_PLACE_GUARD)
		return session->open.side == SJ_LEDGER_SERVES ? LINE_OUTER
							      : LINE_INNER;
	if (session->open.peer != SJ_LEDGER_PEER_GUARD)
		return LINE_DIRECT;
	return ledger->place == SJ_LEDGER_PLACE_VIEWER ? LINE_OUTER
						       : LINE_INNER;
}

/* Each connection once: of a pair, the end that serves is said. */
static void print_sessions(
	const struct sj_verify_print *print, struct sums all[LINE_COUNT])
{
	size_t number = 0;

	for (size_t i = 0; i < print->count; i++) {
		const struct sj_verify_ledger *ledger = &print->ledgers[i];

		for (size_t k = 0; k < ledger->sessions; k++) {
			const struct sj_verify_session *session =
				&ledger->session[k];
			bool is_pair = session->peer_ledger >= 0;
			struct sums *sums = &all[line_of(ledger, session)];

			if (session->is_left_out ||
				(is_pair &&
					session->open.side != SJ_LEDGER_SERVES))
				continue;
			sums->pairs += is_pair ? 1 : 0;
			sums->alone += is_pair || session->is_never ? 0 : 1;
			print_session(print, ledger, session, ++number);
			if (session->is_closed && session->close.has_counts)
				add_session(sums, session);
		}
	}
}

static void print_table(const struct sums *sums, enum sj_ledger_table table)
{
	const struct sj_ledger_counts *counts =
		&sums->table[(unsigned)table - 1];
	uint64_t line_bytes = table == SJ_LEDGER_FROM_VIEWER ? sums->out_bytes
			      : table == SJ_LEDGER_FROM_HOST ? sums->in_bytes
							     : 0;
	uint64_t counted = 0;

	for (size_t i = 0; i < SJ_LEDGER_COUNTERS; i++) {
		const char *name = sj_ledger_counter_name(table, i);

		if (name && (counts->count[i] > 0 || counts->bytes[i] > 0))
			(void)printf("   %-26s %12" PRIu64 " %15" PRIu64 "\n",
				name, counts->count[i], counts->bytes[i]);
		counted += counts->bytes[i];
	}
	/* And what came when it was over, and was read by nobody. */
	if (line_bytes > counted)
		(void)printf("   %-26s %12s %15" PRIu64 "\n", "handshake", "",
			line_bytes - counted);
}

/* Units and bytes of one line, both directions and the rectangles. */
static void print_tables(const struct sums *sums, enum line line)
{
	const char *const *ja = lines[line].japanese;
	const char *const *en = lines[line].english;

	(void)printf("%s → %s / %s -> %s (units, bytes)\n", ja[0], ja[1], en[0],
		en[1]);
	print_table(sums, SJ_LEDGER_FROM_VIEWER);
	(void)printf("%s → %s / %s -> %s (units, bytes)\n", ja[1], ja[0], en[1],
		en[0]);
	print_table(sums, SJ_LEDGER_FROM_HOST);
	(void)puts("  矩形 / rectangles of these updates");
	print_table(sums, SJ_LEDGER_ENCODINGS);
	(void)puts("");
}

/* ---- the statement ---- */

static uint64_t crossed(const struct sums *sums, enum sj_ledger_table table)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < SJ_LEDGER_COUNTERS; i++)
		if (!sj_ledger_counter_is_dropped(table, i))
			sum += sums->table[(unsigned)table - 1].count[i];
	return sum;
}

/* Clipboard texts and bells of foreign viewers: they ended in a gate. */
static uint64_t ended_in_gate(const struct sums *sums)
{
	return sums->table[0].count[5] + sums->table[1].count[1] +
	       sums->table[1].count[2];
}

static void state_japanese(const struct sums *sums, enum line line)
{
	const char *const *ends = lines[line].japanese;
	uint64_t keys = sums->table[0].count[3];
	uint64_t pointer = sums->table[0].count[4];

	(void)printf("%sから%sへ送られたのは、キー操作 %" PRIu64
		     " 件、ポインタ操作 %" PRIu64 " 件、画面の要求など %" PRIu64
		     " 件です（回線上 %" PRIu64 " バイト）。\n",
		ends[0], ends[1], keys, pointer,
		crossed(sums, SJ_LEDGER_FROM_VIEWER) - keys - pointer,
		sums->out_bytes);
	(void)printf("%sから%sへ送られたのは、画面の更新 %" PRIu64
		     " 件（画素 %" PRIu64 " 個）とその制御 %" PRIu64
		     " 件です（回線上 %" PRIu64 " バイト）。\n",
		ends[1], ends[0], sums->table[1].count[0], sums->pixels,
		crossed(sums, SJ_LEDGER_FROM_HOST) - sums->table[1].count[0],
		sums->in_bytes);
	if (ended_in_gate(sums) > 0)
		(void)printf("このうちクリップボードの文字列など %" PRIu64
			     " 件は、関所で捨てられ、先へは進んでいません。\n",
			ended_in_gate(sums));
}

static void state_english(const struct sums *sums, enum line line)
{
	const char *const *ends = lines[line].english;
	uint64_t keys = sums->table[0].count[3];
	uint64_t pointer = sums->table[0].count[4];

	(void)printf("From %s to %s went %" PRIu64 " key events, %" PRIu64
		     " pointer events and %" PRIu64
		     " requests for the picture and the like (%" PRIu64
		     " bytes on the line).\n",
		ends[0], ends[1], keys, pointer,
		crossed(sums, SJ_LEDGER_FROM_VIEWER) - keys - pointer,
		sums->out_bytes);
	(void)printf("From %s to %s went %" PRIu64
		     " updates of the picture (%" PRIu64 " pixels) and %" PRIu64
		     " messages that steer them (%" PRIu64
		     " bytes on the line).\n",
		ends[1], ends[0], sums->table[1].count[0], sums->pixels,
		crossed(sums, SJ_LEDGER_FROM_HOST) - sums->table[1].count[0],
		sums->in_bytes);
	if (ended_in_gate(sums) > 0)
		(void)printf("Of these, %" PRIu64
			     " clipboard texts and the like were thrown away "
			     "by a gate and went no further.\n",
			ended_in_gate(sums));
}

static void judge_japanese(enum sj_verify_verdict verdict)
{
	if (verdict == SJ_VERIFY_AGREES)
		(void)puts(
			"両端の台帳は一致し、回線上のバイトはすべてこれらの電文と"
			"接続手順に数えられています。それ以外のものは通っていません"
			"（検証結果）。");
	else if (verdict == SJ_VERIFY_INCOMPLETE)
		(void)puts(
			"示された記録に改ざんや食い違いは見つかりません。ただし、"
			"「?」の行は確かめられていないため、それ以外のものが"
			"通っていないとは言い切れません。");
	else
		(void)puts("「!!」の行に改ざんまたは食い違いがあります。"
			   "この台帳からは、何が通ったかを述べられません。");
}

static void judge_english(enum sj_verify_verdict verdict)
{
	if (verdict == SJ_VERIFY_AGREES)
		(void)puts("The ledgers of both ends agree, and every byte on "
			   "the line is counted in these messages or in the "
			   "handshake: nothing else crossed.");
	else if (verdict == SJ_VERIFY_INCOMPLETE)
		(void)puts("Nothing that was shown is altered or contradicts "
			   "itself; but the lines marked ? could not be "
			   "checked, so it cannot be said that nothing else "
			   "crossed.");
	else
		(void)puts("The lines marked !! show tampering or a "
			   "contradiction: these ledgers cannot say what "
			   "crossed.");
}

/* What crossed, line by line, and what that is worth. */
static void state(const struct sj_verify_print *print,
	const struct sums all[LINE_COUNT], enum sj_verify_verdict verdict)
{
	for (int is_japanese = 1; is_japanese >= 0; is_japanese--) {
		if (!sj_verify_says(print, is_japanese != 0))
			continue;
		sj_verify_print_scope(print, is_japanese != 0);
		for (int line = 0; line < LINE_COUNT; line++) {
			if (all[line].pairs + all[line].alone == 0)
				continue;
			if (is_japanese != 0)
				state_japanese(&all[line], (enum line)line);
			else
				state_english(&all[line], (enum line)line);
		}
		if (is_japanese != 0)
			judge_japanese(verdict);
		else
			judge_english(verdict);
	}
}

void sj_verify_print(const struct sj_verify_print *print)
{
	enum sj_verify_verdict verdict = sj_verify_verdict(
		print->ledgers, print->count, print->findings);
	struct sums all[LINE_COUNT];
	uint64_t pairs = 0, alone = 0;

	memset(all, 0, sizeof(all));
	for (size_t i = 0; i < print->count; i++)
		print_ledger(print, &print->ledgers[i]);
	(void)puts("");
	print_sessions(print, all);
	(void)puts("");
	for (int line = 0; line < LINE_COUNT; line++) {
		pairs += all[line].pairs;
		alone += all[line].alone;
		if (all[line].pairs + all[line].alone > 0)
			print_tables(&all[line], (enum line)line);
	}
	sj_verify_print_findings(print);
	(void)puts("");
	state(print, all, verdict);
	(void)printf("%s: both ends shown of %" PRIu64 " of %" PRIu64
		     " connections",
		verdict == SJ_VERIFY_AGREES       ? "AGREE"
		: verdict == SJ_VERIFY_INCOMPLETE ? "INCOMPLETE"
						  : "DISAGREE",
		pairs, pairs + alone);
	sj_verify_print_short_scope(print);
	(void)putchar('\n');
}
