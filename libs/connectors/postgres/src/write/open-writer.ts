import type { Writer, WriteRequest } from '@millrace/connector-sdk';
import type { CatalogTable } from '../catalog/read-catalog.js';
import type { Connected } from '../connection/connected.js';
import { connect, type Endpoint } from '../connection/connect.js';
import { qualified } from '../sql.js';
import { translateError } from '../translate-error.js';
import { openChangesWriter } from './open-changes-writer.js';
import { KeyedBatches } from './keyed-batches.js';
import { Lane } from './lane.js';
import { MarkedBatches } from './marked-batches.js';
import { PostgresWriter, type WriterParts } from './postgres-writer.js';
import { ProgressMarks } from './progress-marks.js';
import { prepareReplacement, replacementPlace } from './replacement.js';
import { prepareTarget } from './target-table.js';
import { appendStatements, writeStatements } from './write-statements.js';

/** What the opening of a writer knows of the target. */
interface Opening {
  readonly connected: Connected;
  readonly table: CatalogTable;
  readonly request: WriteRequest;
}

type Plan = Omit<WriterParts, 'first' | 'openLane'> & { readonly createStage: string };

/**
 * Prepares the target (creating it when missing) for a writer over the connection that `open` gives; the writer opens more
 * as needed.
 */
export async function openWriter(
  endpoint: Endpoint,
  request: WriteRequest,
  open: () => Promise<Connected>,
): Promise<Writer> {
  request.signal.throwIfAborted();
  const scoped = { ...endpoint, context: { ...endpoint.context, signal: request.signal } };
  if (request.mode === 'changes') return openChangesWriter(scoped, request);
  const connected = await open();
  try {
    const table = await prepareTarget(connected, request);
    const { createStage, ...plan } = await planFor({ connected, table, request });
    const openLane = async () => new Lane(await connect(scoped, false), createStage);
    return new PostgresWriter({ first: new Lane(connected, createStage), openLane, ...plan }, request);
  } catch (error) {
    connected.socket.destroy();
    request.signal.throwIfAborted();
    throw translateError(error, `${request.target.schema}.${request.target.name}`);
  }
}

function planFor(opening: Opening): Promise<Plan> {
  const { mode } = opening.request;
  if (mode === 'append') return append(opening);
  if (mode === 'replace') return replace(opening);
  return byKey(opening);
}

async function byKey({ connected, table, request }: Opening): Promise<Plan> {
  const statements = writeStatements(table, request, connected.version);
  // Only a first attempt may take an empty target for one that nothing was written to; what is there after all is merged.
  const direct =
    request.mode === 'upsert' &&
    request.attempt === 1 &&
    statements.copyDirect !== undefined &&
    !request.originMark &&
    (request.fresh === true || (await isEmpty(connected, statements.isEmpty)));
  const method = request.mode === 'update' ? 'update' : direct ? 'direct' : 'merge';
  return { createStage: statements.createStage, method: new KeyedBatches(statements, request, method) };
}

async function append({ connected, table, request }: Opening): Promise<Plan> {
  const marks = new ProgressMarks(request);
  const committed = await marks.open(connected.client);
  const statements = appendStatements(table, request, qualified(table.schema, table.name));
  return {
    createStage: statements.createStage,
    method: new MarkedBatches(statements, marks),
    ...(committed === undefined ? {} : { committed }),
  };
}

async function replace({ connected, table, request }: Opening): Promise<Plan> {
  const marks = new ProgressMarks(request, replacementPlace(table), true);
  const replacement = await prepareReplacement(connected.client, table, request, marks);
  const statements = appendStatements(table, request, replacement.into);
  const { committed, publish } = replacement;
  return {
    createStage: statements.createStage,
    method: new MarkedBatches(statements, marks),
    publish,
    ...(committed === undefined ? {} : { committed }),
  };
}

async function isEmpty({ client }: Connected, statement: string): Promise<boolean> {
  const { rows } = await client.query<{ empty: boolean }>(statement);
  return rows[0]?.empty === true;
}
