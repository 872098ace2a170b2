# SPDX-License-Identifier: GPL-3.0-or-later
"""A loopback HTTP server with Japanese pages for Chromium in a session.

Pages report what reaches them by POST /report; forms are stored exactly.
"""
import http.server
import json
import threading
import urllib.parse

from tap import wait_until

# Reports go out one after the other, in the order in which things happened.
SCRIPT = """
const queue = []; let is_busy = false;
async function pump() {
  if (is_busy) return;
  is_busy = true;
  while (queue.length) {
    await fetch('/report', {method: 'POST', body: JSON.stringify(queue.shift())})
      .catch(() => {});
  }
  is_busy = false;
}
function report(kind, data) {
  queue.push(Object.assign({kind: kind, page: location.pathname + location.search}, data || {}));
  pump();
}
/* Where each element with an id is on the screen. */
function places() {
  const result = {}, left = screenX + (outerWidth - innerWidth) / 2,
    top = screenY + (outerHeight - innerHeight);
  for (const element of document.querySelectorAll('[id]')) {
    const box = element.getBoundingClientRect();
    result[element.id] = [Math.round(left + box.left), Math.round(top + box.top),
      Math.round(box.width), Math.round(box.height)];
  }
  return result;
}
function tell(kind) {
  report(kind, {places: places(), inner: [innerWidth, innerHeight],
    outer: [outerWidth, outerHeight], screen: [screenX, screenY],
    is_shown: document.visibilityState == 'visible', has_focus: document.hasFocus(),
    active: document.activeElement ? document.activeElement.id : ''});
}
/* Two frames later the pixels of the page have been drawn. */
function tell_when_drawn(kind) {
  requestAnimationFrame(() => requestAnimationFrame(() => tell(kind)));
}
addEventListener('load', () => tell_when_drawn('load'));
addEventListener('resize', () => tell_when_drawn('resize'));
addEventListener('focus', () => tell('focus'));
document.addEventListener('visibilitychange', () => tell('visibility'));
"""

STYLE = """body { font: 20px/1.7 'Noto Sans CJK JP', sans-serif; margin: 24px;
  color: #111; background: #fff } input, textarea, select, button { font-size: 20px }
  textarea { width: 90%; height: 160px }"""

TEXT = """上越市役所からのお知らせ
市民の皆さまへ、次のとおりお知らせします。
この画面は、隔離された環境で表示しています。
住民票の写しは、市民課の窓口で交付しています。
受付時間は、平日の午前八時三十分から午後五時十五分までです。
手数料は、一通につき三百円です。
郵便でも請求することができます。
図書館の休館日は、毎週月曜日と祝日の翌日です。
大雪のときは、除雪車が通りますので、道路に車を止めないでください。
ご不明な点は、総務課までお問い合わせください。"""


def page(title, body, script=""):
    return (f"<!DOCTYPE html><html lang=ja><meta charset=utf-8>"
            f"<link rel=icon href='data:,'>"
            f"<title>{title}</title><style>{STYLE}</style><body>{body}"
            f"<script>{SCRIPT}{script}</script></body></html>")


def _text(_query):
    rows = TEXT.split("\n")
    return page("お知らせ", f"<h2 id=top>{rows[0]}</h2>" +
                 "".join(f"<p>{row}</p>" for row in rows[1:]))


def _form(_query):
    return page("申請", """<h2>申請フォーム</h2>
<form method=post action=/form id=form>
<p><input id=name name=name size=30 autofocus autocomplete=off></p>
<p><textarea id=memo name=memo spellcheck=false></textarea></p>
<p><button id=send>送信する</button></p></form>""", """
for (const id of ['name', 'memo']) document.getElementById(id)
  .addEventListener('input', (event) => report('input',
    {id: id, length: Array.from(event.target.value).length}));
for (const kind of ['focusin', 'focusout']) addEventListener(kind,
  (event) => report(kind, {id: event.target.id || ''}));
""")


