import { createHmac, randomBytes } from 'node:crypto';
import type { ConnectionShelf, IdleConnection } from '@millrace/connector-sdk';

/** Long enough for the next of many runs that are due together, short enough that nobody's server keeps guests. */
const KEPT_MS = 10_000;
/** Of one system; a worker has no more of them at once while it moves. */
const MOST_PER_SHELF = 8;
/** Of all systems. */
const MOST = 64;

interface Waiting {
  readonly connection: IdleConnection;
  readonly timer: NodeJS.Timeout;
}

/** Who reaches which system, and what they showed for it. */
export interface Reached {
  readonly orgId: string;
  readonly connectionId: string;
  /** Where the system is. */
  readonly config: unknown;
  /** The credential as it was leased. */
  readonly credential: Uint8Array;
}

/**
 * Connections that wait a moment for the next run over the same connection. Only whoever was leased the very same credential
 * for the same place finds them; what was leased is not kept, nor anything that could be compared with it by others.
 */
export class IdleConnections {
  private readonly key = randomBytes(32);
  private readonly shelves = new Map<string, Waiting[]>();
  private count = 0;
  private isClosed = false;

  shelfOf({ orgId, connectionId, config, credential }: Reached): ConnectionShelf {
    const digest = createHmac('sha256', this.key)
      .update(JSON.stringify([orgId, connectionId, config]))
      .update('\0')
      .update(credential)
      .digest('base64');
    return { take: () => this.take(digest), put: (connection) => this.put(digest, connection) };
  }

  /** Closes all of them, and whatever is put here afterwards. */
  close(): void {
    this.isClosed = true;
    for (const digest of [...this.shelves.keys()])
      for (let one = this.take(digest); one; one = this.take(digest)) one.destroy();
  }

  /** The one that was used last: its server has it in mind. */
  private take(digest: string): IdleConnection | undefined {
    const shelf = this.shelves.get(digest) ?? [];
    for (let waiting = shelf.at(-1); waiting; waiting = shelf.at(-1)) {
      this.remove(digest, waiting);
      if (waiting.connection.isOpen) return waiting.connection;
      waiting.connection.destroy();
    }
    return undefined;
  }

  private put(digest: string, connection: IdleConnection): void {
    const shelf = this.shelves.get(digest) ?? [];
    if (this.isClosed || shelf.length >= MOST_PER_SHELF || this.count >= MOST) return connection.destroy();
    const timer = setTimeout(() => {
      this.remove(digest, waiting);
      connection.destroy();
    }, KEPT_MS);
    const waiting = { connection, timer: timer.unref() };
    shelf.push(waiting);
    this.shelves.set(digest, shelf);
    this.count++;
  }

  private remove(digest: string, waiting: Waiting): void {
    const shelf = this.shelves.get(digest)!;
    clearTimeout(waiting.timer);
    shelf.splice(shelf.indexOf(waiting), 1);
    if (shelf.length === 0) this.shelves.delete(digest);
    this.count--;
  }
}
