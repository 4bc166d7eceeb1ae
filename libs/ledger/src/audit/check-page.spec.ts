import { beforeEach, describe, expect, it } from '@jest/globals';
import { newId } from '@millrace/kernel';
import fc from 'fast-check';
import { type CommittedEntry, commitEntry } from '../entry/leaf.js';
import type { Checkpoint } from '../note/checkpoint.js';
import { MerkleAccumulator, type TreeNode } from '../tree/merkle-accumulator.js';
import { type AuditPage, checkPage, type PageFinding } from './check-page.js';
import { PAGE_LEAVES, PageFold } from './page-fold.js';

const SIZE = 2 * PAGE_LEAVES + 77;
const STOPS = [1, PAGE_LEAVES - 1, PAGE_LEAVES, PAGE_LEAVES + 5, 2 * PAGE_LEAVES, SIZE];
const ADA = newId();

/** A row of the ledger's tables; what belongs to one entry. */
interface Row {
  leaf: Buffer;
  columns: string;
  at: string;
  personal: { field: string; value: string; salt: Buffer }[];
}

const committed: CommittedEntry[] = [];
const nodes: TreeNode[] = [];
const checkpoints = new Map<number, Checkpoint[]>();
const tree = new MerkleAccumulator();
for (let index = 0; index < SIZE; index++) {
  const source = index % 2 ? 'vault' : 'sync';
  const core = {
    id: newId(),
    event: 'run.finished',
    at: '2026-11-22T10:00:00.123Z',
    region: 'eu-west',
    source,
    sourceNumber: Math.floor(index / 2) + 1,
    actor: 'service',
    outcome: 'success',
    details: { count: index },
    ...(index % 3 ? { orgId: ADA } : {}),
  } as const;
  committed.push(commitEntry(core, index % 5 ? { actorUserId: ADA, name: 'Ada Lövelace' } : {}));
  nodes.push(...tree.append(committed[index]!.leafHash));
  if (STOPS.includes(index + 1))
    checkpoints.set(index + 1, [{ origin: 'example.org/log', size: index + 1, root: tree.root() }]);
}

let rows: Row[];
let stored: Map<string, Buffer>;

beforeEach(() => {
  rows = committed.map(({ entry, leafBytes, personal }) => ({
    leaf: leafBytes,
    columns: [entry.source, entry.event, entry.orgId ?? '', entry.id, entry.sourceNumber].join('\t'),
    at: entry.at,
    personal: personal.map((one) => ({ ...one })),
  }));
  stored = new Map(nodes.map(({ level, index, hash }) => [`${level}/${index}`, hash]));
});

const int64 = (value: bigint | number): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(BigInt(value));
  return bytes;
};
const instant = (at: string) => int64(BigInt(Date.parse(at) - Date.UTC(2000, 0, 1)) * 1000n);

