import type { ConnectionShelf, IdleConnection, SessionContext } from '@millrace/connector-sdk';
import pg from 'pg';
import type { Connected } from './connected.js';
import { settingsFor } from './session-settings.js';

/** A server that answers is there within this time, in milliseconds; one that does not has been lost unnoticed. */
const ANSWER_TIMEOUT_MS = 5_000;

/** A connection between two sessions. */
class IdlePostgres implements IdleConnection {
  constructor(readonly connected: Connected) {}

  get isOpen(): boolean {
    return this.connected.socket.writable;
  }

  destroy(): void {
    this.connected.socket.destroy();
  }
}

/**
 * A connection that an earlier session left, prepared as a new one is. Undefined when none waits that still works.
 * @throws the signal's reason
 */
export async function takeIdle(
  { applicationName, signal, shelf }: SessionContext,
  readOnly: boolean,
): Promise<Connected | undefined> {
  for (let idle = shelf?.take(); idle; idle = shelf?.take()) {
    const { destroy, connected } = idle as IdlePostgres;
    const onAbort = destroy.bind(idle);
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      signal.throwIfAborted();
      const name = `SET application_name = ${pg.escapeLiteral(applicationName)}`;
      const text = `${name}; ${settingsFor(connected.version, readOnly)}`;
      await connected.client.query({ text, query_timeout: ANSWER_TIMEOUT_MS } as pg.QueryConfig);
      return connected;
    } catch {
      idle.destroy();
      signal.throwIfAborted();
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }
  return undefined;
}

/**
 * Leaves a connection for a later session, emptied of this one: settings, temporary tables, locks, prepared statements.
 * Whoever takes it asks behind this, so nobody waits here. Without a shelf it is closed.
 */
export async function leave(connected: Connected, shelf: ConnectionShelf | undefined): Promise<void> {
  const { client, socket, tables } = connected;
  if (!shelf || !socket.writable) return client.end().catch(() => undefined);
  tables.clear();
  client.query('DISCARD ALL').catch(() => socket.destroy());
  shelf.put(new IdlePostgres(connected));
}

/** What waits must not hold what opened it. */
export function forgetPassword(client: pg.Client): void {
  const { connectionParameters } = client as unknown as { connectionParameters: { password: unknown } };
  client.password = undefined;
  connectionParameters.password = undefined;
}
