import { type BatchCounts, ConnectorError, type RefusedRecord, type WriteRequest } from '@millrace/connector-sdk';
import { names } from '../translate-error.js';

/** What a statement did to a range of rows. */
export interface WrittenRows {
  readonly inserted: number;
  /** Undefined where the server does not tell inserts and updates apart; `inserted` is then their sum. */
  readonly updated: number | undefined;
  /** Only where deletions are written. */
  readonly deleted?: number;
}

/** Adds up what became of one batch. */
export class Tally implements BatchCounts {
  inserted = 0;
  updated = 0;
  unchanged = 0;
  deleted?: number;
  unknown = 0;
  readonly refused: RefusedRecord[] = [];

  constructor(private readonly request: Pick<WriteRequest, 'maxRefusedPerBatch' | 'target'>) {}

  count(written: WrittenRows, rows: number): void {
    if (written.updated === undefined) {
      this.unknown += written.inserted;
      this.unchanged += rows - written.inserted;
    } else {
      this.inserted += written.inserted;
      this.updated += written.updated;
      this.unchanged += rows - written.inserted - written.updated;
    }
  }

  /** Counts changes, of which a deletion is one; those that a later one replaced left nothing to do. */
  countChanges({ inserted, updated = 0, deleted = 0 }: WrittenRows, rows: number): void {
    this.inserted += inserted;
    this.updated += updated;
    this.deleted = (this.deleted ?? 0) + deleted;
    this.unchanged += rows - inserted - updated - deleted;
  }

  /** Notes a refused record. `error` may name the column. @throws ConnectorError `too-many-refused` */
  refuse(row: number, rule: string, error?: unknown): void {
    const field = error === undefined ? undefined : names(error).field;
    this.refused.push({ row, rule, ...(field ? { field } : {}) });
    if (this.refused.length <= this.request.maxRefusedPerBatch) return;
    const { schema, name } = this.request.target;
    throw new ConnectorError('too-many-refused', { stream: `${schema}.${name}` });
  }

  /** Forgets everything, before the batch is tried in another way. */
  reset(): void {
    this.inserted = this.updated = this.unchanged = this.unknown = this.refused.length = 0;
  }
}
