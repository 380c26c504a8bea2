// From the text that HubSpot hands over to what the cards show.

export const TICKET_PROPERTIES = [
  'empathy_band',
  'empathy_needs_attention',
  'empathy_reason',
  'empathy_score',
  'empathy_scored_at',
  'empathy_sentiment_band',
];

export const CONTACT_PROPERTIES = ['empathy_contact_score', 'empathy_contact_sentiment', 'empathy_opt_out'];

export const isTicked = (text) => text === 'true';

// A number, or null for anything that is none: a blank property is not zero.
export const numberOf = (text) => {
  const number = text === null || text === undefined || text === '' ? NaN : Number(text);
  return Number.isFinite(number) ? number : null;
};

// -1..1 as the word of its band, with the limits of the ticket property.
export const feelingOf = (sentiment) => {
  if (sentiment <= -0.6) return 'very_negative';
  if (sentiment <= -0.2) return 'negative';
  if (sentiment < 0.2) return 'neutral';
  return sentiment < 0.6 ? 'positive' : 'very_positive';
};

// 0..100 as the word of its band, with the limits that hold unless an admin moves them.
export const bandOf = (score) => {
  if (score < 40) return 'low';
  return score < 70 ? 'fair' : 'high';
};

// Points with their sign: a real minus, and none for what rounds to nothing.
export const signed = (points) => {
  const rounded = Math.round(points);
  return rounded < 0 ? `−${-rounded}` : `+${rounded}`;
};

// HubSpot hands a time over as milliseconds or as ISO 8601; null where it is neither.
export const timeOf = (text, language, timeZone) => {
  const instant = new Date(/^\d+$/.test(text ?? '') ? Number(text) : text ?? NaN);
  if (Number.isNaN(instant.getTime())) return null;
  try {
    return instant.toLocaleString(language, { dateStyle: 'medium', timeStyle: 'short', timeZone });
  } catch {
    return instant.toLocaleString(language, { dateStyle: 'medium', timeStyle: 'short' });
  }
};
