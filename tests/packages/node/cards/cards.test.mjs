// Renders the cards of the built package in HubSpot's own test renderer. PACKAGE names the unpacked package.

import assert from 'node:assert/strict';
import path from 'node:path';
import test from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const HERE = path.dirname(fileURLToPath(import.meta.url));
const APP = path.join(path.resolve(process.env.PACKAGE), 'src', 'app');

// HubSpot runs cards in a worker, where `extend_V2` is a global: the entry files call it when they are loaded.
const entries = [];
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

const { Alert, Button, EmptyState, ErrorState, Link, LoadingSpinner, StatusTag, Text } = await import(
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
