// What the cards say, in English and German. The reason comes from the connector, in the property in English.

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
  rules: {
    emotional_reaction: 'Warmth or regret',
    interpretation: 'Names what it meant for the customer',
    exploration: 'Asks to understand',
    ownership: 'Takes responsibility',
    help: 'Gives a next step and a time',
    personalisation: "Speaks of this customer's own situation",
    dismissive: 'May read as dismissive',
  },
  helpNext: {
    emotional_reaction: 'Say in a few words of your own that you are sorry, or glad, about this very thing.',
    interpretation: 'Say first what the problem meant for the customer: the wait, the cost, the worry.',
    exploration: 'Ask one question that shows you want to understand, and that only this customer can answer.',
    ownership: 'Say what you or your team will do, and own what went wrong where it did.',
    help: 'Give the next step, who takes it, and by when.',
    personalisation: 'Take up a detail that the customer told, where it serves the answer.',
    dismissive: 'Look again at words that explain the problem away or point at the customer, and say what is possible instead.',
  },
  choices: {
    fits: 'The reply suits the situation better',
    elsewhere: 'It was said elsewhere, such as on the phone',
    not_ours: 'The words are a quote, template or signature',
    misread: 'The words mean something else',
    feeling: "The customer's feeling was read wrongly",
  },
  states: {
    never_synced: {
      title: 'Nothing is read yet',
      text: 'Your account is connected, and its first tickets are still to be read. An administrator sees how far that is.',
    },
    unreadable: {
      title: 'This ticket could not be read',
      text: 'Something in it could not be understood. An administrator finds it among the parked tickets, and can try again.',
    },
    reconnect: {
      title: 'The connection has ended',
      text: 'HubSpot no longer accepts our access. An administrator can connect the account again; nothing is lost.',
    },
  },
  review: {
    open: 'Disputed. A person will look at it; until then it counts in no overview.',
    upheld: 'A person looked at it again and let it stand.',
    corrected: (empathy) => `A person looked at it and set it to ${empathy}.`,
    earlier: 'A person decided about an earlier score; new messages have brought this one.',
  },
  course: (n, first, last) => `The customer's feeling over ${n} messages: first ${first}, last ${last}.`,
  courseOfOne: (last) => `The customer's feeling, from one message: ${last}.`,
  messages: 'Message',
  feelingAxis: 'Feeling',
  helpsNext: 'What would help next',
  passages: 'What earned and what cost points',
  replyAt: (when) => `Reply, ${when}`,
  reviewed: 'About this score',
  dispute: 'This score seems wrong',
  disputeWhy: 'What is wrong with it?',
  disputeSend: 'Ask a person to look at it',
  disputeNote: 'A lead looks at it. Until then the score counts in no overview.',
  disputeBroken: 'That could not be sent. Please try again.',
  noDetails: 'The details are not at hand right now; the score itself is up to date.',
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
  rules: {
    emotional_reaction: 'Wärme oder Bedauern',
    interpretation: 'Benennt, was es für den Kunden bedeutet',
    exploration: 'Fragt, um zu verstehen',
    ownership: 'Übernimmt Verantwortung',
    help: 'Nennt den nächsten Schritt mit Zeitpunkt',
    personalisation: 'Spricht von der Lage dieses Kunden',
    dismissive: 'Kann abweisend wirken',
  },
  helpNext: {
    emotional_reaction: 'Sagen Sie mit wenigen eigenen Worten, dass Ihnen genau diese Sache leidtut oder Sie freut.',
    interpretation: 'Sagen Sie zuerst, was das Problem für den Kunden bedeutet: das Warten, die Kosten, die Sorge.',
    exploration: 'Stellen Sie eine Frage, die zeigt, dass Sie verstehen wollen, und die nur dieser Kunde beantworten kann.',
    ownership: 'Sagen Sie, was Sie oder Ihr Team tun werden, und stehen Sie zu dem, was schiefging.',
    help: 'Nennen Sie den nächsten Schritt, wer ihn geht, und bis wann.',
    personalisation: 'Greifen Sie etwas auf, das der Kunde erzählt hat, wo es der Antwort dient.',
    dismissive: 'Sehen Sie Worte noch einmal an, die das Problem wegerklären oder auf den Kunden zeigen, und sagen Sie stattdessen, was möglich ist.',
  },
  choices: {
    fits: 'Die Antwort passt besser zur Lage',
    elsewhere: 'Es wurde anderswo gesagt, etwa am Telefon',
    not_ours: 'Die Worte sind Zitat, Vorlage oder Signatur',
    misread: 'Die Worte bedeuten etwas anderes',
    feeling: 'Das Gefühl des Kunden wurde falsch gelesen',
  },
  states: {
    never_synced: {
      title: 'Noch ist nichts gelesen',
      text: 'Ihr Konto ist verbunden, und seine ersten Tickets werden noch gelesen. Eine Administratorin oder ein Administrator sieht, wie weit das ist.',
    },
    unreadable: {
      title: 'Dieses Ticket konnte nicht gelesen werden',
      text: 'Etwas darin war nicht zu verstehen. In der Verwaltung steht es unter den zurückgestellten Tickets und kann erneut versucht werden.',
    },
    reconnect: {
      title: 'Die Verbindung ist beendet',
      text: 'HubSpot nimmt unseren Zugang nicht mehr an. In der Verwaltung kann das Konto neu verbunden werden; verloren ist nichts.',
    },
  },
  review: {
    open: 'Angefochten. Ein Mensch sieht nach; bis dahin zählt der Wert in keiner Übersicht.',
    upheld: 'Ein Mensch hat noch einmal nachgesehen und den Wert bestätigt.',
    corrected: (empathy) => `Ein Mensch hat nachgesehen und den Wert auf ${empathy} gesetzt.`,
    earlier: 'Ein Mensch hat über einen früheren Wert entschieden; neue Nachrichten haben diesen gebracht.',
  },
  course: (n, first, last) => `Das Gefühl des Kunden über ${n} Nachrichten: zuerst ${first}, zuletzt ${last}.`,
  courseOfOne: (last) => `Das Gefühl des Kunden, aus einer Nachricht: ${last}.`,
  messages: 'Nachricht',
  feelingAxis: 'Gefühl',
  helpsNext: 'Was als Nächstes helfen würde',
  passages: 'Was Punkte brachte und was welche kostete',
  replyAt: (when) => `Antwort, ${when}`,
  reviewed: 'Zu diesem Wert',
  dispute: 'Dieser Wert scheint falsch',
  disputeWhy: 'Was stimmt daran nicht?',
  disputeSend: 'Einen Menschen nachsehen lassen',
  disputeNote: 'Eine Teamleitung sieht nach. Bis dahin zählt der Wert in keiner Übersicht.',
  disputeBroken: 'Das konnte nicht gesendet werden. Bitte versuchen Sie es noch einmal.',
  noDetails: 'Die Einzelheiten sind gerade nicht abrufbar; der Wert selbst ist aktuell.',
};

// The language of the user's HubSpot, such as 'de' or 'en-gb'.
export const languageOf = (context) => {
  const { language, locale } = context?.user ?? {};
  return String(language || locale || 'en').toLowerCase().startsWith('de') ? 'de' : 'en';
};

export const wordsFor = (context) => (languageOf(context) === 'de' ? GERMAN : ENGLISH);
