// Renders the cards of the built package in HubSpot's own test renderer. PACKAGE names the unpacked package.

import assert from 'node:assert/strict';
import path from 'node:path';
import test from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const HERE = path.dirname(fileURLToPath(import.meta.url));
const APP = path.join(path.resolve(process.env.PACKAGE), 'src', 'app');

// HubSpot runs cards in a worker, where `extend_V2` and `hsFetch` are globals: the entry files call the one when they
// are loaded, and the other passes requests to our server.
const entries = [];
const requests = [];
let server = () => ({ status: 503 });
globalThis.hsFetch = async (url, options) => {
  requests.push({ url, ...options });
  const { status = 200, body = {} } = server(url, options);
  return { ok: status < 400, status, json: async () => body };
};
Object.assign(globalThis, { self: globalThis, __HUBSPOT_EXTENSION_WORKER__: true });
globalThis.extend_V2 = (render) => entries.push(render);

const bundled = async (name) => {
  const outfile = path.join(HERE, 'built', `${path.basename(name, '.jsx')}.mjs`);
  await build({
    absWorkingDir: HERE,
    entryPoints: [path.join(APP, name)],
    outfile,
    bundle: true,
    format: 'esm',
    jsx: 'automatic',
    packages: 'external',
    logLevel: 'silent',
  });
  return import(pathToFileURL(outfile).href);
};

const { Accordion, Alert, Button, EmptyState, ErrorState, Link, LoadingSpinner, LineChart, StatusTag, Text, ToggleGroup } = await import(
  '@hubspot/ui-extensions'
);
const { createRenderer } = await import('@hubspot/ui-extensions/testing');
await bundled('cards/TicketCard.jsx');
await bundled('cards/ContactCard.jsx');
await bundled('settings/SettingsPage.jsx');
const [ticketCard, contactCard, settingsPage] = entries;

const SCORED = {
  empathy_band: 'low',
  empathy_needs_attention: 'false',
  empathy_reason: 'The reply answers without acknowledging the situation.',
  empathy_score: '31',
  empathy_scored_at: '1795341600000',
  empathy_sentiment_band: 'negative',
};

// Every text that the user sees, in the order of the card.
const textsOf = (node) =>
  node.nodeType === 'text' ? [node.text] : [node.props?.title, ...node.childNodes.flatMap(textsOf)].filter(Boolean);

const rendered = (card, location, state, language) => {
  const renderer = createRenderer(location);
  const asked = [];
  const refetched = [];
  renderer.mocks.context.user.language = language ?? 'en';
  renderer.mocks.context.portal.timezone = 'Europe/Berlin';
  renderer.mocks.useCrmProperties.willCall((names) => {
    asked.push(...names);
    return {
      properties: {},
      error: null,
      isLoading: false,
      isRefetching: false,
      refetch: async () => refetched.push(true),
      ...state,
    };
  });
  renderer.render(card({ context: renderer.mocks.context }));
  const texts = textsOf(renderer.getRootNode()).join(' ');
  return { renderer, texts, asked, refetched };
};

const ticket = (properties, language, location = 'crm.record.sidebar') =>
  rendered(ticketCard, location, { properties }, language);
const contact = (properties, language) => rendered(contactCard, 'crm.record.sidebar', { properties }, language);

const DETAILS = {
  conversation_id: '4',
  state: 'scored',
  reason_text: 'The reply takes the matter on; it does not ask further.',
  reason_language: 'en',
  help_next: 'interpretation',
  needs_attention: false,
  course: [
    { sentiment: -0.8, sent_at: '2026-11-22T08:00:00Z' },
    { sentiment: 0.3, sent_at: '2026-11-22T09:00:00Z' },
  ],
  replies: [
    {
      id: '9',
      sent_at: '2026-11-22T10:00:00Z',
      state: 'scored',
      empathy: 31,
      band: 'low',
      reason_text: 'The reply answers without acknowledging the situation.',
      reason_language: 'en',
      passages: [
        { body_start: 0, body_end: 9, points: -11.6, rules: [{ rule: 'dismissive', points: -11.6 }] },
        { body_start: 9, body_end: 30, points: 8.2, rules: [{ rule: 'help', points: 8.2 }, { rule: 'another', points: 1 }] },
      ],
    },
    { id: '8', sent_at: null, state: 'not_applicable', empathy: null, band: 'not_applicable', reason_text: 'x', passages: [] },
  ],
  review: null,
  may_dispute: true,
};

