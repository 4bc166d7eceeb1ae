import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { parseDuration } from '@millrace/kernel';
import { type TestDatabase, testStack } from '@millrace/testing';
import pg from 'pg';
import {
  createTables,
  dueTables,
  ERASE_BATCH_ROWS,
  eraseHoldings,
  findHoldings,
  HELD,
  HeldRows,
  type LegalHold,
  nothingHeld,
  oldestRows,
  personal,
  plain,
  rolesOf,
  type SqlRunner,
  SWEEP_BATCH_ROWS,
  sweepBatch,
  table,
  type Table,
} from '@millrace/privacy';

const meaning = {
  category: 'security-log',
  purposes: ['security'],
  retention: 'access-log',
  onErase: 'delete',
} as const;
const desks = table(
  'desk',
  { id: plain.uuid({ primary: true }), orgId: plain.tenant(), closedAt: plain.instant({ nullable: true }) },
  { guards: [{ tenant: true }], retention: { rule: 'organization', from: 'closedAt' } },
);
const visits = table(
  'visit',
  {
    id: plain.integer({ primary: true }),
    deskId: plain.uuid({ nullable: true }),
    userId: personal.userId(meaning, { nullable: true }),
    at: plain.instant(),
  },
  { subject: 'userId', guards: [], references: { deskId: 'desk' }, retention: { rule: 'access-log', from: 'at' } },
);
const notes = table(
  'note',
  {
    id: plain.integer({ primary: true }),
    email: personal.email({ ...meaning, onErase: 'blank' }, { nullable: true }),
    userId: personal.userId({ ...meaning, onErase: { keep: 'x' } }),
  },
  { subject: 'userId', guards: [], retention: { livesWith: 'the test' } },
);
const tables: readonly Table[] = [desks, visits, notes];
const [ADA, BOB, ORG, OTHER] = [1, 2, 3, 4].map((n) => `00000000-0000-7000-8000-00000000000${n}`) as [
  string,
  string,
  string,
  string,
];
const LOOKUP = 'ab'.repeat(32);
const NOW = new Date('2026-11-27T00:00:00.000Z');
const keep = () => ({ keep: parseDuration('P90D')! });
const daysAgo = (days: number) => new Date(NOW.getTime() - days * 86_400_000);

let database: TestDatabase;
let client: pg.Client;
const sql: SqlRunner = {
  query: async (text, parameters) => (await client.query(text, parameters as unknown[])).rows as never,
};

beforeAll(async () => {
  database = await testStack().createDatabase();
  client = new pg.Client({ connectionString: database.url.reveal() });
  await client.connect();
  const roles = rolesOf(`t${database.name.replaceAll(/\W/g, '')}`);
  for (const role of Object.values(roles)) await client.query(`create role ${role}`);
  for (const statement of createTables(tables, roles)) await client.query(statement);
});
afterAll(async () => {
  await client.end();
  await database.drop();
});
beforeEach(() => client.query('truncate desk, visit, note'));

const visit = (id: number, at: Date, userId: string | null = ADA, deskId: string | null = null) =>
  client.query('insert into visit (id, user_id, at, desk_id) values ($1, $2, $3, $4)', [id, userId, at, deskId]);
const ids = async () =>
  (await client.query<{ id: number }>('select id from visit order by id')).rows.map(({ id }) => id);
const holding = (...holds: LegalHold[]) => new HeldRows(tables, holds);
const ada = { ids: [ADA], lookups: [] };

async function sweep(held: HeldRows): Promise<number> {
  const [due] = dueTables([visits], keep, NOW) as [ReturnType<typeof dueTables>[number]];
  let swept = 0;
  for (let from: Date | undefined, isFirst = true; isFirst || from; isFirst = false) {
    const step = await sweepBatch(sql, due, held, from);
    swept += step.rows;
    from = step.next;
  }
  return swept;
}

