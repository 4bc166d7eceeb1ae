import { createHash } from 'node:crypto';
import { ConnectorError, delay, type WriteRequest } from '@millrace/connector-sdk';
import type pg from 'pg';
import type { CatalogTable } from '../catalog/read-catalog.js';
import { identifier, literal, qualified } from '../sql.js';
import { sqlState } from '../translate-error.js';
import type { Lane } from './lane.js';
import type { ProgressMarks } from './progress-marks.js';

/** Waiting for a lock makes every later reader wait behind us: better to ask again. In milliseconds. */
const LOCK_TIMEOUT_MS = 2_000;
const LOCK_ATTEMPTS = 5;
const LOCK_PAUSE_MS = 1_000;
const LOCK_NOT_AVAILABLE = '55P03';

/** A new set of records that grows beside the old one. */
export interface Replacement {
  /** The table that takes the records, quoted. */
  readonly into: string;
  /** The mark of the last batch that is in it from an earlier attempt. */
  readonly committed?: string;
  /** Puts the new set in place of the old, in one transaction. */
  readonly publish: (lane: Lane) => Promise<void>;
}

/**
 * Makes the table in which the new set grows, or finds the one that an earlier attempt of the same write has begun. A
 * stream that is read in no order leaves no mark and starts over.
 */
export async function prepareReplacement(
  client: pg.ClientBase,
  table: CatalogTable,
  request: WriteRequest,
  marks: ProgressMarks,
): Promise<Replacement> {
  const committed = await marks.open(client);
  const names = replacementNames(table);
  if (committed === undefined || !(await exists(client, names.fresh))) {
    const { fresh, target } = names;
    await client.query(`DROP TABLE IF EXISTS ${fresh}; CREATE TABLE ${fresh} (LIKE ${target} INCLUDING ALL)`);
    await client.query(marks.clearStatement());
    await revokeDefaults(client, fresh);
    return { into: fresh, publish: (lane) => publish(lane, table, names, request, marks) };
  }
  return { into: names.fresh, committed, publish: (lane) => publish(lane, table, names, request, marks) };
}

/** What the schema's default privileges grant on every new table: the records are not theirs to read. */
async function revokeDefaults(client: pg.ClientBase, fresh: string): Promise<void> {
  const { rows } = await client.query<{ statement: string }>(
    `SELECT DISTINCT pg_catalog.format('REVOKE ALL ON %s FROM %s', $1::text,
       CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(r.rolname) END) AS statement
     FROM pg_catalog.pg_class c, LATERAL pg_catalog.aclexplode(c.relacl) a LEFT JOIN pg_catalog.pg_roles r ON r.oid = a.grantee
     WHERE c.oid = $1::regclass AND a.grantee <> c.relowner`,
    [fresh],
  );
  for (const { statement } of rows) await client.query(statement);
}

interface Names {
  readonly target: string;
  /** The growing set. */
  readonly fresh: string;
  /** The bare name that the old set has for the moment between two renames. */
  readonly old: string;
}

/** The bare name of the table in which the new set grows: of one write at a time. */
export function replacementPlace(table: CatalogTable): string {
  return `millrace_new_${digestOf(table)}`;
}

function replacementNames(table: CatalogTable): Names {
  const { schema, name } = table;
  return {
    target: qualified(schema, name),
    fresh: qualified(schema, replacementPlace(table)),
    old: `millrace_old_${digestOf(table)}`,
  };
}

/** Makes names that fit whatever the target is called: PostgreSQL cuts identifiers at 63 bytes. */
function digestOf({ schema, name }: CatalogTable): string {
  return createHash('sha256').update(`${schema}.${name}`).digest('hex').slice(0, 16);
}

async function exists(client: pg.ClientBase, table: string): Promise<boolean> {
  const { rows } = await client.query<{ found: boolean }>('SELECT to_regclass($1) IS NOT NULL AS found', [table]);
  return rows[0]?.found === true;
}

