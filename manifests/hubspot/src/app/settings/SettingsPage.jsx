// Where the settings are: on the connector's own pages, because they hold for Zendesk accounts too.

import React from 'react';
import { hubspot } from '@hubspot/ui-extensions';
import { Settings } from './Settings.jsx';

hubspot.extend(({ context }) => <Settings context={context} />);
