// The card of a ticket, in the record and in the help desk.

import React from 'react';
import { hubspot } from '@hubspot/ui-extensions';
import { TicketScore } from './TicketScore.jsx';

hubspot.extend(({ context }) => <TicketScore context={context} />);
