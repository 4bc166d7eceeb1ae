import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type DriftPolicy } from '../document/drift-policy.js';
import { PipelineDocument } from '../document/pipeline-document.js';
import { describeDrift, type PresentField, settleDrift } from './settle-drift.js';
import { shapeDigest } from './stream-shape.js';

const BEFORE = { id: 'integer', amount: 'integer', note: 'text', secret: 'text' };
const POLICY: DriftPolicy = { gained: 'ignore', lost: 'fail', retyped: 'ignore' };

const present = (shape: Record<string, string>, personal: readonly string[] = []): PresentField[] =>
  Object.entries(shape).map(([name, type]) => ({ name, type, personal: personal.includes(name) }));

function mapping(change: Record<string, unknown> = {}) {
  const stream = {
    from: 'public.orders',
    to: 'orders',
    key: ['id'],
    fields: [{ from: 'id' }, { from: 'amount' }, { from: 'note', to: 'remark' }],
    ...change,
  };
  return PipelineDocument.parse({
    version: 1,
    name: 'orders',
    source: { connection: 'a' },
    target: { connection: 'b' },
    streams: [stream],
  }).streams[0]!;
}

const settle = (policy: Partial<DriftPolicy>, now: PresentField[], stream = mapping()) =>
  settleDrift(stream, { ...POLICY, ...policy }, BEFORE, now);

describe('a stream that is not what it was', () => {
  it('leaves a mapping alone as long as nothing of it changed, whatever happens to fields that nobody selected', () => {
    const stream = mapping();
    const { id, amount, note } = BEFORE;
    for (const now of [
      { id, amount, note },
      { ...BEFORE, secret: 'bytea' },
    ]) {
      expect(settle({ lost: 'fail', retyped: 'fail' }, present(now), stream)).toEqual({ changes: [], mapping: stream });
    }
  });

  it.each([
    ['ignore', 'ignored', 3],
    ['propagate', 'propagated', 4],
    ['fail', 'stopped', 3],
  ] as const)('gains a field: %s', (gained, outcome, fields) => {
    const { changes, mapping: after } = settle({ gained }, present({ ...BEFORE, weight: 'real' }));
    expect(changes).toEqual([{ field: 'weight', kind: 'gained', outcome }]);
    expect(after.fields).toHaveLength(fields);
  });

  it('selects nothing by itself that looks personal, whose column is taken, or that write-back would touch', () => {
    const now = present({ ...BEFORE, email: 'text', remark: 'text' }, ['email']);
    const { changes, mapping: after } = settle({ gained: 'propagate' }, now);
    expect(changes).toEqual([
      { field: 'email', kind: 'gained', outcome: 'ignored', personal: true },
      { field: 'remark', kind: 'gained', outcome: 'ignored' },
    ]);
    expect(after.fields).toHaveLength(3);
    const back = settle({ gained: 'propagate' }, present({ ...BEFORE, weight: 'real' }), mapping({ mode: 'update' }));
    expect(back.changes).toEqual([{ field: 'weight', kind: 'gained', outcome: 'ignored' }]);
  });

  it('knows a field that was named before it came', () => {
    const stream = mapping({ fields: [...mapping().fields, { from: 'weight', drop: true }] });
    expect(settle({ gained: 'fail' }, present({ ...BEFORE, weight: 'real' }), stream).changes).toEqual([]);
  });

  it('loses a field: the run stops, or goes on without it', () => {
    const now = present({ id: 'integer', amount: 'integer' });
    expect(settle({}, now).changes).toEqual([{ field: 'note', kind: 'lost', outcome: 'stopped' }]);
    const ignored = settle({ lost: 'ignore' }, now);
    expect(ignored.changes).toEqual([{ field: 'note', kind: 'lost', outcome: 'ignored' }]);
    expect(ignored.mapping.fields).toEqual([{ from: 'id' }, { from: 'amount' }]);
  });

  it('never goes on without its key, nor with a new set that would lack a column', () => {
    const { id, ...rest } = BEFORE;
    expect(settle({ lost: 'ignore' }, present(rest)).changes).toEqual([
      { field: 'id', kind: 'lost', outcome: 'stopped' },
    ]);
    const replaced = mapping({ mode: 'replace' });
    expect(settle({ lost: 'ignore' }, present({ id, amount: 'integer' }), replaced).changes).toEqual([
      { field: 'note', kind: 'lost', outcome: 'stopped' },
    ]);
  });

  it.each([
    ['ignore', 'ignored'],
    ['propagate', 'propagated'],
    ['fail', 'stopped'],
  ] as const)('changes the type of a selected field: %s', (retyped, outcome) => {
    const stream = mapping();
    const settled = settle({ retyped }, present({ ...BEFORE, amount: 'bigint' }), stream);
    expect(settled).toEqual({ changes: [{ field: 'amount', kind: 'retyped', outcome }], mapping: stream });
  });

  it('says in words what stopped the run, and that alone', () => {
    const { changes } = settle({ retyped: 'fail' }, present({ id: 'integer', amount: 'text', weight: 'real' }));
    expect(describeDrift(changes)).toBe(
      'The source’s stream has lost “note”, and has other types in “amount”. Look at it, then apply the pipeline again: that accepts the stream as it is.',
    );
  });

  it('drops no field that is there and keeps no field that is not, under any policy', () => {
    const shape = fc.dictionary(fc.constantFrom('id', 'amount', 'note', 'weight', 'size'), fc.constantFrom('a', 'b'));
    const policy = fc.record({
      gained: fc.constantFrom('ignore', 'propagate', 'fail'),
      lost: fc.constantFrom('fail', 'ignore'),
      retyped: fc.constantFrom('ignore', 'propagate', 'fail'),
    });
    fc.assert(
      fc.property(shape, policy, (now, chosen) => {
        const { changes, mapping: after } = settle(chosen as DriftPolicy, present(now));
        const stopped = changes.some(({ outcome }) => outcome === 'stopped');
        const names = after.fields.flatMap((field) => ('from' in field ? [field.from] : []));
        const old = ['id', 'amount', 'note'];
        if (stopped) expect(names).toEqual(old);
        else {
          expect(names.every((name) => name in now)).toBe(true);
          expect(old.filter((name) => name in now).every((name) => names.includes(name))).toBe(true);
        }
        if (chosen.gained !== 'propagate') expect(names.every((name) => old.includes(name))).toBe(true);
      }),
    );
  });
});

it('a shape’s digest does not depend on the order of its fields, but on every name and type', () => {
  const digest = shapeDigest({ a: 'text', b: 'integer' });
  expect(shapeDigest({ b: 'integer', a: 'text' })).toBe(digest);
  for (const other of [{ a: 'text' }, { a: 'text', b: 'bigint' }, { a: 'text', c: 'integer' }])
    expect(shapeDigest(other as never)).not.toBe(digest);
});
