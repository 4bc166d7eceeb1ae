import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { MovableClock, newId } from '@millrace/kernel';
import { eraseHoldings, nothingHeld } from '@millrace/privacy';
import { RetentionSweeper, type RunningService } from '@millrace/service';
import { startTestRegion, type TestRegion } from '@millrace/testing';
import { definition } from '../index.js';
import { accessLog } from './access-log.table.js';

const DAY_MS = 86_400_000;
const KEPT_DAYS = 90;
const clock = new MovableClock(new Date('2026-06-01T06:00:00.000Z'));
let region: TestRegion;
let gateway: RunningService;
let sweeper: RetentionSweeper;

const sql = <T = Record<string, unknown>>(text: string, parameters: unknown[] = []) =>
  gateway.database.region({ kind: 'service' }, (tx) => tx.query<T>(text, parameters));
const ago = (days: number) => new Date(clock.now().getTime() - days * DAY_MS);
const open = (day: Date) => sql('select access_log_open_day($1::date)', [day.toISOString().slice(0, 10)]);

async function visit(at: Date, userId = newId()): Promise<string> {
  const id = newId();
  await sql(
    `insert into access_log (request_id, at, method, route, status, duration_ms, address, user_id) values ($1, $2, 'GET', '/', 200, 1, '192.0.2.1', $3)`,
    [id, at, userId],
  );
  return id;
}

/** Where the entries lie, by their ids. */
async function places(): Promise<Record<string, string>> {
  const rows = await sql<{ id: string; place: string }>(
    'select request_id as id, tableoid::regclass::text as place from access_log',
  );
  return Object.fromEntries(rows.map(({ id, place }) => [id, place]));
}

const days = async () =>
  (
    await sql<{ day: string }>(
      `select right(relname, 8) as day from pg_class where relname ~ '^access_log_\\d{8}$' order by 1`,
    )
  ).map(({ day }) => day);

beforeAll(async () => {
  region = await startTestRegion({ definitions: [definition], clock });
  gateway = region.service('gateway');
  sweeper = new RetentionSweeper(gateway.runtime, gateway.database, definition.tables);
}, 60_000);
afterAll(() => region?.stop());
beforeEach(async () => {
  await sql('delete from access_log');
  await sql('delete from legal_hold');
});

describe('the days of the access log', () => {
  it('are opened ahead; entries that came before theirs was open move into it', async () => {
    const early = await visit(clock.now());
    expect(await places()).toEqual({ [early]: 'access_log_rest' });
    await sweeper.sweep();
    const [then, later] = [await visit(clock.now()), await visit(ago(-3))];
    expect(await places()).toEqual({
      [early]: 'access_log_20260601',
      [then]: 'access_log_20260601',
      [later]: 'access_log_20260604',
    });
  });

  it('go as a whole once they are over, and of the day that is due in part that part goes', async () => {
    for (const days of [KEPT_DAYS + 2, KEPT_DAYS + 1, KEPT_DAYS]) await open(ago(days));
    for (const days of [KEPT_DAYS + 30, KEPT_DAYS + 2, KEPT_DAYS + 1, KEPT_DAYS]) await visit(ago(days));
    const young = await visit(new Date(ago(KEPT_DAYS).getTime() + 3_600_000));
    expect(await days()).toEqual(expect.arrayContaining(['20260301', '20260302', '20260303']));
    await sweeper.sweep();
    expect(await places()).toEqual({ [young]: 'access_log_20260303' });
    expect(await days()).not.toEqual(expect.arrayContaining([expect.stringMatching(/^2026030[12]$/)]));
    const swept = await sql('select details from audit_outbox where event = $1', ['retention.swept']);
    expect(swept).toEqual([{ details: expect.objectContaining({ table: 'access_log', rule: 'access-log', rows: 4 }) }]);
  });

  it('leave behind what is under a legal hold, which goes when the hold does', async () => {
    await open(ago(KEPT_DAYS + 1));
    const held = newId();
    await sql('insert into legal_hold (id, subject) values ($1, $2)', [
      newId(),
      JSON.stringify({ ids: [held], lookups: [] }),
    ]);
    const [kept] = [await visit(ago(KEPT_DAYS + 1), held), await visit(ago(KEPT_DAYS + 1))];
    await sweeper.sweep();
    expect(await places()).toEqual({ [kept]: 'access_log_rest' });
    await sql('delete from legal_hold');
    await sweeper.sweep();
    expect(await places()).toEqual({});
  });

  it('are no hindrance to forgetting one person of them', async () => {
    const [ada, bob] = [newId(), newId()];
    for (const days of [0, 1, 2]) {
      await open(ago(days));
      // The same places in different days, and each person in each of them.
      for (const user of days === 1 ? [bob, ada] : [ada, bob]) await visit(ago(days), user);
    }
    await gateway.database.region({ kind: 'service' }, (tx) =>
      eraseHoldings(tx, [accessLog], { ids: [ada], lookups: [], closingOrgIds: [] }, nothingHeld),
    );
    const rows = await sql<{ who: string | null; address: string | null }>(
      'select user_id as who, address from access_log',
    );
    expect(rows.filter(({ who }) => who === bob)).toEqual(Array(3).fill({ who: bob, address: '192.0.2.1' }));
    expect(rows.filter(({ who }) => who !== bob)).toEqual(Array(3).fill({ who: null, address: null }));
  });

  it('are opened and dropped by the region role alone, and not by changing who owns them', async () => {
    const asApp = (text: string) => gateway.database.scoped({}, { kind: 'public' }, (tx) => tx.query(text));
    for (const work of ['open', 'detach', 'drop'])
      await expect(asApp(`select access_log_${work}_day('2026-01-01')`)).rejects.toThrow(/permission denied/);
    await open(clock.now());
    await expect(asApp('select * from access_log_20260601')).rejects.toThrow(/permission denied/);
    await expect(sql('drop table access_log_20260601')).rejects.toThrow(/must be owner/);
  });
});
