import { ConnectorError, type TargetColumn, type Writer, type WriteRequest } from '@millrace/connector-sdk';
import type pg from 'pg';
import { readCatalog } from '../catalog/read-catalog.js';
import { connect, type Endpoint } from '../connection/connect.js';
import { sqlState, translateError } from '../translate-error.js';
import { ChangeStatements } from './change-statements.js';
import { ChangesWriter } from './changes-writer.js';
import { evolveTarget } from './evolve-target.js';
import { Lane } from './lane.js';
import { prepareTarget } from './target-table.js';

/** Prepares the target (creating it when missing, the column for marks included) for changes in their order. */
export async function openChangesWriter(endpoint: Endpoint, request: WriteRequest): Promise<Writer> {
  const connected = await connect(endpoint, false);
  const { deletes, columns, target } = request;
  const stream = `${target.schema}.${target.name}`;
  try {
    const mark = deletes?.kind === 'mark' ? [markColumn(deletes.column)] : [];
    if (mark.some(({ name }) => columns.some((column) => column.name === name)))
      throw new ConnectorError('incompatible-field', { stream, field: mark[0]!.name });
    if (mark[0]) await addColumn(connected.client, request, mark[0]);
    const table = await prepareTarget(connected, { ...request, columns: [...columns, ...mark] });
    const statements = new ChangeStatements(table, request, connected.version);
    const openLane = async () => new Lane(await connect(endpoint, false), statements.createStage);
    return new ChangesWriter({ first: new Lane(connected, statements.createStage), openLane, statements }, request);
  } catch (error) {
    connected.socket.destroy();
    request.signal.throwIfAborted();
    throw translateError(error, stream);
  }
}

/** A table that a full load made has no column for marks yet. Where we may not add it, the check behind this says so. */
async function addColumn(client: pg.ClientBase, { target }: WriteRequest, column: TargetColumn): Promise<void> {
  const [table] = await readCatalog(client, [`${target.schema}.${target.name}`]);
  if (!table) return;
  try {
    await evolveTarget(client, table, [column], { add: true, widen: false });
  } catch (error) {
    if (sqlState(error) !== '42501') throw error;
  }
}

function markColumn(name: string): TargetColumn {
  return { name, kind: 'timestamptz', sourceType: 'timestamp with time zone', nullable: true };
}
