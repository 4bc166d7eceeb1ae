import { type ConfigOf, type Connection, kernelProblems, type Provider } from '@millrace/contracts';
import { isId, Problem } from '@millrace/kernel';
import type { Tx } from '@millrace/persistence';
import type { Row } from '@millrace/privacy';
import { connections } from './connection.table.js';

export type ConnectionRow = Row<typeof connections>;

/** The most that a list shows: active ones first, then the newest. Their JSON stays well below the largest message. */
export const MAX_LISTED = 500;

/** A connection as its organization and sync see it; the credential is not part of it. */
export function shown(row: ConnectionRow): Connection {
  return {
    connectionId: row.id,
    name: row.name,
    account: row.account,
    ...settingsOf(row),
    auth: row.auth,
    state: row.state,
    health: row.health,
    createdAt: row.createdAt.toISOString(),
    ...(row.revokedAt ? { revokedAt: row.revokedAt.toISOString() } : {}),
    ...(row.atProvider ? { atProvider: row.atProvider } : {}),
  };
}

/** Provider and settings belong together: they were checked together before they were written. */
export function settingsOf({ provider, config }: Pick<ConnectionRow, 'provider' | 'config'>) {
  return { provider, config } as { [P in Provider]: { provider: P; config: ConfigOf<P> } }[Provider];
}

export async function listConnectionRows(tx: Tx): Promise<ConnectionRow[]> {
  return tx.table(connections).find({ order: { state: 'asc', id: 'desc' }, take: MAX_LISTED });
}

/** @throws Problem `kernel.not-found`, for another organization's connection too */
export async function findConnection(tx: Tx, id: string): Promise<ConnectionRow> {
  const row = await tx.table(connections).findOneBy({ id });
  if (!row) throw new Problem(kernelProblems.notFound);
  return row;
}

/** Finds by id, whatever its state, or else by the name of an active connection. */
export async function findByIdOrName(tx: Tx, orgId: string, idOrName: string): Promise<ConnectionRow> {
  const byId = isId(idOrName) ? await tx.table(connections).findOneBy({ orgId, id: idOrName }) : null;
  const row = byId ?? (await tx.table(connections).findOneBy({ orgId, nameKey: idOrName }));
  if (!row) throw new Problem(kernelProblems.notFound);
  return row;
}
