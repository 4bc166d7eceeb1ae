import { beforeEach, describe, expect, it } from '@jest/globals';
import { newId } from '@millrace/kernel';
import fc from 'fast-check';
import { commitEntry } from '../entry/leaf.js';
import type { Checkpoint } from '../note/checkpoint.js';
import { MerkleAccumulator } from '../tree/merkle-accumulator.js';
import { leafHash } from '../tree/tree-hash.js';
import { MemoryTree } from '../tree/tree-reader.js';
import { auditLeaves, type AuditOptions } from './audit-leaves.js';

interface Row {
  index: number;
  leafBytes?: Buffer;
  storedHash?: Buffer;
}

const SIZE = 40;
const CHECKPOINTS = [8, 16, 24, 32];

let rows: Row[];
let expected: Checkpoint;
let earlier: Checkpoint[];
let innerHashes: MemoryTree;

const leafOf = (source: string, sourceNumber: number, count = sourceNumber) =>
  commitEntry({
    id: newId(),
    event: 'sync.run.finished',
    at: '2026-11-22T10:00:00.000Z',
    region: 'eu-west',
    source,
    sourceNumber,
    actor: 'service',
    outcome: 'success',
    details: { count },
  }).leafBytes;

/** A ledger in which two sources take turns, with a checkpoint after every eighth entry. */
function buildLedger(size: number): void {
  const accumulator = new MerkleAccumulator();
  [rows, earlier, innerHashes] = [[], [], new MemoryTree()];
  for (let index = 0; index < size; index++) {
    const leafBytes = leafOf(index % 2 ? 'vault' : 'sync', Math.floor(index / 2) + 1);
    const storedHash = leafHash(leafBytes);
    rows.push({ index, leafBytes, storedHash });
    innerHashes.add(accumulator.append(storedHash));
    if (CHECKPOINTS.includes(index + 1)) earlier.push(checkpointOf(accumulator));
  }
  expected = checkpointOf(accumulator);
}

function checkpointOf(accumulator: MerkleAccumulator): Checkpoint {
  return { origin: 'example.org/log', size: accumulator.size, root: accumulator.root() };
}

const audit = (options: AuditOptions = {}) => auditLeaves(rows, expected, { earlier, ...options });

/** Renumbers the rows as they lie, as an owner would who wants no gap to be seen; hashes stay where they are. */
function renumberLeaves(leaves: (Buffer | undefined)[]): void {
  const hashes = rows.map(({ storedHash }) => storedHash);
  const length = Math.max(leaves.length, hashes.length);
  rows = Array.from({ length }, (_, index) => ({ index, leafBytes: leaves[index], storedHash: hashes[index] }));
}

const leavesOf = () => rows.map(({ leafBytes }) => leafBytes);

beforeEach(() => buildLedger(SIZE));

describe('an audit of an untouched ledger', () => {
  it('finds nothing', async () => {
    expect(await audit({ innerHashes })).toEqual([]);
  });

  it('finds nothing at any size, also with rows after the checkpoint', async () => {
    for (const size of [0, 1, 2, 3, 7, 8, 9, 33]) {
      buildLedger(size);
      const leafBytes = leafOf('gateway', 1);
      rows.push({ index: size, leafBytes, storedHash: leafHash(leafBytes) });
      expect(await audit({ innerHashes })).toEqual([]);
    }
  });

  it('finds nothing where retention dropped the oldest leaves', async () => {
    for (const row of rows.slice(0, 15)) delete row.leafBytes;
    expect(await audit({ droppedBefore: 15, innerHashes })).toEqual([]);
    expect(await audit()).toEqual([{ kind: 'missing', from: 0, to: 14, what: 'leaf' }]);
  });
});

