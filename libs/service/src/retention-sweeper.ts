import type { RetentionKey } from '@millrace/charter';
import { type Database, standardTables } from '@millrace/persistence';
import { SWEEP_BATCH_ROWS, sweepExpired, type Table } from '@millrace/privacy';
import type { Runtime } from './runtime.js';

/** How often rows whose period is over are swept; the charter's shortest periods are days. */
const INTERVAL_MS = 10 * 60_000;
const FIRST_AFTER_MS = 60_000;
/** Batches of one sweep: far more rows than a service makes between two sweeps; what is left waits for the next. */
const MAX_BATCHES = 1_000;

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

  /** One sweep, in batches of their own transactions, so that no lock is held for long. */
  async sweep(): Promise<void> {
    const { log } = this.runtime;
    try {
      for (let batch = 0; batch < MAX_BATCHES && !this.stopped; batch++) {
        const swept = await this.sweepBatch();
        for (const { rows } of swept) log.info('retention swept', { rows });
        if (swept.every(({ rows }) => rows < SWEEP_BATCH_ROWS)) return;
      }
    } catch (error) {
      log.warn('retention sweep will be tried again', {}, error);
    }
  }

  private sweepBatch() {
    const { charter, clock } = this.runtime;
    const retention = (rule: RetentionKey) => (charter.binds(rule) ? charter.retention(rule) : undefined);
    const dueUntil = new Date(clock.now().getTime() + INTERVAL_MS);
    return this.database.region({ kind: 'service' }, (tx) => sweepExpired(tx, this.tables, retention, dueUntil));
  }
}
