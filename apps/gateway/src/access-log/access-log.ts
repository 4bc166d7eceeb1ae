import { type Database, isUniqueViolation } from '@millrace/persistence';
import { type Runtime } from '@millrace/service';

/** One answered request. */
export interface AccessEntry {
  readonly requestId: string;
  readonly at: Date;
  readonly method: string;
  readonly route: string;
  readonly status: number;
  readonly durationMs: number;
  readonly address?: string;
  readonly userAgent?: string;
  readonly userId?: string;
}

/** Entries that wait at most; a flood beyond that loses entries rather than memory. */
const MAX_WAITING = 10_000;
const BATCH = 500;
const FLUSH_INTERVAL_MS = 1_000;
const MAX_USER_AGENT = 200;

const INSERT = `insert into access_log (request_id, at, method, route, status, duration_ms, address, user_agent, user_id)
  select "requestId", at, method, route, status, "durationMs", address, "userAgent", "userId" from jsonb_to_recordset($1::jsonb)
  as entry("requestId" uuid, at timestamptz, method text, route text, status integer, "durationMs" integer, address text, "userAgent" text, "userId" uuid)`;

/** Writes the access log in batches beside the requests, so that none waits for it. */
export class AccessLog {
  private waiting: AccessEntry[] = [];
  private writing: Promise<void> = Promise.resolve();
  private readonly timer = setInterval(() => void this.flush(), FLUSH_INTERVAL_MS).unref();
  /** Entries lost to a full queue since the start. */
  lost = 0;

  constructor(
    private readonly runtime: Runtime,
    private readonly database: Database,
  ) {}

  add(entry: AccessEntry): void {
    if (this.waiting.length >= MAX_WAITING) {
      this.lost += 1;
      return;
    }
    this.waiting.push({ ...entry, userAgent: entry.userAgent?.slice(0, MAX_USER_AGENT) });
    if (this.waiting.length === BATCH) void this.flush();
  }

  /** Writes what waits now. Entries that cannot be written wait for the next time. */
  flush(): Promise<void> {
    return (this.writing = this.writing.then(() => this.write()));
  }

  /** Writes what is left and stops. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.flush();
  }

  private async write(): Promise<void> {
    while (this.waiting.length > 0) {
      const batch = this.waiting.slice(0, BATCH);
      try {
        await this.database.scoped({}, { kind: 'service' }, (tx) => tx.query(INSERT, [JSON.stringify(batch)]));
      } catch (error) {
        // A batch whose commit was not heard of is in the table already; any other one waits for the next time.
        if (!isUniqueViolation(error))
          return void this.runtime.log.warn('access log will be written later', { count: batch.length }, error);
      }
      this.waiting = this.waiting.slice(batch.length);
    }
  }
}
