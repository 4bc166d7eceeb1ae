import { escapeHtml } from '@millrace/charter';
import type { MailText, Placeholder } from './catalogue.js';

export interface MailBody {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

export type MailValues = Readonly<Partial<Record<Placeholder, string>>>;

/** Fills a text. The HTML part loads nothing from anywhere, so opening the mail tells nobody. */
export function compose({ subject, paragraphs }: MailText, values: MailValues): MailBody {
  const parts = paragraphs.map((paragraph) => paragraph.split(/\{(\w+)\}/));
  const text = parts.map((part) => part.map((piece, index) => (index % 2 ? valueOf(piece, values) : piece)).join(''));
  const html = parts.map((part) =>
    part.map((piece, index) => (index % 2 ? shown(piece, values) : escapeHtml(piece))).join(''),
  );
  return {
    subject,
    text: `${text.join('\n\n')}\n`,
    html: `<!doctype html>\n<html lang="en"><body>\n${html.map((line) => `<p>${line}</p>`).join('\n')}\n</body></html>\n`,
  };
}

function valueOf(name: string, values: MailValues): string {
  const value = Object.hasOwn(values, name) ? values[name as Placeholder] : undefined;
  if (value === undefined) throw new Error(`No value for the placeholder ${name}`);
  return value;
}

function shown(name: string, values: MailValues): string {
  const value = valueOf(name, values);
  return name === 'link' ? anchor(value) : `<strong>${escapeHtml(value)}</strong>`;
}

function anchor(link: string): string {
  const escaped = escapeHtml(link);
  return `<a href="${escaped}">${escaped}</a>`;
}
