import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type Caller,
  type ContextName,
  contextNames,
  eraseMe,
  listHolds,
  placeHold,
  releaseHold,
  reviewHold,
} from '@millrace/contracts';
import { addDuration, MovableClock, newId, Problem, until } from '@millrace/kernel';
import type { OperationClient } from '@millrace/messaging';
import { type RunningService, startService } from '@millrace/service';
import { startTestRegion, type TestRegion } from '@millrace/testing';
import { PASSWORD, smallRegion, smallService } from '../small-region.fixture.js';

const clock = new MovableClock();
const MINUTE_MS = 60_000;
let region: TestRegion;
let operator: OperationClient;
const restarted = new Map<string, RunningService>();
const OPERATOR = { kind: 'service', name: 'operator' } as const;

beforeAll(async () => {
  region = await startTestRegion({ clock, definitions: smallRegion() });
  operator = await region.clientOf('operator');
}, 120_000);
afterAll(async () => {
  for (const service of restarted.values()) await service.stop();
  await region?.stop();
});

const query = <T>(name: string, sql: string, values: unknown[] = []) =>
  (restarted.get(name) ?? region.service(name)).database.region({ kind: 'service' }, (tx) => tx.query<T>(sql, values));
const inAYear = () => addDuration(clock.now(), 'P1Y').toISOString();
const place = (covers: object, reason = 'Proceedings 12/2026') =>
  operator.call(placeHold, { reason, reviewAt: inAYear(), ...covers }, OPERATOR);
const release = (holdId: string) => operator.call(releaseHold, { holdId }, OPERATOR);
const code = (promise: Promise<unknown>) =>
  promise.then(
    () => 'no problem',
    (error: unknown) => (error instanceof Problem ? error.code : String(error)),
  );

async function somebody(): Promise<Extract<Caller, { kind: 'user' }>> {
  const userId = newId();
  for (const name of contextNames.filter((one) => one !== 'compliance'))
    await query(name, `insert into person (user_id, nickname) values ($1, 'Ada')`, [userId]);
  const confirmedAt = clock.now().toISOString();
  return { kind: 'user', userId, orgId: newId(), roles: ['owner'], sessionId: newId(), confirmedAt };
}

const knows = async (name: ContextName, userId: string) =>
  (await query(name, 'select 1 from person where user_id = $1', [userId])).length === 1;
const stateOf = async (caseId: string) =>
  (await query<{ state: string }>('compliance', 'select state from rights_case where id = $1', [caseId]))[0]!.state;

