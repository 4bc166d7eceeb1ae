import { cellText, CHANGE_OPERATIONS, ConnectorError, type Slab } from '@millrace/connector-sdk';
import { int32At } from '../copy/wire.js';
import type { ChangeGroup } from './change-group.js';
import type { FollowedTable } from './followed-table.js';
import { type Lsn, lsnAt } from './lsn.js';
import { type PlannedCell, planRelation, type RelationColumn, type RelationPlan, TEXT_HERE } from './relation-plan.js';
import { NULL_CELL, TupleCells, UNTOLD_CELL } from './tuple-cells.js';

/** Message types of `pgoutput`, protocol version 1 (PostgreSQL documentation, "Logical Replication Message Formats"). */
const BEGIN = 0x42;
const COMMIT = 0x43;
const INSERT = 0x49;
const UPDATE = 0x55;
const DELETE = 0x44;
const TRUNCATE = 0x54;
const RELATION = 0x52;
const MESSAGE = 0x4d;
/** Type and Origin: what they name is not needed. */
const IGNORED = new Set([0x59, 0x4f]);
const NEW_TUPLE = 0x4e;

/** Milliseconds from 1970 to 2000, where PostgreSQL's clock begins. */
const EPOCH_MS = 946_684_800_000;
/** Prefix of the logical message by which our writer marks its transactions. */
export const MARK_PREFIX = 'millrace';

const [INSERTED, UPDATED, DELETED] = CHANGE_OPERATIONS.map((_, index) => index) as [number, number, number];
const SHORT_CELL = 32;
const NOTHING: readonly number[] = [];

/** Turns the messages of the log into rows of the group's batches. */
export class ChangeDecoder {
  /** Undefined for a relation that is not followed. */
  private readonly plans = new Map<number, RelationPlan | undefined>();
  private readonly fresh = new TupleCells();
  private readonly old = new TupleCells();
  private readonly tables: ReadonlyMap<string, FollowedTable>;
  private readonly names: ReadonlyMap<number, string>;
  private committedAtMs = 0;
  private skipped = false;
  inTransaction = false;
  /** Where the transaction in progress has its commit. */
  commitAt: Lsn = 0;
  /** Everything up to here was decoded. */
  decoded: Lsn = 0;

  constructor(
    tables: readonly FollowedTable[],
    private readonly group: ChangeGroup,
    private readonly ignoreMark: string | undefined,
  ) {
    this.tables = new Map(tables.map((table) => [table.followed.stream, table]));
    this.names = new Map(tables.map(({ oid, followed }) => [oid, followed.stream]));
  }

  /** Takes the message in `[at, end)`. */
  take(bytes: Buffer, at: number, end: number): void {
    const type = bytes[at]!;
    if (type === INSERT || type === UPDATE || type === DELETE) {
      if (this.skipped) return;
      const plan = this.plans.get(int32At(bytes, at + 1));
      if (plan) this.change(plan, type, bytes, at + 5);
    } else if (type === BEGIN) {
      this.commitAt = lsnAt(bytes, at + 1);
      this.committedAtMs = EPOCH_MS + Number(bytes.readBigInt64BE(at + 9) / 1_000n);
      this.skipped = false;
      this.inTransaction = true;
    } else if (type === COMMIT) {
      this.inTransaction = false;
      this.decoded = lsnAt(bytes, at + 10);
      this.group.commit(this.decoded);
    } else if (type === RELATION) this.relation(bytes, at + 1);
    else if (type === TRUNCATE) this.truncate(bytes, at + 1);
    else if (type === MESSAGE) this.message(bytes, at + 1, end);
    else if (!IGNORED.has(type)) throw new ConnectorError('protocol-violation');
  }

  private change(plan: RelationPlan, type: number, bytes: Buffer, at: number): void {
    const hasOld = bytes[at] !== NEW_TUPLE;
    const next = hasOld ? this.old.read(bytes, at + 1) : at;
    if (type === DELETE) return this.deletion(plan, bytes);
    this.fresh.read(bytes, next + 1);
    if (hasOld) this.complete(plan);
    if (type === INSERT) return this.row(plan, bytes, INSERTED);
    if (!hasOld || this.sameKey(plan, bytes)) return this.row(plan, bytes, UPDATED);
    this.deletion(plan, bytes);
    this.row(plan, bytes, INSERTED);
  }

  /** Untold cells of the new record are taken from the old one, where that is told (REPLICA IDENTITY FULL, or a long key). */
  private complete({ identity }: RelationPlan): void {
    const { fresh, old } = this;
    if (!fresh.partial) return;
    fresh.partial = false;
    for (let cell = 0; cell < fresh.count; cell++) {
      if (fresh.lengths[cell] !== UNTOLD_CELL) continue;
      if (identity[cell] && old.lengths[cell]! >= NULL_CELL) {
        fresh.starts[cell] = old.starts[cell]!;
        fresh.lengths[cell] = old.lengths[cell]!;
        fresh.texts[cell] = old.texts[cell]!;
      } else fresh.partial = true;
    }
  }

