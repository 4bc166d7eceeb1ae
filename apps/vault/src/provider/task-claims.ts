import { backoff } from '@millrace/kernel';
import type { Tx } from '@millrace/persistence';
import type { Row } from '@millrace/privacy';
import { providerTasks } from './provider-task.table.js';

type Task = Row<typeof providerTasks>;

/**
 * How long one vault alone works on a task. A provider has ten seconds for an answer and is asked at most three times, so
 * a vault that is alive is done long before; one that died is replaced after this.
 */
const CLAIM_MS = 60_000;
/** Longest pause between attempts at a provider that does not answer. */
const MAX_PAUSE_MS = 15 * 60_000;
const FIRST_PAUSE_MS = 5_000;

export interface Claim {
  readonly connectionId: string;
  readonly orgId: string;
  readonly kind: Task['kind'];
  /** This one included. */
  readonly attempts: number;
  /** Whether whoever worked on it before died on the way, so that what they did at the provider is not known. */
  readonly interrupted: boolean;
}

/** Takes tasks that are due and that nobody works on. Whoever takes one alone asks the provider. */
export function claimDueTasks(tx: Tx, now: Date, limit: number): Promise<Claim[]> {
  return claim(tx, now, 'due_at <= $1 order by due_at limit $3', [limit]);
}

/** Takes the renewal of one connection, due or not, unless somebody works on it. */
export async function claimRenewal(tx: Tx, connectionId: string, now: Date): Promise<Claim | undefined> {
  const [claimed] = await claim(tx, now, `kind = 'renew' and connection_id = $3`, [connectionId]);
  return claimed;
}

function claim(tx: Tx, now: Date, which: string, parameters: readonly unknown[]): Promise<Claim[]> {
  return tx.query<Claim>(
    `with free as (
       select connection_id, claimed_until is not null as interrupted from provider_task
        where (claimed_until is null or claimed_until <= $1) and ${which} for update skip locked)
     update provider_task t set claimed_until = $2, attempts = attempts + 1
       from free where t.connection_id = free.connection_id
     returning t.connection_id as "connectionId", t.org_id as "orgId", t.kind, t.attempts, free.interrupted`,
    [now, new Date(now.getTime() + CLAIM_MS), ...parameters],
  );
}

/** Gives a task back of which nothing was begun. */
export async function undoClaim(tx: Tx, { connectionId }: Claim): Promise<void> {
  await tx.query('update provider_task set claimed_until = null, attempts = attempts - 1 where connection_id = $1', [
    connectionId,
  ]);
}

/** Gives a task back to be done at an instant. */
export async function releaseTask(tx: Tx, connectionId: string, dueAt: Date): Promise<void> {
  await tx.query('update provider_task set claimed_until = null, attempts = 0, due_at = $2 where connection_id = $1', [
    connectionId,
    dueAt,
  ]);
}

/** Gives a task back after an attempt that failed, to be tried again later and later. */
export async function postponeTask(tx: Tx, { connectionId, attempts }: Claim, now: Date): Promise<void> {
  const pause = FIRST_PAUSE_MS + backoff(attempts, FIRST_PAUSE_MS, MAX_PAUSE_MS);
  await tx.query('update provider_task set claimed_until = null, due_at = $2 where connection_id = $1', [
    connectionId,
    new Date(now.getTime() + pause),
  ]);
}

export async function endTask(tx: Tx, connectionId: string): Promise<void> {
  await tx.query('delete from provider_task where connection_id = $1', [connectionId]);
}

interface OfConnection {
  readonly connectionId: string;
  readonly orgId: string;
}

/** Has a connection's token renewed from an instant on; never, where it does not end. */
export async function renewFrom(tx: Tx, connection: OfConnection, dueAt: Date | undefined): Promise<void> {
  await endTask(tx, connection.connectionId);
  if (dueAt) await begin(tx, connection, 'renew', dueAt);
}

/** Has a connection's grant ended at the provider from an instant on. */
export async function endFrom(tx: Tx, connection: OfConnection, dueAt: Date): Promise<void> {
  await endTask(tx, connection.connectionId);
  await begin(tx, connection, 'revoke', dueAt);
}

async function begin(tx: Tx, connection: OfConnection, kind: Task['kind'], dueAt: Date): Promise<void> {
  await tx.table(providerTasks).insert({ ...connection, kind, dueAt, claimedUntil: null, attempts: 0 });
}
