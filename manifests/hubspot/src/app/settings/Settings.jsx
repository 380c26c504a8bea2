// A page of one link and three steps.

import React from 'react';
import { Flex, Heading, Link, List, Text } from '@hubspot/ui-extensions';

const ADMIN_PAGE = '__BASE_URL__/admin/';

const WORDS = {
  en: {
    title: 'Empathy Connector',
    where: 'How long text is kept, what is scored and where the bands begin is set on the pages of the connector.',
    link: 'Open the settings',
    next: 'To begin with',
    steps: [
      'Create the ticket properties there. Until then nothing is written to HubSpot.',
      'Add the card “Empathy” to the ticket record, to the help desk and to the contact record.',
      'If you like, set a ticket workflow that starts when “Empathy band” is “Low”.',
    ],
  },
  de: {
    title: 'Empathy Connector',
    where: 'Wie lange Text aufbewahrt wird, was bewertet wird und wo die Bänder beginnen, stellen Sie auf den Seiten des Connectors ein.',
    link: 'Einstellungen öffnen',
    next: 'Zum Anfang',
    steps: [
      'Legen Sie dort die Ticket-Eigenschaften an. Vorher wird nichts nach HubSpot geschrieben.',
      'Fügen Sie die Karte „Empathy“ dem Ticket-Datensatz, dem Helpdesk und dem Kontakt-Datensatz hinzu.',
      'Wenn Sie möchten, richten Sie einen Ticket-Workflow ein, der beginnt, wenn „Empathy band“ „Low“ ist.',
    ],
  },
};

export const Settings = ({ context }) => {
  const { language, locale } = context?.user ?? {};
  const words = WORDS[String(language || locale || 'en').toLowerCase().startsWith('de') ? 'de' : 'en'];
  return (
    <Flex direction="column" gap="medium">
      <Heading>{words.title}</Heading>
      <Text>{words.where}</Text>
      <Link href={{ url: ADMIN_PAGE, external: true }}>{words.link}</Link>
      <Text format={{ fontWeight: 'bold' }}>{words.next}</Text>
      <List variant="ordered">
        {words.steps.map((step) => (
          <Text key={step}>{step}</Text>
        ))}
      </List>
    </Flex>
  );
};