// A ticket whose details the server has told.
const detailed = async (details, { properties = SCORED, language } = {}) => {
  requests.length = 0;
  server = () => ({ body: { ...DETAILS, ...details } });
  const shown = ticket(properties, language);
  await settled();
  return { ...shown, texts: textsOf(shown.renderer.getRootNode()).join(' ') };
};
const settled = () => new Promise((resolve) => setTimeout(resolve, 30));
const tags = ({ renderer }) => renderer.findAll(StatusTag).map((tag) => tag.text);

for (const location of ['crm.record.sidebar', 'crm.record.tab', 'helpdesk.sidebar']) {
  test(`a scored ticket shows the reason before the score, in ${location}`, () => {
    const { texts, renderer } = ticket(SCORED, 'en', location);
    assert.ok(texts.indexOf(SCORED.empathy_reason) >= 0, texts);
    assert.ok(texts.indexOf(SCORED.empathy_reason) < texts.indexOf('31 of 100'), texts);
    assert.deepEqual(renderer.findAll(StatusTag).map((tag) => tag.text), ['Low', 'Negative']);
    assert.equal(renderer.maybeFind(Alert), null);
  });
}

test('the card asks for our properties only', () => {
  const { asked } = ticket(SCORED);
  assert.deepEqual([...new Set(asked)].sort(), Object.keys(SCORED).sort());
});

test('every band is a word, not only a colour', () => {
  for (const [band, word] of Object.entries({ low: 'Low', fair: 'Fair', high: 'High' })) {
    assert.equal(tags(ticket({ ...SCORED, empathy_band: band }))[0], word);
  }
});

test('a ticket that needs attention says so first', () => {
  const { texts, renderer } = ticket({ ...SCORED, empathy_needs_attention: 'true' });
  assert.equal(renderer.find(Alert).props.title, 'Needs attention');
  assert.ok(texts.indexOf('no reply has answered that yet') < texts.indexOf(SCORED.empathy_reason), texts);
});

test('the time of the score is in the time zone and language of the account', () => {
  const { texts } = ticket(SCORED, 'de');
  assert.match(texts, /Bewertet am 22\.11\.2026, 11:00/);
  assert.match(ticket({ ...SCORED, empathy_scored_at: '2026-11-22T10:00:00Z' }, 'de').texts, /22\.11\.2026, 11:00/);
});

test('a time that is none is left out', () => {
  assert.doesNotMatch(ticket({ ...SCORED, empathy_scored_at: 'soon' }).texts, /Scored|Invalid/);
});

test('a score of zero is shown, a blank one is not zero', () => {
  assert.match(ticket({ ...SCORED, empathy_score: '0' }).texts, /0 of 100/);
  assert.doesNotMatch(ticket({ ...SCORED, empathy_score: '' }).texts, /of 100/);
});

test('not needed here is explained and has no number', () => {
  const shown = ticket({ ...SCORED, empathy_band: 'not_applicable', empathy_score: null });
  assert.equal(tags(shown)[0], 'Not needed here');
  assert.match(shown.texts, /a result, not a zero/);
  assert.doesNotMatch(shown.texts, /of 100/);
});

test('not scored is explained with its reason and does not count as low', () => {
  const reason = 'Not scored: the language (de) is not one of those that can be read yet.';
  const shown = ticket({ ...SCORED, empathy_band: 'not_scored', empathy_score: null, empathy_reason: reason });
  assert.equal(tags(shown)[0], 'Not scored');
  assert.ok(shown.texts.includes(reason));
  assert.match(shown.texts, /does not count as low/);
});

test('a band that this version does not know is shown as it is', () => {
  assert.equal(tags(ticket({ ...SCORED, empathy_band: 'splendid' }))[0], 'splendid');
});

test('while the properties are on their way the card says so', () => {
  for (const card of [ticketCard, contactCard]) {
    const { renderer } = rendered(card, 'crm.record.sidebar', { isLoading: true });
    assert.equal(renderer.find(LoadingSpinner).props.label, 'Reading the scores');
  }
});

