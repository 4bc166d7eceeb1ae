import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { computeClocks } from '@millrace/charter';
import {
  answerCase,
  askPerson,
  askRight,
  type Caller,
  type ContextName,
  eraseMe,
  extendCase,
  type Input,
  listCases,
  listRequests,
  type Operation,
  readCase,
  replyInRequest,
  withdrawRequest,
} from '@millrace/contracts';
import { MovableClock, newId, Problem, until } from '@millrace/kernel';
import { type RunningService, startService } from '@millrace/service';
import { startTestRegion, type TestRegion } from '@millrace/testing';
import fc from 'fast-check';
import { definition } from '../index.js';
import { smallRegion, smallService } from '../small-region.fixture.js';
import type { rightsCases } from './case.tables.js';
import type { Row } from '@millrace/privacy';

/** A short form for every run of the tests; each sequence has people of its own. */
const RUNS = 20;
const LONGEST = 24;
const DAY_MS = 86_400_000;
const PEOPLE = 2;
/** Most is done in one request of one person, so that much happens to it. */
const OFTEN = 3;
const OPERATOR = { kind: 'service', name: 'operator' } as const;
const RIGHTS = ['objection', 'correct'] as const;

type Right = (typeof RIGHTS)[number];
/** What one case must be, by what was done. */
interface Modelled {
  readonly caseId: string;
  readonly who: number;
  state: 'open' | 'waiting' | 'done';
  outcome?: string;
  canExtend: boolean;
  letters: number;
}

const clock = new MovableClock();
const running = new Map<string, RunningService>();
let region: TestRegion;

beforeAll(async () => {
  region = await startTestRegion({ clock, definitions: smallRegion() });
}, 120_000);
afterAll(async () => {
  for (const service of running.values()) await service.stop();
  await region?.stop();
});

const serviceOf = (name: string) => running.get(name) ?? region.service(name);
const query = <T>(sql: string, values: unknown[] = []) =>
  serviceOf('compliance').database.region({ kind: 'service' }, (tx) => tx.query<T>(sql, values));
const start = async (name: ContextName) => {
  const { config, secrets } = region;
  const service = name === 'compliance' ? definition : smallService(name);
  running.set(name, await startService(service, { config, secrets, clock }));
};

const oftenFirst = <T>(...[first, ...others]: T[]) =>
  fc.oneof({ weight: OFTEN, arbitrary: fc.constant(first!) }, ...others.map((one) => fc.constant(one)));
const who = oftenFirst(...Array.from({ length: PEOPLE }, (_, index) => index));
const right = oftenFirst<Right>(...RIGHTS);
const action = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constant('ask'), who, right, law: fc.constantFrom('gdpr', 'fadp') }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('reply'), who, right }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('withdraw'), who, right }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('question'), who, right }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('extend'), who, right }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('answer'), who, right, outcome: fc.constantFrom('granted', 'refused') }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('erase'), who }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('days'), days: fc.integer({ min: 1, max: 25 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('outage'), name: fc.constantFrom('vault', 'sync') }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('crash') }) },
);
type Action =
  | { kind: 'ask'; who: number; right: Right; law: 'gdpr' | 'fadp' }
  | { kind: 'reply' | 'withdraw' | 'question' | 'extend'; who: number; right: Right }
  | { kind: 'answer'; who: number; right: Right; outcome: 'granted' | 'refused' }
  | { kind: 'erase'; who: number }
  | { kind: 'days'; days: number }
  | { kind: 'outage'; name: 'vault' | 'sync' }
  | { kind: 'crash' };

/** One sequence: the model says what each action answers, and what stands afterwards. */
class Sequence {
  readonly cases: Modelled[] = [];
  private readonly latest = new Map<string, Modelled>();
  private readonly people = Array.from({ length: PEOPLE }, () => ({ userId: newId(), orgId: newId(), erased: false }));
  private readonly down = new Set<ContextName>();

