import { dataMap, oldestRows, rolesOf, type Table, tenantColumn, toSnake } from '@millrace/privacy';
import { standardTables } from '@millrace/persistence';
import type { RetentionKey } from '@millrace/charter';
import type { EvidenceReader, ServiceDefinition } from './definition.js';
import { heldNow } from './kept-holds.js';

/** Tables that TypeORM keeps for itself. */
const NOT_OURS = ['schema_migration'];

/** The questions that every service can answer, because its declarations and the database's catalog hold the answers. */
export function standardEvidence(definition: ServiceDefinition): Record<string, EvidenceReader> {
  const tables: readonly Table[] = [...standardTables, ...definition.tables];
  return {
    'schema.columns': ({ tx }) => unclassifiedColumns(tx, tables),
    'tenant.isolation': (inquiry) => tenantIsolation(inquiry, tables, rolesOf(definition.name).app),
    region: async ({ tx, runtime }) => {
      const [row] = await tx.query<{ region: string }>('select region from region_identity');
      return { database: row?.region ?? null, configured: runtime.config.region };
    },
    'retention.oldest': async ({ tx, runtime, parameters }) => {
      const { charter, clock } = runtime;
      const wanted = parameters['rule'] as RetentionKey;
      const relevant = tables.filter((one) => 'from' in one.options.retention && one.options.retention.rule === wanted);
      const retention = (rule: RetentionKey) => (charter.binds(rule) ? charter.retention(rule) : undefined);
      const held = await heldNow(tx, tables);
      return { tables: await oldestRows(tx, relevant, retention, held, clock.now()) };
    },
    'egress.purposes': async ({ tx, parameters }) => {
      const counts = await tx.query<{ purpose: string; allowed: number; refused: number }>(
        `select purpose, count(*) filter (where allowed)::int as allowed, count(*) filter (where not allowed)::int as refused
         from egress_log group by purpose order by purpose`,
      );
      const forbidden = parameters['forbidden'] as string[];
      return {
        purposes: counts,
        violations: counts.filter((one) => one.allowed > 0 && forbidden.includes(one.purpose)),
      };
    },
    'audit.backlog': async ({ tx }) => {
      const [row] = await tx.query<{ entries: number; events: number }>(
        'select (select count(*)::int from audit_outbox) as entries, (select count(*)::int from outbox) as events',
      );
      return { ...row };
    },
  };
}

type Query = { query<T>(sql: string, parameters?: readonly unknown[]): Promise<T[]> };

async function unclassifiedColumns(tx: Query, tables: readonly Table[]) {
  const live = await tx.query<{ table: string; column: string }>(
    `select c.relname as table, a.attname as column from pg_attribute a join pg_class c on c.oid = a.attrelid
     join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = 'public' and c.relkind in ('r', 'p') and not c.relispartition and a.attnum > 0 and not a.attisdropped`,
  );
  const declared = dataMap(tables);
  const known = new Set(declared.map((one) => `${one.table}.${one.column}`));
  const names = live.filter((one) => !NOT_OURS.includes(one.table)).map((one) => `${one.table}.${one.column}`);
  const withoutRetention = declared.filter((one) => one.classification === 'personal' && !one.meaning?.retention);
  return {
    columns: names.length,
    unclassified: names.filter((name) => !known.has(name)),
    missing: [...known].filter((name) => !names.includes(name)),
    withoutRetention: withoutRetention.map((one) => `${one.table}.${one.column}`),
  };
}

async function tenantIsolation(
  { tx, asStranger }: Parameters<EvidenceReader>[0],
  tables: readonly Table[],
  appRole: string,
) {
  const guarded = tables.filter(
    (one) => tenantColumn(one) !== undefined || one.options.guards.some((guard) => guard.subject),
  );
  const names = guarded.map((one) => one.name);
  const unforced = await tx.query<{ table: string }>(
    `select relname as table from pg_class where relnamespace = 'public'::regnamespace and relname = any($1)
     and not (relrowsecurity and relforcerowsecurity)`,
    [names],
  );
  const wideOpen = await tx.query<{ table: string; policy: string }>(
    `select tablename as table, policyname as policy from pg_policies
     where schemaname = 'public' and tablename = any($1) and ($2 = any(roles) or 'public' = any(roles)) and qual = 'true'`,
    [names, appRole],
  );
  const bypassing = await tx.query<{ role: string }>(
    'select rolname as role from pg_roles where rolname = $1 and (rolbypassrls or rolsuper)',
    [appRole],
  );
  const visible: { table: string; rows: number }[] = [];
  for (const name of names) {
    const rows = await rowsVisibleTo(asStranger, name);
    if (rows) visible.push({ table: toSnake(name), rows });
  }
  return {
    tables: names.length,
    unforced: unforced.map((one) => one.table),
    wideOpen,
    bypassing: bypassing.map((one) => one.role),
    visible,
  };
}

/** Rows that a stranger sees; a table that the role may not read at all shows none. */
async function rowsVisibleTo(asStranger: Parameters<EvidenceReader>[0]['asStranger'], name: string): Promise<number> {
  try {
    const [row] = await asStranger((tx) =>
      tx.query<{ rows: number }>(`select count(*)::int as rows from (select 1 from ${name} limit 100) seen`),
    );
    return row!.rows;
  } catch (error) {
    if ((error as { driverError?: { code?: string } }).driverError?.code === '42501') return 0;
    throw error;
  }
}
