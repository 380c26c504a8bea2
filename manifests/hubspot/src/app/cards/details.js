// What the connector's own server adds to the properties: what would help next, the course, and why in detail.
// HubSpot passes the request on and signs it; the card shows the properties whether or not an answer comes.

import { useCallback, useEffect, useState } from 'react';
import { hubspot } from '@hubspot/ui-extensions';
import { languageOf } from './words.js';

const SERVER = '__BASE_URL__';
const PATIENCE = 8000;

export const useDetails = (context) => {
  const [told, setTold] = useState({ details: null, isBroken: false, isDisputeBroken: false });
  const ticket = String(context?.crm?.objectId ?? '');
  const language = languageOf(context);

  const load = useCallback(async () => {
    const address = `${SERVER}/hubspot/card?ticket=${encodeURIComponent(ticket)}&language=${language}`;
    const answer = await hubspot.fetch(address, { method: 'GET', timeout: PATIENCE });
    if (!answer.ok) throw new Error('refused');
    return answer.json();
  }, [ticket, language]);

  useEffect(() => {
    let isShown = true;
    load().then(
      (details) => isShown && setTold({ details, isBroken: false, isDisputeBroken: false }),
      () => isShown && setTold({ details: null, isBroken: true, isDisputeBroken: false }),
    );
    return () => {
      isShown = false;
    };
  }, [load]);

  const dispute = async (choice) => {
    try {
      const body = { ticket, choice };
      const answer = await hubspot.fetch(`${SERVER}/hubspot/card/dispute`, { method: 'POST', timeout: PATIENCE, body });
      if (!answer.ok) throw new Error('refused');
      const { review } = await answer.json();
      setTold((before) => ({
        details: { ...before.details, review, may_dispute: false },
        isBroken: false,
        isDisputeBroken: false,
      }));
    } catch {
      setTold((before) => ({ ...before, isDisputeBroken: true }));
    }
  };

  return { ...told, dispute };
};
