const UNITS: Record<string, string> = {
  Y: 'year',
  M: 'month',
  W: 'week',
  D: 'day',
  'T H': 'hour',
  'T M': 'minute',
  'T S': 'second',
};

/** Lower-case words joined by dashes, which a sentence shows with spaces. */
const DASHED_WORDS = /^[a-z]+(-[a-z]+)+$/;

/** Words of the vocabularies whose code form is no English. */
const WORDS: Readonly<Record<string, string>> = {
  'e-mail': 'e-mail',
  'non-discrimination': 'non-discrimination',
  'limit-sensitive': 'limits on the use of sensitive data',
  email: 'e-mail address',
  'email-address': 'e-mail address',
  jobTitle: 'job title',
  phone: 'telephone number',
  username: 'user name',
  accountName: 'account name',
  US: 'the United States',
  IE: 'Ireland',
  EEA: 'the European Economic Area',
  UK: 'the United Kingdom',
  CH: 'Switzerland',
  oauth2: 'OAuth 2.0',
  'oauth2-pkce': 'OAuth 2.0 with PKCE',
  'api-token': 'API token',
  scc: 'standard contractual clauses',
  'uk-idta': 'the UK International Data Transfer Agreement',
  'uk-addendum': 'the UK Addendum',
  'swiss-scc': 'standard contractual clauses with the Swiss amendments',
  dpf: 'the Data Privacy Framework',
};

/** `P90D` as "90 days", `P3Y` as "3 years", `PT0S` as "no delay". `text` must be an ISO 8601 duration. */
export function humanDuration(text: string): string {
  const parts = [...durationParts(text)].filter(({ count }) => count > 0);
  if (parts.length === 0) return 'no delay';
  return enumerate(parts.map(({ count, unit }) => `${count} ${unit}${count === 1 ? '' : 's'}`));
}

/** "a", "a and b", "a, b and c". */
export function enumerate(items: readonly string[]): string {
  if (items.length === 0) return 'none';
  const last = items.at(-1)!;
  return items.length === 1 ? last : `${items.slice(0, -1).join(', ')} and ${last}`;
}

/** One word of a vocabulary as a reader knows it. */
export function humanWord(word: string): string {
  return WORDS[word] ?? (DASHED_WORDS.test(word) ? word.replaceAll('-', ' ') : word);
}

/** Made once: making a format costs far more than using it. */
const DAY_FORMAT = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'long',
  year: 'numeric',
  timeZone: 'UTC',
});

/** A day such as "22 April 2026". `date` is a legal date. */
export function humanDate(date: string): string {
  return DAY_FORMAT.format(new Date(`${date}T00:00:00Z`));
}

function* durationParts(text: string): Generator<{ count: number; unit: string }> {
  const [days = '', time = ''] = text.slice(1).split('T');
  for (const [half, prefix] of [
    [days, ''],
    [time, 'T '],
  ] as const) {
    for (const match of half.matchAll(/(\d+)([A-Z])/g)) {
      const unit = UNITS[`${prefix}${match[2]}`];
      if (unit) yield { count: Number(match[1]), unit };
    }
  }
}