  async run(one: Action): Promise<void> {
    if (one.kind === 'days') return clock.advance(one.days * DAY_MS);
    if (one.kind === 'crash') return this.restart('compliance');
    if (one.kind === 'outage') return this.toggle(one.name);
    if (this.people[one.who]!.erased) return;
    if (one.kind === 'erase') return this.erase(one.who);
    if (one.kind === 'ask') return this.ask(one);
    const found = this.latest.get(`${one.who} ${one.right}`);
    if (found) await this.step(one, found);
  }

  /** Brings everybody back, and waits until nothing is left to do. */
  async settle(): Promise<void> {
    for (const name of [...this.down]) await this.toggle(name);
    for (const { userId } of this.people.filter(({ erased }) => erased))
      await until('the end of the erasure', 30_000, async () => {
        clock.advance(10_000);
        return (await query('select 1 from case_subject where user_id = $1', [userId])).length === 0;
      });
  }

  async check(): Promise<void> {
    for (const modelled of this.cases) {
      const { caseId, state, outcome } = modelled;
      const [row] = await query<Row<typeof rightsCases>>(
        `select state, outcome, target_at as "targetAt", latest_at as "latestAt", completed_at as "completedAt", clocks from rights_case where id = $1`,
        [caseId],
      );
      expect(row).toMatchObject({ state, outcome: outcome ?? null });
      expect(row!.completedAt !== null).toBe(state === 'done');
      // The dates are those that the law gives for what has happened, and nothing else has moved them.
      const { inputs } = row!.clocks;
      const events = inputs.events.map((event) => ({ ...event, at: new Date(event.at) }));
      const again = computeClocks({ ...inputs, receivedAt: new Date(inputs.receivedAt), events: events as never });
      expect([row!.targetAt.toISOString(), row!.latestAt.toISOString()]).toEqual([again.targetAt, again.latestAt]);
      const letters = await query('select 1 from case_letter where case_id = $1', [caseId]);
      expect(letters).toHaveLength(this.people[modelled.who]!.erased ? 0 : modelled.letters);
      const said = await this.shown(caseId);
      expect(said.isOverdue).toBe(state !== 'done' && row!.targetAt < clock.now());
      expect(await this.ends(caseId)).toBe(outcome === 'granted' || outcome === 'refused' ? 1 : 0);
    }
    for (const [index, person] of this.people.entries()) {
      if (person.erased) continue;
      const { requests } = await region.gatewayCall(listRequests, {}, this.caller(index));
      expect(requests.map(({ caseId }) => caseId).sort()).toEqual(
        this.cases.flatMap((one) => (one.who === index ? [one.caseId] : [])).sort(),
      );
    }
    const open = this.cases.filter(({ state }) => state !== 'done').map(({ caseId }) => caseId);
    expect(await this.listedOpen()).toEqual(expect.arrayContaining(open));
  }

  private async ask({ who, right, law }: Extract<Action, { kind: 'ask' }>): Promise<void> {
    const key = `${who} ${right}`;
    const before = this.latest.get(key);
    const { caseId } = await region.gatewayCall(askRight, { right, law, text: 'Please.' }, this.caller(who));
    if (before && before.state !== 'done') {
      expect(caseId).toBe(before.caseId);
      before.letters += 1;
      return;
    }
    expect(this.cases.map((one) => one.caseId)).not.toContain(caseId);
    const opened: Modelled = { caseId, who, state: 'open', canExtend: law === 'gdpr', letters: 1 };
    this.cases.push(opened);
    this.latest.set(key, opened);
  }