def _stay(_query):
    return page("続き", """<h2>入力の途中</h2>
<p><input id=name size=40 autofocus autocomplete=off></p>
<p>番号 <b id=number></b></p>""", """
document.getElementById('number').textContent = Math.floor(Math.random() * 1e9);
document.getElementById('name').addEventListener('input', (event) =>
  report('input', {text: event.target.value,
    number: document.getElementById('number').textContent}));
""")


def _events(_query):
    return page("操作", """<h2>操作の確認</h2>
<p><button id=press>押す</button> <select id=choice><option>一<option>二<option>三</select></p>
<p><a id=tab href=/tab2 target=_blank>別のタブ</a>
<button id=popup>小窓</button> <button id=alert>確認</button></p>
<div id=pad style='width:300px;height:160px;background:#dde8f0' tabindex=0>ここ</div>""", """
for (const kind of ['mousedown', 'mouseup', 'click', 'contextmenu', 'wheel', 'auxclick'])
  addEventListener(kind, (event) => report(kind, {id: event.target.id || '',
    x: event.screenX, y: event.screenY, button: event.button, buttons: event.buttons,
    dx: event.deltaX || 0, dy: event.deltaY || 0}));
for (const kind of ['keydown', 'keyup']) addEventListener(kind, (event) =>
  report(kind, {key: event.key, code: event.code, repeat: event.repeat,
    shift: event.shiftKey, ctrl: event.ctrlKey}));
document.getElementById('choice').addEventListener('change', (event) =>
  report('change', {value: event.target.value}));
document.getElementById('popup').addEventListener('click', () =>
  window.open('/child', 'child', 'width=420,height=300'));
document.getElementById('alert').addEventListener('click', () => {
  report('alert-open');
  setTimeout(() => { alert('確認してください'); report('alert-closed'); }, 200); });
""")


def _child(_query):
    return page("小窓", """<h3>小窓</h3><p><input id=word size=12>
<button id=close>閉じる</button></p>""", """
document.getElementById('close').addEventListener('click', () => {
  navigator.sendBeacon('/report', JSON.stringify({kind: 'closed', page: '/child',
    text: document.getElementById('word').value})); window.close(); });
""")


def _tab2(_query):
    return page("二つ目のタブ", "<h2>二つ目のタブ</h2><p><input id=word autofocus></p>",
                 """document.getElementById('word').addEventListener('input',
  (event) => report('input', {text: event.target.value}));""")


def _scroll(_query):
    body = "".join(f"<p>{n} 行目: 上越市の雪は深い。</p>" for n in range(1, 400))
    return page("長いページ", "<h2 id=top>長いページ</h2>" + body, """
let last = -1;
addEventListener('scrollend', () => { if (last != scrollY) {
  last = scrollY; report('scroll', {y: Math.round(scrollY)}); } });""")


def _draw(_query):
    """A page that comes to rest, with colours, gradients and a picture."""
    return page("絵", """<h2>色の確認</h2>
<div style='height:120px;background:linear-gradient(90deg,#f00,#ff0,#0f0,#0ff,#00f,#f0f)'></div>
<p style='color:#0645ad'>上越市役所 高田城址公園の桜 <b>太字</b> <i>斜体</i></p>
<canvas id=noise width=400 height=200></canvas>""", """
const context = document.getElementById('noise').getContext('2d');
const image = context.createImageData(400, 200); let seed = 12345;
for (let i = 0; i < image.data.length; i++) {
  seed = (seed * 1103515245 + 12345) % 2147483648;
  image.data[i] = i % 4 == 3 ? 255 : seed >> 16 & 255; }
context.putImageData(image, 0, 0);""")


