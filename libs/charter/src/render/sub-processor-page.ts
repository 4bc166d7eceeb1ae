import type { Charter } from '../charter.js';
import { enumerate, humanDuration, humanWord } from '../promise/human-words.js';
import { paragraph, section, table, type Page, type PageBlock } from './page.js';

/** The companies that may receive data: what for, where, and at most what. A missing name is shown as missing. */
export function subProcessorPage(charter: Charter): Page {
  const { title, notices } = charter.document;
  return {
    title: `Sub-processors of ${title}`,
    sections: [
      section(
        'Who receives data',
        recipientsTable(charter),
        paragraph(`A new sub-processor is announced ${humanDuration(notices.subProcessorChange)} before it starts.`),
      ),
    ],
  };
}

/** One row for each sub-processor that is enabled. */
export function recipientsTable({ document }: Charter): PageBlock {
  const rows = document.subProcessors
    .filter(({ enabled }) => enabled)
    .map(({ title, name, purpose, location, ceiling }) => [
      title,
      name ?? 'not yet named',
      purpose,
      humanWord(location),
      enumerate(ceiling.map(humanWord)),
    ]);
  return table(['Category', 'Name', 'Purpose', 'Place', 'Receives at most'], rows);
}
