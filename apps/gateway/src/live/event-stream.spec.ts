import { EventEmitter } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { kernelProblems } from '@millrace/contracts';
import { Problem, until } from '@millrace/kernel';
import type { FastifyReply } from 'fastify';
import { EventStream } from './event-stream.js';

/** A response whose reader may be slow. */
class FakeResponse extends EventEmitter {
  text = '';
  hasRoom = true;
  isEnded = false;

  writeHead(): void {
    this.text = '';
  }

  write(chunk: string): boolean {
    this.text += chunk;
    return this.hasRoom;
  }

  end(): void {
    this.isEnded = true;
    this.emit('close');
  }

  reads(): number[] {
    return [...this.text.matchAll(/^data: \{.*?"read":(\d+)/gm)].map(([, read]) => Number(read));
  }
}

const state = (read: number, word = 'running') => ({ read, state: word });
const never = () => Promise.reject(new Error('not asked'));

function begun(heartbeatMs?: number, again: () => Promise<unknown> = never) {
  const raw = new FakeResponse();
  const stream = new EventStream(heartbeatMs);
  const begin = (first: unknown) =>
    stream.begin({ raw, getHeaders: () => ({}) } as unknown as FastifyReply, first, again);
  return { raw, stream, begin };
}

describe('an event stream', () => {
  it('shows what came while the first state was read, after that state', () => {
    const { raw, stream, begin } = begun();
    stream.show(state(2));
    stream.show(state(3));
    begin(state(1));
    expect(raw.reads()).toEqual([1, 3]);
    stream.close();
  });

  it('ends with a final state that came while the first one was read', () => {
    const { raw, stream, begin } = begun();
    stream.show(state(3, 'succeeded'));
    begin(state(1));
    expect([raw.reads(), raw.isEnded]).toEqual([[1, 3], true]);
  });

  it.each(['succeeded', 'failed', 'cancelled'])('shows nothing after %s', (word) => {
    const { raw, stream, begin } = begun();
    begin(state(1));
    stream.show(state(2, word));
    stream.show(state(3));
    expect([raw.reads(), raw.isEnded]).toEqual([[1, 2], true]);
  });

  it('skips states for a slow reader and shows the newest when it has room', () => {
    const { raw, stream, begin } = begun();
    raw.hasRoom = false;
    begin(state(1));
    for (const read of [2, 3, 4]) stream.show(state(read));
    expect(raw.reads()).toEqual([1]);
    raw.hasRoom = true;
    raw.emit('drain');
    expect(raw.reads()).toEqual([1, 4]);
    stream.show(state(5));
    expect(raw.reads()).toEqual([1, 4, 5]);
    stream.close();
  });

  it('says that it is alive, and reads the state again when it heard nothing', async () => {
    const { raw, begin } = begun(5, async () => state(9, 'succeeded'));
    begin(state(1));
    await until('the end', 2_000, () => raw.isEnded);
    expect(raw.text).toContain(': still here\n\n');
    expect(raw.reads()).toEqual([1, 9]);
  });

  it.each([
    ['its session has ended', async () => undefined],
    ['what it shows is gone', () => Promise.reject(new Problem(kernelProblems.notFound))],
  ])('ends when %s', async (_why, again) => {
    const { raw, begin } = begun(5, again);
    begin(state(1));
    await until('the end', 2_000, () => raw.isEnded);
    expect(raw.reads()).toEqual([1]);
  });

  it('goes on when a part does not answer for a while', async () => {
    let asked = 0;
    const { raw, begin } = begun(5, async () => {
      asked += 1;
      if (asked < 3) throw new Problem(kernelProblems.unavailable);
      return state(7, 'failed');
    });
    begin(state(1));
    await until('the end', 2_000, () => raw.isEnded);
    expect(raw.reads()).toEqual([1, 7]);
  });

  it('is closed when its reader leaves', async () => {
    const { raw, stream, begin } = begun();
    begin(state(1));
    raw.emit('close');
    await stream.closed;
    stream.show(state(2));
    expect(raw.reads()).toEqual([1]);
  });
});
