// The card of a contact.

import { hubspot } from '@hubspot/ui-extensions';
import { ContactRollup } from './ContactRollup.jsx';

hubspot.extend(({ context }) => <ContactRollup context={context} />);
