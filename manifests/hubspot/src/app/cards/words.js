// What the cards say, in English and German. The reason itself is written by the connector, in English.

const ENGLISH = {
  loading: 'Reading the scores',
  broken: {
    title: 'The scores cannot be shown',
    text: 'HubSpot did not hand over the properties of this record. Try again; if it stays like this, ask the person who looks after Empathy Connector whether its properties were created.',
    again: 'Try again',
  },
  emptyTicket: {
    title: 'Nothing scored yet',
    text: 'This ticket has not been read yet, or it is opted out. A ticket is scored soon after somebody on your side replies.',
  },
  emptyContact: {
    title: 'Nothing to show yet',
    text: 'No conversation of this contact was scored in the last 90 days, or these figures are not turned on.',
  },
  optedOut: {
    title: 'Opted out',
    text: 'Conversations of this contact are not scored, and nothing about them is kept.',
  },
  attention: {
    title: 'Needs attention',
    text: 'The customer is upset, and no reply has answered that yet.',
  },
  why: 'Why',
  empathy: 'Empathy in the replies',
  outOf: (score) => `${score} of 100`,
  feeling: 'How the customer feels now',
  scoredAt: (when) => `Scored ${when}`,
  contactFeeling: 'How this contact felt',
  contactEmpathy: 'Empathy they met',
  days: 'Over the last 90 days; older conversations weigh less.',
  bands: {
    low: 'Low',
    fair: 'Fair',
    high: 'High',
    not_applicable: 'Not needed here',
    not_scored: 'Not scored',
  },
  meanings: {
    not_applicable: 'Nothing the customer wrote called for empathy. That is a result, not a zero.',
    not_scored: 'There is no score for this ticket. It does not count as low.',
  },
  feelings: {
    very_negative: 'Very negative',
    negative: 'Negative',
    neutral: 'Neutral',
    positive: 'Positive',
    very_positive: 'Very positive',
    not_scored: 'Not known',
  },
};

const GERMAN = {
  loading: 'Die Werte werden gelesen',
  broken: {
    title: 'Die Werte können nicht gezeigt werden',
    text: 'HubSpot hat die Eigenschaften dieses Datensatzes nicht herausgegeben. Versuchen Sie es noch einmal; bleibt es so, fragen Sie die Person, die Empathy Connector betreut, ob seine Eigenschaften angelegt sind.',
    again: 'Noch einmal versuchen',
  },
  emptyTicket: {
    title: 'Noch nichts bewertet',
    text: 'Dieses Ticket wurde noch nicht gelesen, oder es ist ausgenommen. Ein Ticket wird bewertet, kurz nachdem jemand auf Ihrer Seite geantwortet hat.',
  },
  emptyContact: {
    title: 'Noch nichts zu zeigen',
    text: 'In den letzten 90 Tagen wurde kein Gespräch dieses Kontakts bewertet, oder diese Werte sind nicht eingeschaltet.',
  },
  optedOut: {
    title: 'Ausgenommen',
    text: 'Gespräche dieses Kontakts werden nicht bewertet, und nichts darüber wird aufbewahrt.',
  },
  attention: {
    title: 'Braucht Aufmerksamkeit',
    text: 'Der Kunde ist verärgert, und noch keine Antwort ist darauf eingegangen.',
  },
  why: 'Warum',
  empathy: 'Empathie in den Antworten',
  outOf: (score) => `${score} von 100`,
  feeling: 'Wie es dem Kunden jetzt geht',
  scoredAt: (when) => `Bewertet am ${when}`,
  contactFeeling: 'Wie es diesem Kontakt ging',
  contactEmpathy: 'Empathie, die er erfuhr',
  days: 'In den letzten 90 Tagen; ältere Gespräche zählen weniger.',
  bands: {
    low: 'Niedrig',
    fair: 'Mittel',
    high: 'Hoch',
    not_applicable: 'Hier nicht nötig',
    not_scored: 'Nicht bewertet',
  },
  meanings: {
    not_applicable: 'Nichts, was der Kunde schrieb, verlangte Empathie. Das ist ein Ergebnis, keine Null.',
    not_scored: 'Für dieses Ticket gibt es keinen Wert. Es zählt nicht als niedrig.',
  },
  feelings: {
    very_negative: 'Sehr negativ',
    negative: 'Negativ',
    neutral: 'Neutral',
    positive: 'Positiv',
    very_positive: 'Sehr positiv',
    not_scored: 'Nicht bekannt',
  },
};

// The language of the user's HubSpot, such as 'de' or 'en-gb'.
export const languageOf = (context) => {
  const { language, locale } = context?.user ?? {};
  return String(language || locale || 'en').toLowerCase().startsWith('de') ? 'de' : 'en';
};

export const wordsFor = (context) => (languageOf(context) === 'de' ? GERMAN : ENGLISH);
