import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type Caller,
  type ContextName,
  contextNames,
  eraseMe,
  exportMe,
  exportRest,
  listCases,
  PersonalCopy,
  readCase,
} from '@millrace/contracts';
import { addDuration, MovableClock, newId, Problem, until } from '@millrace/kernel';
import { type RunningService, startService } from '@millrace/service';
import { startTestRegion, type TestRegion } from '@millrace/testing';
import pg from 'pg';
import { definition } from '../index.js';
import { PASSWORD, smallRegion, smallService } from '../small-region.fixture.js';

const clock = new MovableClock();
const MINUTE_MS = 60_000;
let region: TestRegion;
const running = new Map<string, RunningService>();

beforeAll(async () => {
  region = await startTestRegion({ clock, definitions: smallRegion() });
}, 120_000);
afterAll(async () => {
  for (const service of running.values()) await service.stop();
  await region?.stop();
});

const code = (promise: Promise<unknown>) =>
  promise.then(
    () => 'no problem',
    (error: unknown) => (error instanceof Problem ? error.code : String(error)),
  );
const serviceOf = (name: string) => running.get(name) ?? region.service(name);
const query = <T>(name: string, sql: string, values: unknown[] = []) =>
  serviceOf(name).database.region({ kind: 'service' }, (tx) => tx.query<T>(sql, values));
const start = async (name: ContextName) => {
  const { config, secrets } = region;
  running.set(
    name,
    await startService(name === 'compliance' ? definition : smallService(name), { config, secrets, clock }),
  );
};

/** Somebody whom every service knows, and whom the ledger names. */
async function somebody(): Promise<Extract<Caller, { kind: 'user' }>> {
  const userId = newId();
  for (const name of contextNames.filter((one) => one !== 'compliance'))
    await query(name, `insert into person (user_id, nickname) values ($1, 'Ada')`, [userId]);
  await serviceOf('vault').database.region({ kind: 'service' }, (tx) =>
    tx.audit({ event: 'person.noticed', personal: { userId, nickname: 'Ada' } }),
  );
  await until('the ledger to know', 10_000, async () => (await ledgerFields(userId)).length === 2);
  const confirmedAt = clock.now().toISOString();
  return { kind: 'user', userId, orgId: newId(), roles: ['owner'], sessionId: newId(), confirmedAt };
}

const ledgerFields = (userId: string) =>
  query<{ field: string }>('compliance', 'select field from ledger_personal where subject_id = $1 order by field', [
    userId,
  ]);
const caseOf = async (id: string) =>
  (
    await query<{ state: string; certificate: Record<string, unknown> | null }>(
      'compliance',
      'select state, certificate from rights_case where id = $1',
      [id],
    )
  )[0]!;

/** What the edge would send them, put together. */
async function copyOf(user: Caller): Promise<PersonalCopy> {
  const parts: string[] = [];
  for (let answer = await region.gatewayCall(exportMe, {}, user); ;) {
    parts.push(Buffer.from(answer.part, 'base64').toString('utf8'));
    if (answer.next === undefined) return PersonalCopy.parse(JSON.parse(parts.join('')));
    answer = await region.gatewayCall(exportRest, { next: answer.next }, user);
  }
}

describe('a copy of everything', () => {
  it('holds what every service and the ledger hold about the person, and nobody else', async () => {
    const [ada] = [await somebody(), await somebody()];
    const copy = await copyOf(ada);
    expect(copy.contexts.map((one) => one.context).sort()).toEqual([...contextNames].sort());
    const vault = copy.contexts.find((one) => one.context === 'vault')!;
    expect(vault.tables).toEqual([{ table: 'person', rows: [{ userId: ada.userId, nickname: 'Ada', endedAt: null }] }]);
    const ledger = copy.contexts
      .find((one) => one.context === 'compliance')!
      .tables.find((one) => one.table === 'ledger_personal')!;
    expect(ledger.rows.map((row) => (row as { field: string }).field)).toEqual(
      expect.arrayContaining(['nickname', 'userId']),
    );
    expect(JSON.stringify(copy)).not.toContain('salt');
    expect(await caseOf(copy.caseId)).toMatchObject({ state: 'done' });
    expect(await query('compliance', 'select 1 from case_subject where user_id = $1', [ada.userId])).toEqual([]);
  });

  it('comes in parts where there is much, each row once and in order, and is completed with the last', async () => {
    const [ada, bob] = [await somebody(), await somebody()];
    await query(
      'compliance',
      `insert into ledger_personal (leaf_index, field, subject_id, value, salt, at)
       select 1000000 + i, 'note', $1, repeat('x', 200), sha256(''), now() from generate_series(1, 9000) i`,
      [ada.userId],
    );
    const first = await region.gatewayCall(exportMe, {}, ada);
    expect(first.next).toBeDefined();
    expect(await code(region.gatewayCall(exportRest, { next: first.next! }, bob))).toBe('kernel.not-found');
    expect(await code(region.gatewayCall(exportRest, { next: 'nothing' }, ada))).toBe('kernel.not-found');
    const copy = await copyOf(ada);
    const places = copy.contexts
      .flatMap(({ tables }) => tables)
      .filter(({ table }) => table === 'ledger_personal')
      .flatMap(({ rows }) => rows.map((row) => Number((row as { leafIndex: unknown }).leafIndex)))
      .filter((place) => place > 1_000_000);
    expect(places).toEqual(Array.from({ length: 9_000 }, (_, index) => 1_000_001 + index));
    expect(copy.contexts.map(({ context }) => context)).toEqual([...contextNames]);
    expect(await caseOf(copy.caseId)).toMatchObject({ state: 'done' });
    expect(await code(region.gatewayCall(exportRest, { next: first.next! }, ada))).toBe('kernel.not-found');
  });

  it('is whole or none, and a second request goes on with the open case', async () => {
    const ada = await somebody();
    await serviceOf('sync').stop();
    expect(await code(region.gatewayCall(exportMe, {}, ada))).toBe('kernel.unavailable');
    const [open] = await query<{ case_id: string }>(
      'compliance',
      'select case_id from case_subject where user_id = $1',
      [ada.userId],
    );
    await start('sync');
    const copy = await copyOf(ada);
    expect(copy.caseId).toBe(open!.case_id);
  });
});

