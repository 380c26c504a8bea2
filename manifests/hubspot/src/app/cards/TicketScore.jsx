// The scores of one ticket: what to do now, why, the number, how the customer's feeling went.

import React from 'react';
import { Alert, DescriptionList, DescriptionListItem, Flex, Text } from '@hubspot/ui-extensions';
import { useCrmProperties } from '@hubspot/ui-extensions/crm';
import { Course, Dispute, Replies, Review } from './TicketDetails.jsx';
import { useDetails } from './details.js';
import { Band, Broken, Empty, Feeling, Loading } from './parts.jsx';
import { TICKET_PROPERTIES, isTicked, numberOf, timeOf } from './values.js';
import { languageOf, wordsFor } from './words.js';

export const TicketScore = ({ context }) => {
  const { properties, isLoading, error, refetch } = useCrmProperties(TICKET_PROPERTIES);
  const { details, isBroken, isDisputeBroken, dispute } = useDetails(context);
  const words = wordsFor(context);
  if (isLoading) return <Loading words={words} />;
  if (error) return <Broken words={words} refetch={refetch} />;
  const band = properties.empathy_band;
  if (!band) return <Empty says={words.states[details?.state] ?? words.emptyTicket} />;

  const score = numberOf(properties.empathy_score);
  const feeling = properties.empathy_sentiment_band;
  const when = timeOf(properties.empathy_scored_at, languageOf(context), context?.portal?.timezone);
  const reason = details?.reason_text ?? properties.empathy_reason;
  return (
    <Flex direction="column" gap="small">
      {isTicked(properties.empathy_needs_attention) && (
        <Alert title={words.attention.title} variant="warning">
          {words.attention.text}
        </Alert>
      )}
      <Review review={details?.review} words={words} />
      <DescriptionList direction="column">
        {details?.help_next && (
          <DescriptionListItem label={words.helpsNext}>
            <Text>{words.helpNext[details.help_next]}</Text>
          </DescriptionListItem>
        )}
        {reason && (
          <DescriptionListItem label={words.why}>
            <Text>{reason}</Text>
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
            <Flex direction="column" gap="extra-small">
              <Feeling feeling={feeling} words={words} />
              <Course course={details?.course} words={words} />
            </Flex>
          </DescriptionListItem>
        )}
      </DescriptionList>
      <Replies replies={details?.replies} words={words} context={context} />
      {details?.may_dispute && <Dispute dispute={dispute} isBroken={isDisputeBroken} words={words} />}
      {isBroken && <Text variant="microcopy">{words.noDetails}</Text>}
      {when && <Text variant="microcopy">{words.scoredAt(when)}</Text>}
    </Flex>
  );
};
