/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What was found, for people: Japanese and English. */
#include "certs/verify.h"

struct text {
	const char *japanese, *english;
};

static const struct text texts[SJ_VERIFY_WHAT_COUNT] = {
	[SJ_VERIFY_RECORD] = {"記録の形をしていません（書き換えの疑い）",
		"is no record: it was overwritten"},
	[SJ_VERIFY_SEQ] = {"記録の番号が続いていません（削除・追加・入れ替え）",
		"does not have the next number: records were removed, added or "
		"put in another order"},
	[SJ_VERIFY_PREV] = {"一つ前の記録とつながっていません（前の記録の書き換え）",
		"does not follow the record before it: that one was altered"},
	[SJ_VERIFY_MAC] = {"当時の鍵で書かれた記録ではありません（書き換え）",
		"was not written with the key of that time: it was altered"},
	[SJ_VERIFY_SIGNATURE] = {"署名が合いません（書き換え）",
		"has a wrong signature: it was altered"},
	[SJ_VERIFY_KEYS] = {"別の台帳、または別の鍵の台帳です",
		"belongs to another ledger or another key"},
	[SJ_VERIFY_BEGINNING] = {"開始の記録がありません",
		"stands where a start has to be"},
	[SJ_VERIFY_SESSION] = {"セッションの記録がそろっていません",
		"does not fit its session"},
	[SJ_VERIFY_SUMS] = {"一日の合計が各セッションの合計と違います",
		"states sums of the day that its sessions do not have"},
	[SJ_VERIFY_CLOCK] = {"機器の時計が戻っています",
		"is older than the record before it by the machine's clock"},
	[SJ_VERIFY_CUT] = {"書込側の状態と一致しません（末尾の削除・巻き戻し）",
		"is not where the writer's state ends: the end was cut off, or "
		"an older copy was put back"},
	[SJ_VERIFY_WITNESS] = {"控えと内容が違います（巻き戻し・書き換え）",
		"is not the record that a witness line saw"},
	[SJ_VERIFY_WITNESS_GONE] =
		{"控えにある記録がありません（末尾の削除・巻き戻し）",
			"was seen by a witness line and is not there: the end was cut "
			"off, or an older copy was put back"},
	[SJ_VERIFY_MORE] = {"送られた数より多く届いています（不一致）",
		"more arrived than the other end has sent"},
	[SJ_VERIFY_UNCOUNTED] =
		{"電文に数えられていないバイトがあります（不一致）",
			"bytes on the line that are in no counted message"},
	[SJ_VERIFY_LEFT_OUT] =
		{"相手側の台帳にこのセッションがありません（記録の欠落）",
			"the other end's ledger does not have this session"},
	[SJ_VERIFY_TWICE] = {"同じ接続の記録が二つの端より多くあります",
		"one connection stands in more sessions than its two ends"},
	[SJ_VERIFY_INVENTED] =
		{"閲覧端末から届いた数より多く画面生成ホストへ送られています"
		 "（不一致）",
			"a guard sent a host more than the viewer's session "
			"that it is of can account for"},
	[SJ_VERIFY_OTHER_USER] =
		{"画面生成ホストは、この接続を中継装置の閲覧者とは別の利用者の"
		 "ものとしています（不一致）",
			"the host gave this connection to another user than "
			"the guard's viewer was"},
	[SJ_VERIFY_FORKED] =
		{"同じ鍵の別の台帳にも同じ番号の記録があります（鍵の二重使用、"
		 "複写、または巻き戻し）",
			"is a number that another ledger of the same key has, "
			"too: the key was used twice, or one is a copy or was "
			"rolled back"},
	[SJ_VERIFY_NO_FIRST] =
		{"最初の鍵がないため、記録ごとの認証を確かめていません",
			"macs were not checked: the first key was not given"},
	[SJ_VERIFY_NO_PUBLIC] = {"公開鍵がないため、署名を確かめていません",
		"signatures were not checked: the public key was not given"},
	[SJ_VERIFY_BEFORE] = {"これより前の記録は示されていません",
		"the records before were not shown"},
	[SJ_VERIFY_NO_STOP] =
		{"終了の記録がありません（稼働中・停電・末尾の削除のいずれか）",
			"no stop at the end: it is still being written, the machine "
			"broke down, or the end was cut off"},
	[SJ_VERIFY_CRASH] = {"終了の記録がないまま再び開始しています",
		"a new start without a stop before"},
	[SJ_VERIFY_TAIL] = {"最後の署名より後の記録があります",
		"records behind the last signature"},
	[SJ_VERIFY_PART] = {"末尾に記録の一部だけがあります",
		"a part of a record at the end"},
	[SJ_VERIFY_SILENCE] = {"記録の途切れがあります",
		"nothing was written for longer than three heartbeats"},
	[SJ_VERIFY_OPEN] = {"終わりの記録がないセッションです",
		"session without an end"},
	[SJ_VERIFY_NO_COUNTS] = {"件数が分からないまま終わったセッションです",
		"session whose counts nobody could tell any more"},
	[SJ_VERIFY_NO_OTHER] = {"相手側の台帳が示されていません",
		"the other end's ledger was not shown"},
	[SJ_VERIFY_BEGINS_LATER] =
		{"示された相手側の台帳より前のセッションです（時計の差 60 秒を"
		 "見込む）",
			"is older than the other end's ledger that was shown "
			"(60 s are allowed for two clocks)"},
	[SJ_VERIFY_ENDS_EARLIER] =
		{"示された相手側の台帳は、これより前で終わっています（時計の差 "
		 "60 秒を見込む）",
			"is behind the end of the other end's ledger that was "
			"shown (60 s are allowed for two clocks)"},
	[SJ_VERIFY_FAR_UNDER_WAY] = {"終了時に未着だった量が多すぎます",
		"more was sent and did not arrive than can be under way"},
	[SJ_VERIFY_NOTHING] =
		{"両端から示されたセッションがなく、何も照合していません",
			"no session was shown from both ends: nothing was "
			"compared"},
	[SJ_VERIFY_UNLINKED] =
		{"中継装置のどの閲覧セッションに属するか分かりません",
			"of which viewer's session of the guard this is "
			"is not known"},
	[SJ_VERIFY_PART_OF_DAY] =
		{"この台帳は、対象の日の全体にわたっていません",
			"is where this ledger begins or ends: it does not "
			"reach over the whole day"},
	[SJ_VERIFY_UNDER_WAY] =
		{"終了時に届いていなかったものがあります（正常の範囲）",
			"under way when the connection ended (as it may be)"},
	[SJ_VERIFY_TORN] =
		{"停電などで途切れた書きかけの記録を取り除いています",
			"a torn record was cut off at the start"},
	[SJ_VERIFY_NEVER] =
		{"セッションになる前に終わった接続です（通ったものはありません）",
			"ended before it became a session: nothing crossed"},
};

const char *sj_verify_text(enum sj_verify_what what, bool is_japanese)
{
	const struct text *text =
		&texts[(unsigned)what < SJ_VERIFY_WHAT_COUNT ? (unsigned)what
							     : 0];

	return is_japanese ? text->japanese : text->english;
}
