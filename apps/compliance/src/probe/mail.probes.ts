import { z } from 'zod';
import { probe, verdictOf } from './probe.js';

const content = z.object({
  messages: z.number(),
  faults: z.array(z.string()),
  written: z.array(z.object({ message: z.string(), mails: z.number() })),
  unlisted: z.array(z.string()),
});

export const mailContents = probe('mail.contents', async (_parameters, ask) => {
  const {
    messages,
    faults: inTemplates,
    written,
    unlisted,
  } = await ask.service('notifications', 'mail-content', content);
  const faults = [
    ...inTemplates,
    ...unlisted.map((message) => `the mail ${message} was written, of a kind that the charter does not list`),
  ];
  const mails = written.reduce((sum, one) => sum + one.mails, 0);
  return verdictOf(
    faults,
    `None of ${messages} kinds of mail has room for more than a link, and the ${mails} mails so far were of kinds that the charter lists.`,
    { messages, written, unlisted },
  );
});
