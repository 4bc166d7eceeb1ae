import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  appendToLedger,
  type AuditEntry,
  auditLedger,
  type Caller,
  proveConsistency,
  proveEntry,
  readCheckpoint,
  readLedgerKey,
} from '@millrace/contracts';
import { newId, Problem, stopwatch, until } from '@millrace/kernel';
import { parseCheckpoint, parseLeaf, parseNote, verifyConsistency, verifyProofBundle } from '@millrace/ledger';
import { startTestRegion, type TestRegion } from '@millrace/testing';
import pg from 'pg';
import { definition } from '../index.js';
import { APPENDER_LOCK } from './ledger-store.js';

const ORG = newId();
const OTHER_ORG = newId();
const ADA = newId();

let region: TestRegion;
let superuser: pg.Client;
let number = 0;

const entry = (change: Partial<AuditEntry> = {}): AuditEntry => ({
  entryId: newId(),
  number: ++number,
  event: 'connection.created',
  at: '2026-11-22T10:00:00.000Z',
  orgId: ORG,
  actor: 'user',
  outcome: 'success',
  details: { connector: 'postgres' },
  personal: { actorUserId: ADA },
  ...change,
});
const entries = (count: number) => Array.from({ length: count }, () => entry());

async function append(list: AuditEntry[]): Promise<number> {
  const client = await region.clientOf('sync');
  return (await client.call(appendToLedger, { entries: list }, { kind: 'service', name: 'sync' })).acknowledged;
}

async function audit(kept?: string) {
  const client = await region.clientOf('operator');
  return client.call(auditLedger, kept === undefined ? {} : { kept }, { kind: 'service', name: 'operator' });
}

const memberOf = (orgId: string): Caller => ({
  kind: 'user',
  userId: ADA,
  orgId,
  roles: ['owner'],
  sessionId: newId(),
});
const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'no problem',
    (error: unknown) => (error instanceof Problem ? error.code : String(error)),
  );
const sql = async (text: string, values: unknown[] = []) =>
  (await superuser.query(text, values)).rows as Record<string, string>[];

beforeAll(async () => {
  region = await startTestRegion({ definitions: [definition] });
  superuser = new pg.Client({ connectionString: region.postgres.url('compliance').reveal() });
  await superuser.connect();
}, 60_000);
afterAll(async () => {
  await superuser?.end();
  await region?.stop();
});

describe('appending', () => {
  it('acknowledges the last number, recognises repeats and refuses gaps', async () => {
    const first = entries(3);
    expect(await append(first)).toBe(3);
    expect(await append([...first.slice(1), entry()])).toBe(4);
    const early = entry({ number: 9 });
    number = 4;
    expect(await codeOf(append([early]))).toBe('compliance.ledger-gap');
    const [one, , three] = entries(3);
    expect(await codeOf(append([one!, three!]))).toBe('compliance.ledger-gap');
    number = 4;
    expect(await append(entries(2))).toBe(6);
  });

  it('gives a proof that a stranger with the key can check, and to the entry’s organization only', async () => {
    const mine = entry({ target: { kind: 'connection', id: newId() } });
    await append([mine, entry()]);
    const bundle = await region.gatewayCall(proveEntry, { entryId: mine.entryId }, memberOf(ORG));
    const { text: key } = await region.gatewayCall(readLedgerKey, {}, { kind: 'public' });
    expect(key.startsWith('millrace/dataflow-xpert/us-east-1+')).toBe(true);
    const verdict = verifyProofBundle(bundle, key);
    expect(verdict).toMatchObject({
      ok: true,
      entry: { id: mine.entryId, orgId: ORG, source: 'sync', target: mine.target },
    });
    expect(verifyProofBundle({ ...bundle, index: bundle.index + 1 }, key).ok).toBe(false);
    expect(await codeOf(region.gatewayCall(proveEntry, { entryId: mine.entryId }, memberOf(OTHER_ORG)))).toBe(
      'compliance.no-proof',
    );
    expect(await codeOf(region.gatewayCall(proveEntry, { entryId: newId() }, memberOf(ORG)))).toBe(
      'compliance.no-proof',
    );
  });

  it('proves to anybody that an earlier tree was continued, and not what it cannot', async () => {
    const read = (note: string) => parseCheckpoint(parseNote(note).text);
    const { text } = await region.gatewayCall(readCheckpoint, {}, { kind: 'public' });
    const { size: oldSize, root: oldRoot } = read(text);
    await append(entries(5));
    const prove = (from: number) => region.gatewayCall(proveConsistency, { from }, { kind: 'public' });
    const { proof, checkpoint } = await prove(oldSize);
    const { size: newSize, root: newRoot } = read(checkpoint);
    const claim = { oldSize, oldRoot, newSize, newRoot, proof: proof.map((hash) => Buffer.from(hash, 'base64')) };
    expect(newSize).toBeGreaterThanOrEqual(oldSize + 5);
    expect(verifyConsistency(claim)).toBe(true);
    expect(verifyConsistency({ ...claim, oldRoot: newRoot })).toBe(false);
    expect(await codeOf(prove(newSize + 1_000_000))).toBe('compliance.no-consistency');
  });

  it('treats a detail that may be personal as personal, so that no entry stops those after it', async () => {
    const odd = entry({ details: { fields: 'name, company', note: 'Ada Lovelace', count: 2 } });
    await append([odd]);
    const [row] = await sql(`select convert_from(leaf, 'UTF8') as leaf from ledger_leaf where entry_id = $1`, [
      odd.entryId,
    ]);
    const leaf = parseLeaf(Buffer.from(row!['leaf']!));
    expect(leaf.details).toEqual({ count: 2 });
    expect(Object.keys(leaf.personal)).toEqual(['actorUserId', 'fields', 'note']);
    expect(row!['leaf']).not.toContain('Lovelace');
  });

  it('appends what compliance itself did, over the same way as everybody', async () => {
    await region
      .service('compliance')
      .database.region({ kind: 'service' }, (tx) => tx.audit({ event: 'test.happened' }));
    await until(
      'the entry in the ledger',
      10_000,
      async () => (await sql(`select 1 from ledger_leaf where event = 'test.happened'`)).length === 1,
    );
  });
});

