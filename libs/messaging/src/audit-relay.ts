import { type AuditEntry, MAX_AUDIT_BATCH } from '@millrace/contracts';
import type { Database, Tx } from '@millrace/persistence';

interface AuditRow {
  readonly entry_id: string;
  readonly number: string;
  readonly event: string;
  readonly at: Date;
  readonly org_id: string | null;
  readonly actor: AuditEntry['actor'];
  readonly target_kind: string | null;
  readonly target_id: string | null;
  readonly outcome: AuditEntry['outcome'];
  readonly details: AuditEntry['details'];
  readonly personal: AuditEntry['personal'];
}

/** Entries per batch in bytes stay far below the message limit: 500 entries of about 1 KB. */
const BATCH = MAX_AUDIT_BATCH;

/**
 * Hands audit entries to the ledger by request and reply, in order, and forgets them once it has acknowledged them.
 * @param append sends one batch and answers the number up to which the ledger has everything
 * @returns whether there may be more
 */
export async function relayAudit(
  database: Database,
  append: (entries: AuditEntry[]) => Promise<number>,
): Promise<boolean> {
  const rows = await database.region({ kind: 'service' }, async (tx) => {
    await numberEntries(tx);
    return tx.query<AuditRow>('select * from audit_outbox where number is not null order by number limit $1', [BATCH]);
  });
  if (rows.length === 0) return false;
  const acknowledged = await append(rows.map(entryOf));
  await database.region({ kind: 'service' }, (tx) =>
    tx.query('delete from audit_outbox where number <= $1', [acknowledged]),
  );
  return rows.length === BATCH;
}

/** Gives the next numbers to entries that have none. The lock on the source's row makes two relays take turns. */
async function numberEntries(tx: Tx): Promise<void> {
  const fresh = await tx.query('select 1 from audit_outbox where number is null limit 1');
  if (fresh.length === 0) return;
  await tx.query('insert into audit_source (id, last_number) values (1, 0) on conflict do nothing');
  await tx.query('select 1 from audit_source where id = 1 for update');
  await tx.query(
    `with fresh as (
       select entry_id, row_number() over (order by at, entry_id) as place from audit_outbox where number is null
     ), numbered as (
       update audit_outbox set number = audit_source.last_number + fresh.place
       from fresh, audit_source where audit_outbox.entry_id = fresh.entry_id and audit_source.id = 1 returning 1
     )
     update audit_source set last_number = last_number + (select count(*) from numbered) where id = 1`,
  );
}

function entryOf(row: AuditRow): AuditEntry {
  return {
    entryId: row.entry_id,
    number: Number(row.number),
    event: row.event,
    at: row.at.toISOString(),
    ...(row.org_id ? { orgId: row.org_id } : {}),
    actor: row.actor,
    ...(row.target_kind && row.target_id ? { target: { kind: row.target_kind, id: row.target_id } } : {}),
    outcome: row.outcome,
    details: row.details,
    personal: row.personal,
  };
}
