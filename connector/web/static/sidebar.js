// The view beside a ticket. It asks our server for the score, and Zendesk, as the agent, for the words: they
// meet only here. Nothing that Zendesk hands over is sent to our server but the number of the ticket.

'use strict';

(() => {
  const start = JSON.parse(document.getElementById('start').textContent);
  const view = document.getElementById('view');
  const words = { ...start.languages[start.language] };
  const AGAIN_AFTER = 5 * 60 * 1000;
  const CHANGED_AFTER = 1500;
  const TAG = /<(?:!--[\s\S]*?-->|[/!?]?([a-z][a-z0-9]*)(?:"[^"]*"|'[^']*'|[^<>"'])*>)/gi;
  const BREAKS = /^(?:br|p|div|li|ul|ol|tr|td|th|table|h[1-6]|blockquote|hr|pre)$/i;
  let token = start.token;
  let ticketToken = null;
  let ticket = null;
  let zendesk = null;
  let running = 0;
  let waiting = 0;
  let shown = '';

  const tell = (sentence) => {
    const said = document.createElement('p');
    said.className = 'told';
    said.textContent = sentence;
    view.replaceChildren(said);
    view.setAttribute('aria-busy', 'false');
    resize();
  };

  const resize = () => {
    if (zendesk) {
      const height = Math.min(2400, Math.max(120, document.documentElement.offsetHeight + 8));
      zendesk.invoke('resize', { width: '100%', height: `${height}px` }).catch(() => {});
    }
  };

  // Zendesk's answers by name, without those it does not know.
  const ask = async (...names) => {
    const answers = await Promise.all(names.map((name) => zendesk.get(name).catch(() => ({}))));
    return names.map((name, at) => answers[at][name]);
  };

  const call = async (path, pass, body) => {
    const answer = await fetch(path, {
      method: 'POST',
      headers: { Authorization: `Bearer ${pass}`, 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
      credentials: 'omit',
      cache: 'no-store',
    });
    if (!answer.ok) throw Object.assign(new Error('refused'), { status: answer.status });
    return answer.json();
  };

  // Quietly: nothing that somebody is reading or writing is replaced, and what did not change stays.
  const show = async ({ quietly = false } = {}) => {
    const mine = ++running;
    if (!quietly) view.setAttribute('aria-busy', 'true');
    try {
      const told = await call('/zendesk/sidebar/ticket', token, { ticket, language: start.language });
      if (mine !== running) return;
      token = told.token;
      ticketToken = told.ticket_token;
      if (quietly && (told.html === shown || view.querySelector('details[open]'))) return;
      shown = told.html;
      const parsed = new DOMParser().parseFromString(told.html, 'text/html');
      view.replaceChildren(...parsed.body.childNodes);
      localTimes();
      languageName();
      listen();
      view.setAttribute('aria-busy', 'false');
      resize();
      if (Object.keys(told.marks).length) await quote(told.marks);
      if (view.querySelector('[data-state="unread"]')) await lookForOptOut();
    } catch (error) {
      if (mine !== running || (quietly && error.status !== 401)) return;
      shown = '';
      tell(error.status === 401 ? words.over : words.failed);
    } finally {
      if (mine === running) resize();
    }
  };

  const localTimes = () => {
    const format = new Intl.DateTimeFormat(start.language, { dateStyle: 'medium', timeStyle: 'short' });
    for (const time of view.querySelectorAll('time')) {
      const at = new Date(time.dateTime);
      if (!Number.isNaN(at.getTime())) time.textContent = format.format(at);
    }
  };

  // The server knows a language by its code; browsers know the names.
  const languageName = () => {
    for (const place of view.querySelectorAll('[data-language]')) {
      try {
        place.textContent = new Intl.DisplayNames([start.language], { type: 'language' }).of(place.dataset.language);
      } catch {
        // the code stays
      }
    }
  };

  const listen = () => {
    for (const button of view.querySelectorAll('[data-again]')) button.addEventListener('click', () => show());
    for (const fold of view.querySelectorAll('details')) fold.addEventListener('toggle', resize);
    const form = view.querySelector('[data-dispute]');
    if (form) form.addEventListener('submit', dispute);
  };

  const dispute = async (event) => {
    event.preventDefault();
    const form = event.target;
    const button = form.querySelector('button');
    button.disabled = true;
    try {
      await call('/zendesk/sidebar/dispute', ticketToken, { choice: new FormData(form).get('choice') });
      await show();
      const review = view.querySelector('[data-review]');
      if (review) review.focus();
    } catch {
      form.querySelector('[data-failed]').textContent = words.dispute_failed;
      button.disabled = false;
      resize();
    }
  };

  const lookForOptOut = async () => {
    const [tags, requester] = await ask('ticket.tags', 'ticket.requester.id');
    let isOut = Array.isArray(tags) && tags.includes('empathy_opt_out');
    if (!isOut && requester) {
      const said = await zendesk.request({ url: `/api/v2/users/${Number(requester)}.json`, type: 'GET' }).catch(() => null);
      isOut = said?.user?.user_fields?.empathy_opt_out === true;
    }
    if (isOut) {
      view.querySelector('[data-state="unread"]').hidden = true;
      view.querySelector('[data-state="opted_out"]').hidden = false;
    }
  };

  // ---- the words of the replies: fetched from Zendesk as the agent, and never sent on

  const quote = async (marks) => {
    const missing = new Set(Object.keys(marks));
    for (const source of [comments, turns]) {
      if (missing.size) await source(missing, (id, body, isMarkup) => highlight(id, marks[id], body, isMarkup));
    }
    for (const id of missing) note(id, 'unavailable');
  };

  const comments = (missing, found) =>
    pages(`/api/v2/tickets/${ticket}/comments.json?page[size]=100&sort=-created_at`, 'comments', missing, (record) =>
      found(String(record.id), record.html_body || record.body || '', Boolean(record.html_body)));

  const turns = (missing, found) =>
    pages(`/api/v2/tickets/${ticket}/conversation_log?page[size]=100`, 'events', missing, (record) => {
      const content = record.content ?? {};
      const markup = content.html_body || content.html_text;
      const text = typeof content === 'string' ? content : markup || content.text || content.body;
      return found(String(record.id), text || '', Boolean(markup));
    });

  const pages = async (first, name, missing, take) => {
    let url = first;
    for (let page = 0; url && missing.size && page < 10; page += 1) {
      let said;
      try {
        said = await zendesk.request({ url, type: 'GET' });
      } catch {
        return;
      }
      for (const record of said?.[name] ?? []) {
        if (missing.delete(String(record.id))) await take(record);
      }
      const cursor = said?.meta?.has_more ? said.meta.after_cursor : null;
      url = cursor ? `${first}&page[after]=${encodeURIComponent(cursor)}` : null;
    }
  };

  const bytes = (hex) => Uint8Array.from(hex.match(/../g), (pair) => parseInt(pair, 16));

  const isUnchanged = async (mark, body) => {
    const key = await crypto.subtle.importKey('raw', bytes(mark.key), { name: 'HMAC', hash: 'SHA-256' }, false, ['verify']);
    return crypto.subtle.verify('HMAC', key, bytes(mark.mac), new TextEncoder().encode(body));
  };

  const listOf = (id) => [...view.querySelectorAll('[data-message]')].find((list) => list.dataset.message === id);

  const note = (id, kind) => {
    const place = listOf(id)?.parentElement.querySelector(`[data-${kind}]`);
    if (place) place.hidden = false;
  };

  const highlight = async (id, mark, body, isMarkup) => {
    const list = listOf(id);
    if (!list) return;
    if (!(await isUnchanged(mark, body))) {
      note(id, 'changed');
      return;
    }
    // Places count characters, not the halves of pairs that JavaScript counts.
    const characters = Array.from(body);
    mark.passages.forEach(([from, to], at) => {
      const piece = from === null ? '' : characters.slice(from, to).join('');
      const said = isMarkup ? plain(piece) : piece;
      const place = list.children[at]?.querySelector('blockquote');
      if (!said || !place) return;
      const words = document.createElement('mark');
      words.textContent = said;
      place.replaceChildren(words);
      place.hidden = false;
    });
  };

  // The words of a piece of HTML. No markup is ever parsed, let alone put into this page: tags are cut out as
  // text, and what is left holds no < when its character references are read.
  const plain = (markup) => {
    const text = markup.replace(TAG, (tag, name) => (BREAKS.test(name ?? '') ? ' ' : ''));
    const parsed = new DOMParser().parseFromString(text.replaceAll('<', '&lt;'), 'text/html');
    return (parsed.documentElement.textContent ?? '').replace(/\s+/g, ' ').trim();
  };

  // ---- Zendesk around us

  const paint = (scheme) => {
    if (scheme === 'dark' || scheme === 'light') document.documentElement.dataset.scheme = scheme;
  };

  const begin = async () => {
    paint(new URLSearchParams(window.location.search).get('colorScheme'));
    zendesk = window.ZAFClient ? window.ZAFClient.init() : null;
    if (!zendesk) {
      tell(words.no_zendesk);
      return;
    }
    const [id, locale, scheme] = await ask('ticket.id', 'currentUser.locale', 'colorScheme');
    paint(scheme);
    ticket = String(id ?? '');
    if (!/^[0-9]{1,20}$/.test(ticket)) {
      tell(words.failed);
      return;
    }
    if (typeof locale === 'string') start.language = locale.toLowerCase().startsWith('de') ? 'de' : 'en';
    document.documentElement.lang = start.language;
    Object.assign(words, start.languages[start.language]);
    // before the first look, for Zendesk tells a change once and the first look takes a while
    zendesk.on('colorScheme.changed', paint);
    zendesk.on('ticket.updated', soon);
    zendesk.on('app.activated', soon);
    await show();
    window.setInterval(() => show({ quietly: true }), AGAIN_AFTER);
  };

  const soon = () => {
    window.clearTimeout(waiting);
    waiting = window.setTimeout(() => show({ quietly: true }), CHANGED_AFTER);
  };

  begin().catch(() => tell(words.failed));
})();
