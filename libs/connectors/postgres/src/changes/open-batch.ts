import type { Slab } from '@millrace/connector-sdk';
import type { Lsn } from './lsn.js';
import type { RelationPlan } from './relation-plan.js';

/** Most sets of untold fields in one batch: `absenceOf` has a byte per row. */
export const MAX_ABSENCES = 255;
const FIRST_ROWS = 1_024;

/** A batch of one stream under construction. */
export class OpenBatch {
  operations = new Uint8Array(FIRST_ROWS);
  absenceOf = new Uint8Array(FIRST_ROWS);
  readonly absences: string[][] = [[]];
  /** Rows that must be read from the table itself, because the log does not tell all of a record that is new. */
  readonly unfinished: number[] = [];
  committedAtMs = 0;
  /** End of the last transaction that it completes; undefined in the middle of one. */
  end: Lsn | undefined;
  private readonly absenceIndex = new Map<string, number>([['', 0]]);

  constructor(
    readonly plan: RelationPlan,
    readonly slab: Slab,
    readonly truncated: boolean,
  ) {}

  /** Notes the row that was just written to the slab. `absence` are the plan's cells that it does not tell. */
  note(operation: number, absence: readonly number[], atMs: number): void {
    const row = this.slab.rowCount - 1;
    if (row === this.operations.length) this.grow();
    this.operations[row] = operation;
    this.absenceOf[row] = absence.length === 0 ? 0 : this.absenceNumber(absence);
    this.committedAtMs = atMs;
  }

  /** Whether another set of untold fields fits. */
  get open(): boolean {
    return this.absences.length < MAX_ABSENCES;
  }

  private absenceNumber(absence: readonly number[]): number {
    const name = absence.join();
    let index = this.absenceIndex.get(name);
    if (index === undefined) {
      index = this.absences.length;
      this.absenceIndex.set(name, index);
      this.absences.push([...new Set(absence.map((cell) => this.plan.cells[cell]!.field))]);
    }
    return index;
  }

  private grow(): void {
    this.operations = doubled(this.operations);
    this.absenceOf = doubled(this.absenceOf);
  }
}

function doubled(values: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const grown = new Uint8Array(values.length * 2);
  grown.set(values);
  return grown;
}
