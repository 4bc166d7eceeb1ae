import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  applyPipeline,
  DATA_KEY_MEMORY_SECONDS,
  DATA_KEY_SETTLE_SECONDS,
  type Operation,
  type Output,
  renewDataKey,
  retireDataKey,
} from '@millrace/contracts';
import { type Clock, type Problem, systemClock, until } from '@millrace/kernel';
import type { z } from 'zod';
import { connect, type Journey, runToEnd, startJourney, type Visitor } from './journey.js';

/** Runs like the system's clock, as far ahead of it as the test says. */
const clock: Clock & { aheadMs: number } = {
  aheadMs: 0,
  now: () => new Date(systemClock.now().getTime() + clock.aheadMs),
};

let journey: Journey;
let owner: Visitor;
let key: { orgId: string; purpose: 'sync-state' };

beforeAll(async () => {
  journey = await startJourney({ clock });
  for (const database of ['shop', 'warehouse']) await journey.customerSql('postgres', `create database ${database}`);
  await journey.customerSql(
    'shop',
    `create table orders (id integer primary key, updated_at timestamptz not null);
     create index on orders (updated_at);
     insert into orders select i, '2026-01-01'::timestamptz + i * interval '1 minute' from generate_series(1, 500) i`,
  );
  owner = await journey.owner();
  key = { orgId: owner.orgId, purpose: 'sync-state' };
  await connect(journey, owner, 'shop', 'shop');
  await connect(journey, owner, 'warehouse', 'warehouse');
  const stream = {
    ...{ from: 'public.orders', to: 'orders', key: ['id'], fields: [{ from: 'id' }, { from: 'updated_at' }] },
    read: { cursor: 'updated_at', lookback: 'PT30S' },
  };
  const document = {
    ...{ version: 1, name: 'orders', streams: [stream] },
    ...{ source: { connection: 'shop' }, target: { connection: 'warehouse', schema: 'public' } },
  };
  await owner.call(applyPipeline, { name: 'orders', document });
}, 120_000);
afterAll(() => journey?.stop());

const readRows = async () => {
  const run = await runToEnd(owner, 'orders');
  expect(run.state).toBe('succeeded');
  return run.counts.read;
};

async function asOperator<Op extends Operation>(operation: Op, input: z.input<Op['input']>): Promise<Output<Op>> {
  const operator = await journey.region.clientOf('operator');
  return operator.call(operation, input, { kind: 'service', name: 'operator' });
}

const refusal = (promise: Promise<unknown>) =>
  promise.then(
    () => 'no problem',
    (error: unknown) => (error as Problem).code,
  );

const sealedPosition = async () => {
  const sql = 'select sealed_key from stream_position';
  return (await journey.platformSql<{ sealed_key: Buffer }>('sync', sql))[0]!.sealed_key;
};

const later = (seconds: number) => void (clock.aheadMs += seconds * 1_000);

describe('the key that positions are sealed with', () => {
  it('is replaced while runs go on from where they were, and what lay under the old one is readable to the end', async () => {
    expect(await readRows()).toBe(500);
    const first = await sealedPosition();
    await asOperator(renewDataKey, key);
    expect(await refusal(asOperator(renewDataKey, key))).toBe('vault.data-key-needed');
    expect(await readRows()).toBeLessThan(5);
    expect(await refusal(asOperator(retireDataKey, key))).toBe('vault.data-key-needed');

    later(DATA_KEY_MEMORY_SECONDS + 1);
    expect(await readRows()).toBeLessThan(5);
    expect(await refusal(asOperator(retireDataKey, key))).toBe('vault.data-key-needed');
    expect(await sealedPosition()).toEqual(first);

    later(DATA_KEY_SETTLE_SECONDS - DATA_KEY_MEMORY_SECONDS);
    const retired = await asOperator(retireDataKey, key);
    expect(retired).toMatchObject({ retired: 1 });
    expect(retired.resealed).toBeGreaterThan(0);
    expect(await sealedPosition()).not.toEqual(first);
    expect(await readRows()).toBeLessThan(5);
    const kept = await journey.platformSql('vault', `select version from data_key where purpose = 'sync-state'`);
    expect(kept).toEqual([{ version: 2 }]);
    expect(await asOperator(retireDataKey, key)).toEqual({ retired: 0, resealed: 0 });
  }, 120_000);

  it('is not destroyed while something cannot be read', async () => {
    await asOperator(renewDataKey, key);
    later(DATA_KEY_SETTLE_SECONDS + 1);
    const before = await sealedPosition();
    const broken = Buffer.from(before);
    broken[broken.length - 1]! ^= 1;
    await journey.platformSql('sync', 'update stream_position set sealed_key = $1', [broken]);
    expect(await refusal(asOperator(retireDataKey, key))).toBe('vault.data-key-needed');
    await journey.platformSql('sync', 'update stream_position set sealed_key = $1', [before]);
    expect(await asOperator(retireDataKey, key)).toMatchObject({ retired: 1 });
    expect(await readRows()).toBeLessThan(5);
  }, 120_000);

  it('leaves its renewals and retirements in the ledger', async () => {
    const entries = await until('both retirements in the ledger', 20_000, async () => {
      const sql = `select event, count(*)::int as n from ledger_leaf where event like 'data-key.%' group by event order by event`;
      const found = await journey.platformSql<{ event: string; n: number }>('compliance', sql);
      return found.find(({ event, n }) => event === 'data-key.retired' && n === 3) ? found : undefined;
    });
    expect(entries[0]).toEqual({ event: 'data-key.renewed', n: 2 });
  });
});
