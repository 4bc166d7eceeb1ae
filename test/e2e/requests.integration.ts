import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { definition as compliance } from '@millrace/compliance';
import {
  answerCase,
  askPerson,
  askRight,
  eraseMe,
  extendCase,
  type Input,
  listCases,
  listRequests,
  type Operation,
  readCase,
  readCaseFile,
  readRequest,
  replyInRequest,
  withdrawRequest,
} from '@millrace/contracts';
import { mailsIn } from '@millrace/embedded';
import { definition as gateway } from '@millrace/gateway';
import { definition as identity } from '@millrace/identity';
import { MovableClock, Problem, until } from '@millrace/kernel';
import { definition as notifications } from '@millrace/notifications';
import { startTestRegion, type TestRegion } from '@millrace/testing';
import { signUpAndIn, Visitor } from './journey.js';

const DAY_MS = 86_400_000;
const clock = new MovableClock(new Date('2026-06-01T09:00:00.000Z'));
let region: TestRegion;
let ada: Visitor;

beforeAll(async () => {
  region = await startTestRegion({ definitions: [compliance, identity, notifications, gateway], clock });
  ada = await somebody();
}, 60_000);
afterAll(() => region?.stop());

const somebody = () => signUpAndIn(new Visitor(region.service('gateway').httpUrl!), region);
const ask = (visitor: Visitor, input: Partial<Input<typeof askRight>> = {}) =>
  visitor.call(askRight, { right: 'objection', text: 'Please stop counting my clicks.', ...input });
async function officer<Op extends Operation>(operation: Op, input: Input<Op>) {
  const client = await region.clientOf('operator');
  return client.call(operation, input as never, { kind: 'service', name: 'operator' });
}
const refusal = (promise: Promise<unknown>) =>
  promise.then(
    () => ({ code: 'no problem', detail: '' }),
    (error: unknown) => {
      if (error instanceof Problem) return { code: error.code, detail: error.toDocument().detail };
      throw error;
    },
  );
const compliant = <T>(sql: string, values: unknown[] = []) =>
  region.service('compliance').database.region({ kind: 'service' }, (tx) => tx.query<T>(sql, values));
const mailed = (visitor: Visitor, subject: string) =>
  until(`“${subject}”`, 20_000, async () =>
    (await mailsIn(region.mails, visitor.email)).find((one) => one.subject === subject),
  );

describe('a request in a person’s own words', () => {
  it('has a date with its reason from the start, and is theirs alone', async () => {
    const request = await ask(ada);
    expect(request).toMatchObject({
      right: 'objection',
      state: 'open',
      dueAt: expect.stringMatching(/^2026-0(6-30|7-01)/),
      why: expect.stringMatching(/^1 month beginning with receipt on 1 June 2026, Art. 12A/),
      letters: [{ kind: 'request', text: 'Please stop counting my clicks.' }],
    });
    expect((await ada.call(listRequests)).requests).toMatchObject([{ caseId: request.caseId }]);
    const eve = await somebody();
    expect((await eve.call(listRequests)).requests).toEqual([]);
    for (const operation of [readRequest, withdrawRequest] as const)
      expect((await eve.send(operation, { caseId: request.caseId })).status).toBe(404);
    expect((await eve.send(replyInRequest, { caseId: request.caseId, text: 'Never mind.' })).status).toBe(404);
  });

  it('for the same right joins the one that is open', async () => {
    const [first, second] = [await ask(ada), await ask(ada, { text: 'And my mouse.' })];
    expect(second.caseId).toBe(first.caseId);
    expect(second.letters.at(-1)).toMatchObject({ kind: 'request', text: 'And my mouse.' });
  });

  it('is one where two browsers ask in the same moment', async () => {
    const bob = await somebody();
    const asked = await Promise.all(Array.from({ length: 5 }, () => ask(bob)));
    expect(new Set(asked.map(({ caseId }) => caseId)).size).toBe(1);
    expect((await bob.call(listRequests)).requests).toHaveLength(1);
  });

  it('is refused where the charter grants no such right, and says which it grants', async () => {
    const answer = await ada.send(askRight, { right: 'limit-sensitive', text: 'Less.' });
    expect(answer).toMatchObject({
      status: 422,
      body: { code: 'compliance.right-not-granted', detail: expect.stringContaining('opt-out, portability') },
    });
  });

  it('goes by the one law that they say to live under', async () => {
    const bob = await somebody();
    const { caseId } = await ask(bob, { law: 'ccpa', right: 'correct' });
    expect((await officer(readCase, { caseId })).clocks.map(({ regime }) => regime)).toEqual([
      'ccpa',
      'ccpa',
      'promise',
    ]);
  });

  it('can be taken back, and made anew', async () => {
    const bob = await somebody();
    const { caseId } = await ask(bob);
    expect(await bob.call(withdrawRequest, { caseId })).toMatchObject({ state: 'done', outcome: 'withdrawn' });
    expect((await bob.send(replyInRequest, { caseId, text: 'Wait!' })).body).toMatchObject({
      code: 'compliance.case-closed',
    });
    expect((await ask(bob)).caseId).not.toBe(caseId);
  });
});

