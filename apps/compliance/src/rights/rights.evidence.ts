import type { Regime } from '@millrace/charter';
import { addDuration } from '@millrace/kernel';
import type { EvidenceReader } from '@millrace/service';
import { digestOf } from '../promise/digest.js';
import { caseLetters, caseSubjects, caseTasks, rightsCases } from './case.tables.js';
import { clocksOf, ON_ITS_WAY_MS, servedTypes } from './deadline.js';

/** Completed erasures that are compared with the ledger, the newest first. */
const NEWEST_CERTIFICATES = 200;
/** What a column for a fee would be called. */
const FEE = /(^|_)(fee|price|amount|charge|cost|payment|invoice)s?(_|$)/;

/** Erasures that are open, done, past their target, or done without a certificate. */
export const erasureDeadline: EvidenceReader = async ({ tx, runtime }) => {
  const [row] = await tx.query(
    `select count(*) filter (where state <> 'done')::int as open, count(*) filter (where state = 'done')::int as completed,
       count(*) filter (where state <> 'done' and target_at < $1)::int as overdue,
       count(*) filter (where state = 'done' and certificate is null)::int as "withoutCertificate"
     from rights_case where type = 'erasure'`,
    [runtime.clock.now()],
  );
  return { ...row };
};

/** Certificates of completed erasures that the ledger knows otherwise, or not at all. */
export const erasureCertificates: EvidenceReader = async ({ tx, runtime }) => {
  const done = await tx.query<{ id: string; completedAt: Date; certificate: unknown; unfinished: number }>(
    `select id, completed_at as "completedAt", certificate,
       (select count(*)::int from case_task t where t.case_id = c.id and t.state <> 'done') as unfinished
     from rights_case c where type = 'erasure' and state = 'done' order by completed_at desc limit ${NEWEST_CERTIFICATES}`,
  );
  const oldest = done.at(-1)?.completedAt ?? runtime.clock.now();
  const entries = await tx.query<{ caseId: string; digest: string }>(
    `select leaf->'target'->>'id' as "caseId", leaf->'details'->>'certificateDigest' as digest
     from (select convert_from(leaf, 'UTF8')::jsonb as leaf from ledger_leaf
       where event = 'subject.erased' and at >= $1::timestamptz - interval '1 minute') as entry`,
    [oldest],
  );
  const inLedger = new Map(entries.map(({ caseId, digest }) => [caseId, digest]));
  const settled = runtime.clock.now().getTime() - ON_ITS_WAY_MS;
  return {
    completed: done.length,
    changed: done.filter(({ id, certificate }) => inLedger.has(id) && inLedger.get(id) !== digestOf(certificate))
      .length,
    unknown: done.filter(({ id, completedAt }) => !inLedger.has(id) && completedAt.getTime() < settled).length,
    unfinished: done.filter(({ unfinished }) => unfinished > 0).length,
  };
};

/** What would be due for a request of now under a law, and open cases that are late or off the dates that were computed. */
export const caseClocks: EvidenceReader = async ({ tx, runtime, parameters }) => {
  const { charter, clock } = runtime;
  const now = clock.now();
  const regime = parameters['regime'] as Regime;
  const promised = charter.document.rights.regimes[regime]?.answer;
  const requests = servedTypes.map((type) => {
    const { clocks, targetAt, why } = clocksOf(charter, type, now);
    return { type, hasClock: clocks.some((one) => one.regime === regime && one.step === 'answer'), targetAt, why };
  });
  const [row] = await tx.query<{ open: number; overdue: number; moved: number }>(
    `select (count(*) filter (where state <> 'done'))::int as open,
       (count(*) filter (where state <> 'done' and target_at < $1))::int as overdue,
       (count(*) filter (where target_at is distinct from (clocks->>'targetAt')::timestamptz
         or latest_at is distinct from (clocks->>'latestAt')::timestamptz))::int as moved
     from rights_case`,
    [now],
  );
  // A period of days ends with its last day, wherever the person is.
  const by = promised ? addDuration(addDuration(now, promised), 'P1D') : undefined;
  return { promised: promised ?? null, by: by?.toISOString() ?? null, requests, ...row! };
};

/** Live columns of the tables of cases that are named like a fee. */
export const caseFees: EvidenceReader = async ({ tx }) => {
  const tables = [rightsCases, caseSubjects, caseTasks, caseLetters].map(({ name }) => name);
  const live = await tx.query<{ name: string; column: string }>(
    `select table_name || '.' || column_name as name, column_name as column from information_schema.columns
     where table_schema = 'public' and table_name = any($1)`,
    [tables],
  );
  return { columns: live.length, fees: live.filter(({ column }) => FEE.test(column)).map(({ name }) => name) };
};
