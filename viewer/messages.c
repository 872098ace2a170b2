/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "viewer/messages.h"

#include <stdio.h>
#include <string.h>

struct pair {
	const char *ja;
	const char *en;
};

struct row {
	enum sj_reason reason;
	bool is_call_wanted;
	struct pair text;
	struct pair by_peer; /* NULL: the same as text */
};

static const struct pair fixed[SJ_MESSAGE_COUNT] = {
	[SJ_MESSAGE_CONNECTING] = {"接続しています", "Connecting"},
	[SJ_MESSAGE_LOST] = {"接続が切れています", "The connection is lost"},
	[SJ_MESSAGE_ENDED] = {"終了しました", "The session has ended"},
	[SJ_MESSAGE_PROBLEM] = {"接続できません", "Cannot connect"},
	[SJ_MESSAGE_STOPPED] = {"接続を止めました",
		"The connection was stopped"},
	[SJ_MESSAGE_RETRY_IN] = {"自動で再接続します。あと",
		"Reconnecting by itself in"},
	[SJ_MESSAGE_SECONDS] = {"秒", "s"},
	[SJ_MESSAGE_RETRY_NOW] =
		{"クリックするか Enter を押すと、再接続します。",
			"Click or press Enter to reconnect."},
	[SJ_MESSAGE_CONTACT] = {"連絡先：", "Please contact: "},
	[SJ_MESSAGE_CONTACT_UNKNOWN] = {"情報システム担当へご連絡ください。",
		"Please contact your information systems section."},
	[SJ_MESSAGE_CODE] = {"コード E", "Code E"},
	[SJ_MESSAGE_ZONE_LABEL] = {"インターネット接続系の画面",
		"Screen of the Internet zone"},
	[SJ_MESSAGE_HOST] = {"接続先：", "Host: "},
	[SJ_MESSAGE_FILE_PLACE] =
		{"このファイルを置いて利用者が読めるようにするか、--",
			"Put the file there, readable for this user, or name "
			"another one by --"},
	[SJ_MESSAGE_FILE_OTHER] = {" または設定ファイルの [certificates] "
				   "で別のファイルを指定してください。",
		" or in [certificates] of the configuration file."},
};

/* Why the window ended by itself. */
static const struct pair failures[SJ_VIEWER_FAILED_COUNT] = {
	[SJ_VIEWER_FAILED_OTHER] =
		{"画面を表示する処理が予期せず終了しました。",
			"The part that shows the picture ended unexpectedly."},
	[SJ_VIEWER_FAILED_DISPLAY] =
		{"画面を表示できません。ディスプレイ（DISPLAY）の設定を確認して"
		 "ください。",
			"Cannot show a window. Check the display (DISPLAY)."},
	[SJ_VIEWER_FAILED_DISPLAY_LOST] =
		{"ディスプレイ（X サーバ）との接続が切れました。",
			"The display (X server) closed the connection."},
	[SJ_VIEWER_FAILED_PASSING] =
		{"画面を表示できません。X サーバに画像を渡せませんでした。ほか"
		 "のプログラムを終了してから、もう一度お試しください。",
			"Cannot show a window: the X server could not be given "
			"the picture. Close other programs and try again."},
	[SJ_VIEWER_FAILED_FDS] =
		{"開けるファイルの数が足りません。上限（ulimit -n）を 1024 以上"
		 "にしてください。",
			"Too few files can be open. Raise the limit (ulimit "
			"-n) to 1024 or more."},
	[SJ_VIEWER_FAILED_CONFINE] =
		{"この端末では、画面を表示する処理を安全に隔離できません。",
			"The part that shows the picture cannot be confined on "
			"this terminal."},
	[SJ_VIEWER_FAILED_SCREENSHOT] =
		{"画像（--screenshot）を書き込めません。",
			"The picture (--screenshot) cannot be written."},
	[SJ_VIEWER_FAILED_TIMEOUT] =
		{"制限時間（--timeout）内に終わりませんでした。",
			"It was not done within the time of --timeout."},
};