test('a ticket that was not read yet has an empty state', () => {
  const nothing = Object.fromEntries(Object.keys(SCORED).map((name) => [name, null]));
  for (const properties of [{}, nothing]) {
    const { renderer, texts } = ticket(properties);
    assert.equal(renderer.find(EmptyState).props.title, 'Nothing scored yet');
    assert.match(texts, /opted out/);
  }
});

test('an error offers to try again and shows no technical message', () => {
  for (const card of [ticketCard, contactCard]) {
    const { renderer, texts, refetched } = rendered(card, 'crm.record.sidebar', { error: new Error('502 upstream') });
    assert.equal(renderer.find(ErrorState).props.title, 'The scores cannot be shown');
    assert.doesNotMatch(texts, /502/);
    renderer.find(Button).trigger('onClick');
    assert.equal(refetched.length, 1);
  }
});

test('the card speaks German to a German user, and English to all others', () => {
  assert.deepEqual(tags(ticket(SCORED, 'de')), ['Niedrig', 'Negativ']);
  assert.match(ticket(SCORED, 'de-AT').texts, /31 von 100/);
  assert.deepEqual(tags(ticket(SCORED, 'pt-br')), ['Low', 'Negative']);
});

test('the language of the user wins over the locale, which stands in for it', () => {
  const renderer = createRenderer('crm.record.sidebar');
  renderer.mocks.useCrmProperties.willCall(() => ({ properties: SCORED, error: null, isLoading: false }));
  Object.assign(renderer.mocks.context.user, { language: undefined, locale: 'de-de' });
  renderer.render(ticketCard({ context: renderer.mocks.context }));
  assert.equal(renderer.findAll(StatusTag)[0].text, 'Niedrig');
});

test('the card asks our server about its ticket, in the language of the user', async () => {
  await detailed({}, { language: 'de' });
  assert.match(requests[0].url, /^https:\/\/empathy\.example\.com\/hubspot\/card\?ticket=\d+&language=de$/);
  assert.equal(requests[0].method, 'GET');
});

test('with details the order is what helps next, why, the number, the course, and what earned points', async () => {
  const { texts, renderer } = await detailed({});
  const order = [
    'Say first what the problem meant', 'it does not ask further', '31 of 100',
    'first very negative, last positive', '−12 May read as dismissive', '+8 Gives a next step', '+1 another',
  ].map((words) => texts.indexOf(words));
  assert.deepEqual(order, [...order].sort((a, b) => a - b), texts);
  assert.ok(order[0] >= 0, texts);
  assert.equal(renderer.find(LineChart).props.data.length, 2);
  assert.doesNotMatch(texts, /Not needed here/);
});

test('one message makes a sentence and no chart, none makes neither', async () => {
  const one = await detailed({ course: [{ sentiment: -0.8, sent_at: null }] });
  assert.equal(one.renderer.maybeFind(LineChart), null);
  assert.match(one.texts, /from one message: very negative/);
  const none = await detailed({ course: [] });
  assert.doesNotMatch(none.texts, /from one message/);
});

test('without an answer of our server the score is shown, and the rest is said to be missing', async () => {
  for (const answer of [() => ({ status: 503 }), () => { throw new Error('timeout'); }]) {
    server = answer;
    const shown = ticket(SCORED);
    await settled();
    const texts = textsOf(shown.renderer.getRootNode()).join(' ');
    assert.match(texts, /31 of 100/);
    assert.match(texts, /details are not at hand/);
    assert.doesNotMatch(texts, /timeout|503/);
  }
});

test('a ticket without properties says why, as far as our server knows', async () => {
  for (const [state, title] of [
    ['never_synced', 'Nothing is read yet'], ['unreadable', 'This ticket could not be read'],
    ['reconnect', 'The connection has ended'], ['unread', 'Nothing scored yet'],
  ]) {
    const shown = await detailed({ state }, { properties: {} });
    assert.equal(shown.renderer.find(EmptyState).props.title, title);
  }
});

test('a score is disputed with a reason, once', async () => {
  const { renderer } = await detailed({});
  const send = () => renderer.findAll(Button).find((button) => button.text === 'Ask a person to look at it');
  assert.equal(send().props.disabled, true);
  const group = renderer.find(ToggleGroup);
  assert.equal(group.props.options.length, 5);
  group.trigger('onChange', 'elsewhere');
  await settled();
  server = () => ({ body: { review: { status: 'open', applies_to_latest_score: true, empathy: null } } });
  send().trigger('onClick');
  await settled();
  const { url, method, body } = requests.at(-1);
  assert.equal(url, 'https://empathy.example.com/hubspot/card/dispute');
  assert.equal(method, 'POST');
  assert.equal(body.choice, 'elsewhere');
  assert.match(textsOf(renderer.getRootNode()).join(' '), /A person will look at it/);
  assert.equal(renderer.maybeFind(ToggleGroup), null);
});

