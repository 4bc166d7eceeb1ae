import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  BUNDLE_KIND,
  BundleHead,
  BundleRows,
  type Caller,
  contextNames,
  exportBundle,
  exportRest,
  readLedgerKey,
  signBundle,
} from '@millrace/contracts';
import { MovableClock, newId, Problem, until } from '@millrace/kernel';
import { parseVerifierKey, readStatement } from '@millrace/ledger';
import { startTestRegion, type TestRegion } from '@millrace/testing';
import pg from 'pg';
import { smallRegion } from '../small-region.fixture.js';

type User = Extract<Caller, { kind: 'user' }>;

const clock = new MovableClock();
const MANIFEST = 'ab'.repeat(32);
let region: TestRegion;

beforeAll(async () => {
  region = await startTestRegion({ clock, definitions: smallRegion() });
}, 120_000);
afterAll(() => region?.stop());

const code = (promise: Promise<unknown>) =>
  promise.then(
    () => 'no problem',
    (error: unknown) => (error instanceof Problem ? error.code : String(error)),
  );
const query = <T>(sql: string, values: unknown[] = [], name = 'compliance') =>
  region.service(name).database.region({ kind: 'service' }, (tx) => tx.query<T>(sql, values));

async function somebody(): Promise<User> {
  const userId = newId();
  for (const name of contextNames.filter((one) => one !== 'compliance'))
    await query(`insert into person (user_id, nickname) values ($1, 'Ada')`, [userId], name);
  const confirmedAt = clock.now().toISOString();
  return { kind: 'user', userId, orgId: newId(), roles: ['owner'], sessionId: newId(), confirmedAt };
}

/** The lines of a bundle, as the gateway reads them. */
async function linesOf(user: User): Promise<{ head: BundleHead; lines: BundleRows[]; parts: number }> {
  const texts: string[] = [];
  for (let answer = await region.gatewayCall(exportBundle, {}, user); ;) {
    const text = Buffer.from(answer.part, 'base64').toString('utf8');
    expect(text === '' || text.endsWith('\n')).toBe(true);
    texts.push(text);
    if (answer.next === undefined) break;
    answer = await region.gatewayCall(exportRest, { next: answer.next }, user);
  }
  const [head, ...lines] = texts
    .join('')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
  return { head: BundleHead.parse(head), lines: lines.map((line) => BundleRows.parse(line)), parts: texts.length };
}

/** The same place in a pass that there is none of. */
const inPass = (next: string, pass: string) =>
  Buffer.from(
    JSON.stringify({ ...(JSON.parse(Buffer.from(next, 'base64url').toString('utf8')) as object), pass }),
  ).toString('base64url');

const sign = (caseId: string, user: User) =>
  region.gatewayCall(signBundle, { caseId, manifest: MANIFEST, files: 4, rows: 5 }, user);
