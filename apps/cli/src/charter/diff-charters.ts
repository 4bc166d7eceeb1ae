import { type Charter, type CharterChange, type ChangeEffect, diffCharters } from '@millrace/charter';
import type { Console } from '../terminal/console.js';
import type { Mark } from '../terminal/terminal.js';

const groups: readonly (readonly [ChangeEffect, string, Mark])[] = [
  ['weaker', 'Worse for people', 'warn'],
  ['stronger', 'Better for people', 'tick'],
  ['different', 'Otherwise', 'dot'],
];

/** Shows what a new version changes for people, the worst first, and what is owed to them. */
export function diff(before: Charter, after: Charter, console: Console): void {
  const { terminal } = console;
  const found = diffCharters(before, after);
  if (found.changes.length === 0) terminal.tick(`${after.version} says the same as ${before.version} to people`);
  for (const [effect, title, mark] of groups) {
    const changes = found.changes.filter((change) => change.effect === effect);
    if (changes.length === 0) continue;
    terminal.section(`${title}: ${changes.length}`);
    for (const change of changes) tell(console, mark, change);
  }
  if (found.owed.length > 0) terminal.section('What is owed before it takes effect');
  for (const { sentence } of found.owed) terminal.mark('dot', sentence);
  console.result(found);
}

function tell({ terminal }: Console, mark: Mark, { path, sentence }: CharterChange): void {
  terminal.mark(mark, sentence);
  terminal.line(`      ${terminal.dim(path)}`);
}
