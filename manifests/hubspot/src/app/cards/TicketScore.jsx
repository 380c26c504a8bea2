// The scores of one ticket: what to do now, why, the number, how the customer feels.

import React from 'react';
import { Alert, DescriptionList, DescriptionListItem, Flex, Text } from '@hubspot/ui-extensions';
import { useCrmProperties } from '@hubspot/ui-extensions/crm';
import { Band, Broken, Empty, Feeling, Loading } from './parts.jsx';
import { TICKET_PROPERTIES, isTicked, numberOf, timeOf } from './values.js';
import { languageOf, wordsFor } from './words.js';

export const TicketScore = ({ context }) => {
  const { properties, isLoading, error, refetch } = useCrmProperties(TICKET_PROPERTIES);
  const words = wordsFor(context);
  if (isLoading) return <Loading words={words} />;
  if (error) return <Broken words={words} refetch={refetch} />;
  const band = properties.empathy_band;
  if (!band) return <Empty says={words.emptyTicket} />;

  const score = numberOf(properties.empathy_score);
  const feeling = properties.empathy_sentiment_band;
  const when = timeOf(properties.empathy_scored_at, languageOf(context), context?.portal?.timezone);
  return (
    <Flex direction="column" gap="small">
      {isTicked(properties.empathy_needs_attention) && (
        <Alert title={words.attention.title} variant="warning">
          {words.attention.text}
        </Alert>
      )}
      <DescriptionList direction="column">
        {properties.empathy_reason && (
          <DescriptionListItem label={words.why}>
            <Text>{properties.empathy_reason}</Text>
          </DescriptionListItem>
        )}
        <DescriptionListItem label={words.empathy}>
          <Flex direction="column" gap="extra-small">
            {score !== null && <Text format={{ fontWeight: 'bold' }}>{words.outOf(score)}</Text>}
            <Band band={band} words={words} />
            {words.meanings[band] && <Text variant="microcopy">{words.meanings[band]}</Text>}
          </Flex>
        </DescriptionListItem>
        {feeling && (
          <DescriptionListItem label={words.feeling}>
            <Feeling feeling={feeling} words={words} />
          </DescriptionListItem>
        )}
      </DescriptionList>
      {when && <Text variant="microcopy">{words.scoredAt(when)}</Text>}
    </Flex>
  );
};