  private async step(one: Exclude<Action, { kind: 'ask' | 'erase' | 'days' | 'outage' | 'crash' }>, found: Modelled) {
    const { caseId } = found;
    const isLate = (await this.shown(caseId)).isOverdue;
    const expected = this.expectedOf(one, found, isLate);
    const person = this.caller(one.who);
    const calls: Record<typeof one.kind, () => Promise<unknown>> = {
      reply: () => region.gatewayCall(replyInRequest, { caseId, text: 'More.' }, person),
      withdraw: () => region.gatewayCall(withdrawRequest, { caseId }, person),
      question: () => this.office(askPerson, { caseId, question: 'Which?' }),
      extend: () => this.office(extendCase, { caseId, reason: 'it takes long' }),
      answer: () =>
        this.office(answerCase, {
          ...{ caseId, text: 'So.', outcome: one.kind === 'answer' ? one.outcome : 'granted' },
          ...(one.kind === 'answer' && one.outcome === 'refused' ? { ground: 'legal-claims' } : {}),
        }),
    };
    expect({ one, code: await codeOf(calls[one.kind]()) }).toEqual({ one, code: expected });
    if (expected !== 'done') return;
    if (one.kind !== 'withdraw') found.letters += 1;
    if (one.kind === 'reply') found.state = 'open';
    if (one.kind === 'question') found.state = 'waiting';
    if (one.kind === 'extend') found.canExtend = false;
    if (one.kind === 'answer' || one.kind === 'withdraw') {
      found.state = 'done';
      found.outcome = one.kind === 'answer' ? one.outcome : 'withdrawn';
    }
  }

  private expectedOf(one: Action, { state, canExtend }: Modelled, isLate: boolean): string {
    if (state === 'done') return 'compliance.case-closed';
    if (one.kind === 'extend' && (!canExtend || isLate)) return 'compliance.cannot-extend';
    // The data is needed for legal claims: no ground to leave it wrong.
    if (one.kind === 'answer' && one.outcome === 'refused' && one.right === 'correct')
      return 'compliance.ground-needed';
    return 'done';
  }

  private async erase(who: number): Promise<void> {
    this.people[who]!.erased = true;
    await region.gatewayCall(eraseMe, {}, this.caller(who));
    for (const one of this.cases.filter((each) => each.who === who && each.state !== 'done'))
      Object.assign(one, { state: 'done', outcome: 'withdrawn' });
  }

  private async toggle(name: ContextName): Promise<void> {
    if (this.down.delete(name)) return start(name);
    this.down.add(name);
    await serviceOf(name).stop();
  }

  private async restart(name: ContextName): Promise<void> {
    await serviceOf(name).stop();
    await start(name);
  }

  private caller(index: number): Extract<Caller, { kind: 'user' }> {
    const { userId, orgId } = this.people[index]!;
    return {
      kind: 'user',
      userId,
      orgId,
      roles: ['owner'],
      sessionId: newId(),
      confirmedAt: clock.now().toISOString(),
    };
  }

  private async office<Op extends Operation>(operation: Op, input: Input<Op>) {
    return (await region.clientOf('operator')).call(operation, input as never, OPERATOR);
  }

  private shown(caseId: string) {
    return this.office(readCase, { caseId });
  }

  private async listedOpen(): Promise<string[]> {
    const all: string[] = [];
    for (let after: string | undefined; ;) {
      const page = await this.office(listCases, { after });
      all.push(...page.cases.map(({ caseId }) => caseId));
      if (!page.next) return all;
      after = page.next;
    }
  }

  /** How often the case was answered, by the entries that are on their way to the ledger or in it. */
  private async ends(caseId: string): Promise<number> {
    const entries = await query(
      `select entry_id from audit_outbox where event = 'case.answered' and target_id = $1
       union select entry_id from ledger_leaf where event = 'case.answered' and convert_from(leaf, 'UTF8')::jsonb->'target'->>'id' = $1`,
      [caseId],
    );
    return entries.length;
  }
}

const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'done',
    (error: unknown) => {
      if (error instanceof Problem) return error.code;
      throw error;
    },
  );

describe('requests in any order of what people, officers, clocks and failures do', () => {
  it('are never lost, silently late or answered twice', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(action, { minLength: 12, maxLength: LONGEST }), async (actions) => {
        const sequence = new Sequence();
        for (const one of actions as Action[]) await sequence.run(one);
        await sequence.settle();
        await sequence.check();
      }),
      { numRuns: RUNS, endOnFailure: true },
    );
  }, 300_000);
});
