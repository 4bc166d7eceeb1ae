import type { Output, PromiseState, readBoard } from '@millrace/contracts';
import { factsLine } from '../terminal/facts-line.js';
import type { Mark, Terminal } from '../terminal/terminal.js';

export type Board = Output<typeof readBoard>;

export const promiseStates = ['kept', 'stale', 'broken', 'unproven'] as const;

const MARKS: Record<PromiseState['state'], Mark> = { kept: 'tick', stale: 'warn', broken: 'cross', unproven: 'dot' };
/** Space in a line before the evidence: margin, mark, id. */
const EVIDENCE_INDENT = 10;

/** How many promises stand how: `24 kept, 0 stale, 0 broken, 77 unproven`. */
export function countsLine({ counts }: Board): string {
  return promiseStates.map((state) => `${counts[state]} ${state}`).join(', ');
}

/** The promises in the given states, each with its evidence in a line. */
export function showPromises(terminal: Terminal, board: Board, states: readonly PromiseState['state'][]): void {
  for (const promise of board.promises.filter((one) => states.includes(one.state))) {
    const room = terminal.width - EVIDENCE_INDENT;
    terminal.mark(MARKS[promise.state], `${promise.id.padEnd(4)} ${cut(promise.text, room)}`);
    const proof = promise.state === 'unproven' ? promise.reason : evidenceOf(promise);
    terminal.line(terminal.dim(`         ${cut(proof, room)}`));
  }
}

function evidenceOf({ evidence, reason, probe }: PromiseState): string {
  const facts = evidence === undefined ? reason : factsLine(evidence, 1_000);
  return probe ? `${probe}: ${facts}` : facts;
}

function cut(text: string, length: number): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length <= length ? line : `${line.slice(0, length - 1)}…`;
}