describe('the register of requests', () => {
  const OPERATOR = { kind: 'service', name: 'operator' } as const;

  it('shows officers what is due, by when and why, the most urgent first, and never by whom', async () => {
    const [ada, ben] = [await somebody(), await somebody()];
    await serviceOf('sync').stop();
    await code(region.gatewayCall(exportMe, {}, ada));
    clock.advance(86_400_000);
    const confirmedAt = clock.now().toISOString();
    await code(region.gatewayCall(exportMe, {}, { ...ben, confirmedAt }));
    const operator = await region.clientOf('operator');
    const { cases } = await operator.call(listCases, {}, OPERATOR);
    expect(cases.length).toBeGreaterThanOrEqual(2);
    expect(cases.map(({ targetAt }) => targetAt)).toEqual(cases.map(({ targetAt }) => targetAt).sort());
    expect(cases.every(({ state, isOverdue }) => state !== 'done' && !isOverdue)).toBe(true);
    expect(JSON.stringify(cases)).not.toContain(ada.userId);
    const first = cases.find(({ type }) => type === 'access')!;
    expect(first.why).toMatch(/from|beginning with/);
    expect(first.latestAt >= first.targetAt).toBe(true);
    const { clocks, ...summary } = await operator.call(readCase, { caseId: first.caseId }, OPERATOR);
    expect(summary).toMatchObject(first);
    expect(clocks.map(({ regime }) => regime)).toEqual(expect.arrayContaining(['gdpr', 'promise']));
    const rest = await operator.call(listCases, { after: first.caseId }, OPERATOR);
    expect(rest.cases.map(({ caseId }) => caseId)).toEqual(
      cases.slice(cases.findIndex(({ caseId }) => caseId === first.caseId) + 1).map(({ caseId }) => caseId),
    );
    clock.advance(60 * 86_400_000);
    const later = await operator.call(listCases, { state: 'open' }, OPERATOR);
    expect(later.cases.find(({ caseId }) => caseId === first.caseId)).toMatchObject({ isOverdue: true });
    await start('sync');
    expect(await code(operator.call(readCase, { caseId: newId() }, OPERATOR))).toBe('kernel.not-found');
    expect(await code(region.gatewayCall(listCases, {}, ada))).toBe('kernel.forbidden');
  });
});

