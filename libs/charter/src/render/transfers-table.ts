import type { Charter } from '../charter.js';
import { enumerate, humanWord } from '../promise/human-words.js';
import { table, type PageBlock } from './page.js';

/** The safeguards for data that leaves a place; empty when none is registered. */
export function transfersTable({ document }: Charter): PageBlock {
  const rows = document.transfers.map(({ from, to, mechanism, fallback }) => [
    enumerate(from.map(humanWord)),
    to === 'any' ? 'any country' : enumerate(to.map(humanWord)),
    fallback ? `${humanWord(mechanism)}; failing that, ${humanWord(fallback)}` : humanWord(mechanism),
  ]);
  return table(['From', 'To', 'Safeguard'], rows);
}
