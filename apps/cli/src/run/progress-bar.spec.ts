import { describe, expect, it } from '@jest/globals';
import type { Run } from '@millrace/contracts';
import { Terminal } from '../terminal/terminal.js';
import { ProgressBar, rowsPerSecond } from './progress-bar.js';

function run(read: number, expectedRows?: number, end: Partial<Run> = {}): Run {
  const counts = {
    read,
    written: read,
    inserted: read,
    updated: 0,
    unchanged: 0,
    unknown: 0,
    deleted: 0,
    rejected: 0,
    nulled: 0,
    bytes: 0,
  };
  const stream = {
    stream: 'public.place',
    state: 'running' as const,
    counts,
    ...(expectedRows === undefined ? {} : { expectedRows }),
  };
  return {
    runId: '',
    pipelineId: '',
    pipeline: 'places',
    state: 'running',
    kind: 'move',
    trigger: 'person',
    counts,
    streams: [stream],
    queuedAt: '2026-04-22T09:30:00.000Z',
    ...end,
  };
}

function lastLine(speak: (bar: ProgressBar) => void): string {
  let text = '';
  speak(new ProgressBar(new Terminal({ write: (part: string | Uint8Array) => Boolean((text += String(part))) })));
  return text.trimEnd().split('\n').at(-1)!.trim();
}

describe('progress', () => {
  it('is a bar where the source says how many rows there are', () => {
    expect(lastLine((bar) => bar.end(run(500, 1_000)))).toBe(
      `${'█'.repeat(15)}${'░'.repeat(15)}  50 %  500 of 1,000 rows`,
    );
  });

  it('is a count where it does not', () => {
    expect(lastLine((bar) => bar.end(run(12_345)))).toBe('12,345 rows');
  });

  it('never exceeds the whole, though sources guess', () => {
    expect(lastLine((bar) => bar.end(run(1_200, 1_000)))).toContain('100 %  1,200 of 1,200 rows');
  });

  it('ends with the rate of the whole run', () => {
    const ended = run(30_000, 30_000, {
      state: 'succeeded',
      startedAt: '2026-04-22T09:30:00.000Z',
      endedAt: '2026-04-22T09:30:02.000Z',
    });
    expect(rowsPerSecond(ended)).toBe(15_000);
    expect(lastLine((bar) => bar.end(ended))).toContain('15,000 rows/s');
    expect(rowsPerSecond(run(5))).toBe(0);
  });
});
