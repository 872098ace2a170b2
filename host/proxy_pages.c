/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/proxy_pages.h"

#include <stdio.h>
#include <string.h>

static const char style[] =
	"<style>"
	"body{margin:0;font-family:'Noto Sans CJK JP',sans-serif;color:#222;"
	"background:#f7f4ec;line-height:1.8}"
	"header{background:#2f4858;color:#fff;padding:28px 10%}"
	"header h1{margin:0;font-size:34px;letter-spacing:.08em}"
	"main{padding:24px 10%;max-width:980px}"
	"section{background:#fff;border:1px solid #d8d0bd;padding:8px 28px 20px;"
	"margin:0 0 20px}"
	"h2{font-size:20px;color:#2f4858;margin-bottom:4px}"
	"input,button{font:inherit;padding:8px 12px}"
	"input{width:60%;border:1px solid #9aa}"
	"button{background:#b4471b;color:#fff;border:0;cursor:pointer}"
	".en{color:#667;font-size:14px}"
	"li{margin:4px 0}"
	"</style>";

static const char start_body[] =
	"<header><h1>障子 shoji</h1>インターネット接続系の画面を表示しています"
	"</header><main>"
	"<section><h2>この画面について</h2>"
	"<p>この画面は、インターネット接続系の画面生成ホストで動いている、"
	"あなた専用の使い捨てのブラウザです。端末に届くのは画面の画素だけで、"
	"ファイルや文字列は通りません。利用を終えると、閲覧の記録と一時データは"
	"すべて消えます。</p>"
	"<p class=\"en\">This is your own disposable browser in the Internet zone. "
	"Only pixels reach your terminal; keys and pointer go the other way. "
	"No file and no text crosses.</p></section>"
	"<section><h2>文字を入力してみる</h2>"
	"<form action=\"/search\" method=\"get\">"
	"<input name=\"q\" autofocus placeholder=\"例：上越市役所\"> "
	"<button>送信</button></form>"
	"<p class=\"en\">Type here, with your own input method.</p></section>"
	"<section><h2>できること・できないこと</h2><ul>"
	"<li>閲覧、文字の入力、フォームの送信、タブの切り替えができます。</li>"
	"<li>ダウンロード、アップロード、印刷、クリップボードの共有は"
	"できません。</li>"
	"<li>接続が切れても、しばらくの間は同じ画面に戻れます。</li>"
	"</ul></section></main>";

static const char search_body[] =
	"<header><h1>障子 shoji</h1>送信を受け取りました</header><main>"
	"<section><h2>届きました</h2><p>入力した文字は、あなた専用のブラウザから"
	"このページへ送られました。</p><p><a href=\"/\">はじめのページへ戻る</a>"
	"</p><p class=\"en\">What you typed has arrived.</p></section></main>";

static const char missing_body[] =
	"<header><h1>障子 shoji</h1></header><main><section>"
	"<h2>ページがありません</h2><p><a href=\"/\">はじめのページへ</a></p>"
	"<p class=\"en\">There is no such page.</p></section></main>";

static const char refusal_body[] =
	"<header><h1>障子 shoji</h1></header><main><section>"
	"<h2>この宛先には接続できません</h2>"
	"<p>試用の構成では、決められたページだけを表示できます。"
	"ほかのページを見るには、設定ファイルの [egress] upstream に"
	"組織のプロキシを指定してください。</p>"
	"<p class=\"en\">This trial set-up reaches only the pages it was given. "
	"Name your organisation's proxy in [egress] upstream.</p>"
	"</section></main>";

static size_t answer(
	const char *status, const char *body, char *out, size_t size)
{
	static const char head[] =
		"<!DOCTYPE html><html lang=\"ja\"><meta charset=\"utf-8\">"
		"<title>障子 shoji</title>";
	size_t page = strlen(head) + strlen(style) + strlen(body);
	int put = snprintf(out, size,
		"HTTP/1.1 %s\r\nContent-Type: text/html; charset=utf-8\r\n"
		"Content-Length: %zu\r\nCache-Control: no-store\r\n"
		"Connection: close\r\n\r\n%s%s%s",
		status, page, head, style, body);

	return put > 0 && (size_t)put < size ? (size_t)put : 0;
}

size_t sj_proxy_start_answer(
	const char *path, size_t path_size, char *out, size_t size)
{
	const char *query = memchr(path, '?', path_size);
	size_t name = query ? (size_t)(query - path) : path_size;

	if (name == 0 || (name == 1 && path[0] == '/'))
		return answer("200 OK", start_body, out, size);
	if (name == 7 && memcmp(path, "/search", 7) == 0)
		return answer("200 OK", search_body, out, size);
	return answer("404 Not Found", missing_body, out, size);
}

size_t sj_proxy_refusal(char *out, size_t size)
{
	return answer("403 Forbidden", refusal_body, out, size);
}