  private sameKey({ key }: RelationPlan, bytes: Buffer): boolean {
    const { fresh, old } = this;
    return key.every((cell) => {
      const length = fresh.lengths[cell]!;
      if (length !== old.lengths[cell]) return false;
      const [left, right] = [fresh.starts[cell]!, old.starts[cell]!];
      return length <= 0 || bytes.compare(bytes, left, left + length, right, right + length) === 0;
    });
  }

  private row(plan: RelationPlan, bytes: Buffer, operation: number): void {
    const { fresh } = this;
    const batch = this.group.batchFor(plan);
    const { slab } = batch;
    let absence: number[] | undefined = fresh.partial || plan.incomplete ? [] : undefined;
    slab.startRow(plan.cells.length);
    for (let index = 0; index < plan.cells.length; index++) {
      const cell = plan.cells[index]!;
      const length = cell.from < 0 ? UNTOLD_CELL : fresh.lengths[cell.from]!;
      if (length >= 0) writeCell(slab, bytes, fresh, cell);
      else {
        slab.writeNull();
        if (length === UNTOLD_CELL) (absence ??= []).push(index);
      }
    }
    if (!absence || absence.length === 0) return batch.note(operation, NOTHING, this.committedAtMs);
    if (absence.some((index) => plan.keyCells[index]))
      throw new ConnectorError('no-replica-identity', { stream: plan.table.followed.stream });
    if (operation === UPDATED && !absence.some((index) => plan.wholeCells[index]))
      return batch.note(operation, absence, this.committedAtMs);
    batch.note(operation, NOTHING, this.committedAtMs);
    batch.unfinished.push(slab.rowCount - 1);
  }

  private deletion(plan: RelationPlan, bytes: Buffer): void {
    const { old } = this;
    const batch = this.group.batchFor(plan);
    const { slab } = batch;
    slab.startRow(plan.cells.length);
    for (let index = 0; index < plan.cells.length; index++) {
      const cell = plan.cells[index]!;
      if (plan.keyCells[index] && old.lengths[cell.from]! >= 0) writeCell(slab, bytes, old, cell);
      else slab.writeNull();
    }
    batch.note(DELETED, NOTHING, this.committedAtMs);
  }

  private truncate(bytes: Buffer, at: number): void {
    if (this.skipped) return;
    const count = int32At(bytes, at);
    for (let index = 0; index < count; index++) {
      const plan = this.plans.get(int32At(bytes, at + 5 + index * 4));
      if (plan) this.group.truncate(plan, this.committedAtMs);
    }
  }

  /** Our writer's mark comes first in its transaction. */
  private message(bytes: Buffer, at: number, end: number): void {
    if (this.ignoreMark === undefined || bytes[at] !== 1) return;
    const prefixEnd = bytes.indexOf(0, at + 9);
    const prefix = bytes.toString('utf8', at + 9, prefixEnd);
    const content = bytes.toString('utf8', prefixEnd + 5, end);
    if (prefix === MARK_PREFIX && content === this.ignoreMark) this.skipped = true;
  }

  private relation(bytes: Buffer, at: number): void {
    const id = int32At(bytes, at);
    const reader = new NameReader(bytes, at + 4);
    const stream = `${reader.name() || 'pg_catalog'}.${reader.name()}`;
    const table = this.tables.get(stream);
    const known = this.names.get(id);
    if (known !== undefined && known !== stream) throw new ConnectorError('missing-stream', { stream: known });
    this.plans.set(id, table && planRelation(table, reader.columns()));
  }
}

/** Reads the names of a Relation message. */
class NameReader {
  constructor(
    private readonly bytes: Buffer,
    private at: number,
  ) {}

  name(): string {
    const end = this.bytes.indexOf(0, this.at);
    const name = this.bytes.toString('utf8', this.at, end);
    this.at = end + 1;
    return name;
  }

  /** What follows the names: the identity setting, then the columns. */
  columns(): RelationColumn[] {
    const count = this.bytes.readInt16BE(this.at + 1);
    this.at += 3;
    return Array.from({ length: count }, () => {
      const identity = this.bytes[this.at++] === 1;
      const name = this.name();
      const type = this.bytes.readUInt32BE(this.at);
      this.at += 8;
      return { name, type, identity };
    });
  }
}

function writeCell(slab: Slab, bytes: Buffer, cells: TupleCells, { from, how, column }: PlannedCell): void {
  const start = cells.starts[from]!;
  const length = cells.lengths[from]!;
  if (cells.texts[from] && column.kind !== 'text') throw new ConnectorError('protocol-violation');
  if (how === TEXT_HERE) return slab.writeText(cellText(column.kind, bytes, start, length));
  slab.reserve(4 + length);
  const target = slab.bytes;
  let end = slab.end;
  target[end++] = length >> 24;
  target[end++] = length >> 16;
  target[end++] = length >> 8;
  target[end++] = length;
  if (length < SHORT_CELL) for (let at = start; at < start + length; at++) target[end++] = bytes[at]!;
  else {
    bytes.copy(target, end, start, start + length);
    end += length;
  }
  slab.end = end;
}