describe('an audit after the owner of the database touched the rows', () => {
  it('names a changed leaf', async () => {
    rows[11]!.leafBytes = leafOf('vault', 6, 999);
    expect(await audit()).toEqual([{ kind: 'changed', index: 11, what: 'leaf' }]);
  });

  it('names a leaf that was changed into something unreadable once', async () => {
    rows[11]!.leafBytes = Buffer.from('{"v":1}');
    expect(await audit()).toEqual([{ kind: 'changed', index: 11, what: 'leaf' }]);
  });

  it('names a changed hash as the changed one', async () => {
    rows[11]!.storedHash = leafHash(Buffer.from('else'));
    expect(await audit()).toEqual([{ kind: 'changed', index: 11, what: 'hash' }]);
  });

  it('names several changed leaves', async () => {
    for (const index of [0, 17, 39]) rows[index]!.leafBytes = leafOf('sync', index + 100);
    expect(await audit()).toEqual([0, 17, 39].map((index) => ({ kind: 'changed', index, what: 'leaf' })));
  });

  it('names a removed row, at the end as well', async () => {
    rows.splice(20, 1);
    expect(await audit()).toEqual([{ kind: 'missing', from: 20, to: 20, what: 'row' }]);
    buildLedger(SIZE);
    rows.splice(37, 3);
    expect(await audit()).toEqual([{ kind: 'missing', from: 37, to: 39, what: 'row' }]);
  });

  it('names a removed leaf whose hash was left, and a removed hash whose leaf was left', async () => {
    delete rows[20]!.leafBytes;
    delete rows[30]!.storedHash;
    expect(await audit()).toEqual([
      { kind: 'missing', from: 20, to: 20, what: 'leaf' },
      { kind: 'missing', from: 30, to: 30, what: 'hash' },
    ]);
  });

  it('names a removed row after which all leaves were renumbered', async () => {
    renumberLeaves(leavesOf().toSpliced(12, 1));
    expect(await audit()).toEqual([{ kind: 'missing', from: 12, to: 12, what: 'row' }]);
  });

  it('names an inserted row after which all leaves were renumbered', async () => {
    renumberLeaves(leavesOf().toSpliced(12, 0, leafOf('gateway', 1)));
    expect(await audit()).toEqual([{ kind: 'inserted', index: 12 }]);
  });

  it('names an inserted row with a number that is taken, and keeps to the original', async () => {
    const row = { index: 12, leafBytes: leafOf('gateway', 1) };
    rows.splice(13, 0, { ...row, storedHash: leafHash(row.leafBytes) });
    expect(await audit()).toEqual([{ kind: 'inserted', index: 12 }]);
  });

  it('names reordered rows', async () => {
    [rows[5]!.leafBytes, rows[9]!.leafBytes] = [rows[9]!.leafBytes, rows[5]!.leafBytes];
    expect(await audit()).toEqual([
      { kind: 'reordered', index: 5, belongsAt: 9 },
      { kind: 'reordered', index: 9, belongsAt: 5 },
    ]);
  });

  it('keeps several things apart', async () => {
    [rows[5]!.leafBytes, rows[9]!.leafBytes] = [rows[9]!.leafBytes, rows[5]!.leafBytes];
    rows[30]!.leafBytes = leafOf('sync', 16, 1);
    rows.splice(20, 1);
    expect(await audit()).toEqual([
      { kind: 'reordered', index: 5, belongsAt: 9 },
      { kind: 'reordered', index: 9, belongsAt: 5 },
      { kind: 'missing', from: 20, to: 20, what: 'row' },
      { kind: 'changed', index: 30, what: 'unknown' },
    ]);
  });
});

describe('an audit after the owner rewrote the hashes too', () => {
  const rewrite = (index: number, leafBytes: Buffer) => {
    rows[index] = { index, leafBytes, storedHash: leafHash(leafBytes) };
  };

  it('finds the smallest range that signed checkpoints leave open', async () => {
    rewrite(19, leafOf('vault', 10, 999));
    expect(await audit()).toEqual([{ kind: 'root-mismatch', from: 16, to: 23, checkpointSize: 24 }]);
    expect(await audit({ earlier: [] })).toEqual([{ kind: 'root-mismatch', from: 0, to: 39, checkpointSize: 40 }]);
  });

  it('finds it to within two leaves when the inner hashes were left', async () => {
    rewrite(19, leafOf('vault', 10, 999));
    expect(await audit({ innerHashes })).toContainEqual({ kind: 'subtree-mismatch', from: 18, to: 19 });
    expect((await audit({ innerHashes })).filter(({ kind }) => kind === 'subtree-mismatch')).toHaveLength(1);
  });

  it('names the number that is missing when a row was removed and everything renumbered', async () => {
    rows = rows.toSpliced(12, 1).map((row, index) => ({ ...row, index }));
    const findings = await audit();
    expect(findings).toContainEqual({ kind: 'source-gap', index: 13, source: 'sync', from: 7, to: 7 });
    expect(findings).toContainEqual({ kind: 'root-mismatch', from: 8, to: 15, checkpointSize: 16 });
  });

  it('names a number that is there twice', async () => {
    const leafBytes = leafOf('sync', 3);
    rows = rows.toSpliced(12, 0, { index: 0, leafBytes, storedHash: leafHash(leafBytes) });
    rows = rows.map((row, index) => ({ ...row, index }));
    expect(await audit()).toContainEqual({ kind: 'source-disorder', index: 12, source: 'sync', sourceNumber: 3 });
  });
});

