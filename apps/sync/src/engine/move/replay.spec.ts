import { describe, expect, it } from '@jest/globals';
import type { CompiledStream } from '../mapping/compiled-stream.js';
import { replayBasis } from './rejected-ranges.js';
import { replayOf } from './replay.js';

const stream = {
  name: 'people',
  mode: 'upsert',
  partition: { stream: 'people', key: ['id'] },
} as unknown as CompiledStream;
const source = {
  read: () => {
    throw new Error('Nothing is read before it is asked for');
  },
};
const rejected = { version: 1, basis: replayBasis(stream, 'key'), order: 'key', ranges: [], truncated: false } as const;

describe('a replay', () => {
  it('is made of the stream as it was read', () => {
    expect(replayOf(source, stream, rejected).stream.name).toBe('people');
  });

  it('never replaces: the few rejected records would take the place of all others', () => {
    expect(() => replayOf(source, { ...stream, mode: 'replace' }, rejected)).toThrow(
      expect.objectContaining({ code: 'replay-void' }),
    );
  });

  it('is void when the stream is read in another order', () => {
    const other = { ...stream, partition: { ...stream.partition, key: ['code'] } };
    expect(() => replayOf(source, other, rejected)).toThrow(expect.objectContaining({ code: 'replay-void' }));
  });
});
