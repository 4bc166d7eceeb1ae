import { definition as compliance } from '@millrace/compliance';
import { type Caller, confirmSignUp, eraseMe, listNotifications, signUp } from '@millrace/contracts';
import { definition as gateway } from '@millrace/gateway';
import { definition as identity } from '@millrace/identity';
import { delay, stopwatch, until } from '@millrace/kernel';
import { definition as notifications } from '@millrace/notifications';
import { definition as sync } from '@millrace/sync';
import { startTestRegion, type TestRegion } from '@millrace/testing';
import { definition as vault } from '@millrace/vault';
import { rounded } from '../compete.js';
import type { Contest, Figures } from '../contest.js';
import type { BenchOptions } from '../options.js';
import { personFills } from './person-fills.js';

interface Place {
  readonly options: BenchOptions;
  readonly note: (line: string) => void;
}

type User = Extract<Caller, { kind: 'user' }>;

const PASSWORD = 'a quiet river of data';
/** What somebody else asks meanwhile, and for how long beforehand. */
const ASKS_PER_SECOND = 40;
const BEFORE_SECONDS = 15;
const GIVE_UP_MS = 600_000;

export const erase: Contest<Place> = {
  name: 'erase',
  figures: {
    erase_1m_s: {
      work: 'erasing somebody of whom three services hold a million rows, from the request until every service has nothing left',
      unit: 's',
      atMost: 60,
    },
    erase_p99_factor: {
      work: 'what somebody else waits for their notifications meanwhile ÷ before, 99th percentile, 40 a second',
      atMost: 2,
    },
  },
  measure,
};

async function measure({ options, note }: Place): Promise<Figures> {
  await using region = await startTestRegion({
    definitions: [compliance, identity, vault, sync, notifications, gateway],
  });
  const [ada, bob] = [await join(region, 'ada@example.com'), await join(region, 'bob@example.com')];
  for (const { service, share, sql } of personFills)
    await fill(region, service, sql, ada.userId, Math.round(options.rows * share));
  note(`  ${options.rows} rows are there`);
  const before = await askedMeanwhile(region, bob, delay(BEFORE_SECONDS * 1_000));
  const elapsed = stopwatch();
  const erased = erasing(region, ada).then(() => elapsed() / 1_000);
  const meanwhile = await askedMeanwhile(region, bob, erased);
  const seconds = await erased;
  note(
    `  ${seconds.toFixed(1)} s; somebody else waited ${before.toFixed(1)} ms before, ${meanwhile.toFixed(1)} ms meanwhile`,
  );
  return { erase_1m_s: rounded(seconds), erase_p99_factor: rounded(meanwhile / before) };
}

async function join({ gatewayCall, mailedToken }: TestRegion, email: string): Promise<User> {
  await gatewayCall(signUp, { email, password: PASSWORD, ofAge: true }, { kind: 'public' });
  const token = await mailedToken(email);
  const { userId, orgId } = await gatewayCall(confirmSignUp, { token, password: PASSWORD }, { kind: 'public' });
  return { kind: 'user', userId, orgId, roles: ['owner'], sessionId: userId };
}

function fill(region: TestRegion, name: string, sql: string, userId: string, rows: number): Promise<unknown> {
  const { database, runtime } = region.service(name);
  return database.region({ kind: 'service' }, (tx) => tx.query(sql, [userId, runtime.clock.now(), rows]));
}

/** Resolves when every service has done the first round, after which nothing is left. */
async function erasing(region: TestRegion, user: User): Promise<void> {
  const confirmedAt = region.service('compliance').runtime.clock.now().toISOString();
  const { caseId } = await region.gatewayCall(eraseMe, {}, { ...user, confirmedAt });
  const { database } = region.service('compliance');
  await until('the erasure', GIVE_UP_MS, async () => {
    const [row] = await database.region({ kind: 'service' }, (tx) =>
      tx.query<{ state: string }>('select state from rights_case where id = $1', [caseId]),
    );
    return row?.state !== 'open';
  });
}

/** The 99th percentile of what `user` waits for their notifications until something is over. In milliseconds. */
async function askedMeanwhile(region: TestRegion, user: User, over: Promise<unknown>): Promise<number> {
  let isOver = false;
  const end = over.finally(() => (isOver = true));
  const asked: Promise<number>[] = [];
  while (!isOver) {
    const elapsed = stopwatch();
    asked.push(region.gatewayCall(listNotifications, { limit: 50 }, user).then(elapsed));
    await delay(1_000 / ASKS_PER_SECOND);
  }
  await end;
  const times = (await Promise.all(asked)).toSorted((one, other) => one - other);
  return times[Math.floor(times.length * 0.99)]!;
}