/** Rows in PostgreSQL’s binary COPY form. */
function copyOf(list: readonly (readonly Buffer[])[]): Buffer {
  const [count, end] = [Buffer.alloc(2), Buffer.from([0xff, 0xff])];
  const field = (bytes: Buffer) => {
    const length = Buffer.alloc(4);
    length.writeInt32BE(bytes.length);
    return [length, bytes];
  };
  count.writeInt16BE(list[0]?.length ?? 0);
  const header = Buffer.concat([Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1'), Buffer.alloc(8)]);
  return Buffer.concat([header, ...list.flatMap((row) => [count, ...row.flatMap(field)]), end]);
}

/** The rows as PostgreSQL copies them; a row that was taken out leaves its place empty. */
function pageAt(from: number): AuditPage {
  const to = Math.min(from + PAGE_LEAVES, SIZE);
  const present = [...rows.slice(from, to).entries()].filter(([, row]) => row !== undefined);
  const hashes: Buffer[] = [];
  for (let level = 0; level <= 12; level++)
    for (let at = from / 2 ** level; at < Math.floor(to / 2 ** level); at++)
      hashes.push(stored.get(`${level}/${at}`) ?? Buffer.alloc(0));
  return {
    from,
    to,
    stops: STOPS.filter((size) => size > from && size <= to),
    hashes: copyOf([[Buffer.concat(hashes)]]),
    leaves: copyOf(
      present.map(([offset, { leaf, at, columns }]) => [int64(from + offset), leaf, instant(at), Buffer.from(columns)]),
    ),
    personal: copyOf(
      present.flatMap(([offset, { personal }]) =>
        personal.map((one) => [int64(from + offset), Buffer.from(one.field), one.salt, Buffer.from(one.value)]),
      ),
    ),
  };
}

function check(): { holds: boolean; findings: PageFinding[] } {
  const fold = new PageFold(checkpoints, (level, index) => stored.get(`${level}/${index}`));
  const findings: PageFinding[] = [];
  for (let from = 0; from < SIZE; from += PAGE_LEAVES) {
    const verdict = checkPage(pageAt(from));
    fold.add(verdict);
    findings.push(...verdict.findings);
  }
  return { holds: fold.holds, findings };
}

const WHOLE = { holds: true, findings: [] };
const BROKEN = { holds: false, findings: [] };

describe('checking a ledger page by page', () => {
  it('finds an untouched one whole, with blanked personal fields as well', () => {
    expect(check()).toEqual(WHOLE);
    for (const row of rows.slice(100, 5_000)) row.personal = [];
    expect(check()).toEqual(WHOLE);
  });

  it.each(['source', 'event', 'orgId', 'id', 'sourceNumber'])('names a row whose column %s lies', (column) => {
    const place = ['source', 'event', 'orgId', 'id', 'sourceNumber'].indexOf(column);
    const row = rows[4_100]!;
    row.columns = row.columns.split('\t').with(place, '7').join('\t');
    const { id: entryId } = committed[4_100]!.entry;
    expect(check()).toEqual({
      holds: true,
      findings: [{ kind: 'columns-changed', index: 4_100, entryId, columns: column }],
    });
  });

  it('names a row whose time lies', () => {
    rows[0]!.at = '2026-11-22T10:00:00.124Z';
    expect(check().findings).toMatchObject([{ kind: 'columns-changed', index: 0, columns: 'at' }]);
  });

  it.each([
    ['value', { value: 'Ada Lovelace' }],
    ['salt', { salt: Buffer.alloc(32) }],
    ['salt and its length', { salt: Buffer.alloc(31) }],
    ['name', { field: 'nickname' }],
  ])('names a personal field whose %s was changed', (_what, change) => {
    Object.assign(rows[4_101]!.personal[1]!, change);
    const { id: entryId } = committed[4_101]!.entry;
    const field = rows[4_101]!.personal[1]!.field;
    expect(check()).toEqual({ holds: true, findings: [{ kind: 'personal-changed', entryId, field }] });
  });

  it('names a personal field that no commitment is for', () => {
    rows[4_100]!.personal.push({ field: 'toString', value: 'x', salt: Buffer.alloc(32) });
    expect(check().findings).toMatchObject([{ kind: 'personal-changed', field: 'toString' }]);
  });
});

describe('a tree that was touched', () => {
  it.each(nodesOfEachLevel())('does not hold when the hash of %s/%s was changed or removed', (level, index) => {
    stored.set(`${level}/${index}`, Buffer.alloc(32, 7));
    expect(check().holds).toBe(false);
    stored.delete(`${level}/${index}`);
    expect(check().holds).toBe(false);
  });

  it('does not hold for another root at any size', () => {
    for (const size of STOPS) {
      const [right] = checkpoints.get(size)!;
      checkpoints.set(size, [right!, { ...right!, root: Buffer.alloc(32) }]);
      expect(check().holds).toBe(false);
      checkpoints.set(size, [right!]);
    }
  });

  it('does not hold for any change, removal or exchange of leaves', () => {
    const index = fc.nat(SIZE - 1);
    fc.assert(
      fc.property(index, index, fc.constantFrom('change', 'remove', 'swap'), (at, other, how) => {
        fc.pre(how !== 'swap' || at !== other);
        const [row, kept] = [rows[at]!, [...rows]];
        if (how === 'change')
          rows[at] = { ...row, leaf: Buffer.from(row.leaf.toString().replace('success', 'failure')) };
        if (how === 'remove') delete rows[at];
        if (how === 'swap') [rows[at], rows[other]] = [rows[other]!, row];
        expect(check()).toEqual(BROKEN);
        rows = kept;
      }),
      { numRuns: 8 },
    );
  });

  it('does not hold when a source’s numbers do not follow one another, whatever was signed', () => {
    const verdict = checkPage(pageAt(0));
    const fold = new PageFold(new Map(), () => undefined);
    fold.add({ ...verdict, sources: [['sync', 2, 3]] });
    expect(fold.holds).toBe(false);
  });
});

/** A node of every level that the tree has, as a table of cases. */
function nodesOfEachLevel(): [level: number, index: number][] {
  return [...Map.groupBy(nodes, ({ level }) => level)].map(([level, list]) => [level, list.at(-1)!.index]);
}
