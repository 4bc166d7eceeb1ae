import type { Row } from '@millrace/privacy';
import type { Database } from './database.js';
import { egressLog } from './standard-tables.js';

/** A decision of the egress guard, as the guard and the wire have it; whatever else it holds is not kept. */
export interface EgressFacts extends Pick<
  Row<typeof egressLog>,
  'id' | 'allowed' | 'purpose' | 'recipientKind' | 'recipientId'
> {
  /** ISO 8601. */
  readonly at: string;
  readonly code?: string;
  readonly categories: readonly string[];
  readonly scope?: string;
}

/** The row of a decision in {@link egressLog}. */
export function egressRow(facts: EgressFacts): Row<typeof egressLog> {
  const { id, at, allowed, code = null, purpose, categories, recipientKind, recipientId, scope = null } = facts;
  const when = new Date(at);
  return { id, at: when, allowed, code, purpose, categories: [...categories], recipientKind, recipientId, scope };
}

/** What a service's own egress guard does with each decision: it keeps it in the service's database. */
export const recordingEgress =
  (database: Database) =>
  (facts: EgressFacts): Promise<void> =>
    database.region({ kind: 'service' }, async (tx) => {
      await tx.table(egressLog).insert(egressRow(facts));
    });
