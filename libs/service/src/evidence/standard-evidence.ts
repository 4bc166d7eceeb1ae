import { oldestRows, rolesOf, type Table } from '@millrace/privacy';
import { standardTables } from '@millrace/persistence';
import type { RetentionKey } from '@millrace/charter';
import type { EvidenceReader, ServiceDefinition } from '../definition.js';
import { heldNow } from '../kept-holds.js';
import { recipientsReached } from './egress-evidence.js';

import { oneWaySecrets } from './one-way-secrets.js';
import { erasureReach, exportReach } from './rights-reach.js';
import { dataHeld, unclassifiedColumns } from './schema-evidence.js';
import { tenantIsolation } from './tenant-isolation.js';

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
    'data.held': ({ tx }) => dataHeld(tx, tables),
    'secrets.one-way': ({ tx }) => oneWaySecrets(tx, tables),
    'erasure.reach': ({ tx, parameters }) =>
      erasureReach(tx, tables, rolesOf(definition.name).region, parameters['rules'] as RetentionKey[]),
    'export.reach': ({ tx, parameters }) =>
      exportReach(tx, tables, rolesOf(definition.name).region, parameters['rules'] as RetentionKey[]),
    'egress.recipients': ({ tx }) => recipientsReached(tx),
    'retention.oldest': async ({ tx, runtime, parameters }) => {
      const { charter, clock } = runtime;
      const wanted = parameters['rule'] as RetentionKey | undefined;
      const isRelevant = ({ options: { retention: kept } }: Table) =>
        'from' in kept && (!wanted || kept.rule === wanted);
      const relevant = tables.filter(isRelevant);
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
