import { readProfile, signIn, signOut, signUp } from '@millrace/contracts';
import { Problem } from '@millrace/kernel';
import type { Command } from 'commander';
import { type ApiOptions, openApi, readPassword, withApiOptions } from '../api/api-command.js';
import { cliProblems } from '../region/problems.js';

interface SignUpOptions extends ApiOptions {
  readonly name?: string;
  readonly organization?: string;
  readonly ofAge?: boolean;
}

export function addAccount(program: Command): void {
  withApiOptions(program.command('sign-up').description('create an account and an organization of its own'))
    .option('--name <name>', 'your name')
    .option('--organization <name>', 'the name of the organization')
    .option('--of-age', 'say that you are of the minimum age that the charter names, or older')
    .action((options: SignUpOptions) => signUpHere(options));
  withApiOptions(program.command('sign-in').description('start a session and keep it for later commands')).action(
    (options: ApiOptions) => signInHere(options),
  );
  withApiOptions(program.command('sign-out').description('end the session that was kept')).action(
    (options: ApiOptions) => signOutHere(options),
  );
  withApiOptions(program.command('whoami').description('show whose session is kept')).action((options: ApiOptions) =>
    whoAmI(options),
  );
}

async function signUpHere({ email, ...options }: SignUpOptions): Promise<void> {
  const { client, console } = await openApi(options);
  const password = await readPassword(options);
  const { name, organization, ofAge = false } = options;
  const answer = await client.call(signUp, { email: required(email), password, name, organization, ofAge });
  console.terminal.tick('the sign-up was accepted; sign in with `millrace sign-in`');
  console.result(answer);
}

async function signInHere({ email, ...options }: ApiOptions): Promise<void> {
  const { client, console, save } = await openApi({ ...options, isFresh: true });
  const answer = await client.call(signIn, { email: required(email), password: await readPassword(options) });
  save();
  console.terminal.tick('signed in');
  console.terminal.fact('organization', answer.orgId);
  console.result({ userId: answer.userId, orgId: answer.orgId });
}

async function signOutHere(options: ApiOptions): Promise<void> {
  const { client, console, save } = await openApi(options);
  await client.call(signOut, {});
  save();
  console.terminal.tick('signed out');
  console.result({});
}

async function whoAmI(options: ApiOptions): Promise<void> {
  const { client, console } = await openApi(options);
  const profile = await client.call(readProfile, {});
  for (const [name, value] of Object.entries(profile))
    console.terminal.fact(name, Array.isArray(value) ? value.join(', ') : String(value));
  console.result(profile);
}

function required(email: string | undefined): string {
  if (email !== undefined) return email;
  throw new Problem(cliProblems.usage, { detail: 'Say whose account: --email <address>.' });
}
