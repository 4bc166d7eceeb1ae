import {
  type CellKind,
  cellText,
  ConnectorError,
  hasText,
  type KeyPosition,
  type ReadBatch,
  type ReadRequest,
  type Slab,
} from '@millrace/connector-sdk';
import { type CatalogTable, readCatalog } from '../catalog/read-catalog.js';
import type { Connected } from '../connection/connected.js';
import { CopyOut } from '../copy/copy-out.js';
import { int32At } from '../copy/wire.js';
import { translateError } from '../translate-error.js';
import { columnOf, readStatement } from './read-statement.js';

/** Reads a partition over a connection that is its own from now on and that it leaves with the end of the iteration. */
export async function* readPartition(
  open: () => Promise<Connected>,
  request: ReadRequest,
): AsyncGenerator<ReadBatch, void, void> {
  const { partition, signal, slabs, limits } = request;
  signal.throwIfAborted();
  const connected = await open();
  const onAbort = () => connected.socket.destroy();
  signal.addEventListener('abort', onAbort, { once: true });
  let isRead = false;
  try {
    const table = await findTable(connected, partition.stream);
    const position = keyReader(table, request);
    const copy = new CopyOut(
      readStatement(table, partition),
      partition.stream,
      partition.projection.length,
      slabs,
      limits,
    );
    connected.client.query(copy);
    for (let batch = await copy.next(); batch; batch = await copy.next()) {
      yield { batch, lastKey: position(batch) };
    }
    isRead = true;
  } catch (error) {
    signal.throwIfAborted();
    throw translateError(error, partition.stream);
  } finally {
    signal.removeEventListener('abort', onAbort);
    // A consumer that stops early must not wait for the rest of the rows.
    if (isRead) await connected.end();
    else connected.socket.destroy();
  }
}

export async function findTable({ client, tables }: Connected, stream: string): Promise<CatalogTable> {
  const known = tables.get(stream);
  if (known) return known;
  const [table] = await readCatalog(client, [stream]);
  if (!table) throw new ConnectorError('missing-stream', { stream });
  tables.set(stream, table);
  return table;
}

/** Gives the key of a batch's last record, the position from which reading can go on. */
function keyReader(table: CatalogTable, { partition }: ReadRequest): (batch: Slab) => KeyPosition {
  const cells = partition.key.map((field) => {
    const index = partition.projection.findIndex(
      (projected) => projected.field === field && readable(table, projected),
    );
    if (index < 0) throw new ConnectorError('incompatible-field', { stream: partition.stream, field });
    const { as } = partition.projection[index]!;
    const kind: CellKind = as === 'text' ? 'text' : columnOf(table, field).kind;
    return { index, kind, field };
  });
  return (batch) =>
    cells.map(({ index, kind, field }) => {
      const text = lastCellText(batch, index, kind);
      if (text === undefined) throw new ConnectorError('incompatible-field', { stream: partition.stream, field });
      return text;
    });
}

function readable(table: CatalogTable, { field, as }: { field: string; as: 'as-is' | 'text' }): boolean {
  const column = columnOf(table, field);
  return as === 'text' || column.form === 'cast' || hasText(column.kind);
}

function lastCellText(batch: Slab, index: number, kind: CellKind): string | undefined {
  const { bytes } = batch;
  let at = batch.rowStarts[batch.rowCount - 1]! + 2;
  for (let cell = 0; cell < index; cell++) at += 4 + Math.max(int32At(bytes, at), 0);
  const length = int32At(bytes, at);
  return length < 0 ? undefined : cellText(kind, bytes, at + 4, length);
}
