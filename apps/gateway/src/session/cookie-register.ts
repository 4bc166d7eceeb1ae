import { type Database } from '@millrace/persistence';
import { type Runtime } from '@millrace/service';

/** How exact `last_seen_at` is. */
const GRAIN_MS = 3_600_000;
const MAX_NAME = 100;

/** Remembers every cookie name that left the edge, read from the answers themselves rather than from what was intended. */
export class CookieRegister {
  private readonly written = new Map<string, number>();
  private writing: Promise<void> = Promise.resolve();

  constructor(
    private readonly runtime: Runtime,
    private readonly database: Database,
  ) {}

  /** @param header `Set-Cookie` of an answer as Node keeps it */
  observe(header: number | string | readonly string[] | undefined): void {
    if (header === undefined) return;
    for (const line of [header].flat()) this.remember(String(line).split('=', 1)[0]!.trim().slice(0, MAX_NAME));
  }

  /** Resolves when everything observed so far has been written. */
  settled(): Promise<void> {
    return this.writing;
  }

  private remember(name: string): void {
    const now = this.runtime.clock.now();
    const last = this.written.get(name);
    if (last !== undefined && now.getTime() - last < GRAIN_MS) return;
    this.written.set(name, now.getTime());
    this.writing = this.writing.then(() => this.write(name, now));
  }

  private async write(name: string, now: Date): Promise<void> {
    try {
      await this.database.region({ kind: 'service' }, (tx) =>
        tx.query(
          `insert into cookie_seen (name, first_seen_at, last_seen_at) values ($1, $2, $2)
           on conflict (name) do update set last_seen_at = greatest(cookie_seen.last_seen_at, excluded.last_seen_at)`,
          [name, now],
        ),
      );
    } catch (error) {
      this.written.delete(name);
      this.runtime.log.warn('cookie name will be written with its next appearance', {}, error);
    }
  }
}
