import { describe, expect, it } from '@jest/globals';
import { CHANGE_OPERATIONS, type ChangeOperation, Slab } from '@millrace/connector-sdk';
import { StagedChanges } from './staged-changes.js';

type Change = readonly [operation: ChangeOperation, key: string, a: string | null, b: string | null, absence?: number];

const ABSENCES = [[], ['a'], ['b'], ['a', 'b']];

describe('a batch of changes comes to its last states', () => {
  it.each<[string, readonly Change[], readonly string[]]>([
    [
      'different keys stay',
      [
        ['insert', '1', 'x', 'y'],
        ['delete', '2', null, null],
      ],
      ['0 1 x y', 'gone 2 - -'],
    ],
    [
      'the later of two wins, in its place',
      [
        ['insert', '1', 'x', 'y'],
        ['insert', '2', 'x', 'y'],
        ['update', '1', 'z', 'y'],
      ],
      ['0 2 x y', '0 1 z y'],
    ],
    [
      'what was inserted and deleted is deleted',
      [
        ['insert', '1', 'x', 'y'],
        ['delete', '1', null, null],
      ],
      ['gone 1 - -'],
    ],
    [
      'what was deleted and inserted is whole',
      [
        ['delete', '1', null, null],
        ['insert', '1', 'x', 'y'],
      ],
      ['0 1 x y'],
    ],
    ['an update leaves out what the target keeps', [['update', '1', 'x', null, 2]], ['2 1 x -']],
    [
      'what one leaves out another before it told',
      [
        ['insert', '1', 'x', 'y'],
        ['update', '1', 'z', null, 2],
      ],
      ['0 1 z y'],
    ],
    [
      'two that leave out different fields tell all',
      [
        ['update', '1', null, 'y', 1],
        ['update', '1', 'z', null, 2],
      ],
      ['0 1 z y'],
    ],
    [
      'only what neither tells is left out',
      [
        ['update', '1', null, 'y', 1],
        ['update', '1', null, null, 3],
      ],
      ['1 1 - y'],
    ],
    [
      'three of them',
      [
        ['update', '1', 'x', null, 2],
        ['update', '1', null, null, 3],
        ['update', '1', null, 'q', 1],
      ],
      ['0 1 x q'],
    ],
    [
      'a deletion in between cuts them off',
      [
        ['insert', '1', 'x', 'y'],
        ['delete', '1', null, null],
        ['insert', '1', 'z', null],
      ],
      ['0 1 z -'],
    ],
  ])('%s', (_, changes, expected) => {
    expect(stage(changes)).toEqual(expected);
  });

  it('and tells from which row each came, batch after batch', () => {
    const staged = new StagedChanges(['k', 'a', 'b'], [0]);
    const batch: readonly Change[] = [
      ['insert', '1', 'x', 'y'],
      ['insert', '2', 'x', 'y'],
      ['update', '1', 'z', 'y'],
    ];
    for (let round = 0; round < 2; round++) {
      staged.stage(slabOf(batch), applied(batch));
      expect(staged.origin).toEqual([1, 2]);
      expect(staged.rows.rowCount).toBe(2);
    }
    staged.wipe();
    expect(staged.rows.bytes.every((byte) => byte === 0)).toBe(true);
  });

  it('keeps keys of several cells apart', () => {
    const staged = new StagedChanges(['k', 'a', 'b'], [0, 1]);
    const batch: readonly Change[] = [
      ['insert', '1', '23', 'y'],
      ['insert', '12', '3', 'y'],
      ['insert', '1', '23', 'z'],
    ];
    staged.stage(slabOf(batch), applied(batch));
    expect(staged.origin).toEqual([1, 2]);
  });
});

function stage(changes: readonly Change[]): string[] {
  const staged = new StagedChanges(['k', 'a', 'b'], [0]);
  staged.stage(slabOf(changes), applied(changes));
  const { rows, kept } = staged;
  return Array.from({ length: rows.rowCount }, (_, row) => {
    const operation = rows.bytes.readInt16BE(rows.rowStarts[row]! + 6);
    let at = rows.rowStarts[row]! + 8;
    const cells = ['k', 'a', 'b'].map(() => {
      const length = rows.bytes.readInt32BE(at);
      const text = length < 0 ? '-' : rows.bytes.toString('utf8', at + 4, at + 4 + length);
      at += 4 + Math.max(length, 0);
      return text;
    });
    const set =
      operation < 0
        ? 'gone'
        : ABSENCES.findIndex(
            (names) => names.map((n) => ['k', 'a', 'b'].indexOf(n)).join() === kept[operation]!.join(),
          );
    return [set, ...cells].join(' ');
  });
}

function applied(changes: readonly Change[]) {
  return {
    operations: Uint8Array.from(changes, ([operation]) => CHANGE_OPERATIONS.indexOf(operation)),
    absences: ABSENCES,
    absenceOf: Uint8Array.from(changes, (change) => change[4] ?? 0),
    truncated: false,
  };
}

function slabOf(changes: readonly Change[]): Slab {
  const slab = new Slab(256);
  for (const [, key, a, b] of changes) {
    slab.startRow(3);
    for (const cell of [key, a, b]) {
      if (cell === null) slab.writeNull();
      else slab.writeText(cell);
    }
  }
  return slab;
}
