// SPDX-License-Identifier: GPL-3.0-or-later
// What all pages share: sentences that differ everywhere (a page that repeats
// itself would flatter whoever has a cache), photographs, the way to the next
// page (F8), and what the page tells the recorder about its layout.
'use strict';

const query = new URLSearchParams(location.search);
const setName = document.documentElement.dataset.set; // t: tuning, h: held out

// The same numbers for the same page at every visit.
let seed = 0;
for (const char of location.pathname + location.search.replace(/&?list=[^&]*/, ''))
  seed = (seed * 31 + char.codePointAt(0)) >>> 0;
function random(count) {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  return Math.floor((seed >>> 8) / 16777216 * count);
}
const pick = (list) => list[random(list.length)];

const JA = {
  who: ['市民課', '税務課', '総務部', '健康づくり推進課', '学校教育課', '上下水道局',
    '福祉事務所', '道路管理課', '農林水産課', '危機管理室', '環境保全課', '文化財係',
    '選挙管理委員会', '会計課', '都市計画課', '観光振興室', '消防本部', '図書館'],
  when: ['令和九年四月一日から', '毎月第二水曜日に', '平日の午前九時から午後五時まで',
    '年末年始を除き', '申請の日から三十日以内に', '冬期間は', '当分の間',
    '十二月二十八日まで', '祝日の翌日に', '災害が発生したときは', '本年度も引き続き'],
  what: ['住民票の写し', '固定資産税の納付書', '除雪計画の地区別一覧', '乳幼児の予防接種券',
    '水道の使用開始届', '空き家の改修に係る補助金', '小中学校の通学区域図', '介護保険の認定申請書',
    '粗大ごみの収集予約', '農地転用の許可申請', '公共施設の利用者登録', '指定文化財の公開日程',
    '防災行政無線の戸別受信機', '児童手当の現況届', '軽自動車の廃車手続', '道路占用の協議資料',
    '避難行動要支援者の名簿', '国民健康保険の限度額認定証'],
  how: ['窓口で交付しています', '郵送でも受け付けます', '電子申請を御利用いただけます',
    '代理人による手続には委任状が必要です', '一通につき三百円の手数料をいただきます',
    '事前に電話で御相談ください', '抽選により決定します', '支所でも同じ手続ができます',
    '本人確認ができる書類をお持ちください', '内容を審査の上、文書でお知らせします',
    '予算の範囲内で先着順とします', '所得に応じて減免する場合があります'],
  link: ['なお、', 'また、', 'ただし、', 'このため、', 'あわせて、', '詳しくは、', '', '', ''],
};
const EN = {
  who: ['The session agent', 'A viewer', 'The allocator', 'Each worker thread', 'The parser',
    'A background job', 'The scheduler', 'This function', 'The caller', 'A reader',
    'The storage layer', 'Every connection', 'The command line tool', 'The registry'],
  does: ['returns', 'reserves', 'validates', 'writes back', 'releases', 'compares', 'copies',
    'rejects', 'serialises', 'measures', 'caches', 'splits', 'orders', 'signs'],
  what: ['the pending entries', 'a bounded buffer', 'its own checkpoint', 'all expired leases',
    'an index of offsets', 'the header fields', 'one page at a time', 'the previous snapshot',
    'a list of rectangles', 'unknown options', 'both ends of the pipe', 'the shared counter'],
  how: ['before the lock is taken', 'unless the flag is set', 'within the given deadline',
    'in the order of arrival', 'without another allocation', 'when the peer has closed',
    'at most once per second', 'as described in the previous section', 'and reports the result',
    'so that a later call can resume', 'even if the disk is full', 'by comparing hashes first'],
  link: ['However, ', 'Therefore ', 'By default, ', 'Note that ', 'On failure, ', '', '', ''],
};
function sentenceJa() {
  return `${pick(JA.link)}${pick(JA.when)}、${pick(JA.who)}では${pick(JA.what)}を${pick(JA.how)}。`;
}
function sentenceEn() {
  const link = pick(EN.link);
  const who = pick(EN.who);
  return `${link}${link ? who[0].toLowerCase() + who.slice(1) : who} ${pick(EN.does)} ` +
    `${pick(EN.what)} ${pick(EN.how)}. `;
}
function sentences(count, language) {
  let text = '';
  for (let i = 0; i < count; i++) text += language === 'en' ? sentenceEn() : sentenceJa();
  return text;
}
function add(parent, name, text, classes) {
  const element = document.createElement(name);
  if (text !== undefined) element.textContent = text;
  if (classes) element.className = classes;
  parent.append(element);
  return element;
}
// Photographs of this set: p is the number of the first one.
const firstPhoto = Number(query.get('p') || 0);
function photo(parent, number) {
  const image = add(parent, 'img');
  image.src = `/photos/${setName}${(firstPhoto + number) % 12}.jpg`;
  image.alt = '';
  return image;
}

addEventListener('keydown', (event) => {
  const list = (query.get('list') || '').split(',').filter((name) => name);
  if (event.key !== 'F8' || list.length === 0) return;
  const next = list.shift();
  location.href = next + (next.includes('?') ? '&' : '?') + 'list=' +
    encodeURIComponent(list.join(','));
});

// Rectangles on the screen, not in the page.
function place(element) {
  const box = element.getBoundingClientRect();
  const left = window.screenX + (window.outerWidth - window.innerWidth) / 2;
  const top = window.screenY + window.outerHeight - window.innerHeight;
  const x0 = Math.max(0, box.left), y0 = Math.max(0, box.top);
  const x1 = Math.min(innerWidth, box.right), y1 = Math.min(innerHeight, box.bottom);
  return [Math.ceil(left + x0), Math.ceil(top + y0), Math.floor(x1 - x0), Math.floor(y1 - y0)];
}
function places(kind) {
  return [...document.querySelectorAll(`[data-bench=${kind}]`)].map(place)
    .filter((rect) => rect[2] > 0 && rect[3] > 0);
}
function tellLayout() {
  fetch('/layout', {method: 'POST', body: JSON.stringify({page: location.pathname,
    text: places('text'), video: places('video'), width: innerWidth, height: innerHeight})});
}
// By a clock, not by frames: a tab in the background draws none.
addEventListener('load', () => document.fonts.ready.then(() => setTimeout(tellLayout, 300)));