describe('a sweep', () => {
  it('takes what is due and leaves what is held, by person, and what is not due', async () => {
    await visit(1, daysAgo(91));
    await visit(2, daysAgo(91), BOB);
    await visit(3, daysAgo(91), null);
    await visit(4, daysAgo(89), BOB);
    expect(await sweep(holding({ subject: ada }))).toBe(2);
    expect(await ids()).toEqual([1, 4]);
    expect(await sweep(nothingHeld)).toBe(1);
    expect(await ids()).toEqual([4]);
  });

  it.each<[string, LegalHold, number[]]>([
    ['a person within a stretch of time', { subject: ada, from: daysAgo(95), until: daysAgo(92) }, [2]],
    ['a stretch of time, whoever it is', { from: daysAgo(95), until: daysAgo(92) }, [2, 4]],
    ['everything from an instant on', { from: daysAgo(95) }, [1, 2, 4]],
    ['an organization, which these rows have none of', { orgId: ORG }, []],
    ['a person in an organization', { subject: ada, orgId: ORG }, []],
  ])('holds %s', async (_, hold, left) => {
    await visit(1, daysAgo(91));
    await visit(2, daysAgo(93));
    await visit(3, daysAgo(99));
    await visit(4, daysAgo(93), BOB);
    await sweep(holding(hold));
    expect(await ids()).toEqual(left);
  });

  it('passes many held rows once, and goes on through rows of one instant', async () => {
    await client.query(
      `insert into visit (id, user_id, at) select i, case when i % 100 = 0 then $1::uuid else $2::uuid end, $3
       from generate_series(1, $4::integer) i`,
      [ADA, BOB, daysAgo(100), SWEEP_BATCH_ROWS * 3],
    );
    expect(await sweep(holding({ subject: ada }))).toBe(SWEEP_BATCH_ROWS * 3 * 0.99);
    expect(await ids()).toHaveLength(SWEEP_BATCH_ROWS * 3 * 0.01);
  });

  it('leaves a row with which a held one would go', async () => {
    await client.query('insert into desk (id, org_id, closed_at) values ($1, $2, $3)', [ORG, ORG, daysAgo(400)]);
    await visit(1, daysAgo(1), ADA, ORG);
    const [due] = dueTables([desks], keep, NOW) as [ReturnType<typeof dueTables>[number]];
    expect((await sweepBatch(sql, due, holding({ subject: ada }), undefined)).rows).toBe(0);
    expect((await sweepBatch(sql, due, holding({ subject: { ids: [BOB], lookups: [] } }), undefined)).rows).toBe(1);
    expect(await ids()).toEqual([]);
  });

  it('is not called late for what is held', async () => {
    await visit(1, daysAgo(200));
    await visit(2, daysAgo(10), BOB);
    const oldest = (held: HeldRows) => oldestRows(sql, [visits], keep, held, NOW);
    expect(await oldest(nothingHeld)).toMatchObject([{ overdue: true }]);
    expect(await oldest(holding({ subject: ada }))).toMatchObject([
      { overdue: false, oldest: daysAgo(10).toISOString() },
    ]);
  });
});

describe('an erasure', () => {
  const subject = { ids: [ADA], lookups: [LOOKUP], closingOrgIds: [ORG] };

  it('keeps what is held and says so, and takes it after the release', async () => {
    await visit(1, daysAgo(1));
    await visit(2, daysAgo(50));
    const held = await eraseHoldings(sql, tables, subject, holding({ subject: ada, until: daysAgo(20) }));
    expect(held).toEqual({
      erased: [{ table: 'visit', rows: 1 }],
      kept: [{ table: 'visit', rows: 1, reason: HELD }],
      isDone: true,
    });
    expect(await ids()).toEqual([2]);
    const kept = [{ table: 'visit', rows: 1, reason: HELD }];
    expect(await findHoldings(sql, tables, subject, holding({ subject: ada }))).toEqual({ left: [], kept });
    const left = [{ table: 'visit', rows: 1 }];
    expect(await findHoldings(sql, tables, subject, nothingHeld)).toEqual({ left, kept: [] });
    expect(await eraseHoldings(sql, tables, subject, nothingHeld)).toMatchObject({
      erased: [{ table: 'visit', rows: 1 }],
      kept: [],
    });
  });

  it('leaves the organization of a hold as it is when it closes', async () => {
    for (const id of [ORG, OTHER]) await client.query('insert into desk (id, org_id) values ($1, $1)', [id]);
    const closing = { ...subject, closingOrgIds: [ORG, OTHER] };
    const { erased, kept } = await eraseHoldings(sql, tables, closing, holding({ orgId: ORG }));
    expect({ erased, kept }).toEqual({
      erased: [{ table: 'desk', rows: 1 }],
      kept: [{ table: 'desk', rows: 1, reason: HELD }],
    });
  });

  it('blanks what is to be blanked, unless it is held, and has then nothing left to do', async () => {
    await client.query('insert into note (id, email, email_lookup, user_id) values (1, $1, $2, $3)', [
      'ada@example.com',
      Buffer.from(LOOKUP, 'hex'),
      BOB,
    ]);
    const byAddress = holding({ subject: { ids: [], lookups: [LOOKUP] } });
    expect(await eraseHoldings(sql, tables, subject, byAddress)).toMatchObject({
      erased: [],
      kept: [{ table: 'note', rows: 1, reason: HELD }],
    });
    const rows = [{ table: 'note', rows: 1 }];
    expect(await eraseHoldings(sql, tables, subject, nothingHeld)).toMatchObject({ erased: rows, isDone: true });
    expect(await eraseHoldings(sql, tables, subject, nothingHeld)).toMatchObject({ erased: [], isDone: true });
  });

  it('does so much at once and says when there is more', async () => {
    await client.query(`insert into visit (id, user_id, at) select i, $1, $2 from generate_series(1, $3::integer) i`, [
      ADA,
      NOW,
      ERASE_BATCH_ROWS + 1,
    ]);
    const call = () => eraseHoldings(sql, tables, subject, nothingHeld);
    expect(await call()).toEqual({ erased: [{ table: 'visit', rows: ERASE_BATCH_ROWS }], kept: [], isDone: false });
    expect(await call()).toEqual({ erased: [{ table: 'visit', rows: 1 }], kept: [], isDone: true });
  });
});