#define SAME                                                                   \
	{                                                                      \
		NULL, NULL                                                     \
	}
#define HOST_FAULT                                                                    \
	{                                                                             \
		"接続先から許可されていないデータが届いたため、接続を止めました。",   \
			"The host sent data that is not allowed. The connection was " \
			"stopped."                                                    \
	}
#define VIEWER_FAULT                                                                  \
	{                                                                             \
		"この端末からの通信が規則に合わないため、接続を止めました。",         \
			"What this terminal sent is not allowed. The connection was " \
			"stopped."                                                    \
	}

static const struct row rows[] = {
	{SJ_REASON_NONE, false,
		{"接続を終了しました。", "The connection ended."}, SAME},
	{SJ_REASON_CLOSED, false,
		{"接続先との通信が切れました。",
			"The host closed the connection."},
		SAME},
	{SJ_REASON_IO, false,
		{"接続先との通信が途切れました。", "The connection broke."},
		SAME},
	{SJ_REASON_TLS, true,
		{"暗号通信（TLS）を始められませんでした。",
			"The encrypted connection (TLS) could not be made."},
		SAME},
	{SJ_REASON_TLS_VERSION, true,
		{"接続先の暗号通信（TLS）の版は許可されていません。",
			"The TLS version of the host is not allowed."},
		SAME},
	{SJ_REASON_CERT_MISSING, true,
		{"接続先から証明書が届きませんでした。",
			"The host sent no certificate."},
		{"この端末の証明書が接続先に届いていません。",
			"The host got no certificate from this terminal."}},
	{SJ_REASON_CERT_UNTRUSTED, true,
		{"接続先の証明書は、信頼する認証局のものではありません。",
			"The certificate of the host is from an authority that "
			"is not trusted here."},
		{"この端末の証明書は、接続先が信頼する認証局のものではありませ"
		 "ん。",
			"The certificate of this terminal is from an authority "
			"that the host does not trust."}},
	{SJ_REASON_CERT_EXPIRED, true,
		{"接続先の証明書の有効期限が切れています。",
			"The certificate of the host has expired."},
		{"この端末の証明書の有効期限が切れています。",
			"The certificate of this terminal has expired."}},
	{SJ_REASON_CERT_NOT_YET, true,
		{"接続先の証明書はまだ有効期間に入っていません。端末の時計も確"
		 "認してください。",
			"The certificate of the host is not valid yet. Check "
			"the clock of this terminal too."},
		{"この端末の証明書はまだ有効期間に入っていません。",
			"The certificate of this terminal is not valid yet."}},
	{SJ_REASON_CERT_REVOKED, true,
		{"接続先の証明書は失効しています。",
			"The certificate of the host has been revoked."},
		{"この端末の証明書は失効しています。",
			"The certificate of this terminal has been revoked."}},
	{SJ_REASON_CERT_NAME, true,
		{"接続先の証明書の名前が、接続先の名前と一致しません。",
			"The certificate of the host is for another name."},
		{"この端末の証明書の名前が、接続先に認められていません。",
			"The certificate of this terminal is for another "
			"name."}},
	{SJ_REASON_CERT_ROLE, true,
		{"接続先の証明書は、別の役割または別の系のものです。",
			"The certificate of the host is for another role or "
			"zone."},
		{"この端末の証明書は、別の役割または別の系のものです。",
			"The certificate of this terminal is for another role "
			"or zone."}},
	{SJ_REASON_CERT_PURPOSE, true,
		{"接続先の証明書は、この用途には使えません。",
			"The certificate of the host is for another purpose."},
		{"この端末の証明書は、この用途には使えません。",
			"The certificate of this terminal is for another "
			"purpose."}},
	{SJ_REASON_CERT_OTHER, true,
		{"接続先の証明書を確認できませんでした。",
			"The certificate of the host could not be verified."},
		{"この端末の証明書または鍵が使えません。",
			"The certificate or key of this terminal cannot be "
			"used."}},
	{SJ_REASON_CRL_MISSING, true,
		{"証明書の失効リストがありません。",
			"The revocation list is missing."},
		SAME},
	{SJ_REASON_CRL_EXPIRED, true,
		{"証明書の失効リストの有効期限が切れています。",
			"The revocation list has expired."},
		SAME},
	{SJ_REASON_CERT_REFUSED_BY_PEER, true,
		{"この端末の証明書が接続先に受け入れられませんでした。",
			"The host did not accept the certificate of this "
			"terminal."},
		SAME},
	{SJ_REASON_CLEAR_BYTES, true,
		{"暗号化されていないデータが届いたため、接続を止めました。",
			"Data came in clear text. The connection was stopped."},
		SAME},
	{SJ_REASON_TIMEOUT_HANDSHAKE, false,
		{"接続先から時間内に応答がありませんでした。",
			"The host did not answer in time."},
		SAME},
	{SJ_REASON_TIMEOUT_MESSAGE, false,
		{"接続先からのデータが途中で止まりました。",
			"The data of the host stopped half way."},
		SAME},
	{SJ_REASON_TIMEOUT_WRITE, false,
		{"接続先がデータを受け取らなくなりました。",
			"The host stopped taking data."},
		SAME},
	{SJ_REASON_VIEWER_VERSION, true, VIEWER_FAULT, SAME},
	{SJ_REASON_VIEWER_SECURITY, true, VIEWER_FAULT, SAME},
	{SJ_REASON_VIEWER_INIT, true, VIEWER_FAULT, SAME},
	{SJ_REASON_VIEWER_TYPE, true, VIEWER_FAULT, SAME},
	{SJ_REASON_VIEWER_FORMAT, true, VIEWER_FAULT, SAME},
	{SJ_REASON_VIEWER_ENCODINGS, true, VIEWER_FAULT, SAME},
	{SJ_REASON_VIEWER_REQUEST, true, VIEWER_FAULT, SAME},
	{SJ_REASON_VIEWER_KEY, true, VIEWER_FAULT, SAME},
	{SJ_REASON_VIEWER_POINTER, true, VIEWER_FAULT, SAME},
	{SJ_REASON_VIEWER_FENCE, true, VIEWER_FAULT, SAME},
	{SJ_REASON_VIEWER_CONTINUOUS, true, VIEWER_FAULT, SAME},
	{SJ_REASON_VIEWER_SIZE, true, VIEWER_FAULT, SAME},
	{SJ_REASON_VIEWER_CUT_TEXT, true, VIEWER_FAULT, SAME},
	{SJ_REASON_VIEWER_STATE, true, VIEWER_FAULT, SAME},
	{SJ_REASON_HOST_VERSION, true,
		{"接続先は対応していない版で応答しました。",
			"The host answered with a version that is not "
			"supported."},
		SAME},
	{SJ_REASON_HOST_SECURITY, true,
		{"接続先は証明書による暗号通信に対応していません。接続を止めま"
		 "した。",
			"The host does not offer encryption with certificates. "
			"The connection was stopped."},
		SAME},
	{SJ_REASON_HOST_INIT, true, HOST_FAULT, SAME},
	{SJ_REASON_HOST_RESULT, true, HOST_FAULT, SAME},
	{SJ_REASON_HOST_TYPE, true, HOST_FAULT, SAME},
	{SJ_REASON_HOST_UPDATE, true, HOST_FAULT, SAME},
	{SJ_REASON_HOST_RECT, true, HOST_FAULT, SAME},
	{SJ_REASON_HOST_ENCODING, true, HOST_FAULT, SAME},
	{SJ_REASON_HOST_LENGTH, true, HOST_FAULT, SAME},
	{SJ_REASON_HOST_COPY, true, HOST_FAULT, SAME},
	{SJ_REASON_HOST_CURSOR, true, HOST_FAULT, SAME},
	{SJ_REASON_HOST_SIZE, true, HOST_FAULT, SAME},
	{SJ_REASON_HOST_FENCE, true, HOST_FAULT, SAME},
	{SJ_REASON_HOST_END, true, HOST_FAULT, SAME},
	{SJ_REASON_HOST_CARET, true, HOST_FAULT, SAME},
	{SJ_REASON_HOST_PIXELS, true,
		{"届いた画面のデータが壊れているため、接続を止めました。",
			"The picture of the host could not be decoded. The "
			"connection was stopped."},
		SAME},
	{SJ_REASON_HOST_STATE, true, HOST_FAULT, SAME},
	{SJ_REASON_HOST_BUDGET, true, HOST_FAULT, SAME},
	{SJ_REASON_HOST_CUT_TEXT, true,
		{"接続先が文字の受け渡し（クリップボード）を試みたため、接続を"
		 "止めました。",
			"The host tried to hand over text (clipboard). The "
			"connection was stopped."},
		SAME},
	{SJ_REASON_END_USER, false,
		{"利用者の操作でセッションを終了しました。",
			"You ended the session."},
		SAME},
	{SJ_REASON_END_IDLE, false,
		{"操作がない時間が続いたため、セッションを終了しました。",
			"The session ended because it was not used for some "
			"time."},
		SAME},
	{SJ_REASON_END_LIFETIME, false,
		{"利用できる最長の時間に達したため、セッションを終了しました。",
			"The session ended because it reached the longest "
			"time."},
		SAME},
	{SJ_REASON_END_ADMIN, false,
		{"管理者がセッションを終了しました。",
			"An administrator ended the session."},
		SAME},
	{SJ_REASON_END_TAKEN_OVER, false,
		{"同じ利用者が別の端末で接続したため、この端末の接続を終了しま"
		 "した。",
			"The same user connected from another terminal, so "
			"this one was disconnected."},
		SAME},
	{SJ_REASON_END_BROWSER, false,
		{"ブラウザが終了したため、セッションを終了しました。",
			"The browser was closed, so the session ended."},
		SAME},
	{SJ_REASON_END_SHUTDOWN, false,
		{"接続先のサーバを停止するため、セッションを終了しました。",
			"The host is being shut down, so the session ended."},
		SAME},
	{SJ_REASON_END_RESUME_TIME, false,
		{"時間内に再接続されなかったため、セッションを終了しました。",
			"The session ended because it was not resumed in "
			"time."},
		SAME},
	{SJ_REASON_END_BROKEN, true,
		{"接続先で障害が起きたため、セッションが終了しました。",
			"The session broke on the host and has ended."},
		SAME},
	{SJ_REASON_REFUSED_FULL, false,
		{"ただいま満席です。しばらくしてから接続してください。",
			"All sessions are in use. Please try again later."},
		SAME},
	{SJ_REASON_REFUSED_LOGIN, true,
		{"利用者IDまたはパスワードが受け入れられませんでした。",
			"The user name or the password was not accepted."},
		SAME},
	{SJ_REASON_REFUSED_CONFIG, true,
		{"接続先の設定により、この接続は許可されていません。",
			"The configuration of the host does not allow this "
			"connection."},
		SAME},
	{SJ_REASON_REFUSED_START, true,
		{"接続先でセッションを開始できませんでした。",
			"The host could not start a session."},
		SAME},
	{SJ_REASON_REFUSED_RATE, false,
		{"接続の回数が多すぎます。しばらくしてから接続してください。",
			"Too many connections. Please try again later."},
		SAME},
	{SJ_REASON_LOCAL, true,
		{"この端末で問題が起きたため、接続できません。",
			"A problem on this terminal prevents the connection."},
		{"接続先で問題が起きました。",
			"A problem occurred on the host."}},
	{SJ_REASON_UNREACHABLE, false,
		{"接続先に届きません。ネットワークを確認してください。",
			"The host cannot be reached. Check the network."},
		SAME},
	{SJ_REASON_UNRESOLVED, true,
		{"接続先の名前が見つかりません。",
			"The name of the host is not known."},
		SAME},
	{SJ_REASON_AGENT_GONE, false,
		{"接続先のセッションが予期せず終了しました。",
			"The session on the host ended unexpectedly."},
		SAME},
	{SJ_REASON_REFUSED_LEDGER, true,
		{"画面生成ホストまたは中継装置で通信の記録（台帳）を書き込めない"
		 "ため、接続できません。",
			"The host or the guard cannot write its ledger, so "
			"nobody can connect."},
		SAME},
	{SJ_REASON_LEDGER, true,
		{"この端末で通信の記録（台帳）を書き込めないため、接続を止めま"
		 "した。",
			"This terminal cannot write its ledger. The connection "
			"was stopped."},
		SAME},
	{SJ_REASON_DECODER_GONE, true,
		{"画面の処理が予期せず終了したため、接続を止めました。",
			"The decoder ended unexpectedly. The connection was "
			"stopped."},
		SAME},
};

