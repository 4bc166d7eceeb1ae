import { addDuration } from '@millrace/kernel';
import type { Charter } from '../charter.js';
import { enumerate, humanDate, humanDuration } from '../promise/human-words.js';
import type { OwedNotice } from './change.js';

export interface Owed {
  readonly notice: OwedNotice;
  /** The last day on which it can be given, where there is one: a legal date. */
  readonly by?: string;
  readonly sentence: string;
}

/**
 * What a notice takes, by the promises of the version that is in force: those were made to the people who are told.
 * Dates are counted back from the day on which the new version takes effect.
 */
export function owedFor(notice: OwedNotice, before: Charter, after: Charter): Owed {
  const { notices } = before.document;
  const { effective } = after.document;
  const on = humanDate(effective);
  switch (notice) {
    case 'policy-change': {
      const { mail, inApp, changelog, before: isBefore } = notices.policyChange;
      const ways = [
        mail === 'owners' ? 'a mail to the owners of organizations' : 'a mail to every registered user',
        ...(inApp ? ['a notice in the product'] : []),
        ...(changelog ? ['an entry in the changelog'] : []),
      ];
      const sentence = `People are told by ${enumerate(ways)}${isBefore ? `, before it takes effect on ${on}` : ''}.`;
      return isBefore ? { notice, by: daysBefore(effective, 'P1D'), sentence } : { notice, sentence };
    }
    case 'sub-processor-change': {
      const by = daysBefore(effective, notices.subProcessorChange);
      const sentence = `The change of recipients is announced ${humanDuration(notices.subProcessorChange)} before ${on}: by ${humanDate(by)}.`;
      return { notice, by, sentence };
    }
    case 'ownership-change': {
      const isBefore = notices.ownershipChange === 'before';
      const when = isBefore ? `before it takes effect on ${on}` : 'as the law demands';
      const sentence = `People are told that somebody else is responsible for their data, ${when}.`;
      return isBefore ? { notice, by: daysBefore(effective, 'P1D'), sentence } : { notice, sentence };
    }
    case 'consent':
      return {
        notice,
        sentence: 'People are asked for their consent; nothing is done for the new purpose without it.',
      };
  }
}

const daysBefore = (day: string, duration: string) =>
  addDuration(new Date(`${day}T00:00:00Z`), duration, -1)
    .toISOString()
    .slice(0, 10);
