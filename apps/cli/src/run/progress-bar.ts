import type { Run } from '@millrace/contracts';
import { stopwatch } from '@millrace/kernel';
import { grouped, type Terminal } from '../terminal/terminal.js';

const BAR_WIDTH = 30;
/** The rate shown is that of the last seconds, so that it says how fast it is now. */
const RATE_WINDOW_MS = 3_000;
/** Without a terminal that can redraw, a line at most this often. */
const PLAIN_EVERY_MS = 5_000;

/** Shows how far a run is: a bar that moves on a terminal, a line now and then elsewhere. */
export class ProgressBar {
  private readonly elapsed = stopwatch();
  private readonly samples: { readonly atMs: number; readonly read: number }[] = [{ atMs: 0, read: 0 }];
  private lastPlainMs = 0;

  constructor(private readonly terminal: Terminal) {}

  show(run: Run): void {
    const atMs = this.elapsed();
    const { read } = run.counts;
    this.samples.push({ atMs, read });
    while (this.samples.length > 2 && atMs - this.samples[0]!.atMs > RATE_WINDOW_MS) this.samples.shift();
    const line = progressLine(read, expectedRows(run), this.rate());
    if (this.terminal.isLive) this.terminal.transient(`    ${line}`);
    else if (atMs - this.lastPlainMs >= PLAIN_EVERY_MS) {
      this.lastPlainMs = atMs;
      this.terminal.line(`    ${line}`);
    }
  }

  /** Leaves the last state standing. */
  end(run: Run): void {
    this.terminal.clearTransient();
    const total = run.state === 'succeeded' ? run.counts.read : expectedRows(run);
    this.terminal.line(`    ${progressLine(run.counts.read, total, rowsPerSecond(run))}`);
  }

  private rate(): number {
    const [first, last] = [this.samples[0]!, this.samples.at(-1)!];
    const ms = last.atMs - first.atMs;
    return ms > 0 ? ((last.read - first.read) * 1000) / ms : 0;
  }
}

/** Rows that a run read for each second between its start and its end; 0 while it has neither. */
export function rowsPerSecond({ counts, startedAt, endedAt }: Run): number {
  if (!startedAt || !endedAt) return 0;
  const ms = Date.parse(endedAt) - Date.parse(startedAt);
  return ms > 0 ? (counts.read * 1000) / ms : 0;
}

/** What the source expects to give; undefined when a stream cannot say. */
function expectedRows({ streams }: Run): number | undefined {
  const expected = streams.map((stream) => stream.expectedRows);
  return expected.every((rows) => rows !== undefined) ? expected.reduce((sum, rows) => sum + rows, 0) : undefined;
}

/** A bar for a part from 0 to 1, with its percentage. */
export function drawnBar(part: number): string {
  const filled = Math.round(part * BAR_WIDTH);
  return `${'█'.repeat(filled)}${'░'.repeat(BAR_WIDTH - filled)} ${String(Math.round(part * 100)).padStart(3)} %`;
}

function progressLine(read: number, total: number | undefined, rate: number): string {
  const rows = `${grouped(read)}${total === undefined ? '' : ` of ${grouped(Math.max(total, read))}`} rows`;
  const speed = rate > 0 ? `  ${grouped(rate)} rows/s` : '';
  if (!total) return `${rows}${speed}`;
  return `${drawnBar(Math.min(1, read / total))}  ${rows}${speed}`;
}
