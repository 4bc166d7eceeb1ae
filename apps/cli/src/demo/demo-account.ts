import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { confirmSignUp, type Input, signIn, signUp } from '@millrace/contracts';
import { mailedToken } from '@millrace/embedded';
import { newId, Problem } from '@millrace/kernel';
import { z } from 'zod';
import { ApiClient } from '../api/api-client.js';
import { Session } from '../api/session.js';
import type { RegionDirectory } from '../region/region-directory.js';

const Stored = z.strictObject({ email: z.string(), password: z.string() });

/** Somebody in the demo, signed in. */
export interface DemoPerson {
  readonly client: ApiClient;
  readonly email: string;
  readonly password: string;
  readonly orgId: string;
  /** Whether they had an account from an earlier demo. */
  readonly isKnown: boolean;
}

/** Signs a new person up, and in with the link that was mailed; what they say about themselves the charter allows. */
export async function signUpPerson(
  url: string,
  mails: string,
  says: Partial<Input<typeof signUp>> = {},
): Promise<DemoPerson> {
  const client = new ApiClient(new Session(url));
  const email = `ada.${newId().slice(-12)}@example.com`;
  const password = randomBytes(18).toString('base64url');
  await client.call(signUp, {
    email,
    password,
    ofAge: true,
    name: 'Ada Example',
    organization: 'Example Mills',
    ...says,
  });
  const { orgId } = await client.call(confirmSignUp, { token: await mailedToken(mails, email), password });
  return { client, email, password, orgId, isKnown: false };
}

/** The person of the last demo on this region, or a new one who is remembered for the next. */
export async function returningPerson(url: string, directory: RegionDirectory): Promise<DemoPerson> {
  const file = directory.at('demo.json');
  const known = existsSync(file) ? Stored.safeParse(JSON.parse(readFileSync(file, 'utf8'))).data : undefined;
  const returned = known && (await signInAgain(url, known));
  if (returned) return returned;
  const person = await signUpPerson(url, directory.mails);
  writeFileSync(file, JSON.stringify({ email: person.email, password: person.password }), { mode: 0o600 });
  return person;
}

async function signInAgain(url: string, { email, password }: z.output<typeof Stored>): Promise<DemoPerson | undefined> {
  const client = new ApiClient(new Session(url));
  try {
    const { orgId } = await client.call(signIn, { email, password });
    return { client, email, password, orgId, isKnown: true };
  } catch (error) {
    if (error instanceof Problem && error.code === 'identity.wrong-credentials') return undefined;
    throw error;
  }
}
