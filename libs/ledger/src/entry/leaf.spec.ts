import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { leafHash } from '../tree/tree-hash.js';
import { commitmentOf, verifyCommitment } from './commitment.js';
import { isDetailText } from './entry-rules.js';
import { commitEntry, encodeLeaf, parseLeaf } from './leaf.js';
import type { EntryCore } from './ledger-entry.js';

const core: EntryCore = {
  id: '0190d5c0-1234-7abc-8def-0123456789ab',
  event: 'vault.connection.revoked',
  at: '2026-11-22T10:00:00.000Z',
  region: 'eu-west',
  source: 'vault',
  sourceNumber: 1,
  orgId: '0190d5c0-1234-7abc-8def-0123456789ac',
  actor: 'user',
  target: { kind: 'connection', id: '0190d5c0-1234-7abc-8def-0123456789ad' },
  outcome: 'success',
  details: { reason: 'user', rows: 12, forced: false },
};

const instants = fc
  .date({ min: new Date('2020-01-01'), max: new Date('2100-01-01'), noInvalidDate: true })
  .map((instant) => instant.toISOString());
const details = fc.dictionary(
  fc.stringMatching(/^[a-z][A-Za-z0-9]{0,20}$/),
  fc.oneof(
    fc.boolean(),
    fc.maxSafeInteger(),
    fc.double({ noNaN: true, min: -1e9, max: 1e9 }),
    fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._:/+=-]{0,30}$/),
  ),
  { maxKeys: 8 },
);

describe('a leaf', () => {
  it('is the canonical JSON of RFC 8785: sorted keys, no spaces', () => {
    const { leafBytes, entry, leafHash: hash } = commitEntry(core);
    expect(leafBytes.toString()).toBe(
      '{"actor":"user","at":"2026-11-22T10:00:00.000Z","details":{"forced":false,"reason":"user","rows":12},' +
        '"event":"vault.connection.revoked","id":"0190d5c0-1234-7abc-8def-0123456789ab",' +
        '"orgId":"0190d5c0-1234-7abc-8def-0123456789ac","outcome":"success","personal":{},"region":"eu-west",' +
        '"source":"vault","sourceNumber":1,' +
        '"target":{"id":"0190d5c0-1234-7abc-8def-0123456789ad","kind":"connection"},"v":1}',
    );
    expect(hash).toEqual(leafHash(leafBytes));
    expect(parseLeaf(leafBytes)).toEqual(entry);
  });

  it('reads back as what was written, whatever the order of keys', () => {
    fc.assert(
      fc.property(details, instants, fc.integer({ min: 1 }), (facts, at, sourceNumber) => {
        const { entry, leafBytes } = commitEntry({ ...core, details: facts, at, sourceNumber });
        const reversed = Object.fromEntries(Object.entries(entry).reverse()) as typeof entry;
        expect(encodeLeaf(reversed)).toEqual(leafBytes);
        expect(encodeLeaf(parseLeaf(leafBytes))).toEqual(leafBytes);
      }),
    );
  });

  it('is refused in any other form than the canonical one', () => {
    const text = commitEntry(core).leafBytes.toString();
    const others = [
      ` ${text}`,
      `${text}\n`,
      `\ufeff${text}`,
      text.replace('"rows":12', '"rows":12.0'),
      text.replace('"rows":12', '"rows":1,"rows":12'),
      text.replace('"user"', '"\\u0075ser"'),
      text.replace('"v":1', '"v":1,"w":1'),
      text.replace(',"v":1', '').replace('{', '{"v":1,'),
      text.replace('"v":1', '"v":2'),
      text.replace('"rows":12', '"__proto__":12'),
      text.slice(0, -1),
      '',
      'null',
      '[]',
    ];
    for (const other of others) expect(() => parseLeaf(Buffer.from(other))).toThrow(/leaf/i);
    expect(() => parseLeaf(Buffer.from([0xff, 0xfe]))).toThrow('Not a leaf');
  });
});