describe('an audit with checkpoints that were kept outside', () => {
  it('finds that the database was set back', async () => {
    rows.splice(24);
    const [kept, now] = [expected, earlier[2]!];
    expect(await auditLeaves(rows, now)).toEqual([]);
    expect(await auditLeaves(rows, now, { earlier: [kept] })).toEqual([
      { kind: 'missing', from: 24, to: 39, what: 'row' },
    ]);
  });

  it('finds that two histories of the same size were signed', async () => {
    const other = { ...expected, root: Buffer.alloc(32) };
    expect(await audit({ earlier: [...earlier, other] })).toContainEqual(
      expect.objectContaining({ kind: 'root-mismatch', checkpointSize: 40 }),
    );
  });
});

describe('an audit with too much wrong', () => {
  it('says from where on it did not look, and still names a dropped partition', async () => {
    for (const row of rows) row.leafBytes = leafOf('sync', row.index + 1);
    expect(await audit({ maxMismatches: 10 })).toContainEqual({ kind: 'incomplete', index: 5 });
    buildLedger(SIZE);
    for (const row of rows) delete row.leafBytes;
    expect(await audit({ maxMismatches: 10 })).toEqual([{ kind: 'missing', from: 0, to: 39, what: 'leaf' }]);
  });
});

it('lets no tampering with leaves or hashes pass', async () => {
  const index = fc.nat(SIZE - 1);
  const tampering = fc.oneof(
    fc.record({ kind: fc.constant('change' as const), at: index }),
    fc.record({ kind: fc.constant('rehash' as const), at: index }),
    fc.record({ kind: fc.constant('remove' as const), at: index }),
    fc.record({ kind: fc.constant('swap' as const), at: index, with: index }),
    fc.record({ kind: fc.constant('swap-rows' as const), at: index, with: index }),
    fc.record({ kind: fc.constant('insert' as const), at: index }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(tampering, { minLength: 1, maxLength: 4 }), async (steps) => {
      buildLedger(SIZE);
      const before = JSON.stringify(rows);
      for (const step of steps) apply(step);
      fc.pre(JSON.stringify(rows) !== before);
      expect(await audit()).not.toEqual([]);
    }),
    { numRuns: 200 },
  );
});

function apply(step: { kind: string; at: number; with?: number }): void {
  const row = rows[step.at % rows.length];
  const other = rows[(step.with ?? 0) % rows.length];
  if (!row || !other) return;
  const leafBytes = leafOf('sync', step.at + 1, 7);
  if (step.kind === 'change') row.leafBytes = leafBytes;
  if (step.kind === 'rehash') Object.assign(row, { leafBytes, storedHash: leafHash(leafBytes) });
  if (step.kind === 'remove') rows = rows.filter((one) => one !== row).map((one, index) => ({ ...one, index }));
  if (step.kind === 'swap') [row.leafBytes, other.leafBytes] = [other.leafBytes, row.leafBytes];
  if (step.kind === 'swap-rows') {
    [row.leafBytes, other.leafBytes] = [other.leafBytes, row.leafBytes];
    [row.storedHash, other.storedHash] = [other.storedHash, row.storedHash];
  }
  if (step.kind === 'insert') {
    rows.splice(row.index, 0, { index: 0, leafBytes, storedHash: leafHash(leafBytes) });
    rows.forEach((one, index) => (one.index = index));
  }
}
