import type { ChangeEffect } from '@millrace/charter';
import { type DataMap, diffDataMaps } from '@millrace/privacy';
import type { Console } from '../terminal/console.js';
import type { Mark } from '../terminal/terminal.js';

const groups: readonly (readonly [ChangeEffect, string, Mark])[] = [
  ['weaker', 'Worse for people', 'warn'],
  ['stronger', 'Better for people', 'tick'],
  ['different', 'Otherwise', 'dot'],
];

/** Shows what changed for people from one map to another, the worst first. */
export function showDiff(before: DataMap, after: DataMap, console: Console): void {
  const { terminal } = console;
  const found = diffDataMaps(before, after);
  if (found.changes.length === 0) terminal.tick('nothing changed for people');
  for (const [effect, title, mark] of groups) {
    const changes = found.changes.filter((change) => change.effect === effect);
    if (changes.length === 0) continue;
    terminal.section(`${title}: ${changes.length}`);
    for (const { sentence } of changes) terminal.mark(mark, sentence);
  }
  if (!found.comparesCharters) {
    terminal.line();
    terminal.line('    Only what services declare was compared: not both of them have a charter.');
  }
  console.result(found);
}
