import type { RetentionKey } from '@millrace/charter';
import { type Database, standardTables, type Tx } from '@millrace/persistence';
import { type Due, dropDay, dueDays, dueTables, openDays, restOf, sweepBatch, type Table } from '@millrace/privacy';
import { heldRows } from './kept-holds.js';
import type { Runtime } from './runtime.js';

/** How often rows whose period is over are swept; the charter's shortest periods are days. */
const INTERVAL_MS = 10 * 60_000;
const FIRST_AFTER_MS = 60_000;
/** Batches of one sweep of a table: far more rows than a service makes between two sweeps; what is left waits for the next. */
const MAX_BATCHES = 10_000;

/**
 * Deletes the rows whose period is over. A row goes with the last sweep before its period ends, never after: the promise
 * says when it is gone, not when somebody starts to look.
 */
export class RetentionSweeper {
  private readonly tables: readonly Table[];
  private readonly timers: NodeJS.Timeout[] = [];
  private running: Promise<void> | undefined;
  private stopped = false;

  constructor(
    private readonly runtime: Runtime,
    private readonly database: Database,
    tables: readonly Table[],
  ) {
    this.tables = [...standardTables, ...tables];
  }

  start(): void {
    const wake = () => void (this.running ??= this.sweep().finally(() => (this.running = undefined)));
    this.timers.push(setTimeout(wake, FIRST_AFTER_MS).unref(), setInterval(wake, INTERVAL_MS).unref());
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.timers.forEach((timer) => clearInterval(timer));
    await this.running;
  }

  /** One sweep, in batches of their own transactions, so that no lock is held for long. What it did is in the ledger. */
  async sweep(): Promise<void> {
    const { log } = this.runtime;
    try {
      for (const due of this.due()) await this.sweepTable(due);
    } catch (error) {
      log.warn('retention sweep will be tried again', {}, error);
    }
  }

  private due(): Due[] {
    const { charter, clock } = this.runtime;
    const retention = (rule: RetentionKey) => (charter.binds(rule) ? charter.retention(rule) : undefined);
    return dueTables(this.tables, retention, new Date(clock.now().getTime() + INTERVAL_MS));
  }

  private async sweepTable(due: Due): Promise<void> {
    const rows = await (due.table.options.inDays ? this.sweepDays(due) : this.sweepRows(due));
    if (rows > 0) await this.region((tx) => this.prove(tx, due, rows));
  }

  /** Days that are over go as a whole; of the day that a part of is due, that part goes. */
  private async sweepDays(due: Due): Promise<number> {
    const { table, before } = due;
    await this.region((tx) => openDays(tx, table, this.runtime.clock.now()));
    let rows = 0;
    for (const day of await this.region((tx) => dueDays(tx, due))) {
      if (this.stopped) return rows;
      rows +=
        day.end <= before
          ? await this.region(async (tx) => dropDay(tx, table, day, await heldRows(tx, this.tables)))
          : await this.sweepRows({ ...due, table: { ...table, name: day.name } });
    }
    return rows + (await this.sweepRows({ ...due, table: restOf(table) }));
  }

  private async sweepRows(due: Due): Promise<number> {
    let rows = 0;
    let from: Date | undefined;
    for (let batch = 0; batch < MAX_BATCHES && !this.stopped; batch++) {
      const step = await this.region(async (tx) => sweepBatch(tx, due, await heldRows(tx, this.tables), from));
      rows += step.rows;
      from = step.next;
      if (!from) break;
    }
    return rows;
  }

  /** What went, and what is the oldest that is left: what is held, or not due yet. */
  private async prove(tx: Tx, { table, rule, column, before }: Due, rows: number): Promise<void> {
    const [left] = await tx.query<{ oldest: Date | null }>(`select min(${column}) as oldest from ${table.name}`);
    const oldestLeft = left?.oldest?.toISOString() ?? 'none';
    const details = { table: table.name, rule, rows, before: before.toISOString(), oldestLeft };
    await tx.audit({ event: 'retention.swept', details });
  }

  private region<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.database.region({ kind: 'service' }, work);
  }
}
