import { confirmSignUp, readProfile, signIn, signOut, signUp, signUpInvited } from '@millrace/contracts';
import { mailedToken } from '@millrace/embedded';
import { Problem } from '@millrace/kernel';
import type { Command } from 'commander';
import { type ApiOptions, openApi, readPassword, withApiOptions } from '../api/api-command.js';
import { cliProblems } from '../region/problems.js';
import { findRegion } from '../region/region-directory.js';
import { readRunRecord } from '../region/run-record.js';

interface SignUpOptions extends ApiOptions {
  readonly name?: string;
  readonly organization?: string;
  readonly ofAge?: boolean;
}

interface SignInOptions extends ApiOptions {
  readonly secondFactor?: string;
}

export function addAccount(program: Command): void {
  withApiOptions(program.command('sign-up').description('ask for an account and an organization of its own'))
    .option('--name <name>', 'your name')
    .option('--organization <name>', 'the name of the organization')
    .option('--of-age', 'say that you are of the minimum age that the charter names, or older')
    .action((options: SignUpOptions) => signUpHere(options));
  withApiOptions(program.command('confirm').description('confirm the address of a sign-up, and start a session'))
    .argument('[link]', 'the link that was mailed, or its token (default: from the mailbox of this machine)')
    .action((link: string | undefined, options: ApiOptions) => confirmHere(link, options));
  withApiOptions(program.command('join').description('create an account with the link of an invitation, and join'))
    .argument('[link]', 'the link that was mailed, or its token (default: from the mailbox of this machine)')
    .option('--name <name>', 'your name')
    .option('--of-age', 'say that you are of the minimum age that the charter names, or older')
    .action((link: string | undefined, options: SignUpOptions) => joinHere(link, options));
  withApiOptions(program.command('sign-in').description('start a session and keep it for later commands'))
    .option('--second-factor <code>', 'a code of your authenticator, or a recovery code')
    .action((options: SignInOptions) => signInHere(options));
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
  console.terminal.tick('the sign-up was accepted; a link was mailed: give it to `millrace confirm`');
  console.result(answer);
}

async function confirmHere(link: string | undefined, { email, ...options }: ApiOptions): Promise<void> {
  const { client, console, save } = await openApi({ ...options, isFresh: true });
  const token = link === undefined ? await mailedHere(required(email), options) : tokenOf(link);
  const { userId, orgId } = await client.call(confirmSignUp, { token, password: await readPassword(options) });
  save();
  console.terminal.tick('the address is confirmed; signed in');
  console.terminal.fact('organization', orgId);
  console.result({ userId, orgId });
}

async function joinHere(link: string | undefined, { email, name, ofAge = false, ...options }: SignUpOptions) {
  const { client, console, save } = await openApi({ ...options, isFresh: true });
  const token = link === undefined ? await mailedHere(required(email), options) : tokenOf(link);
  const password = await readPassword(options);
  const { userId, orgId } = await client.call(signUpInvited, { token, password, name, ofAge });
  save();
  console.terminal.tick('you have an account and have joined; signed in');
  console.terminal.fact('organization', orgId);
  console.result({ userId, orgId });
}

function tokenOf(link: string): string {
  return (URL.canParse(link) && new URL(link).searchParams.get('token')) || link;
}

/** @throws Problem `cli.usage` when the mails of the region do not stay on this machine */
async function mailedHere(email: string, { directory }: ApiOptions): Promise<string> {
  const mails = readRunRecord(findRegion(directory))?.mails;
  if (mails === undefined)
    throw new Problem(cliProblems.usage, { detail: 'Give the link that was mailed as the argument.' });
  return mailedToken(mails, email);
}

async function signInHere({ email, secondFactor, ...options }: SignInOptions): Promise<void> {
  const { client, console, save } = await openApi({ ...options, isFresh: true });
  const password = await readPassword(options);
  const answer = await client.call(signIn, { email: required(email), password, secondFactor });
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
