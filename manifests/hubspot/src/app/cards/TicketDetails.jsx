// What earned and cost points, how the customer's feeling went, and what to say against the score.

import React, { useState } from 'react';
import {
  Accordion,
  Alert,
  Button,
  Divider,
  Flex,
  LineChart,
  List,
  Text,
  ToggleGroup,
} from '@hubspot/ui-extensions';
import { Band } from './parts.jsx';
import { feelingOf, signed, timeOf } from './values.js';
import { languageOf } from './words.js';

export const Course = ({ course, words }) => {
  if (!course?.length) return null;
  const [first, last] = [course[0], course.at(-1)].map((each) =>
    words.feelings[feelingOf(each.sentiment)].toLowerCase(),
  );
  if (course.length < 2) return <Text variant="microcopy">{words.courseOfOne(last)}</Text>;
  return (
    <Flex direction="column" gap="extra-small">
      <LineChart
        data={course.map((each, at) => ({ message: String(at + 1), feeling: each.sentiment }))}
        axes={{
          x: { field: 'message', fieldType: 'category', label: words.messages },
          y: { field: 'feeling', fieldType: 'linear', label: words.feelingAxis },
        }}
        options={{ showLegend: false, showTooltips: true }}
      />
      <Text variant="microcopy">{words.course(course.length, first, last)}</Text>
    </Flex>
  );
};

const Reply = ({ reply, words, context }) => {
  const when = timeOf(reply.sent_at, languageOf(context), context?.portal?.timezone);
  const rules = reply.passages.flatMap((passage) => passage.rules);
  return (
    <Flex direction="column" gap="extra-small">
      <Flex direction="row" gap="small" wrap="wrap" align="center">
        <Text format={{ fontWeight: 'bold' }}>{words.outOf(reply.empathy)}</Text>
        <Band band={reply.band} words={words} />
        {when && <Text variant="microcopy">{words.replyAt(when)}</Text>}
      </Flex>
      <Text>{reply.reason_text}</Text>
      {rules.length > 0 && (
        <List variant="unordered-styled">
          {rules.map((rule, at) => (
            <Text key={at}>{`${signed(rule.points)} ${words.rules[rule.rule] ?? rule.rule}`}</Text>
          ))}
        </List>
      )}
    </Flex>
  );
};

export const Replies = ({ replies, words, context }) => {
  const scored = (replies ?? []).filter((reply) => reply.state === 'scored');
  if (!scored.length) return null;
  return (
    <Accordion title={words.passages} size="sm">
      <Flex direction="column" gap="small">
        {scored.map((reply, at) => (
          <React.Fragment key={reply.id}>
            {at > 0 && <Divider />}
            <Reply reply={reply} words={words} context={context} />
          </React.Fragment>
        ))}
      </Flex>
    </Accordion>
  );
};

export const Review = ({ review, words }) => {
  if (!review) return null;
  const said = review.status !== 'open' && !review.applies_to_latest_score ? words.review.earlier : words.review[review.status];
  return <Alert title={words.reviewed} variant="info">{typeof said === 'function' ? said(review.empathy) : said}</Alert>;
};

export const Dispute = ({ dispute, isBroken, words }) => {
  const [choice, setChoice] = useState('');
  const [isSending, setIsSending] = useState(false);
  const send = async () => {
    setIsSending(true);
    await dispute(choice);
    setIsSending(false);
  };
  return (
    <Accordion title={words.dispute} size="sm">
      <Flex direction="column" gap="small">
        <ToggleGroup
          toggleType="radioButtonList"
          name="choice"
          label={words.disputeWhy}
          options={Object.entries(words.choices).map(([value, label]) => ({ value, label }))}
          value={choice}
          onChange={setChoice}
        />
        <Text variant="microcopy">{words.disputeNote}</Text>
        {isBroken && <Text>{words.disputeBroken}</Text>}
        <Button onClick={send} disabled={!choice || isSending}>
          {words.disputeSend}
        </Button>
      </Flex>
    </Accordion>
  );
};
