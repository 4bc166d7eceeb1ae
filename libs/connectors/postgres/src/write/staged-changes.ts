import { type AppliedChanges, type Batch, CHANGE_OPERATIONS, Slab } from '@millrace/connector-sdk';
import { int32At } from '../copy/wire.js';

const DELETED = CHANGE_OPERATIONS.indexOf('delete');
/** In the stage's first column: the record goes. Other values are the number of the set of columns that stay. */
export const GONE = -1;
const FIRST_SLAB_BYTES = 65_536;

/** A batch of changes as the stage takes it: the last state of each key, in the order of the last changes. */
export class StagedChanges {
  /** Rows of the batch with a leading int2: {@link GONE}, or an index into `kept`. */
  readonly rows = new Slab(FIRST_SLAB_BYTES);
  /** Sets of cells that the target keeps, as sorted indices; the first is empty. */
  kept: (readonly number[])[] = [];
  /** Row of the batch of each staged row. */
  origin: number[] = [];
  private readonly setNumber = new Map<string, number>();
  /** For a row that leaves cells out: the row of the same key before it, which may have them. */
  private base = new Int32Array(0);
  /** The set of each row by itself, and together with the rows on which it stands. */
  private ownSet = new Int32Array(0);
  private setOf = new Int32Array(0);

  constructor(
    private readonly columns: readonly string[],
    private readonly keyCells: readonly number[],
  ) {}

  /** Takes a batch; what was staged before is forgotten. */
  stage(batch: Batch, { operations, absences, absenceOf }: AppliedChanges): void {
    this.rows.clear();
    this.origin = [];
    this.kept = [];
    this.setNumber.clear();
    this.setNumbered([]);
    const sets = absences.map((names) => this.setNumbered(names.map((name) => this.columns.indexOf(name))));
    const last = this.lastOfEachKey(batch, operations, (row) => sets[absenceOf[row]!]!);
    this.rows.reserve(batch.end + batch.rowCount * 6);
    for (let row = 0; row < batch.rowCount; row++) {
      if (!last[row]) continue;
      this.origin.push(row);
      if (operations[row] === DELETED) this.copyRow(batch, row, GONE);
      else if (this.base[row]! < 0) this.copyRow(batch, row, this.setOf[row]!);
      else this.mergeRow(batch, row);
    }
  }

  wipe(): void {
    this.rows.wipe();
  }

  /** 1 for each row that no later one of its key replaces. A row that leaves cells out stands on the one before it. */
  private lastOfEachKey(batch: Batch, operations: Uint8Array, setOf: (row: number) => number): Uint8Array {
    const { rowCount } = batch;
    const last = new Uint8Array(rowCount).fill(1);
    this.base = new Int32Array(rowCount).fill(-1);
    this.setOf = new Int32Array(rowCount);
    this.ownSet = new Int32Array(rowCount);
    const rowOf = new Map<string, number>();
    for (let row = 0; row < rowCount; row++) {
      const key = this.keyOf(batch, row);
      const before = rowOf.get(key);
      let set = operations[row] === DELETED ? 0 : setOf(row);
      this.ownSet[row] = set;
      if (before !== undefined) {
        last[before] = 0;
        if (set !== 0 && operations[before] !== DELETED) {
          this.base[row] = before;
          set = this.common(set, this.setOf[before]!);
        }
      }
      this.setOf[row] = set;
      rowOf.set(key, row);
    }
    return last;
  }

  /** The bytes of the key's cells, lengths included, as a string that is only compared. */
  private keyOf({ bytes, rowStarts }: Batch, row: number): string {
    let at = rowStarts[row]! + 2;
    let key = '';
    let found = 0;
    for (let cell = 0; found < this.keyCells.length; cell++) {
      const end = at + 4 + Math.max(int32At(bytes, at), 0);
      if (this.keyCells.includes(cell)) {
        found++;
        key += bytes.toString('latin1', at, end);
      }
      at = end;
    }
    return key;
  }

  private copyRow({ bytes, rowStarts, rowCount, end }: Batch, row: number, operation: number): void {
    const from = rowStarts[row]! + 2;
    const to = row + 1 < rowCount ? rowStarts[row + 1]! : end;
    this.startRow(operation);
    const { rows } = this;
    rows.reserve(to - from);
    bytes.copy(rows.bytes, rows.end, from, to);
    rows.end += to - from;
  }

  /** Cells that a row leaves out are taken from the rows of its key before it. */
  private mergeRow(batch: Batch, row: number): void {
    this.startRow(this.setOf[row]!);
    const chain: { row: number; at: number }[] = [];
    for (let link = row; link >= 0; link = this.base[link]!) chain.push({ row: link, at: batch.rowStarts[link]! + 2 });
    for (let cell = 0; cell < this.columns.length; cell++) {
      const told = chain.find((link) => !this.leavesOut(link.row, cell)) ?? chain[0]!;
      const length = int32At(batch.bytes, told.at);
      if (length < 0) this.rows.writeNull();
      else this.rows.writeCell(batch.bytes.subarray(told.at + 4, told.at + 4 + length));
      for (const link of chain) link.at += 4 + Math.max(int32At(batch.bytes, link.at), 0);
    }
  }

  private leavesOut(row: number, cell: number): boolean {
    return this.kept[this.ownSet[row]!]!.includes(cell);
  }

  private common(left: number, right: number): number {
    if (left === right) return left;
    const other = this.kept[right]!;
    return this.setNumbered(this.kept[left]!.filter((cell) => other.includes(cell)));
  }

  private setNumbered(cells: readonly number[]): number {
    const sorted = cells.toSorted((left, right) => left - right);
    const name = sorted.join();
    let number = this.setNumber.get(name);
    if (number === undefined) {
      number = this.setNumber.size;
      this.setNumber.set(name, number);
      this.kept[number] = sorted;
    }
    return number;
  }

  private startRow(operation: number): void {
    this.rows.startRow(this.columns.length + 1);
    const offset = this.rows.startCell(2);
    this.rows.bytes.writeInt16BE(operation, offset);
  }
}
