import { Slab } from '../batch/slab.js';
import { castBetween } from '../cell/cast.js';
import { cellText } from '../cell/cell-text.js';
import { ConnectorError } from '../connector-error.js';
import type { CellKind } from '../schema/cell-kind.js';
import type { KeyPosition, Partition } from '../session.js';
import { boundField, type RestStream } from './rest-stream.js';

/** What becomes of a record of a cursor read. */
export type Verdict = 'take' | 'pass' | 'end';

type Compare = (left: Buffer, right: Buffer) => number;

const COMPARE: Partial<Record<CellKind, Compare>> = {
  int2: (left, right) => left.readInt16BE() - right.readInt16BE(),
  int4: (left, right) => left.readInt32BE() - right.readInt32BE(),
  int8: int64,
  date: (left, right) => left.readInt32BE() - right.readInt32BE(),
  timestamp: int64,
  timestamptz: int64,
  text: (left, right) => left.compare(right),
};

/**
 * The boundary of a cursor read. An API that sorts by its cursor says nothing about the order of equal ones, so a read
 * goes on *with* the last cursor and passes over the one record that is surely known.
 */
export class CursorOrder {
  private readonly cells: readonly { readonly index: number; readonly kind: CellKind }[];
  private readonly compare: Compare;
  private readonly lower: Buffer | undefined;
  private readonly upper: Buffer | undefined;
  private last: Buffer | undefined;

  /** @throws ConnectorError when the read asks for another order than the API has */
  constructor(
    definition: RestStream,
    private readonly partition: Partition,
  ) {
    const { stream, key, projection, bounds } = partition;
    if (key[0] !== definition.cursor?.field) throw new ConnectorError('incompatible-field', { stream, field: key[0] });
    this.cells = key.map((field) => {
      const index = projection.findIndex((projected) => projected.field === field);
      if (index < 0) throw new ConnectorError('incompatible-field', { stream, field });
      const kind = projection[index]!.as === 'text' ? 'text' : boundField(definition, field, stream).kind;
      return { index, kind };
    });
    const { kind } = this.cells[0]!;
    const compare = COMPARE[kind];
    if (!compare) throw new ConnectorError('incompatible-field', { stream, field: key[0] });
    this.compare = compare;
    this.lower = this.bound(bounds.after ?? bounds.from);
    this.upper = this.bound(bounds.upTo);
  }

  /** The cursor's value that the API is asked to start with; undefined for its beginning. */
  get since(): string | undefined {
    return (this.partition.bounds.after ?? this.partition.bounds.from)?.[0];
  }

  /** Judges the last row of `out`. @throws ConnectorError when the API does not sort as it says */
  judge(out: Slab): Verdict {
    const cursor = Buffer.from(this.cell(out, 0));
    if (this.last && this.compare(cursor, this.last) < 0) {
      throw new ConnectorError('protocol-violation', { stream: this.partition.stream });
    }
    this.last = cursor;
    if (this.lower && this.compare(cursor, this.lower) < 0) return 'pass';
    if (this.upper && this.compare(cursor, this.upper) > 0) return 'end';
    const { after } = this.partition.bounds;
    return this.partition.uniqueKey && after && this.isAt(out, after) ? 'pass' : 'take';
  }

  /** The position of the last row of `out`. */
  position(out: Slab): KeyPosition {
    return this.cells.map(({ kind }, index) => {
      const cell = this.cell(out, index);
      return cellText(kind, cell, 0, cell.length);
    });
  }

  private isAt(out: Slab, position: KeyPosition): boolean {
    return position.length === this.cells.length && this.position(out).every((text, index) => text === position[index]);
  }

  private cell(out: Slab, key: number): Buffer {
    let at = out.rowStarts[out.rowCount - 1]! + 2;
    for (let cell = 0; cell < this.cells[key]!.index; cell++) at += 4 + Math.max(out.bytes.readInt32BE(at), 0);
    return out.bytes.subarray(at + 4, at + 4 + out.bytes.readInt32BE(at));
  }

  private bound(position: KeyPosition | undefined): Buffer | undefined {
    if (position?.[0] === undefined) return undefined;
    const text = Buffer.from(position[0]);
    const { kind } = this.cells[0]!;
    if (kind === 'text') return text;
    const scratch = new Slab(64);
    if (castBetween('text', kind)!(text, 0, text.length, scratch)) throw new ConnectorError('protocol-violation');
    return Buffer.from(scratch.bytes.subarray(4, scratch.end));
  }
}

function int64(left: Buffer, right: Buffer): number {
  const [a, b] = [left.readBigInt64BE(), right.readBigInt64BE()];
  return a < b ? -1 : a > b ? 1 : 0;
}