describe('an entry', () => {
  const refused: [string, Record<string, unknown>][] = [
    ['v', { v: 2 }],
    ['id', { id: '0190d5c0-1234-4abc-8def-0123456789ab' }],
    ['event', { event: 'Revoked' }],
    ['at', { at: '2026-11-22T10:00:00Z' }],
    ['at', { at: '2026-02-30T10:00:00.000Z' }],
    ['region', { region: 'EU West' }],
    ['source', { source: '' }],
    ['sourceNumber', { sourceNumber: 0 }],
    ['sourceNumber', { sourceNumber: 1.5 }],
    ['orgId', { orgId: 'acme' }],
    ['actor', { actor: 'jane' }],
    ['outcome', { outcome: 'maybe' }],
    ['target.id', { target: { kind: 'account', id: 'jane@example.org' } }],
    ['target', { target: { kind: 'account', id: 'x', name: 'Jane' } }],
    ['details.email', { details: { email: 'jane@example.org' } }],
    ['details.name', { details: { name: 'Jane Doe' } }],
    ['details.note', { details: { note: 'x'.repeat(129) } }],
    ['details.count', { details: { count: Number.NaN } }],
    ['details.count', { details: { count: 2 ** 53 } }],
    ['details.list', { details: { list: [] } }],
    ['details', { details: { 'Bad-Key': 1 } }],
    ['details', { details: Object.fromEntries(Array.from({ length: 33 }, (_, index) => [`f${index}`, 1])) }],
    ['details', { details: null }],
    ['details', { details: new Map() }],
    ['entry', { unknown: 1 }],
  ];

  it.each(refused)('is refused for a bad %s, without its value', (field, change) => {
    const attempt = () => commitEntry({ ...core, ...change } as unknown as EntryCore);
    // `v` and `personal` are set by commitEntry, whatever it is given.
    if (field === 'v') return expect(attempt().entry.v).toBe(1);
    expect(attempt).toThrow(`Ledger entry: ${field}`);
    expect(attempt).not.toThrow(/jane|Doe/i);
  });

  it('takes tokens as details and no sentences, addresses or names of two words', () => {
    for (const text of ['user', '2026-04-22', 'P90D', 'sha256:abc', 'v1.2.3', core.id, 'a/b', 'kkkk-_='])
      expect(isDetailText(text)).toBe(true);
    for (const text of ['', ' ', 'Jane Doe', 'jane@example.org', '+49 30 123', 'a\nb', 'é', '-x'])
      expect(isDetailText(text)).toBe(false);
  });
});

describe('a personal field', () => {
  const personal = { email: 'jane@example.org', address: '203.0.113.7' };

  it('is in the leaf as a commitment only, and opens with its salt', () => {
    const committed = commitEntry(core, personal);
    expect(committed.leafBytes.toString()).not.toMatch(/jane|203\.0/);
    for (const value of committed.personal) {
      expect(verifyCommitment(value, committed.entry.personal[value.field]!)).toBe(true);
      expect(verifyCommitment({ ...value, value: 'other' }, committed.entry.personal[value.field]!)).toBe(false);
      expect(verifyCommitment({ ...value, field: 'phone' }, committed.entry.personal[value.field]!)).toBe(false);
      expect(verifyCommitment({ ...value, salt: Buffer.alloc(32) }, committed.entry.personal[value.field]!)).toBe(
        false,
      );
      expect(verifyCommitment({ ...value, salt: Buffer.alloc(0) }, committed.entry.personal[value.field]!)).toBe(false);
    }
  });

  it('commits to the same value differently every time, so that equal values cannot be linked', () => {
    const [first, second] = [commitEntry(core, personal), commitEntry(core, personal)];
    expect(first.entry.personal.email).not.toBe(second.entry.personal.email);
  });

  it('leaves the leaf valid when value and salt are deleted', () => {
    const { leafBytes, leafHash: hash } = commitEntry(core, personal);
    expect(leafHash(encodeLeaf(parseLeaf(leafBytes)))).toEqual(hash);
  });

  it('cannot pass for another split of field and value', () => {
    const salt = Buffer.alloc(32, 1);
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.nat(8), (field, value, shift) => {
        fc.pre(field.length > shift && shift > 0 && (field + value).isWellFormed());
        const moved = { field: field.slice(0, -shift), value: field.slice(-shift) + value, salt };
        expect(commitmentOf(moved)).not.toBe(commitmentOf({ field, value, salt }));
      }),
    );
  });

  it('has a fixed form (test vector)', () => {
    const salt = Buffer.from(Array.from({ length: 32 }, (_, index) => index));
    expect(commitmentOf({ field: 'email', value: 'jane@example.org', salt })).toBe(
      'ukBFjSMK6yZbi_erSqdIzbyGbud3oBnIpBqRpYNIquY',
    );
  });

  it('is refused when too long or ill-formed, without its value', () => {
    for (const value of ['x'.repeat(4_097), 'secret\ud800']) {
      expect(() => commitEntry(core, { email: value })).toThrow('A personal value is too long or not well-formed');
    }
    expect(() => commitEntry(core, { 'Bad Field': 'x' })).toThrow('personal');
  });
});
