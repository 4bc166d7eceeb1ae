import { confirmSignUp, mintOneTimeSecret, signUp } from '@millrace/contracts';
import { definition } from '@millrace/identity';
import { startTestRegion, type TestRegion } from '@millrace/testing';
import type { BenchOptions } from '../options.js';

export const PASSWORD = 'a quiet river of data';
const PEOPLE = 16;

/** A region in which identity runs, with people who have accounts and one who is signed in. */
export interface IdentityArena {
  readonly options: BenchOptions;
  readonly region: TestRegion;
  readonly emails: readonly string[];
  readonly sessionToken: string;
  readonly note: (line: string) => void;
}

export async function withIdentity<Result>(
  options: BenchOptions,
  note: (line: string) => void,
  work: (arena: IdentityArena) => Promise<Result>,
): Promise<Result> {
  await using region = await startTestRegion({ definitions: [definition] });
  const emails = Array.from({ length: PEOPLE }, (_, index) => `person${index}@example.com`);
  let sessionToken = '';
  for (const email of emails) sessionToken = await join(region, email);
  return await work({ options, region, emails, sessionToken, note });
}

async function join({ gatewayCall, clientOf, service }: TestRegion, email: string): Promise<string> {
  await gatewayCall(signUp, { email, password: PASSWORD, ofAge: true }, { kind: 'public' });
  const [row] = await service('identity').database.region({ kind: 'service' }, (tx) =>
    tx.query<{ id: string }>('select id from one_time_secret order by created_at desc, id desc limit 1'),
  );
  const notifications = await clientOf('notifications');
  const caller = { kind: 'service', name: 'notifications' } as const;
  const { mail } = await notifications.call(mintOneTimeSecret, { secretId: row!.id }, caller);
  const confirmed = await gatewayCall(confirmSignUp, { token: mail!.token, password: PASSWORD }, { kind: 'public' });
  return confirmed.session.token;
}