describe('what the database’s owner does to it', () => {
  const leafAt = async (index: number) =>
    (
      await sql("select leaf_index, entry_id, encode(leaf, 'hex') as leaf from ledger_leaf where leaf_index = $1", [
        index,
      ])
    )[0]!;
  const setLeaf = (index: number, leaf: string) =>
    sql(`update ledger_leaf set leaf = decode($2, 'hex') where leaf_index = $1`, [index, leaf]);

  // The region goes on writing to its ledger; while somebody tampers with the rows here, appenders wait.
  beforeEach(async () => {
    await append(entries(10));
    await sql('select pg_advisory_lock($1)', [APPENDER_LOCK]);
    expect((await audit()).findings).toEqual([]);
  });
  afterEach(() => sql('select pg_advisory_unlock($1)', [APPENDER_LOCK]));

  it('names a changed leaf, a changed hash, a removed row, an inserted row and swapped rows', async () => {
    const original = await leafAt(3);
    const forged = Buffer.from(original['leaf']!, 'hex').toString().replace('success', 'failure');
    await setLeaf(3, Buffer.from(forged).toString('hex'));
    expect((await audit()).findings).toEqual([{ kind: 'changed', index: 3, what: 'leaf' }]);
    await setLeaf(3, original['leaf']!);

    await sql(`update ledger_node set hash = sha256(hash) where level = 0 and position = 5`);
    expect((await audit()).findings).toContainEqual({ kind: 'changed', index: 5, what: 'hash' });
    await sql(
      `update ledger_node set hash = sha256('\\x00' || l.leaf) from ledger_leaf l where level = 0 and position = 5 and l.leaf_index = 5`,
    );

    await sql('create table kept as select * from ledger_leaf where leaf_index = 7');
    await sql('delete from ledger_leaf where leaf_index = 7');
    expect((await audit()).findings).toEqual([{ kind: 'missing', from: 7, to: 7, what: 'leaf' }]);
    await sql('insert into ledger_leaf select * from kept');
    await sql('drop table kept');

    const [first, second] = [await leafAt(1), await leafAt(2)];
    await setLeaf(1, second['leaf']!);
    await setLeaf(2, first['leaf']!);
    expect((await audit()).findings).toEqual([
      { kind: 'reordered', index: 1, belongsAt: 2 },
      { kind: 'reordered', index: 2, belongsAt: 1 },
    ]);
    await setLeaf(1, first['leaf']!);
    await setLeaf(2, second['leaf']!);

    await sql(
      `insert into ledger_leaf select max(leaf_index) + 1, gen_random_uuid(), null, 'sync', 999999, 'test.forged', now(), '\\x7b7d' from ledger_leaf`,
    );
    const { treeSize, findings } = await audit();
    expect(findings).toEqual([{ kind: 'missing', from: treeSize, to: treeSize, what: 'hash' }]);
    await sql('delete from ledger_leaf where leaf_index = $1', [treeSize]);
    expect((await audit()).findings).toEqual([]);
  });

  it.each([
    ['the organization', `set org_id = gen_random_uuid()`, 'orgId'],
    ['the event', `set event = 'test.forged'`, 'event'],
    ['the number', `set source_number = 1000000`, 'sourceNumber'],
    ['the source', `set source = 'forged'`, 'source'],
    ['the time', `set at = at + interval '1 ms'`, 'at'],
  ])('names a row in whose columns %s was changed', async (_what, change, columns) => {
    const { entry_id: entryId } = await leafAt(3);
    await sql('create table kept as select * from ledger_leaf where leaf_index = 3');
    await sql(`update ledger_leaf ${change} where leaf_index = 3`);
    const { findings } = await audit();
    await sql('delete from ledger_leaf where leaf_index = 3');
    await sql('insert into ledger_leaf select * from kept');
    await sql('drop table kept');
    expect(findings).toContainEqual({ kind: 'columns-changed', index: 3, entryId, columns });
    expect((await audit()).findings).toEqual([]);
  });

  it('names a hash above the leaves that was changed, removed or made up', async () => {
    await sql('create table kept as select * from ledger_node where level = 2 and position = 1');
    const subtree = { kind: 'subtree-mismatch', from: 4, to: 7 };
    await sql('update ledger_node set hash = sha256(hash) where level = 2 and position = 1');
    expect((await audit()).findings).toEqual([subtree]);
    await sql('delete from ledger_node where level = 2 and position = 1');
    expect((await audit()).findings).toContainEqual(subtree);
    await sql('insert into ledger_node select * from kept');
    await sql('drop table kept');
    await sql(`insert into ledger_node values (5, 100000, sha256('x'))`);
    expect((await audit()).findings).toEqual([{ kind: 'hash-inserted', level: 5, position: 100000 }]);
    await sql('delete from ledger_node where position = 100000');
    expect((await audit()).findings).toEqual([]);
  });

  it('names a checkpoint whose root was changed, and says that the newest was removed', async () => {
    const { treeSize } = await audit();
    await sql('create table kept as select * from ledger_checkpoint where tree_size = $1', [treeSize]);
    await sql('update ledger_checkpoint set root = sha256(root) where tree_size = $1', [treeSize]);
    expect((await audit()).findings).toContainEqual({ kind: 'checkpoint-forged', treeSize });
    await sql('delete from ledger_checkpoint where tree_size = $1', [treeSize]);
    expect((await audit()).findings).toContainEqual({ kind: 'checkpoint-missing', treeSize });
    await sql('insert into ledger_checkpoint select * from kept');
    await sql('drop table kept');
    expect((await audit()).findings).toEqual([]);
  });

  it('names personal fields that were made up, and those whose salt was changed', async () => {
    const index = 2;
    const { entry_id: entryId } = await leafAt(index);
    await sql(
      `insert into ledger_personal select leaf_index, 'forged', subject_id, value, salt, at from ledger_personal where leaf_index = $1`,
      [index],
    );
    expect((await audit()).findings).toEqual([{ kind: 'personal-changed', entryId, field: 'forged' }]);
    await sql(`delete from ledger_personal where field = 'forged'`);
    await sql('create table kept as select * from ledger_personal where leaf_index = $1', [index]);
    await sql('update ledger_personal set salt = sha256(salt) where leaf_index = $1', [index]);
    expect((await audit()).findings).toEqual([{ kind: 'personal-changed', entryId, field: 'actorUserId' }]);
    await sql('delete from ledger_personal where leaf_index = $1', [index]);
    await sql('insert into ledger_personal select * from kept');
    await sql('update kept set leaf_index = 1000000');
    await sql('insert into ledger_personal select * from kept');
    expect((await audit()).findings).toEqual([{ kind: 'personal-inserted', index: 1_000_000 }]);
    await sql('delete from ledger_personal where leaf_index = 1000000');
    await sql('drop table kept');
    expect((await audit()).findings).toEqual([]);
  });

  it('finds the last entries cut off together with their hashes and checkpoints', async () => {
    const { treeSize, checkpoint } = await audit();
    const before = treeSize - 10;
    for (const [table, where] of [
      ['ledger_leaf', 'leaf_index >= $1'],
      ['ledger_checkpoint', 'tree_size > $1'],
      ['ledger_node', '(position + 1) * (1 << level) > $1'],
    ]) {
      await sql(`create table kept_${table} as select * from ${table} where ${where}`, [before]);
      await sql(`delete from ${table} where ${where}`, [before]);
    }
    const { findings } = await audit(checkpoint);
    expect(findings).toContainEqual({ kind: 'truncated', treeSize: before, signedSize: treeSize });
    expect(findings).toContainEqual(
      expect.objectContaining({ kind: 'source-behind', source: 'sync', acknowledged: number }),
    );
    for (const table of ['ledger_leaf', 'ledger_checkpoint', 'ledger_node']) {
      await sql(`insert into ${table} select * from kept_${table}`);
      await sql(`drop table kept_${table}`);
    }
    expect((await audit(checkpoint)).findings).toEqual([]);
  });

  it('finds a forged checkpoint and a changed personal field', async () => {
    const [{ tree_size: second } = {}] = await sql(
      'select tree_size from ledger_checkpoint order by tree_size offset 1 limit 1',
    );
    await sql(`update ledger_checkpoint set note = replace(note, '— ', '— x') where tree_size = $1`, [second]);
    expect((await audit()).findings).toContainEqual({ kind: 'checkpoint-forged', treeSize: Number(second) });
    await sql(`update ledger_checkpoint set note = replace(note, '— x', '— ') where tree_size = $1`, [second]);
    const { entry_id: entryId } = await leafAt(4);
    await sql('update ledger_personal set value = $1 where leaf_index = 4', [newId()]);
    expect((await audit()).findings).toEqual([{ kind: 'personal-changed', entryId, field: 'actorUserId' }]);
    await sql('update ledger_personal set value = $1 where leaf_index = 4', [ADA]);
  });

  it('forgets personal fields and stays whole', async () => {
    const entryId = (await leafAt(6))['entry_id']!;
    const { text: before } = await region.gatewayCall(readCheckpoint, {}, { kind: 'public' });
    await sql('delete from ledger_personal');
    const { text: after } = await region.gatewayCall(readCheckpoint, {}, { kind: 'public' });
    expect(after).toBe(before);
    expect((await audit()).findings).toEqual([]);
    const { text: key } = await region.gatewayCall(readLedgerKey, {}, { kind: 'public' });
    expect(verifyProofBundle(await region.gatewayCall(proveEntry, { entryId }, memberOf(ORG)), key).ok).toBe(true);
  });

  it.each(['app', 'region'] as const)('lets the %s role change and delete nothing', async (role) => {
    const { database } = region.service('compliance');
    const attempt = (statement: string) =>
      role === 'region'
        ? database.region({ kind: 'service' }, (tx) => tx.query(statement))
        : database.scoped({ orgId: ORG }, { kind: 'user' }, (tx) => tx.query(statement));
    for (const table of ['ledger_leaf', 'ledger_node', 'ledger_checkpoint']) {
      await expect(attempt(`delete from ${table}`)).rejects.toThrow(/permission denied/);
      await expect(attempt(`truncate ${table}`)).rejects.toThrow(/permission denied/);
    }
    await expect(attempt(`update ledger_leaf set event = 'x.y'`)).rejects.toThrow(/permission denied/);
    await expect(attempt(`update ledger_node set hash = ''`)).rejects.toThrow(/permission denied/);
    await expect(attempt(`update ledger_checkpoint set note = ''`)).rejects.toThrow(/permission denied/);
    await expect(attempt(`update ledger_personal set value = ''`)).rejects.toThrow(/permission denied/);
  });
});

describe('at scale', () => {
  it('takes thousands of entries a second and audits them as fast', async () => {
    const start = number;
    const elapsed = stopwatch();
    for (let batch = 0; batch < 20; batch++) await append(entries(500));
    const perSecond = Math.round((number - start) / (elapsed() / 1000));
    process.stdout.write(`ledger: ${perSecond} entries/s in batches of 500\n`);
    expect(perSecond).toBeGreaterThan(1_000);
    const auditing = stopwatch();
    expect((await audit()).findings).toEqual([]);
    process.stdout.write(`ledger: audit of ${number} entries took ${Math.round(auditing())} ms\n`);
  }, 60_000);
});
