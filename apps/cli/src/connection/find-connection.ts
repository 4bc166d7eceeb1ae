import { type Connection, listConnections } from '@millrace/contracts';
import { Problem } from '@millrace/kernel';
import type { ApiCommand } from '../api/api-command.js';
import { cliProblems } from '../region/problems.js';

/** The connection of this name or id; an active one before a revoked one of the same name. */
export async function findConnection({ client }: ApiCommand, named: string): Promise<Connection> {
  const { connections } = await client.call(listConnections, {});
  const found = connections.filter((one) => one.connectionId === named || one.name === named);
  const chosen = found.find((one) => one.state === 'active') ?? found[0];
  if (chosen) return chosen;
  throw new Problem(cliProblems.notFound, {
    detail: 'No connection has this name or id; `millrace connections list` shows all.',
  });
}