def _levers(_query):
    """What the browser was told about text, motion, wheel and frames."""
    rows = "".join(f"<p>{row}</p>" for row in TEXT.split("\n") * 12)
    return page("設定", f"""<p id=motion></p><p><input id=word size=30
autofocus autocomplete=off></p>{rows}""", """
const query = matchMedia('(prefers-reduced-motion: reduce)');
document.getElementById('motion').textContent = query.matches ? '動きなし' : '動きあり';
let steps = 0;
addEventListener('scroll', () => steps++);
addEventListener('wheel', () => setTimeout(() => report('steps', {steps: steps}), 700));
addEventListener('load', () => setTimeout(() => {
  let frames = 0; const begin = performance.now();
  requestAnimationFrame(function next(now) {
    frames++;
    if (now - begin < 2000) requestAnimationFrame(next);
    else report('levers', {is_reduced: query.matches,
      frames: frames * 1000 / (now - begin)});
  });
}, 500));
""")


PAGES = {"/": _text, "/text": _text, "/form": _form, "/stay": _stay,
         "/events": _events, "/child": _child, "/tab2": _tab2,
         "/levers": _levers, "/scroll": _scroll, "/draw": _draw}


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_arguments):
        pass

    def _answer(self, status, body, kind="text/html; charset=utf-8"):
        data = body.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(data)

    def _answer_raw(self, headers, data):
        self.send_response(200)
        for key, value in headers.items():
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self):
        path = urllib.parse.urlsplit(self.path).path
        with self.server.pages.lock:
            self.server.pages.requests.append(
                (self.command, self.headers.get("Host"), self.path))
        answers = self.server.pages.answers
        if path in answers:
            self._answer_raw(*answers[path])
        elif path in PAGES:
            self._answer(200, PAGES[path](self.path))
        else:
            self._answer(404, page("ありません", "<h2>ありません</h2>"))

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        pages = self.server.pages
        if self.path == "/report":
            with pages.lock:
                pages.reports.append(json.loads(body))
            self._answer(200, "{}", "application/json")
            return
        with pages.lock:
            pages.posts.append((self.path, body))
        self._answer(200, page("受付", "<h2>受け付けました</h2>"))


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, _request, _address):
        """A browser that was ended in the middle of an answer is no error."""


class Pages:
    """The server, in threads of the test; use as a context manager."""

    def __init__(self):
        self.lock = threading.Lock()
        self.requests, self.reports, self.posts = [], [], []
        self.answers = {}  # path: (headers, bytes), before PAGES
        self.server = _Server(("127.0.0.1", 0), _Handler)
        self.server.pages = self
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(
            target=self.server.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_error):
        self.server.shutdown()
        self.server.server_close()

    def all(self, kind, page=None):
        with self.lock:
            return [row for row in self.reports if row["kind"] == kind and
                    (page is None or row["page"] == page)]

    def last(self, kind, page=None):
        rows = self.all(kind, page)
        return rows[-1] if rows else None

    def wait(self, kind, page=None, limit_s=15.0, count=1, test=None):
        """The last report of this kind once `count` of them fulfil test."""
        def ready():
            rows = [row for row in self.all(kind, page)
                    if test is None or test(row)]
            return rows[-1] if len(rows) >= count else None
        return wait_until(ready, limit_s)

    def wait_post(self, limit_s=15.0, count=1):
        """Fields of the newest form that arrived, {} at the deadline."""
        wait_until(lambda: len(self.posts) >= count, limit_s)
        if len(self.posts) < count:
            return {}
        fields = urllib.parse.parse_qs(
            self.posts[-1][1].decode("ascii"), keep_blank_values=True,
            strict_parsing=True, encoding="utf-8", errors="strict")
        return {key: value[0] for key, value in fields.items()}

    def center(self, name, page):
        """Screen place of the middle of element name, or None."""
        with self.lock:
            for row in reversed(self.reports):
                if row["page"] == page and name in row.get("places", {}):
                    left, top, width, height = row["places"][name]
                    return left + width // 2, top + height // 2
        return None


if __name__ == "__main__":
    with Pages() as running:
        print(running.port, flush=True)
        running.thread.join()
