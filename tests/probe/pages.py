# SPDX-License-Identifier: GPL-3.0-or-later
"""Pages for the browser of a host under test: markers in every place that a
page can reach, and the sending ends of covert channels."""
import http.server
import json
import threading
import time
import urllib.parse

from canary import EICAR, marker

PLACES = ("text", "title", "url", "hash", "cookie", "storage", "clipboard",
          "selection", "file-name", "file-content", "notification", "print",
          "window-name", "alt", "comment", "field", "console", "header",
          "drag", "cursor-name", "canvas")

HEAD = """<!DOCTYPE html><html lang=en><meta charset=utf-8>
<link rel=icon href='data:,'><style>body{font:18px sans-serif;margin:20px}
#pad{width:300px;height:80px;background:#dde8f0}</style>"""
REPORT = """
function report(kind, data) { return fetch('/report', {method: 'POST', body:
  JSON.stringify(Object.assign({kind: kind, at: performance.now()}, data))})
  .catch(() => {}); }
"""


def canary_page(seed):
    m = {name: marker(seed, name) for name in PLACES}
    return HEAD + f"""<title>{m['title']}</title>
<!-- {m['comment']} {EICAR} -->
<body><p>{m['text']}</p><p>{EICAR.replace('<', '&lt;')}</p>
<p id=pad draggable=true>press here</p><img alt='{m['alt']}' width=1 height=1
src='data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA='>
<form><input id=field value='{m['field']}'></form>
<a id=file download='{m['file-name']}.com' href='/file'>file</a>
<canvas id=canvas width=64 height=64></canvas>
<script>{REPORT}
const m = {json.dumps(m)}, eicar = {json.dumps(EICAR)};
window.name = m['window-name'];
document.cookie = 'canary=' + m.cookie;
localStorage.canary = m.storage;
console.log(m.console);
history.pushState({{}}, '', '/canary/' + m.url + '#' + m.hash);
document.body.style.cursor = "url('/cursor/" + m['cursor-name'] + "'), auto";
const context = canvas.getContext('2d'), image = context.createImageData(64, 64);
for (let i = 0; i < 64 * 64; i++) {{
  const text = i % 64 < 32 ? m.canvas : eicar;
  for (let c = 0; c < 3; c++) image.data[4 * i + c] =
    text.charCodeAt((3 * i + c) % text.length);
  image.data[4 * i + 3] = 255; }}
context.putImageData(image, 20, 0);
pad.addEventListener('dragstart', (event) => {{
  event.dataTransfer.setData('text/plain', m.drag); report('drag'); }});
document.addEventListener('copy', (event) => {{
  event.clipboardData.setData('text/plain', m.selection);
  event.preventDefault(); report('copy'); }});
addEventListener('click', async () => {{
  report('click');
  const tried = {{}};
  try {{ await navigator.clipboard.writeText(m.clipboard);
    tried.clipboard = true; }} catch (error) {{ tried.clipboard = false; }}
  try {{ new Notification(m.notification, {{body: eicar}}); }} catch (e) {{}}
  try {{ Notification.requestPermission(); }} catch (error) {{}}
  file.click();
  const area = document.createElement('textarea');
  area.value = m.selection; document.body.append(area); area.select();
  tried.copy = document.execCommand('copy');
  report('tried', tried);
  setTimeout(() => {{ document.title = m.print; print();
    report('printed'); }}, 1500);
}});
addEventListener('load', () => setTimeout(() => report('canary'), 300));
</script>"""


def painted_page(_seed):
    """EICAR as colours: as R, G, B of pixels, as B, G, R, and in planes."""
    return HEAD + f"""<title>painted</title><body style='margin:0'>
<canvas id=canvas width=96 height=64 style='position:fixed;left:64px;
top:64px'></canvas><script>{REPORT}
const eicar = {json.dumps(EICAR)};
const context = canvas.getContext('2d'), image = context.createImageData(96, 64);
const byte = (i) => i < eicar.length ? eicar.charCodeAt(i) : 0;
for (let y = 0; y < 64; y++) for (let x = 0; x < 96; x++) {{
  const at = 4 * (96 * y + x), kind = y % 3;
  for (let c = 0; c < 3; c++) image.data[at + c] = byte(
    kind == 0 ? 3 * x + c : kind == 1 ? 3 * x + 2 - c : x);
  image.data[at + 3] = 255; }}
context.putImageData(image, 0, 0);
addEventListener('load', () => setTimeout(() => report('painted'), 300));
</script>"""


