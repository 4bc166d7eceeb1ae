import type { Writer, WriteRequest } from '@millrace/connector-sdk';
import { connect, type Connected, type Endpoint } from '../connection/connect.js';
import { translateError } from '../translate-error.js';
import { Lane } from './lane.js';
import { PostgresWriter } from './postgres-writer.js';
import { prepareTarget } from './target-table.js';
import { writeStatements } from './write-statements.js';

/** Prepares the target (creating it when missing) and opens a connection that writes to it; the writer opens more as needed. */
export async function openWriter(endpoint: Endpoint, request: WriteRequest): Promise<Writer> {
  request.signal.throwIfAborted();
  const scoped = { ...endpoint, context: { ...endpoint.context, signal: request.signal } };
  const first = await connect(scoped, false);
  try {
    const table = await prepareTarget(first.client, request);
    const statements = writeStatements(table, request, first.version);
    // Only a first attempt may take an empty target for one that nothing was written to.
    const direct =
      request.attempt === 1 && statements.copyDirect !== undefined && (await isEmpty(first, statements.isEmpty));
    const openLane = async () => new Lane(await connect(scoped, false), statements);
    return new PostgresWriter(new Lane(first, statements), openLane, request, direct ? 'direct' : 'merge');
  } catch (error) {
    first.socket.destroy();
    request.signal.throwIfAborted();
    throw translateError(error, `${request.target.schema}.${request.target.name}`);
  }
}

async function isEmpty({ client }: Connected, statement: string): Promise<boolean> {
  const { rows } = await client.query<{ empty: boolean }>(statement);
  return rows[0]?.empty === true;
}