/**
 * Renames where nothing else hangs on the old table; otherwise empties and fills it in one transaction, which readers
 * never see half done either and which needs no exclusive lock, but writes the records a second time.
 */
async function publish(
  lane: Lane,
  table: CatalogTable,
  names: Names,
  request: WriteRequest,
  marks: ProgressMarks,
): Promise<void> {
  for (let attempt = 1; (await isReplaceable(lane, names.target)) && attempt <= LOCK_ATTEMPTS; attempt++) {
    try {
      await lane.undoOnFailure(() => swap(lane, table, names, marks));
      return;
    } catch (error) {
      if (sqlState(error) !== LOCK_NOT_AVAILABLE) throw error;
      await delay(LOCK_PAUSE_MS, request.signal);
    }
  }
  // Emptying the table would take records of others with it, of which the mapping says nothing.
  if (await emptiesOthers(lane, names.target))
    throw new ConnectorError('replaces-others', { stream: `${table.schema}.${table.name}` });
  await lane.undoOnFailure(() => refill(lane, table, names, marks));
}

async function swap(
  lane: Lane,
  table: CatalogTable,
  { target, fresh, old }: Names,
  marks: ProgressMarks,
): Promise<void> {
  const grants = await grantStatements(lane, target, fresh);
  await lane.query(`BEGIN; SET LOCAL lock_timeout = ${LOCK_TIMEOUT_MS}; LOCK TABLE ${target} IN ACCESS EXCLUSIVE MODE`);
  await assertHeld(lane, marks);
  // Looked at again under the lock: somebody may have made a view in between.
  if (!(await isReplaceable(lane, target))) throw new ConnectorError('conflict', { stream: target });
  const indexes = await indexNames(lane, target, fresh);
  const renames = indexes.map(
    ({ fresh: from, old: to }) => `ALTER INDEX ${qualified(table.schema, from)} RENAME TO ${identifier(to)}`,
  );
  const statements = [
    ...grants,
    `ALTER TABLE ${target} RENAME TO ${identifier(old)}`,
    `ALTER TABLE ${fresh} RENAME TO ${identifier(table.name)}`,
    `DROP TABLE ${qualified(table.schema, old)}`,
    ...renames,
    marks.forgetStatement(),
    'COMMIT',
  ];
  await lane.query(statements.join('; '));
}

async function refill(lane: Lane, table: CatalogTable, { target, fresh }: Names, marks: ProgressMarks): Promise<void> {
  const columns = table.columns.filter(({ generated }) => !generated).map(({ name }) => identifier(name));
  const list = columns.join(', ');
  await lane.query('BEGIN');
  await assertHeld(lane, marks);
  const statements = [
    `DELETE FROM ${target}`,
    `INSERT INTO ${target} (${list}) SELECT ${list} FROM ${fresh}`,
    `DROP TABLE ${fresh}`,
    marks.forgetStatement(),
    'COMMIT',
  ];
  await lane.query(statements.join('; '));
}

/** The new set may be somebody else's by now. */
async function assertHeld(lane: Lane, marks: ProgressMarks): Promise<void> {
  const { rowCount } = await lane.query(marks.holdStatement());
  if (rowCount !== 1) throw new ConnectorError('taken-over');
}

/**
 * Whether another table may take the place of this one unnoticed: ours, plain, and without views, foreign keys, triggers,
 * policies, publications, options, column grants, or a sequence of its own.
 */
