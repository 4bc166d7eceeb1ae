import { type CaseEvent, computeClocks, type ComputedClocks, groundsFor, type RightType } from '@millrace/charter';
import { askableRights } from '@millrace/contracts';
import { rolesOf } from '@millrace/privacy';
import type { EvidenceReader } from '@millrace/service';
import { caseLetters, caseSubjects, rightsCases } from './case.tables.js';
import { type CaseType, clocksOf, grantedRights, ON_ITS_WAY_MS, type servedTypes } from './deadline.js';

/** What gives a person these rights at once; the others they ask for in their own words. */
const AT_ONCE: Readonly<Partial<Record<RightType, (typeof servedTypes)[number]>>> = {
  access: 'access',
  know: 'access',
  portability: 'access',
  erasure: 'erasure',
  delete: 'erasure',
};
const isAskable = (right: RightType): right is (typeof askableRights)[number] =>
  (askableRights as readonly string[]).includes(right);

/** How a person comes by each of some rights, when a request of now would be due, whether one can be opened at all, and open ones that are late. */
export const rightsOffered: EvidenceReader = async ({ tx, runtime, parameters }) => {
  const { charter, clock } = runtime;
  const granted = grantedRights(charter);
  const rights = (parameters['rights'] as RightType[]).map((right) => {
    const type: CaseType | undefined = AT_ONCE[right] ?? (granted.has(right) && isAskable(right) ? right : undefined);
    return { right, type, dueAt: type ? clocksOf(charter, type, clock.now()).targetAt : null };
  });
  const closed = [];
  for (const { name } of [rightsCases, caseSubjects, caseLetters]) {
    const [row] = await tx.query<{ may: boolean }>(`select has_table_privilege($1, $2, 'insert') as may`, [
      rolesOf('compliance').app,
      name,
    ]);
    if (!row!.may) closed.push(name);
  }
  const [late] = await tx.query<{ rows: number }>(
    `select count(*)::int as rows from rights_case where type = any($1) and state <> 'done' and target_at < $2`,
    [rights.flatMap(({ type }) => type ?? []), clock.now()],
  );
  return { now: clock.now().toISOString(), rights, closed, late: late!.rows };
};

/** Requests that were given more time: twice, too late, without a reason, or without a letter to the person. */
export const caseExtensions: EvidenceReader = async ({ tx }) => {
  const rows = await tx.query<{ clocks: ComputedClocks; letters: number; told: number }>(
    `select clocks, (select count(*)::int from case_letter l where l.case_id = c.id) as letters,
       (select count(*)::int from case_letter l where l.case_id = c.id and l.kind = 'extension') as told
     from rights_case c where clocks->'inputs'->'events' @> '[{"kind":"extended"}]'`,
  );
  const extensions = rows.map(({ clocks: { inputs }, letters, told }) => {
    const [first, ...more] = inputs.events.filter(({ kind }) => kind === 'extended');
    const before = inputs.events
      .filter(({ kind }) => kind !== 'extended')
      .map(({ at, ...event }) => ({ ...event, at: new Date(at) }) as CaseEvent);
    const { targetAt } = computeClocks({ ...inputs, receivedAt: new Date(inputs.receivedAt), events: before });
    return {
      twice: more.length > 0,
      late: first!.at > targetAt,
      // Letters go with the account of their person.
      untold: !first!.reason || (letters > 0 && told === 0),
    };
  });
  const count = (fault: 'twice' | 'late' | 'untold') => extensions.filter((one) => one[fault]).length;
  return { extended: rows.length, twice: count('twice'), late: count('late'), untold: count('untold') };
};

/** Requests that were refused, at least in part: on no ground of the law for that right, or by nobody that the ledger knows. */
export const caseRefusals: EvidenceReader = async ({ tx, runtime }) => {
  const refused = await tx.query<{ type: RightType; ground: string | null; isKnown: boolean; regimes: string[] }>(
    `select type, ground, clocks->'inputs'->'regimes' as regimes, completed_at > $1 or exists (
       select 1 from ledger_leaf where event = 'case.answered' and convert_from(leaf, 'UTF8')::jsonb->'target'->>'id' = c.id::text
         and convert_from(leaf, 'UTF8')::jsonb->>'actor' in ('staff', 'service')) as "isKnown"
     from rights_case c where outcome in ('refused', 'partly-granted')`,
    [new Date(runtime.clock.now().getTime() - ON_ITS_WAY_MS)],
  );
  return {
    refused: refused.length,
    ungrounded: refused.filter(({ type, ground }) => !(groundsFor(type) as (string | null)[]).includes(ground)).length,
    undecided: refused.filter(({ isKnown }) => !isKnown).length,
    withoutAuthority: refused.filter(({ regimes }) => !regimes?.length).length,
  };
};
