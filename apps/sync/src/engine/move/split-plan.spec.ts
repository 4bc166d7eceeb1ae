import { describe, expect, it } from '@jest/globals';
import type { KeyPosition } from '@millrace/connector-sdk';
import type { CompiledStream } from '../mapping/compiled-stream.js';
import type { PartitionPlan } from './plan-partition.js';
import { splitPlan } from './split-plan.js';

const { signal } = new AbortController();
const WHOLE: PartitionPlan = { order: 'key', bounds: { upTo: ['900'] } };
const STREAM = {
  mode: 'upsert',
  key: ['id'],
  target: { schema: 'public', name: 'orders' },
  partition: { stream: 'public.orders', key: ['id'], uniqueKey: true, projection: [] },
  metrics: [],
} as unknown as CompiledStream;

interface Given {
  readonly stream?: Partial<CompiledStream>;
  readonly plan?: Partial<PartitionPlan>;
  readonly expected?: number;
  readonly most?: number;
  readonly positions?: readonly KeyPosition[];
  /** The greatest key of the target. */
  readonly there?: KeyPosition;
}

function split({ stream, plan, expected = 1_000_000, most = 4, positions = [['300'], ['600']], there }: Given = {}) {
  let asked = 0;
  const plans = splitPlan({
    stream: { ...STREAM, ...stream },
    plan: { ...WHOLE, ...plan },
    expected,
    most,
    source: { split: ({ parts }) => Promise.resolve(((asked = parts), positions)) },
    target: { lastKey: () => Promise.resolve(there) },
    signal,
  });
  return plans.then((all) => ({ plans: all, asked }));
}

describe('a long stream', () => {
  it('is parted into ranges that meet and leave nothing out, within the bounds of the whole', async () => {
    const { plans } = await split();
    expect(plans.map(({ bounds }) => bounds)).toEqual([
      { upTo: ['300'] },
      { after: ['300'], upTo: ['600'] },
      { after: ['600'], upTo: ['900'] },
    ]);
    expect(plans.map(({ share }) => share)).toEqual([1 / 3, 1 / 3, 1 / 3]);
  });

  it.each([
    [250_000, 4, 0],
    [500_000, 4, 2],
    [10_000_000, 4, 4],
    [10_000_000, 1, 0],
  ])('of %i records with %i at once asks for %i parts', async (expected, most, parts) => {
    expect((await split({ expected, most })).asked).toBe(parts);
  });

  it.each<[string, Given]>([
    ['whose key is not unique', { stream: { partition: { ...STREAM.partition, uniqueKey: false } } }],
    ['without a key', { stream: { partition: { ...STREAM.partition, key: [] } } }],
    ['that is replaced as a whole', { stream: { mode: 'replace' } }],
    ['whose deletions are looked for', { stream: { deletes: { kind: 'remove' } } }],
    ['that is read by a cursor', { stream: { cursor: { field: 'at' } as never } }],
    ['that is measured', { stream: { metrics: [{} as never] } }],
    ['that is written back', { stream: { mode: 'update' } }],
    ['of which a stretch is read again', { plan: { backfill: true } }],
    ['that is read in the order of a cursor', { plan: { order: 'cursor' } }],
    ['that the source cannot part', { positions: [] }],
  ])('stays whole %s', async (_, given) => {
    expect((await split(given)).plans).toEqual([{ ...WHOLE, ...given.plan }]);
  });

  it('says whether its target is empty, which only a first look can know', async () => {
    expect((await split()).plans.map(({ fresh }) => fresh)).toEqual([true, true, true]);
    expect((await split({ there: ['5'] })).plans.map(({ fresh }) => fresh)).toEqual([undefined, undefined, undefined]);
    const appended = await split({ stream: { mode: 'append' } });
    expect(appended.plans.map(({ fresh }) => fresh)).toEqual([undefined, undefined, undefined]);
  });
});
