import type { Writer, WriteRequest } from '@millrace/connector-sdk';
import { connect, type Connected, type Endpoint } from '../connection/connect.js';
import { translateError } from '../translate-error.js';
import { Lane } from './lane.js';
import { PostgresWriter } from './postgres-writer.js';
import { prepareTarget } from './target-table.js';
import { writeStatements } from './write-statements.js';

/** Connections per writer. Two keep the server busy while one of them commits; more only contend for it. */
const LANES = 2;

/** Prepares the target (creating it when missing) and opens the connections that write to it. */
export async function openWriter(endpoint: Endpoint, request: WriteRequest): Promise<Writer> {
  request.signal.throwIfAborted();
  const scoped = { ...endpoint, context: { ...endpoint.context, signal: request.signal } };
  const open: Connected[] = [];
  try {
    open.push(await connect(scoped, false));
    const { client, version } = open[0]!;
    const table = await prepareTarget(client, request);
    const statements = writeStatements(table, request, version);
    // Only a first attempt may take an empty target for one that nothing was written to.
    const direct =
      request.attempt === 1 && statements.copyDirect !== undefined && (await isEmpty(client, statements.isEmpty));
    while (open.length < LANES) open.push(await connect(scoped, false));
    return new PostgresWriter(
      open.map((connected) => new Lane(connected, statements)),
      request,
      direct ? 'direct' : 'merge',
    );
  } catch (error) {
    for (const { socket } of open) socket.destroy();
    request.signal.throwIfAborted();
    throw translateError(error, `${request.target.schema}.${request.target.name}`);
  }
}

async function isEmpty(client: Connected['client'], statement: string): Promise<boolean> {
  const { rows } = await client.query<{ empty: boolean }>(statement);
  return rows[0]?.empty === true;
}
