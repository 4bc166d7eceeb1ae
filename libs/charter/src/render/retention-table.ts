import type { Charter } from '../charter.js';
import { humanDuration } from '../promise/human-words.js';
import { neededRetentionKeys } from '../rules/rule.js';
import type { RetentionDocument } from '../schema/charter.schema.js';
import { table, type PageBlock } from './page.js';
import { anchorTitles, basisTitles, endTitles, retentionTitles } from './titles.js';

/** The schedule of the modules that are on: what, how long, and what happens then. */
export function retentionTable(charter: Charter): PageBlock {
  const rows = neededRetentionKeys(charter.document).map((key) => {
    const rule = charter.document.retention[key]!;
    return [retentionTitles[key], periodText(rule), endText(rule), basisTitles[rule.basis]];
  });
  return table(['What', 'How long', 'Then', 'Basis'], rows);
}

/** "90 days from the event, or no delay from the close of the engagement, whichever ends first". */
export function periodText({ keep, from, orSooner, earlier }: RetentionDocument): string {
  const first = lasting(keep, from);
  const period = orSooner ? `${first} or ${lasting(orSooner.keep, orSooner.from)}, whichever comes first` : first;
  return earlier ? `${period}; earlier if you ask` : period;
}

function lasting(keep: string, from: RetentionDocument['from']): string {
  const words = humanDuration(keep);
  return words === 'no delay' ? `until ${anchorTitles[from]}` : `${words} from ${anchorTitles[from]}`;
}

/** "deleted", "archived for 1 year, then deleted": what happens when the period is over. */
export function endText({ then, archive, floor, because }: RetentionDocument): string {
  const end = archive
    ? `${endTitles[then]} for ${humanDuration(archive.keep)}, then ${endTitles[archive.then]}`
    : endTitles[then];
  if (!floor) return end;
  return `${end}; not earlier, even on request${because ? `. ${because}` : ''}`;
}
