// Builds the cards with HubSpot's own bundler and runs them as its worker does: React and RemoteUI are globals, the
// properties come from the worker's API. PACKAGE names the unpacked package; its cards are copied beside this file,
// where the libraries are.

import assert from 'node:assert/strict';
import { cpSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import vm from 'node:vm';
import { remoteBuild } from '@hubspot/ui-extensions-dev-server/build';
import { createRemoteRoot } from '@remote-ui/core';
import * as RemoteUI from '@remote-ui/react';
import React from 'react';

const HERE = path.dirname(fileURLToPath(import.meta.url));
const APP = path.join(HERE, 'app');
cpSync(path.join(path.resolve(process.env.PACKAGE), 'src', 'app'), APP, { recursive: true });

const CONTEXT = { user: { language: 'en' }, portal: { timezone: 'UTC' } };

const built = async (folder, entry) => {
  const root = path.join(APP, folder);
  await remoteBuild({ root, entryPoint: `./${entry}`, outputDir: `built-${entry}`, logLevel: 'silent' });
  const output = path.join(root, `built-${entry}`);
  const [script] = readdirSync(output).filter((name) => name.endsWith('.js'));
  return readFileSync(path.join(output, script), 'utf-8');
};

// The names of the components and all their texts, after `answer` has arrived for the properties asked for.
const shown = async (script, answer) => {
  const asked = [];
  const worker = {
    React,
    RemoteUI,
    console,
    __HUBSPOT_EXTENSION_WORKER__: true,
    extend_V2: (render) => {
      worker.render = render;
    },
    setTimeout,
    hsFetch: async () => ({
      ok: true,
      json: async () => ({ state: 'scored', help_next: 'help', course: [], replies: [], may_dispute: true, review: null }),
    }),
    hsWorkerAPI: {
      fetchCrmProperties: async (names) => {
        asked.push(...names);
        return { json: async () => answer };
      },
    },
  };
  worker.self = worker;
  vm.runInNewContext(script, worker);
  const remote = createRemoteRoot(() => {}, { strict: false });
  const root = RemoteUI.createRoot(remote);
  root.render(worker.render({ context: CONTEXT }));
  await remote.mount();
  await new Promise((resolve) => setTimeout(resolve, 100));
  const names = [];
  const texts = [];
  const walk = (node) => {
    if (node.kind === 2 || node.text !== undefined) texts.push(node.text);
    if (node.type) names.push(node.type);
    (node.children ?? []).forEach(walk);
  };
  walk(remote);
  root.unmount();
  return { names, text: texts.filter(Boolean).join(' '), asked };
};

test('the ticket card runs as HubSpot builds it', async () => {
  const script = await built('cards', 'TicketCard.jsx');
  const data = {
    empathy_band: 'fair',
    empathy_needs_attention: 'true',
    empathy_reason: 'The reply takes the matter on.',
    empathy_score: '55',
    empathy_scored_at: null,
    empathy_sentiment_band: 'neutral',
  };
  const { names, text, asked } = await shown(script, { data });
  assert.deepEqual(asked.sort(), Object.keys(data).sort());
  assert.ok(names.includes('Alert') && names.includes('StatusTag'), names.join());
  assert.match(text, /Give the next step.*takes the matter on.*55 of 100.*Fair.*Neutral/);
  assert.ok(names.includes('ToggleGroup'), names.join());
  const refused = await shown(script, { error: 'forbidden' });
  assert.ok(refused.names.includes('ErrorState'), refused.names.join());
  assert.doesNotMatch(refused.text, /forbidden/);
});

test('the contact card runs as HubSpot builds it', async () => {
  const script = await built('cards', 'ContactCard.jsx');
  const { text } = await shown(script, {
    data: { empathy_contact_score: '81', empathy_contact_sentiment: '0.7', empathy_opt_out: null },
  });
  assert.match(text, /Very positive.*81 of 100.*High/);
});

test('the settings page runs as HubSpot builds it', async () => {
  const { names, text } = await shown(await built('settings', 'SettingsPage.jsx'), {});
  assert.ok(names.includes('Link'), names.join());
  assert.match(text, /Open the settings/);
});