test('a dispute that cannot be sent can be sent again', async () => {
  const { renderer } = await detailed({});
  renderer.find(ToggleGroup).trigger('onChange', 'fits');
  await settled();
  server = () => ({ status: 503 });
  const send = () => renderer.findAll(Button).find((button) => button.text === 'Ask a person to look at it');
  send().trigger('onClick');
  await settled();
  assert.match(textsOf(renderer.getRootNode()).join(' '), /could not be sent/);
  assert.equal(send().props.disabled, false);
});

test('what people decided is said, in both languages', async () => {
  const decided = (status, more) => ({ review: { status, applies_to_latest_score: true, empathy: 72, ...more }, may_dispute: false });
  assert.match((await detailed(decided('upheld'))).texts, /let it stand/);
  assert.match((await detailed(decided('corrected'))).texts, /set it to 72/);
  assert.match((await detailed(decided('corrected'), { language: 'de' })).texts, /auf 72 gesetzt/);
  assert.match((await detailed(decided('upheld', { applies_to_latest_score: false }))).texts, /an earlier score/);
  const shown = await detailed(decided('open'));
  assert.equal(shown.renderer.findAll(Accordion).length, 1, 'only what earned points is folded');
});

test('both languages have every word', async () => {
  const { wordsFor } = await bundled('cards/words.js');
  const shape = (value) =>
    typeof value === 'object'
      ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shape(inner)]))
      : typeof value;
  const [english, german] = ['en', 'de'].map((language) => wordsFor({ user: { language } }));
  assert.deepEqual(shape(english), shape(german));
  assert.notDeepEqual(english, german);
});

test('a contact shows how they felt and what they met, as words and a number', () => {
  const shown = contact({ empathy_contact_sentiment: '-0.35', empathy_contact_score: '72' });
  assert.deepEqual(tags(shown), ['Negative', 'High']);
  assert.match(shown.texts, /72 of 100/);
  assert.match(shown.texts, /90 days/);
});

test('a contact with half the figures shows that half', () => {
  const shown = contact({ empathy_contact_sentiment: '0', empathy_contact_score: '' });
  assert.deepEqual(tags(shown), ['Neutral']);
});

test('the limits of a feeling are those of the ticket field', async () => {
  const { feelingOf, bandOf } = await bundled('cards/values.js');
  const feelings = [-0.6, -0.59, -0.2, -0.19, 0.19, 0.2, 0.59, 0.6].map(feelingOf);
  assert.deepEqual(feelings, [
    'very_negative', 'negative', 'negative', 'neutral', 'neutral', 'positive', 'positive', 'very_positive',
  ]);
  assert.deepEqual([39, 40, 69, 70].map(bandOf), ['low', 'fair', 'fair', 'high']);
});

test('a contact without figures has an empty state, an opted-out one another', () => {
  assert.equal(contact({}).renderer.find(EmptyState).props.title, 'Nothing to show yet');
  const optedOut = contact({ empathy_opt_out: 'true', empathy_contact_score: '80' });
  assert.equal(optedOut.renderer.find(EmptyState).props.title, 'Opted out');
  assert.doesNotMatch(optedOut.texts, /80/);
});

test('the settings page leads to our admin page', () => {
  for (const [language, word] of [['en', 'Open the settings'], ['de', 'Einstellungen öffnen']]) {
    const { renderer } = rendered(settingsPage, 'settings', {}, language);
    const link = renderer.find(Link);
    assert.equal(link.text, word);
    assert.equal(link.props.href.url, 'https://empathy.example.com/admin/');
    assert.ok(renderer.findAll(Text).length >= 4);
  }
});

test('the renderer would refuse a raw element', () => {
  const renderer = createRenderer('crm.record.sidebar');
  assert.throws(() => renderer.render({ $$typeof: Symbol.for('react.element'), type: 'div', props: {}, key: null, ref: null }));
});
