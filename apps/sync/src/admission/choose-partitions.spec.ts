import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Candidate, choosePartitions } from './choose-partitions.js';

const NOBODY = { organizations: new Map<string, number>(), connections: new Map<string, number>() };
const waiting = (orgId: string, count: number, change: Partial<Candidate> = {}): Candidate[] =>
  Array.from({ length: count }, (_, index) => ({
    id: `${orgId}${index}`,
    runId: orgId,
    orgId,
    connectionId: `c${orgId}`,
    concurrency: 99,
    priority: 1,
    ...change,
  }));

describe('who comes next', () => {
  it('is each organization in turn, however much one of them has waiting', () => {
    const chosen = choosePartitions([...waiting('a', 1_000), ...waiting('b', 2), ...waiting('c', 1)], NOBODY, 6);
    expect(chosen.map(({ id }) => id)).toEqual(['a0', 'b0', 'c0', 'a1', 'b1', 'a2']);
  });

  it('is whoever has the fewest with the workers already', () => {
    const busy = { ...NOBODY, organizations: new Map([['a', 5]]) };
    const chosen = choosePartitions([...waiting('a', 9), ...waiting('b', 9)], busy, 4);
    expect(chosen.map(({ orgId }) => orgId)).toEqual(['b', 'b', 'b', 'b']);
  });

  it('is the higher priority within an organization, then whoever has waited longest', () => {
    const candidates = [...waiting('a', 2, { priority: 0 }), ...waiting('a', 2, { priority: 2, id: 'urgent' })];
    const chosen = choosePartitions(candidates, NOBODY, 3);
    expect(chosen.map(({ id }) => id)).toEqual(['urgent', 'urgent', 'a0']);
  });

  it('leaves alone a connection that is as busy as it may be', () => {
    const busy = { ...NOBODY, connections: new Map([['full', 2]]) };
    const candidates = [
      ...waiting('a', 3, { connectionId: 'full', concurrency: 2 }),
      ...waiting('a', 3, { concurrency: 1 }),
    ];
    expect(choosePartitions(candidates, busy, 9).map(({ connectionId }) => connectionId)).toEqual(['ca']);
  });

  it('never exceeds room or concurrency, and leaves nobody out who could be served', () => {
    const organization = fc.record({ count: fc.nat(20), busy: fc.nat(5), concurrency: fc.integer({ min: 1, max: 4 }) });
    fc.assert(
      fc.property(fc.array(organization, { maxLength: 6 }), fc.nat(30), (organizations, room) => {
        const candidates = organizations.flatMap(({ count, concurrency }, index) =>
          waiting(`o${index}`, count, { concurrency }),
        );
        const connections = new Map(organizations.map(({ busy }, index) => [`co${index}`, busy]));
        const chosen = choosePartitions(candidates, { organizations: new Map(), connections }, room);
        const possible = organizations.map(({ count, busy, concurrency }) =>
          Math.max(0, Math.min(count, concurrency - busy)),
        );
        const each = organizations.map((_, index) => chosen.filter(({ orgId }) => orgId === `o${index}`).length);
        expect(chosen).toHaveLength(
          Math.min(
            room,
            possible.reduce((sum, one) => sum + one, 0),
          ),
        );
        each.forEach((taken, index) => expect(taken).toBeLessThanOrEqual(possible[index]!));
        // Nobody has two more than somebody who still waits and could be served.
        each.forEach((taken, index) => {
          if (taken < possible[index]!) expect(Math.max(...each)).toBeLessThanOrEqual(taken + 1);
        });
      }),
    );
  });
});
