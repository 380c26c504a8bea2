// How one contact felt over 90 days, and how much empathy they met.

import React from 'react';
import { DescriptionList, DescriptionListItem, Flex, Text } from '@hubspot/ui-extensions';
import { useCrmProperties } from '@hubspot/ui-extensions/crm';
import { Band, Broken, Empty, Feeling, Loading } from './parts.jsx';
import { CONTACT_PROPERTIES, bandOf, feelingOf, isTicked, numberOf } from './values.js';
import { wordsFor } from './words.js';

export const ContactRollup = ({ context }) => {
  const { properties, isLoading, error, refetch } = useCrmProperties(CONTACT_PROPERTIES);
  const words = wordsFor(context);
  if (isLoading) return <Loading words={words} />;
  if (error) return <Broken words={words} refetch={refetch} />;
  if (isTicked(properties.empathy_opt_out)) return <Empty says={words.optedOut} />;
  const sentiment = numberOf(properties.empathy_contact_sentiment);
  const score = numberOf(properties.empathy_contact_score);
  if (sentiment === null && score === null) return <Empty says={words.emptyContact} />;

  return (
    <Flex direction="column" gap="small">
      <DescriptionList direction="column">
        {sentiment !== null && (
          <DescriptionListItem label={words.contactFeeling}>
            <Feeling feeling={feelingOf(sentiment)} words={words} />
          </DescriptionListItem>
        )}
        {score !== null && (
          <DescriptionListItem label={words.contactEmpathy}>
            <Flex direction="column" gap="extra-small">
              <Text format={{ fontWeight: 'bold' }}>{words.outOf(score)}</Text>
              <Band band={bandOf(score)} words={words} />
            </Flex>
          </DescriptionListItem>
        )}
      </DescriptionList>
      <Text variant="microcopy">{words.days}</Text>
    </Flex>
  );
};
