import { z } from 'zod';

const DURATION = /^P(?=\d|T\d)(\d+Y)?(\d+M)?(\d+W)?(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+S)?)?$/;
const LEGAL_DATE = /^\d{4}-\d{2}-\d{2}$/;
const COUNTRY = /^[A-Z]{2}$/;
const EMAIL = /^[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}$/;

/** An ISO 8601 duration: `P90D`, `P2Y`, `PT15M`. */
export const duration = z.string().regex(DURATION, 'must be an ISO 8601 duration such as P90D, P2Y or PT15M');

/** A day of the calendar that exists: `2026-04-22`. */
export const legalDate = z
  .string()
  .regex(LEGAL_DATE, { error: 'must be a date such as 2026-04-22', abort: true })
  .refine(isCalendarDay, 'must be a day that exists');

/** ISO 3166-1 alpha-2. */
export const country = z.string().regex(COUNTRY, 'must be a two-letter country code of ISO 3166-1 such as US');

/** A mailbox; at most 254 characters (RFC 5321 §4.5.3.1.3). */
export const mailbox = z.string().max(254).regex(EMAIL, 'must be an e-mail address');

/** One sentence or a short paragraph. */
export const sentence = z.string().trim().min(1).max(600);

/** A short name or heading. */
export const label = z.string().trim().min(1).max(120);

/** Lower-case words joined by dashes. */
export const slug = z.string().regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/, 'must be lower-case words joined by dashes');

/** An absolute path on the operator's host. */
export const webPath = z.string().regex(/^\/[A-Za-z0-9/._-]*$/, 'must be an absolute path such as /privacy');

/** An IANA time zone, in which legal days are counted. */
export const zone = z.string().refine(isZone, 'must be a time zone of the IANA database such as America/New_York');

/** `on` or `off`. */
export const onOff = z.enum(['on', 'off']);

/** A list without repetition. */
export function distinct<T extends z.ZodType>(item: T) {
  return z.array(item).refine((list) => new Set(list).size === list.length, 'must not repeat an entry');
}

function isCalendarDay(text: string): boolean {
  const instant = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(instant.getTime()) && instant.toISOString().startsWith(text);
}

function isZone(text: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: text }).resolvedOptions().timeZone.length > 0;
  } catch {
    return false;
  }
}