describe('whoever answers', () => {
  it('sees what is due without a name or a word, and opens the file under a note in the ledger', async () => {
    const { caseId } = await ask(ada);
    const listed = (await officer(listCases, {})).cases.find((one) => one.caseId === caseId);
    expect(JSON.stringify(listed)).not.toMatch(/clicks|mouse/);
    expect(listed).toMatchObject({ type: 'objection', state: 'open', isOverdue: false });
    const file = await officer(readCaseFile, { caseId });
    expect(file).toMatchObject({ userId: ada.userId, request: { letters: expect.any(Array) } });
    const seen = () =>
      compliant(
        `select 1 from ledger_leaf where event = 'case.file-read' and convert_from(leaf, 'UTF8') like '%' || $1 || '%'`,
        [caseId],
      );
    await until('the note', 10_000, async () => (await seen()).length > 0);
  });

  it('asks what is meant: the person is told by mail, and replies', async () => {
    const bob = await somebody();
    const { caseId } = await ask(bob);
    await officer(askPerson, { caseId, question: 'Which clicks?' });
    const mail = await mailed(bob, 'A question about your request');
    expect(mail.text).not.toContain('clicks');
    expect(await bob.call(readRequest, { caseId })).toMatchObject({ state: 'waiting' });
    const after = await bob.call(replyInRequest, { caseId, text: 'All of them.' });
    expect(after).toMatchObject({ state: 'open' });
    expect(after.letters.map(({ kind }) => kind)).toEqual(['request', 'question', 'reply']);
    const { events } = (
      await compliant<{ inputs: { events: object[] } }>(
        `select clocks->'inputs' as inputs from rights_case where id = $1`,
        [caseId],
      )
    )[0]!.inputs;
    expect(events).toMatchObject([{ kind: 'clarification-asked' }, { kind: 'clarification-answered' }]);
  });

  it('takes more time once, before the period ends, and where the person’s law allows it', async () => {
    const bob = await somebody();
    const { caseId, dueAt } = await ask(bob, { law: 'gdpr' });
    const reason = 'several systems must be searched';
    const extended = await officer(extendCase, { caseId, reason });
    expect(Date.parse(extended.dueAt) - Date.parse(dueAt)).toBeGreaterThan(50 * DAY_MS);
    expect(extended.why).toContain(`because ${reason}`);
    expect(extended.letters.at(-1)).toMatchObject({ kind: 'extension', text: extended.why });
    await mailed(bob, 'Your request takes longer');
    expect(await refusal(officer(extendCase, { caseId, reason }))).toMatchObject({
      code: 'compliance.cannot-extend',
      detail: 'It was extended once already.',
    });
    const bound = await ask(bob, { right: 'rectification' });
    const told = (await officer(extendCase, { caseId: bound.caseId, reason })).letters.at(-1);
    expect(told).toMatchObject({ kind: 'extension', text: expect.stringContaining(`because ${reason}`) });
    const anywhere = await ask(bob, { right: 'restriction', law: 'fadp' });
    expect(await refusal(officer(extendCase, { caseId: anywhere.caseId, reason }))).toMatchObject({
      code: 'compliance.cannot-extend',
      detail: expect.stringMatching(/would move no date/),
    });
  });

  it('answers with a ground of the law for what is not granted, whom to complain to, and how to ask again', async () => {
    const bob = await somebody();
    const { caseId } = await ask(bob, { law: 'uk-gdpr' });
    const answer = { caseId, text: 'We must keep counting.' } as const;
    for (const wrong of [
      { outcome: 'refused' },
      { outcome: 'granted', ground: 'legal-claims' },
      { outcome: 'refused', ground: 'correct-as-held' },
    ] as const)
      expect(await refusal(officer(answerCase, { ...answer, ...wrong }))).toMatchObject({
        code: 'compliance.ground-needed',
        detail: expect.stringMatching(/^For objection there are: .*compelling-grounds/),
      });
    await officer(answerCase, { ...answer, outcome: 'refused', ground: 'compelling-grounds' });
    await mailed(bob, 'Your request is answered');
    expect(await bob.call(readRequest, { caseId })).toMatchObject({
      state: 'done',
      outcome: 'refused',
      letters: [{ kind: 'request' }, { kind: 'answer', text: 'We must keep counting.' }],
      refusal: {
        ground: 'compelling-grounds',
        source: 'Art. 21(1) GDPR',
        authorities: [{ law: 'UK GDPR', authority: "the Information Commissioner's Office" }],
        appeal: expect.stringContaining('"complaint"'),
      },
    });
    expect(await refusal(officer(answerCase, { ...answer, outcome: 'granted' }))).toMatchObject({
      code: 'compliance.case-closed',
    });
    const [inRegister] = await compliant('select outcome, ground from rights_case where id = $1', [caseId]);
    expect(inRegister).toEqual({ outcome: 'refused', ground: 'compelling-grounds' });
    expect(await compliant('select 1 from case_subject where case_id = $1', [caseId])).toEqual([]);
  });

  it('cannot extend what is late', async () => {
    const bob = await somebody();
    const { caseId } = await ask(bob, { law: 'gdpr' });
    clock.advance(40 * DAY_MS);
    expect(await refusal(officer(extendCase, { caseId, reason: 'we forgot' }))).toMatchObject({
      code: 'compliance.cannot-extend',
      detail: expect.stringMatching(/^The first period ended on 2026-0/),
    });
    expect((await officer(listCases, {})).cases.find((one) => one.caseId === caseId)).toMatchObject({
      isOverdue: true,
    });
  });
});

describe('the end of an account', () => {
  it('takes the letters along and ends what was asked in them; the register says when, and not who', async () => {
    const bob = await somebody();
    const { caseId } = await ask(bob);
    await bob.call(eraseMe, { password: bob.password });
    await until('the end of the request', 10_000, async () => (await officer(readCase, { caseId })).state === 'done');
    expect(await officer(readCase, { caseId })).toMatchObject({ outcome: 'withdrawn' });
    expect(await compliant('select 1 from case_letter where case_id = $1', [caseId])).toEqual([]);
    expect(await compliant('select 1 from case_subject where case_id = $1', [caseId])).toEqual([]);
  });
});
