import { randomBytes } from 'node:crypto';
import { signIn } from '@millrace/contracts';
import { stopwatch } from '@millrace/kernel';
import bcrypt from 'bcrypt';
import { compete, median, medianRatio, rounded } from '../compete.js';
import type { Contest, Figures } from '../contest.js';
import { inParallel } from '../in-parallel.js';
import { type IdentityArena, PASSWORD } from './identity-arena.js';

/** Of a round and contestant: some two seconds on two cores. */
const SIGN_INS = 24;
/** As many as there are cores, which is what both sides can use at once. */
const AT_ONCE = 2;

export const signIns: Contest<IdentityArena> = {
  name: 'sign-ins',
  figures: {
    signin_vs_bcrypt: {
      work: 'sign-ins over NATS with session, ledger entry and device, two at a time: speed ÷ that of bare bcrypt of the same cost, two at a time',
      atLeast: 0.9,
      aim: 0.95,
    },
    signins_per_s: { work: 'our sign-ins', unit: '/s' },
  },
  measure,
};

async function measure({ options, region, emails, note }: IdentityArena): Promise<Figures> {
  const { cost } = region.service('identity').runtime.charter.document.accounts.password;
  const hash = await bcrypt.hash(randomBytes(32).toString('base64'), cost);
  const times = await compete(
    options.pairs,
    {
      ours: () =>
        timed((index) =>
          region.gatewayCall(
            signIn,
            { email: emails[index % emails.length]!, password: PASSWORD, device: 'a bench' },
            { kind: 'public' },
          ),
        ),
      bcrypt: () => timed(() => bcrypt.compare('wrong', hash)),
    },
    note,
  );
  return {
    signin_vs_bcrypt: medianRatio(times.bcrypt, times.ours),
    signins_per_s: rounded((SIGN_INS / median(times.ours)) * 1_000),
  };
}

async function timed(one: (index: number) => Promise<unknown>): Promise<number> {
  const elapsed = stopwatch();
  await inParallel(AT_ONCE, SIGN_INS, one);
  return elapsed();
}