describe('a legal hold', () => {
  it('keeps a person’s data everywhere until it is released; then the erasure goes on by itself', async () => {
    const [ada, bob] = [await somebody(), await somebody()];
    const hold = await place({ userId: ada.userId });
    expect(hold).toMatchObject({ state: 'in-force', waitingFor: [], userId: ada.userId });
    const answer = await region.gatewayCall(eraseMe, { password: PASSWORD }, ada);
    expect(answer.state).toBe('held');
    expect(answer.kept).toContainEqual({
      context: 'vault',
      table: 'person',
      rows: 1,
      reason: 'Under a legal hold, until it is released',
    });
    expect((await region.gatewayCall(eraseMe, { password: PASSWORD }, bob)).state).toBe('erased');
    clock.advance(MINUTE_MS);
    await until('the case to be held', 10_000, async () => (await stateOf(answer.caseId)) === 'held');
    for (const name of contextNames.filter((one) => one !== 'compliance')) {
      expect(await knows(name, ada.userId)).toBe(true);
      expect(await knows(name, bob.userId)).toBe(false);
    }
    const { holds } = await operator.call(listHolds, {}, OPERATOR);
    expect(holds).toContainEqual(expect.objectContaining({ holdId: hold.holdId, heldCases: [answer.caseId] }));
    expect((await region.gatewayCall(eraseMe, { password: PASSWORD }, ada)).caseId).toBe(answer.caseId);

    expect(await release(hold.holdId)).toMatchObject({ state: 'released', heldCases: [] });
    await until('the first round', 10_000, async () => (await stateOf(answer.caseId)) === 'settling');
    clock.advance(MINUTE_MS);
    await until('the second round', 10_000, async () => (await stateOf(answer.caseId)) === 'done');
    for (const name of contextNames.filter((one) => one !== 'compliance'))
      expect(await knows(name, ada.userId)).toBe(false);
  });

  it('is over only when the last hold on the same person is', async () => {
    const ada = await somebody();
    const [first, second] = [await place({ userId: ada.userId }), await place({ userId: ada.userId })];
    const { caseId } = await region.gatewayCall(eraseMe, { password: PASSWORD }, ada);
    clock.advance(MINUTE_MS);
    await until('the case to be held', 10_000, async () => (await stateOf(caseId)) === 'held');
    await release(first.holdId);
    await until('it to be tried again', 10_000, async () => (await stateOf(caseId)) === 'settling');
    clock.advance(MINUTE_MS);
    await until('it to be held again', 10_000, async () => (await stateOf(caseId)) === 'held');
    expect(await knows('sync', ada.userId)).toBe(true);
    await release(second.holdId);
    await until('the first round', 10_000, async () => (await stateOf(caseId)) === 'settling');
    clock.advance(MINUTE_MS);
    await until('the end', 10_000, async () => (await stateOf(caseId)) === 'done');
  });

  it('says which service does not keep to it yet, and reaches it when it is back', async () => {
    const ada = await somebody();
    await (restarted.get('sync') ?? region.service('sync')).stop();
    const hold = await place({ userId: ada.userId });
    expect(hold).toMatchObject({ state: 'coming', waitingFor: ['sync'] });
    const { config, secrets } = region;
    restarted.set('sync', await startService(smallService('sync'), { config, secrets, clock }));
    await until('sync to keep to it', 20_000, async () => {
      const { holds } = await operator.call(listHolds, {}, OPERATOR);
      return holds.find(({ holdId }) => holdId === hold.holdId)?.state === 'in-force';
    });
    expect(await query('sync', 'select 1 from legal_hold where id = $1', [hold.holdId])).toHaveLength(1);
    await release(hold.holdId);
    expect(await query('sync', 'select 1 from legal_hold where id = $1', [hold.holdId])).toEqual([]);
  }, 60_000);

  it('asks to be reviewed, and stays in force until somebody decides', async () => {
    const hold = await place({ orgId: newId(), reviewAt: addDuration(clock.now(), 'P30D').toISOString() });
    clock.advance(31 * 24 * 60 * MINUTE_MS);
    const told = () =>
      query(
        'compliance',
        `select 1 from ledger_leaf where event = 'hold.review-due' and position($1 in convert_from(leaf, 'utf8')) > 0`,
        [hold.holdId],
      );
    await until('the ledger to be told', 10_000, async () => (await told()).length === 1);
    const listed = (await operator.call(listHolds, {}, OPERATOR)).holds.find(({ holdId }) => holdId === hold.holdId);
    expect(listed?.state).toBe('review-due');
    expect(await query('vault', 'select 1 from legal_hold where id = $1', [hold.holdId])).toHaveLength(1);
    const reviewed = await operator.call(reviewHold, { holdId: hold.holdId, reviewAt: inAYear() }, OPERATOR);
    expect(reviewed.state).toBe('in-force');
    await release(hold.holdId);
    expect(await code(release(hold.holdId))).toBe('compliance.hold-released');
  });

  it('is refused where it would cover nothing, or would not be reviewed', async () => {
    expect(await code(place({}))).toBe('compliance.hold-covers-nothing');
    const far = addDuration(clock.now(), 'P2Y').toISOString();
    expect(await code(place({ orgId: newId(), reviewAt: far }))).toBe('compliance.review-too-far');
    const past = addDuration(clock.now(), 'P1D', -1).toISOString();
    expect(await code(place({ orgId: newId(), reviewAt: past }))).toBe('compliance.review-too-far');
    expect(await code(release(newId()))).toBe('kernel.not-found');
  });

  it('is for officers alone', async () => {
    const ada = await somebody();
    const input = { userId: ada.userId, reason: 'x', reviewAt: inAYear() };
    expect(await code(region.gatewayCall(placeHold, input, ada))).toBe('kernel.forbidden');
    const confirmedAt = clock.now().toISOString();
    const support: Caller = { kind: 'staff', staffId: newId(), roles: ['support'], sessionId: newId(), confirmedAt };
    expect(await code(region.gatewayCall(placeHold, input, support))).toBe('kernel.forbidden');
  });
});