async function isReplaceable(lane: Lane, target: string): Promise<boolean> {
  const { rows } = await lane.query<{ replaceable: boolean }>(
    `SELECT c.relkind = 'r' AND NOT c.relispartition AND NOT c.relrowsecurity AND c.reloptions IS NULL
       AND NOT c.relhasrules AND c.relreplident = 'd'
       AND c.relowner = (SELECT r.oid FROM pg_catalog.pg_roles r WHERE r.rolname = current_user)
       AND NOT EXISTS (SELECT FROM pg_catalog.pg_inherits i WHERE c.oid IN (i.inhrelid, i.inhparent))
       AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint f WHERE f.contype = 'f' AND c.oid IN (f.conrelid, f.confrelid))
       AND NOT EXISTS (SELECT FROM pg_catalog.pg_trigger t WHERE t.tgrelid = c.oid AND NOT t.tgisinternal)
       AND NOT EXISTS (SELECT FROM pg_catalog.pg_publication_rel p WHERE p.prrelid = c.oid)
       AND NOT EXISTS (SELECT FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attacl IS NOT NULL)
       AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.refclassid = 'pg_catalog.pg_class'::regclass
         AND d.refobjid = c.oid AND (d.deptype = 'n' OR (d.classid = 'pg_catalog.pg_class'::regclass
           AND EXISTS (SELECT FROM pg_catalog.pg_class s WHERE s.oid = d.objid AND s.relkind = 'S' AND d.deptype = 'a'))))
       AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.refclassid = 'pg_catalog.pg_type'::regclass
         AND d.refobjid = c.reltype AND d.deptype = 'n') AS replaceable
     FROM pg_catalog.pg_class c WHERE c.oid = ${literal(target)}::regclass`,
  );
  return rows[0]?.replaceable === true;
}

/** Whether a foreign key would carry the emptying on to another table. */
async function emptiesOthers(lane: Lane, target: string): Promise<boolean> {
  const { rows } = await lane.query<{ carried: boolean }>(
    `SELECT EXISTS (SELECT FROM pg_catalog.pg_constraint f WHERE f.contype = 'f' AND f.confrelid = ${literal(target)}::regclass
       AND f.confdeltype IN ('c', 'n', 'd')) AS carried`,
  );
  return rows[0]?.carried === true;
}

/** Who may do what with the old table may do it with the new one; and it says the same about itself. */
async function grantStatements(lane: Lane, target: string, fresh: string): Promise<string[]> {
  const { rows } = await lane.query<{ statement: string }>(
    `SELECT pg_catalog.format('GRANT %s ON %s TO %s%s', a.privilege_type, ${literal(fresh)},
        CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(r.rolname) END,
        CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END) AS statement
      FROM pg_catalog.pg_class c, LATERAL pg_catalog.aclexplode(c.relacl) a LEFT JOIN pg_catalog.pg_roles r ON r.oid = a.grantee
      WHERE c.oid = ${literal(target)}::regclass AND a.grantee <> c.relowner
     UNION ALL
     SELECT pg_catalog.format('COMMENT ON TABLE %s IS %L', ${literal(fresh)}, d.description)
      FROM pg_catalog.pg_description d
      WHERE d.objoid = ${literal(target)}::regclass AND d.classoid = 'pg_catalog.pg_class'::regclass AND d.objsubid = 0`,
  );
  return rows.map(({ statement }) => statement);
}

/** The indexes of both tables, those of the same definition side by side. */
async function indexNames(lane: Lane, target: string, fresh: string): Promise<{ old: string; fresh: string }[]> {
  const described = (table: string) =>
    `SELECT i.relname AS name, x.indisprimary, pg_catalog.regexp_replace(pg_catalog.pg_get_indexdef(x.indexrelid), '^.* USING ', '') AS definition,
       row_number() OVER (PARTITION BY pg_catalog.regexp_replace(pg_catalog.pg_get_indexdef(x.indexrelid), '^.* USING ', ''), x.indisunique, x.indisprimary ORDER BY i.relname) AS twin, x.indisunique
     FROM pg_catalog.pg_index x JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid WHERE x.indrelid = ${literal(table)}::regclass`;
  const { rows } = await lane.query<{ old: string; fresh: string }>(
    `SELECT o.name AS old, n.name AS fresh FROM (${described(target)}) o JOIN (${described(fresh)}) n
       USING (definition, indisunique, indisprimary, twin)`,
  );
  return rows;
}