describe('erasure', () => {
  it('asks for a proof that it is them', async () => {
    const ada = await somebody();
    expect(await code(region.gatewayCall(eraseMe, { password: 'wrong' }, ada))).toBe('identity.password-needed');
    const late = { ...ada, confirmedAt: addDuration(clock.now(), 'PT11M', -1).toISOString() };
    expect(await code(region.gatewayCall(eraseMe, {}, late))).toBe('identity.password-needed');
    expect(await query('vault', 'select 1 from person where user_id = $1', [ada.userId])).toHaveLength(1);
  });

  it('erases everywhere, keeps the minimal register, and certifies it', async () => {
    const ada = await somebody();
    const answer = await region.gatewayCall(eraseMe, { password: PASSWORD }, ada);
    expect(answer).toMatchObject({ state: 'erased', kept: [] });
    for (const name of contextNames.filter((one) => one !== 'compliance'))
      expect(await query(name, 'select 1 from person where user_id = $1', [ada.userId])).toEqual([]);
    // What was under way meanwhile, such as a line of a log.
    await query('gateway', `insert into person (user_id, nickname) values ($1, 'Ada')`, [ada.userId]);
    expect((await caseOf(answer.caseId)).state).toBe('settling');
    clock.advance(MINUTE_MS);
    await until('the second round', 10_000, async () => (await caseOf(answer.caseId)).state === 'done');
    expect(await query('gateway', 'select 1 from person where user_id = $1', [ada.userId])).toEqual([]);
    const { certificate } = await caseOf(answer.caseId);
    expect(certificate).toMatchObject({ caseId: answer.caseId, kept: [] });
    expect(certificate!['erased']).toEqual(
      expect.arrayContaining([
        { context: 'vault', table: 'person', rows: 1 },
        { context: 'gateway', table: 'person', rows: 2 },
      ]),
    );
    expect(JSON.stringify(certificate)).not.toContain(ada.userId);
    for (const table of ['rights_case', 'case_subject', 'case_task', 'evidence', 'forgotten_subject'])
      expect(JSON.stringify(await query('compliance', `select * from ${table}`))).not.toContain(ada.userId);
    await until(
      'the certificate in the ledger',
      10_000,
      async () =>
        (
          await query(
            'compliance',
            `select 1 from ledger_leaf where event = 'subject.erased' and convert_from(leaf, 'UTF8') like '%' || $1 || '%'`,
            [answer.caseId],
          )
        ).length === 1,
    );
  });

  it('blanks the ledger’s personal fields, those of entries that arrive later too', async () => {
    const ada = await somebody();
    await region.gatewayCall(eraseMe, { password: PASSWORD }, ada);
    const late = await serviceOf('vault').database.region({ kind: 'service' }, (tx) =>
      tx.audit({ event: 'person.noticed', personal: { userId: ada.userId } }),
    );
    await until(
      'the late entry',
      10_000,
      async () => (await query('compliance', 'select 1 from ledger_leaf where entry_id = $1', [late])).length === 1,
    );
    await until(
      'the outbox to be empty',
      10_000,
      async () => (await query('compliance', 'select 1 from audit_outbox')).length === 0,
    );
    expect(await ledgerFields(ada.userId)).toEqual([]);
    const [leaf] = await query<{ leaf: Buffer }>('compliance', 'select leaf from ledger_leaf where entry_id = $1', [
      late,
    ]);
    expect(leaf!.leaf.toString()).not.toContain(ada.userId);
  });

  it('goes on after a crash and while a service is down, identity last', async () => {
    const ada = await somebody();
    await serviceOf('notifications').stop();
    const answer = await region.gatewayCall(eraseMe, { password: PASSWORD }, ada);
    expect(answer.state).toBe('erasing');
    expect(await query('vault', 'select 1 from person where user_id = $1', [ada.userId])).toEqual([]);
    expect(await query('identity', 'select 1 from person where user_id = $1', [ada.userId])).toHaveLength(1);
    await serviceOf('compliance').stop();
    await start('compliance');
    const again = await region.gatewayCall(eraseMe, { password: PASSWORD }, ada);
    expect(again).toMatchObject({ caseId: answer.caseId, state: 'erasing' });
    await start('notifications');
    await until('the first round', 20_000, async () => (await caseOf(answer.caseId)).state === 'settling');
    expect(await query('identity', 'select 1 from person where user_id = $1', [ada.userId])).toEqual([]);
    expect(await query('notifications', 'select 1 from person where user_id = $1', [ada.userId])).toEqual([]);
    clock.advance(MINUTE_MS);
    await until('the erasure to be done', 20_000, async () => (await caseOf(answer.caseId)).state === 'done');
  }, 60_000);

  it('is certified only once every service was asked again and had nothing left', async () => {
    const ada = await somebody();
    await asOwner(
      `create function resurrect() returns trigger language plpgsql as $$ begin insert into person values (old.*); return null; end $$;
       create trigger resurrect after delete on person for each row execute function resurrect()`,
    );
    const { caseId } = await region.gatewayCall(eraseMe, { password: PASSWORD }, ada);
    clock.advance(MINUTE_MS);
    const told = () =>
      query(
        'compliance',
        `select 1 from ledger_leaf where event = 'subject.erasure-incomplete' and position($1 in convert_from(leaf, 'utf8')) > 0`,
        [caseId],
      );
    await until('the ledger to be told', 10_000, async () => (await told()).length > 0);
    expect((await caseOf(caseId)).state).not.toBe('done');
    await asOwner('drop trigger resurrect on person; drop function resurrect()');
    await until('both rounds again', 20_000, async () => (await caseOf(caseId)).state === 'settling');
    clock.advance(MINUTE_MS);
    await until('the erasure to be done', 20_000, async () => (await caseOf(caseId)).state === 'done');
    expect(await query('vault', 'select 1 from person where user_id = $1', [ada.userId])).toEqual([]);
    expect((await caseOf(caseId)).certificate).toMatchObject({ verifiedAt: expect.any(String) });
  }, 60_000);
});

/** As the owner of the vault's database, who may do what no service can. */
async function asOwner(sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: region.postgres.url('vault').reveal() });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
