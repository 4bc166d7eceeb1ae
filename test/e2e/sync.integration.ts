import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  applyPipeline,
  checkConnection,
  discoverConnection,
  proveEntry,
  readLedgerKey,
  readReceipt,
  revokeConnection,
  startRun,
} from '@millrace/contracts';
import { verifyProofBundle } from '@millrace/ledger';
import { until } from '@millrace/kernel';
import { connect, type Journey, runToEnd, startJourney, type Visitor } from './journey.js';

let journey: Journey;
let owner: Visitor;

beforeAll(async () => {
  journey = await startJourney();
  await journey.customerSql('postgres', 'create database shop');
  await journey.customerSql('postgres', 'create database warehouse');
  await journey.customerSql(
    'shop',
    `create table public.person (id bigint primary key, name text not null, email text not null, born text, score numeric(8,2), internal text);
     insert into person select i, 'Name ' || i, 'p' || i || '@example.com', '1990-01-0' || (1 + i % 9), i / 3.0, 'never read' from generate_series(1, 300000) i`,
  );
  owner = await journey.owner();
  await connect(journey, owner, 'shop', 'shop');
  await connect(journey, owner, 'warehouse', 'warehouse');
}, 120_000);
afterAll(() => journey?.stop());

const document = {
  version: 1,
  name: 'people',
  source: { connection: 'shop' },
  target: { connection: 'warehouse', schema: 'public' },
  streams: [
    {
      from: 'public.person',
      to: 'people',
      key: ['person_id'],
      fields: [
        { from: 'id', to: 'person_id' },
        { from: 'name', to: 'full_name' },
        { from: 'email', to: 'email_hash', hash: true },
        { from: 'born', to: 'born', cast: 'date' },
        { from: 'score' },
        { from: 'internal', drop: true },
      ],
    },
  ],
};

describe('the main job', () => {
  it('moves selected, renamed, cast and hashed fields and leaves a receipt that the ledger proves', async () => {
    await owner.call(applyPipeline, { name: 'people', document });
    const run = await runToEnd(owner, 'people');
    expect(run.failure).toBeUndefined();
    expect(run).toMatchObject({ state: 'succeeded', counts: { read: 300_000, written: 300_000, rejected: 0 } });
    const [row] = await journey.customerSql(
      'warehouse',
      'select count(*)::int as n, min(born)::text as born, count(distinct email_hash)::int as hashes from people',
    );
    expect(row).toMatchObject({ n: 300_000, born: '1990-01-01', hashes: 300_000 });
    const receipt = await owner.call(readReceipt, { runId: run.runId });
    expect(receipt.streams[0]).toMatchObject({
      dropped: ['internal'],
      hashed: ['email_hash'],
      discard: { complete: true },
    });
    const proof = await until('the ledger entry', 10_000, async () => {
      const answer = await owner.send(proveEntry, { entryId: receipt.ledgerEntryId });
      return answer.status === 200 ? answer.body : undefined;
    });
    const { text: key } = await journey.region.gatewayCall(readLedgerKey, {}, { kind: 'public' });
    const verdict = verifyProofBundle(proof as never, key.trim());
    expect(verdict).toMatchObject({
      ok: true,
      entry: { event: 'run.ended', details: { receiptDigest: receipt.digest } },
    });
  });

  it('runs again without doubling or changing a row', async () => {
    const run = await runToEnd(owner, 'people');
    expect(run.counts).toMatchObject({ read: 300_000, unchanged: 300_000, inserted: 0, updated: 0 });
  });

  it('checks and discovers a connection without a record', async () => {
    const connectionId = await connect(journey, owner, 'shop again', 'shop');
    expect(await owner.call(checkConnection, { connectionId })).toMatchObject({ reachable: true });
    const { streams } = await owner.call(discoverConnection, { connectionId });
    expect(streams).toEqual([expect.objectContaining({ stream: 'public.person', key: ['id'] })]);
  });

  it('names every fault of a document at once', async () => {
    const broken = structuredClone(document);
    broken.streams[0]!.fields[0]!.from = 'no_such_field';
    broken.target.connection = 'nowhere';
    const first = await owner.send(applyPipeline, { name: 'people', document: broken });
    expect(first.status).toBe(422);
    expect(first.body).toMatchObject({
      code: 'sync.invalid-pipeline',
      errors: [{ path: '/document/target/connection' }],
    });
    broken.target.connection = 'warehouse';
    const second = await owner.send(applyPipeline, {
      name: 'people',
      document: {
        ...broken,
        streams: [...broken.streams, { ...document.streams[0]!, from: 'public.absent', to: 'absent' }],
      },
    });
    expect(second.body).toMatchObject({ code: 'sync.invalid-pipeline' });
    expect(JSON.stringify(second.body)).toContain('/document/streams/0/fields/0');
    expect(JSON.stringify(second.body)).toContain('/document/streams/1/from');
  });

  it('refuses a run over a revoked connection', async () => {
    const connectionId = await connect(journey, owner, 'doomed', 'shop');
    await owner.call(applyPipeline, {
      name: 'doomed',
      document: { ...document, name: 'doomed', source: { connection: 'doomed' } },
    });
    await owner.call(revokeConnection, { connectionId });
    const answer = await owner.send(startRun, { name: 'doomed' });
    expect(answer).toMatchObject({ status: 409, body: { code: 'vault.connection-revoked' } });
  });
});