/** Lets two acts on a case begin, and go on only once both wait for it. */
async function whileLocked<T>(caseId: string, acts: () => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: region.postgres.url('compliance').reveal() });
  await client.connect();
  try {
    await client.query('begin');
    await client.query('select 1 from rights_case where id = $1 for update', [caseId]);
    const done = acts();
    await until('both to wait', 10_000, async () => {
      const waiting = await client.query(
        `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
      );
      return waiting.rows.length === 2;
    });
    await client.query('commit');
    return await done;
  } finally {
    await client.end();
  }
}

const stateOf = async (caseId: string) =>
  (await query<{ state: string }>('select state from rights_case where id = $1', [caseId]))[0]?.state;

describe('the rows of a bundle', () => {
  it('come once for JSON and once for CSV, of everything and of nobody else', async () => {
    const [ada] = [await somebody(), await somebody()];
    const { head, lines } = await linesOf(ada);
    expect(head.region).toBe(region.config.region);
    const persons = (pass: string) => lines.filter((line) => line.pass === pass && line.table === 'person');
    const others = contextNames.filter((name) => name !== 'compliance');
    for (const pass of ['json', 'csv'])
      expect(persons(pass).map(({ context, rows }) => [context, rows])).toEqual(
        others.map((context) => [context, [{ userId: ada.userId, nickname: 'Ada', endedAt: null }]]),
      );
    const firstCsv = lines.findIndex(({ pass }) => pass === 'csv');
    expect(lines.slice(firstCsv).every(({ pass }) => pass === 'csv')).toBe(true);
    expect(await stateOf(head.caseId)).toBe('open');
  });

  it('come in parts of whole lines where there are many, each once and in order', async () => {
    const ada = await somebody();
    await query(
      `insert into ledger_personal (leaf_index, field, subject_id, value, salt, at)
       select 1000000 + i, 'note', $1, repeat('x', 200), sha256(''), now() from generate_series(1, 9000) i`,
      [ada.userId],
    );
    const { next } = await region.gatewayCall(exportBundle, {}, ada);
    expect(await code(region.gatewayCall(exportRest, { next: inPass(next!, 'other') }, ada))).toBe('kernel.not-found');
    const { lines, parts } = await linesOf(ada);
    expect(parts).toBeGreaterThan(10);
    for (const pass of ['json', 'csv']) {
      const places = lines
        .filter((line) => line.pass === pass && line.table === 'ledger_personal')
        .flatMap(({ rows }) => rows.map((row) => Number(row['leafIndex'])))
        .filter((place) => place > 1_000_000);
      expect(places).toEqual(Array.from({ length: 9_000 }, (_, index) => 1_000_001 + index));
    }
  });

  it('come to somebody who has just shown who they are', async () => {
    const ada = await somebody();
    const late = { ...ada, confirmedAt: new Date(clock.now().getTime() - 11 * 60_000).toISOString() };
    expect(await code(region.gatewayCall(exportBundle, {}, late))).toBe('kernel.confirm-first');
    expect(await query('select 1 from case_subject where user_id = $1', [ada.userId])).toEqual([]);
  });
});

describe('the signature of a bundle', () => {
  it('says what was signed, for which case and where; the case is done and the ledger knows', async () => {
    const ada = await somebody();
    const { head } = await linesOf(ada);
    const { note } = await sign(head.caseId, ada);
    const operator = await region.clientOf('operator');
    const { text } = await operator.call(readLedgerKey, {}, { kind: 'service', name: 'operator' });
    expect(readStatement(BUNDLE_KIND, note, parseVerifierKey(text.trim()))).toEqual({
      caseId: head.caseId,
      charter: head.charter,
      region: head.region,
      manifest: MANIFEST,
      signedAt: clock.now().toISOString(),
    });
    expect(await stateOf(head.caseId)).toBe('done');
    expect(await query('select 1 from case_subject where user_id = $1', [ada.userId])).toEqual([]);
    await until('the ledger to know', 10_000, async () => {
      const entries = await query<{ leaf: string }>(
        `select convert_from(leaf, 'UTF8') as leaf from ledger_leaf where event = 'subject.bundle-completed'`,
      );
      return entries.some(({ leaf }) => leaf.includes(MANIFEST) && leaf.includes(head.caseId));
    });
  });

  it('is given once, for a case that is open and one’s own', async () => {
    const [ada, bob] = [await somebody(), await somebody()];
    const { head } = await linesOf(ada);
    expect(await code(sign(head.caseId, bob))).toBe('kernel.not-found');
    expect(await stateOf(head.caseId)).toBe('open');
    await query(`update case_subject set type = 'erasure' where case_id = $1`, [head.caseId]);
    expect(await code(sign(head.caseId, ada))).toBe('kernel.not-found');
    await query(`update case_subject set type = 'access' where case_id = $1`, [head.caseId]);
    const signed = await whileLocked(head.caseId, () =>
      Promise.all([code(sign(head.caseId, ada)), code(sign(head.caseId, ada))]),
    );
    expect(signed.sort()).toEqual(['kernel.not-found', 'no problem']);
    expect(await code(sign(head.caseId, ada))).toBe('kernel.not-found');
  });
});
