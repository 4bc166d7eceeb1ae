import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { runFailed } from '@millrace/contracts';
import { newId } from '@millrace/kernel';
import type { LeftToSend, Tx } from '@millrace/persistence';
import { startTestRegion, type TestRegion } from '@millrace/testing';
import { definition } from './index.js';

let region: TestRegion;

beforeAll(async () => {
  region = await startTestRegion({ definitions: [definition] });
}, 60_000);
afterAll(() => region?.stop());

it('a commit tells what it left to be sent on; one that left nothing wakes nobody', async () => {
  const { database } = region.service('notifications');
  const heard: LeftToSend[] = [];
  database.onCommit((left) => heard.push({ ...left }));
  const ids = { orgId: newId(), runId: newId(), pipelineId: newId() };
  const commit = (work: (tx: Tx) => Promise<unknown>) => database.region({ kind: 'service' }, work);
  await commit((tx) => tx.query('select 1'));
  expect(heard).toEqual([]);
  await commit((tx) => tx.emit(runFailed, { ...ids, code: 'test' }));
  await commit((tx) => tx.audit({ event: 'test.happened' }));
  expect(heard).toEqual([
    { outbox: true, audit: false },
    { outbox: false, audit: true },
  ]);
  const undone = commit(async (tx) => {
    await tx.audit({ event: 'test.happened' });
    throw new Error('undone');
  });
  await expect(undone).rejects.toThrow('undone');
  expect(heard).toHaveLength(2);
});