static const struct row *find(enum sj_reason reason)
{
	size_t i;

	for (i = 0; i < SJ_COUNT(rows); i++) {
		if (rows[i].reason == reason)
			return &rows[i];
	}
	return NULL;
}

static const char *pick(const struct pair *pair, bool is_japanese)
{
	return is_japanese ? pair->ja : pair->en;
}

const char *sj_messages_text(enum sj_message message, bool is_japanese)
{
	if ((unsigned)message >= SJ_MESSAGE_COUNT)
		return "";
	return pick(&fixed[message], is_japanese);
}

const char *sj_messages_reason(
	enum sj_reason reason, bool is_by_peer, bool is_japanese)
{
	static const struct pair unknown = {
		"原因のわからない理由で接続が終わりました。",
		"The connection ended for an unknown reason."};
	const struct row *row = find(reason);

	if (!row)
		return pick(&unknown, is_japanese);
	if (is_by_peer && row->by_peer.ja)
		return pick(&row->by_peer, is_japanese);
	return pick(&row->text, is_japanese);
}

bool sj_messages_is_call_wanted(enum sj_reason reason)
{
	const struct row *row = find(reason);

	return !row || row->is_call_wanted;
}

const char *sj_messages_line(char *out, size_t size, enum sj_reason reason,
	bool is_by_peer, bool is_japanese, const char *contact)
{
	const char *text = sj_messages_reason(reason, is_by_peer, is_japanese);
	const char *code = sj_messages_text(SJ_MESSAGE_CODE, is_japanese);
	const char *space = is_japanese ? "" : " ";

	if (!sj_messages_is_call_wanted(reason))
		(void)snprintf(out, size, "%s%s(%s%03d)", text, space, code,
			(int)reason);
	else if (contact[0])
		(void)snprintf(out, size, "%s%s%s%s%s(%s%03d)", text, space,
			sj_messages_text(SJ_MESSAGE_CONTACT, is_japanese),
			contact, " ", code, (int)reason);
	else
		(void)snprintf(out, size, "%s%s%s%s(%s%03d)", text, space,
			sj_messages_text(
				SJ_MESSAGE_CONTACT_UNKNOWN, is_japanese),
			space, code, (int)reason);
	return out;
}

const char *sj_messages_failure(char *out, size_t size,
	const struct sj_viewer_failure *failure,
	const struct sj_viewer_options *options, bool is_japanese)
{
	const char *text, *space = is_japanese ? "" : " ";
	uint32_t what = failure->what;
	char file[SJ_VIEWER_PATH_BYTES + 128] = "";

	/* The number comes from a process that may have been taken over. */
	if (what <= SJ_VIEWER_FAILED_NOTHING || what >= SJ_VIEWER_FAILED_COUNT)
		what = SJ_VIEWER_FAILED_OTHER;
	text = pick(&failures[what], is_japanese);
	if (what == SJ_VIEWER_FAILED_SCREENSHOT)
		(void)snprintf(file, sizeof(file),
			"%s: %s: ", options->screenshot,
			strerror(failure->number));
	(void)snprintf(out, size, "%s%s%s(%s%03d)", file, text, space,
		sj_messages_text(SJ_MESSAGE_CODE, is_japanese),
		(int)SJ_REASON_LOCAL);
	return out;
}
