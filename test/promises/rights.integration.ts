import { describe, expect, it } from '@jest/globals';
import {
  contextNames,
  contextOperations,
  eraseMe,
  exportMe,
  type Operation,
  PersonalCopy,
  signIn,
  updateProfile,
} from '@millrace/contracts';
import { MovableClock, until } from '@millrace/kernel';
import pg from 'pg';
import { Visitor } from '../e2e/journey.js';
import { addConnection, type PromiseRegion, startPromiseRegion } from './promise-region.js';

/** Every row of every table of every service, as text: what somebody with the disk could read. */
async function everythingStored({ region }: PromiseRegion): Promise<{ where: string; row: string }[]> {
  const rows: { where: string; row: string }[] = [];
  for (const database of contextNames) {
    const client = new pg.Client({ connectionString: region.postgres.url(database).reveal() });
    await client.connect();
    const tables = await client.query<{ name: string }>(
      `select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'`,
    );
    for (const { name } of tables.rows) {
      const content = await client.query<{ row: string }>(`select t::text as row from ${pg.escapeIdentifier(name)} t`);
      rows.push(...content.rows.map(({ row }) => ({ where: `${database}.${name}`, row })));
    }
    await client.end();
  }
  return rows;
}

/** The tables that name a person, by address or user id, in any form that a row's text shows. */
async function tablesNaming(region: PromiseRegion, { email, userId }: Visitor): Promise<string[]> {
  const hex = (text: string) => Buffer.from(text).toString('hex');
  const marks = [email, userId, hex(email), hex(userId)];
  const rows = await everythingStored(region);
  return [
    ...new Set(rows.filter(({ row }) => marks.some((mark) => row.includes(mark))).map(({ where }) => where)),
  ].sort();
}

/** Whether the gateway has noted that the person had themselves erased. */
async function isLogged({ region }: PromiseRegion, { userId }: Visitor): Promise<boolean> {
  const { method, path } = eraseMe.http!;
  const rows = await region
    .service('gateway')
    .database.region({ kind: 'service' }, (tx) =>
      tx.query('select 1 from access_log where user_id = $1 and method = $2 and route = $3 and status < 300', [
        userId,
        method,
        path,
      ]),
    );
  return rows.length > 0;
}

const MINUTE_MS = 60_000;

const statusOf = async <Op extends Operation>(visitor: Visitor, operation: Op, input: object) =>
  (await visitor.send(operation, input)).status;

describe.each(['dataflow-xpert', 'fluxcascade', 'fluxent'] as const)('rights under the charter of %s', (charter) => {
  it('lets people read, correct, take and erase what is theirs, and nothing of them stays', async () => {
    const clock = new MovableClock();
    const running = await startPromiseRegion(charter, { clock });
    const { owner, region } = running;
    try {
      const { fields } = region.service('identity').runtime.charter.document.accounts;
      if (fields.includes('name'))
        expect(await owner.call(updateProfile, { name: 'Ada Lovelace' })).toMatchObject({ name: 'Ada Lovelace' });
      if (charter === 'dataflow-xpert') await addConnection(owner);
      const devices = 12_000;
      await running.sql(
        'identity',
        `insert into known_device (user_id, device, last_seen_at)
         select id, 'device ' || i, now() from account, generate_series(1, ${devices}) i`,
      );
      const copy = PersonalCopy.parse(await owner.call(exportMe));
      const found = copy.contexts.flatMap(({ tables }) => tables.filter(({ table }) => table === 'known_device'));
      expect(found.map(({ rows }) => new Set(rows.map((row) => JSON.stringify(row))).size)).toEqual([devices + 1]);
      expect(JSON.stringify(copy.contexts.find((one) => one.context === 'identity'))).toContain(owner.email);
      expect(await tablesNaming(running, owner)).toContain('identity.account');

      expect(await statusOf(owner, eraseMe, { password: 'not the password' })).toBe(403);
      const answer = await owner.call(eraseMe, { password: owner.password });
      expect(answer.state).toBe('erased');
      expect(await statusOf(owner, exportMe, {})).toBe(401);
      expect(
        await statusOf(new Visitor(region.service('gateway').httpUrl!), signIn, {
          email: owner.email,
          password: owner.password,
        }),
      ).toBe(401);
      // Entries of the access log come a moment later; the second round finds them, once the erasure has settled.
      await until('the erasure to be in the access log', 20_000, () => isLogged(running, owner));
      clock.advance(MINUTE_MS);
      let naming: string[] = [];
      await until('nothing to name the person', 20_000, async () => {
        naming = await tablesNaming(running, owner);
        return naming.length === 0;
      }).catch(() => expect(naming).toEqual([]));
      const cases = await region
        .service('compliance')
        .database.region({ kind: 'service' }, (tx) => tx.query('select state from rights_case order by state'));
      expect(cases).toEqual([{ state: 'done' }, { state: 'done' }]);
      expect((await running.verify()).promises.filter((one) => one.state === 'broken')).toEqual([]);
      clock.advance(10 * MINUTE_MS);
      await until('the ledger to know the certificate', 20_000, async () => {
        const { evidence } = await (
          await region.clientOf('compliance')
        ).call(
          contextOperations('compliance').evidence,
          { question: 'erasure.certificates', parameters: {} },
          { kind: 'service', name: 'compliance' },
        );
        return JSON.stringify(evidence) === '{"completed":1,"changed":0,"unknown":0,"unfinished":0}';
      });
    } finally {
      await running.stop();
    }
  }, 120_000);
});