def covert_page(_seed):
    return HEAD + """<title>covert</title><body style='margin:0'>
<div id=box style='position:fixed;left:200px;top:200px;width:16px;height:16px;
background:#000'></div><textarea id=field autofocus spellcheck=false
style='position:fixed;left:300px;top:150px;width:600px;height:420px;
padding:0;border:0;font:20px/24px monospace'></textarea><script>""" + REPORT + """
const lines = Array(16).fill('i'.repeat(32)).join('\\n');

let times = [], sizes = [], timer = 0;
function later() { clearTimeout(timer); timer = setTimeout(() => {
  report('moves', {times: times.splice(0)}); }, 400); }
addEventListener('pointermove', (event) => {
  times.push([performance.now(), event.clientX, event.clientY]); later(); });
addEventListener('keydown', (event) => { times.push([performance.now(), -1,
  event.keyCode]); later(); });
addEventListener('resize', () => report('size', {w: innerWidth,
  h: innerHeight}));
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
async function play(kind, values, step) {
  let level = 0;
  field.value = lines;
  for (const value of values) {
    if (kind == 'timing') {
      field.blur();
      await sleep(step * (1 + value));
      level ^= 255;
      box.style.background = `rgb(${level},${level},${level})`;
    } else if (kind == 'cursor') {
      document.documentElement.style.cursor = `url('/cursor/${value}.svg') 0 0, auto`;
      await sleep(step);
    } else if (kind == 'caret') {
      move(value);
      await sleep(step);
    } else if (kind == 'caret-typed') {
      await typed();
      move(value);
    } else if (kind == 'burn') {
      const end = performance.now() + step;
      if (value) while (performance.now() < end);
      await sleep(Math.max(0, end - performance.now()));
    }
  }
  report('played', {what: kind, count: values.length});
}
// 16 columns and rows: column in the low bits.
function move(value) {
  const at = 33 * (value >> 4) + 2 * (value & 15);
  field.focus(); field.setSelectionRange(at, at);
}
const typed = () => new Promise((done) => field.addEventListener('keydown',
  (event) => { event.preventDefault(); done(); }, {once: true}));
async function listen(count) {
  const ticks = [];
  report('listening');
  for (let at = 0; at < count; at++) { await sleep(4);
    ticks.push(performance.now()); }
  report('ticks', {times: ticks});
}
field.addEventListener('focus', () => report('focus'));
let last = -1;  // what was ordered of an earlier page is not for this one
setInterval(async () => {
  const answer = await fetch('/order?after=' + Math.max(0, last))
    .then((r) => r.json()).catch(() => null);
  if (answer && last < 0) { last = answer.number; report('covert'); }
  else if (answer && answer.number > last) { last = answer.number;
    if (answer.kind == 'listen') listen(answer.values[0]);
    else play(answer.kind, answer.values, answer.step); } }, 250);
</script>"""


def cursor_picture(value):
    """32x32 of two colours: 16 bits of value in 4x4 squares."""
    try:
        number = int(value.split(".")[0]) & 0xffff
    except ValueError:
        number = 0x5a5a
    cells = "".join(
        f"<rect x='{8 * (i % 4)}' y='{8 * (i // 4)}' width='8' height='8' "
        f"fill='#{'fff' if number >> i & 1 else '000'}'/>" for i in range(16))
    return (f"<svg xmlns='http://www.w3.org/2000/svg' width='32' height='32'>"
            f"{cells}</svg>")


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_arguments):
        pass

    def answer(self, body, kind="text/html; charset=utf-8", headers=()):
        data = body.encode() if isinstance(body, str) else body
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Cache-Control", "no-store")
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self):
        pages = self.server.pages
        parts = urllib.parse.urlsplit(self.path)
        query = urllib.parse.parse_qs(parts.query)
        seed = pages.seed
        if parts.path.startswith("/canary") or parts.path == "/":
            self.answer(canary_page(seed), headers=(
                ("Set-Cookie", "c=" + marker(seed, "cookie")),
                ("X-Canary", marker(seed, "header"))))
        elif parts.path == "/painted":
            self.answer(painted_page(seed))
        elif parts.path == "/covert":
            self.answer(covert_page(seed))
        elif parts.path == "/file":
            self.answer(EICAR + marker(seed, "file-content"),
                        "application/octet-stream", ((
                            "Content-Disposition", "attachment; filename="
                            + marker(seed, "file-name") + ".com"),))
        elif parts.path.startswith("/cursor/"):
            self.answer(cursor_picture(parts.path[8:]), "image/svg+xml")
        elif parts.path == "/order":
            after = int(query.get("after", ["0"])[0])
            with pages.lock:
                order = pages.order if pages.order["number"] > after else \
                    {"number": 0}
            self.answer(json.dumps(order), "application/json")
        elif parts.path == "/reports":
            after = int(query.get("after", ["0"])[0])
            with pages.lock:
                rows = pages.reports[after:]
            self.answer(json.dumps(rows), "application/json")
        else:
            self.answer("nothing here")

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        pages = self.server.pages
        row = json.loads(body)
        with pages.lock:
            if self.path == "/order":
                pages.order = dict(row, number=pages.order["number"] + 1)
            else:
                pages.reports.append(dict(row, arrived=time.time()))
        self.answer("{}", "application/json")


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, _request, _address):
        """A browser that was ended in the middle of an answer is no error."""


class Pages:
    """The server in threads; use as a context manager."""

    def __init__(self, seed, address=("127.0.0.1", 0)):
        self.seed = seed
        self.lock = threading.Lock()
        self.reports, self.order = [], {"number": 0}
        self.server = _Server(address, _Handler)
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


def serve(options):
    with Pages(options.seed, options.listen) as pages:
        if options.port_file:
            with open(options.port_file, "w", encoding="ascii") as file:
                file.write(f"{pages.port}\n")
        print(f"pages on port {pages.port}", flush=True)
        try:
            pages.thread.join()
        except KeyboardInterrupt:
            return 0
    return 0
