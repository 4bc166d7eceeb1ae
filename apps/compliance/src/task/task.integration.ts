import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  askRight,
  type Caller,
  listTasks,
  placeHold,
  releaseHold,
  verifyPromises,
  withdrawRequest,
} from '@millrace/contracts';
import { MovableClock, newId } from '@millrace/kernel';
import { startTestRegion, type TestRegion } from '@millrace/testing';
import { smallRegion } from '../small-region.fixture.js';

const OPERATOR = { kind: 'service', name: 'operator' } as const;
const DAY_MS = 86_400_000;
/** bcrypt, cost 12. */
const PASSWORDS = 'D5';
const clock = new MovableClock();
let region: TestRegion;
let weak = 0;

beforeAll(async () => {
  const passwords = async () => ({ accounts: 3, weak });
  region = await startTestRegion({ clock, definitions: smallRegion({ identity: { 'password-hashes': passwords } }) });
}, 120_000);
afterAll(() => region?.stop());

const operator = () => region.clientOf('operator');
const tasks = async () => (await (await operator()).call(listTasks, {}, OPERATOR)).tasks;
const verify = async () => {
  clock.advance(1_000);
  await (await operator()).call(verifyPromises, { promises: [PASSWORDS] }, OPERATOR);
};
const audited = async () => {
  const rows = await region.service('compliance').database.region({ kind: 'service' }, (tx) =>
    tx.query<{ event: string; kind: string }>(
      `select entry_id, event, details->>'kind' as kind from audit_outbox where event like 'task.%'
       union select entry_id, event, convert_from(leaf, 'UTF8')::jsonb->'details'->>'kind' from ledger_leaf where event like 'task.%'`,
    ),
  );
  return rows.map(({ event, kind }) => `${event} ${kind}`);
};
const metrics = async () => region.service('compliance').runtime.metrics.render();

describe('what needs an officer', () => {
  it('is nothing in a region where nothing is due', async () => {
    expect(await tasks()).toEqual([]);
    expect(await metrics()).toMatch(/millrace_officer_tasks\{[^}]*reason="promise-broken"[^}]*\} 0/);
  });

  it('is a broken promise for as long as it is broken, once, in the ledger and on the metrics', async () => {
    weak = 2;
    await verify();
    const [task] = await tasks();
    expect(task).toMatchObject({ kind: 'promise-broken', about: PASSWORDS, why: expect.stringMatching(/^“.*” .*2/) });
    clock.advance(1_000);
    expect(await tasks()).toEqual([task]);
    expect(await metrics()).toMatch(/millrace_officer_tasks\{[^}]*reason="promise-broken"[^}]*\} 1/);
    expect(await metrics()).toMatch(/millrace_promises\{[^}]*outcome="broken"[^}]*\} 1/);
    weak = 0;
    await verify();
    expect(await tasks()).toEqual([]);
    const said = await audited();
    expect(said.filter((one) => one === 'task.opened promise-broken')).toHaveLength(1);
    expect(said.filter((one) => one === 'task.closed promise-broken')).toHaveLength(1);
  });

  it('is a request a week before it is due, more urgently once it is late, and not when it is done', async () => {
    const userId = newId();
    const person: Caller = { kind: 'user', userId, orgId: newId(), roles: ['owner'], sessionId: newId() };
    const { caseId } = await region.gatewayCall(askRight, { right: 'objection', text: 'Please.', law: 'gdpr' }, person);
    expect(await tasks()).toEqual([]);
    clock.advance(24 * DAY_MS);
    expect(await tasks()).toMatchObject([
      {
        kind: 'case-due-soon',
        about: caseId,
        why: expect.stringMatching(/^A request \(objection\) is due: .*from receipt/),
      },
    ]);
    clock.advance(10 * DAY_MS);
    const late = await tasks();
    expect(late).toMatchObject([{ kind: 'case-overdue', about: caseId }]);
    expect(JSON.stringify(late)).not.toContain(userId);
    expect(await metrics()).toMatch(/millrace_cases\{[^}]*outcome="open"[^}]*\} 1/);
    await region.gatewayCall(withdrawRequest, { caseId }, person);
    expect(await tasks()).toEqual([]);
  });

  it('is a hold whose review is due', async () => {
    const reviewAt = new Date(clock.now().getTime() + DAY_MS).toISOString();
    const { holdId } = await (
      await operator()
    ).call(placeHold, { orgId: newId(), reason: 'Proceedings 12/26', reviewAt }, OPERATOR);
    expect(await tasks()).toEqual([]);
    clock.advance(2 * DAY_MS);
    expect(await tasks()).toMatchObject([{ kind: 'hold-review-due', about: holdId }]);
    await (await operator()).call(releaseHold, { holdId }, OPERATOR);
    expect(await tasks()).toEqual([]);
  });
});
