// The states and pieces that the cards share.

import React from 'react';
import {
  Button,
  EmptyState,
  ErrorState,
  LoadingSpinner,
  StatusTag,
  Text,
} from '@hubspot/ui-extensions';

// A dot says less than a word: every tag has both.
const BAND_DOTS = { low: 'danger', fair: 'warning', high: 'success' };
const FEELING_DOTS = {
  very_negative: 'danger',
  negative: 'warning',
  positive: 'success',
  very_positive: 'success',
};

export const Loading = ({ words }) => <LoadingSpinner label={words.loading} showLabel layout="centered" />;

export const Broken = ({ words, refetch }) => (
  <ErrorState title={words.broken.title}>
    <Text>{words.broken.text}</Text>
    <Button onClick={() => refetch()}>{words.broken.again}</Button>
  </ErrorState>
);

export const Empty = ({ says }) => (
  <EmptyState title={says.title} layout="vertical" imageName="tickets" imageWidth={120} flush>
    <Text>{says.text}</Text>
  </EmptyState>
);

export const Band = ({ band, words }) => (
  <StatusTag variant={BAND_DOTS[band] ?? 'default'} hollow={!(band in BAND_DOTS)}>
    {words.bands[band] ?? band}
  </StatusTag>
);

export const Feeling = ({ feeling, words }) => (
  <StatusTag variant={FEELING_DOTS[feeling] ?? 'default'} hollow={!(feeling in FEELING_DOTS)}>
    {words.feelings[feeling] ?? feeling}
  </StatusTag>
);
