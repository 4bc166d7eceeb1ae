import { ConnectorError, type FollowedStream } from '@millrace/connector-sdk';
import type pg from 'pg';
import { type CatalogTable, readCatalog } from '../catalog/read-catalog.js';
import { columnOf } from '../read/read-statement.js';

/** From here on a publication can carry computed columns. */
const GENERATED_COLUMNS_VERSION = 180_000;

/** A followed stream with what its log must know. */
export interface FollowedTable {
  readonly followed: FollowedStream;
  readonly table: CatalogTable;
  readonly oid: number;
  /** Each column's declared type by the column's name: its number, and whether it has a binary form at all. */
  readonly types: ReadonlyMap<string, { readonly type: number; readonly binary: boolean }>;
  /** Columns that must be in the log, sorted; undefined when the log tells whole rows (REPLICA IDENTITY FULL). */
  readonly columns: readonly string[] | undefined;
  /** Whether a projected column is computed, which a publication must be told. */
  readonly generated: boolean;
}

interface Row {
  stream: string;
  oid: string;
  relkind: string;
  persistence: string;
  inherited: boolean;
  columns: readonly { name: string; type: number; binary: boolean; generated: string }[];
  /** One per part of a partitioned table; for others one. */
  identities: readonly { sort: string; columns: readonly string[] | null }[] | null;
}

const LOG_FACTS = `
  SELECT n.nspname || '.' || c.relname AS stream, c.oid, c.relkind, c.relpersistence AS persistence,
    c.relkind = 'r' AND EXISTS (SELECT 1 FROM pg_catalog.pg_inherits WHERE inhparent = c.oid) AS inherited,
    (SELECT pg_catalog.json_agg(pg_catalog.json_build_object('name', a.attname, 'type', a.atttypid::int8,
        'binary', t.typsend::oid <> 0, 'generated', a.attgenerated))
      FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.oid = a.atttypid WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns,
    (SELECT pg_catalog.json_agg(pg_catalog.json_build_object('sort', l.relreplident, 'columns', (
        SELECT pg_catalog.json_agg(a.attname)
        FROM pg_catalog.pg_index i, pg_catalog.unnest(i.indkey) WITH ORDINALITY AS k(attnum, position),
          pg_catalog.pg_attribute a
        WHERE i.indrelid = l.oid AND i.indisvalid AND i.indimmediate AND k.position <= i.indnkeyatts
          AND a.attrelid = l.oid AND a.attnum = k.attnum
          AND CASE l.relreplident WHEN 'i' THEN i.indisreplident WHEN 'd' THEN i.indisprimary ELSE false END)))
      FROM pg_catalog.pg_class l
      WHERE (c.relkind = 'r' AND l.oid = c.oid)
        OR l.oid IN (SELECT relid FROM pg_catalog.pg_partition_tree(c.oid) WHERE isleaf)) AS identities
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname || '.' || c.relname = ANY ($1)`;

/**
 * Finds the streams and checks that their log tells what following them needs. A table without a usable identity must
 * never be published: its owner's updates and deletions would fail.
 */
export async function followedTables(
  client: pg.ClientBase,
  streams: readonly FollowedStream[],
  version: number,
): Promise<FollowedTable[]> {
  const names = streams.map(({ stream }) => stream);
  const tables = await readCatalog(client, names);
  const { rows } = await client.query<Row>(LOG_FACTS, [names]);
  return streams.map((followed) => {
    const table = tables.find(({ schema, name }) => `${schema}.${name}` === followed.stream);
    const facts = rows.find(({ stream }) => stream === followed.stream);
    if (!table || !facts) throw new ConnectorError('missing-stream', { stream: followed.stream });
    return resolve(followed, table, facts, version);
  });
}

function resolve(followed: FollowedStream, table: CatalogTable, facts: Row, version: number): FollowedTable {
  const { stream, projection, key } = followed;
  if (!['r', 'p'].includes(facts.relkind) || facts.persistence !== 'p' || facts.inherited)
    throw new ConnectorError('not-followable', { stream });
  const fields = new Set([...projection.map(({ field }) => field), ...key]);
  const computed = facts.columns.filter(({ name, generated }) => fields.has(name) && generated !== '');
  for (const field of fields) columnOf(table, field);
  for (const { name, generated } of computed) {
    if (version < GENERATED_COLUMNS_VERSION || generated !== 's')
      throw new ConnectorError('incompatible-field', { stream, field: name });
  }
  const identities = facts.identities ?? [];
  const full = identities.some(({ sort }) => sort === 'f');
  for (const identity of identities) {
    const known = identity.columns ?? [];
    const tells =
      key.length > 0 && (identity.sort === 'f' || (known.length > 0 && key.every((k) => known.includes(k))));
    if (!tells) throw new ConnectorError('no-replica-identity', { stream });
  }
  const needed = [...new Set([...fields, ...identities.flatMap(({ columns }) => columns ?? [])])].sort();
  return {
    followed,
    table,
    oid: Number(facts.oid),
    types: new Map(facts.columns.map(({ name, type, binary }) => [name, { type, binary }])),
    columns: full ? undefined : needed,
    generated: computed.length > 0,
  };
}
