// The card of a contact.

import React from 'react';
import { hubspot } from '@hubspot/ui-extensions';
import { ContactRollup } from './ContactRollup.jsx';

hubspot.extend(({ context }) => <ContactRollup context={context} />);
