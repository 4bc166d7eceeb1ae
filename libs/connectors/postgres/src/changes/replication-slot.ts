import { ConnectorError, delay } from '@millrace/connector-sdk';
import type pg from 'pg';
import { sqlState } from '../translate-error.js';
import { translateSlotError } from './feed-errors.js';

/** Pause between two looks at what we wait for, in milliseconds. */
const POLL_MS = 50;
/** How long a dropped feed's connection may take to let go of its slot, in milliseconds. */
const RELEASE_DEADLINE_MS = 10_000;
const IN_USE = '55006';
const GONE = '42704';

interface SlotRow {
  readonly ours: boolean;
  readonly lost: boolean;
  readonly confirmed: string | null;
}

/** Where the slot of that name goes on; undefined when there is none. */
export async function findSlot(client: pg.ClientBase, name: string): Promise<string | undefined> {
  const { rows } = await client.query<SlotRow>(
    `SELECT plugin = 'pgoutput' AND database = pg_catalog.current_database() AS ours, wal_status = 'lost' AS lost,
       confirmed_flush_lsn AS confirmed FROM pg_catalog.pg_replication_slots WHERE slot_name = $1`,
    [name],
  );
  const [slot] = rows;
  if (!slot) return undefined;
  if (!slot.ours) throw new ConnectorError('feed-in-use');
  if (slot.lost || !slot.confirmed) throw new ConnectorError('feed-lost');
  return slot.confirmed;
}

/**
 * Creates the slot and gives its start: what commits after it comes through the slot, and what committed before is
 * visible to every read that begins after this call. For that we also wait for the transactions that were running when the
 * slot was ready: one of them may have its commit in the log before the start and not show its rows yet (it waits for a
 * standby, for instance). The server itself waits for those that ran when it began.
 */
export async function createSlot(client: pg.ClientBase, name: string, signal: AbortSignal): Promise<string> {
  try {
    const { rows } = await client.query<{ lsn: string }>(
      `SELECT lsn FROM pg_catalog.pg_create_logical_replication_slot($1, 'pgoutput', false, false)`,
      [name],
    );
    await writersEnded(client, signal);
    return rows[0]!.lsn;
  } catch (error) {
    throw translateSlotError(error);
  }
}

/** Waits for the transactions that write at this moment, by the locks that each holds on its own number until it is visible. */
async function writersEnded(client: pg.ClientBase, signal: AbortSignal): Promise<void> {
  const running = `SELECT transactionid::text AS number FROM pg_catalog.pg_locks
    WHERE locktype = 'transactionid' AND mode = 'ExclusiveLock' AND granted`;
  const { rows } = await client.query<{ number: string }>(running);
  let left = rows.map(({ number }) => number);
  while (left.length > 0) {
    await delay(POLL_MS, signal);
    const still = await client.query<{ number: string }>(`${running} AND transactionid::text = ANY ($1)`, [left]);
    left = still.rows.map(({ number }) => number);
  }
}

/** Drops the slot, ending the connection that follows it. */
export async function dropSlot(client: pg.ClientBase, name: string, signal: AbortSignal): Promise<void> {
  for (let waitedMs = 0; ; waitedMs += POLL_MS) {
    try {
      await client.query(
        `SELECT pg_catalog.pg_terminate_backend(active_pid) FROM pg_catalog.pg_replication_slots
         WHERE slot_name = $1 AND database = pg_catalog.current_database() AND active_pid IS NOT NULL`,
        [name],
      );
      await client.query(
        `SELECT pg_catalog.pg_drop_replication_slot(slot_name) FROM pg_catalog.pg_replication_slots
         WHERE slot_name = $1 AND database = pg_catalog.current_database()`,
        [name],
      );
      return;
    } catch (error) {
      if (sqlState(error) === GONE) return;
      if (sqlState(error) !== IN_USE || waitedMs >= RELEASE_DEADLINE_MS) throw translateSlotError(error);
      await delay(POLL_MS, signal);
    }
  }
}
