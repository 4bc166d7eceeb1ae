import { readFileSync } from 'node:fs';
import { text as textOf } from 'node:stream/consumers';
import { signIn } from '@millrace/contracts';
import { Problem } from '@millrace/kernel';
import type { Command } from 'commander';
import { cliProblems } from '../region/problems.js';
import { findRegion, type RegionDirectory } from '../region/region-directory.js';
import { readRunRecord } from '../region/run-record.js';
import { type Console, createConsole } from '../terminal/console.js';
import { ApiClient } from './api-client.js';
import { Session } from './session.js';
import { asJson, inDirectory } from '../region/region-options.js';

/** What every command that speaks with the API takes. */
export interface ApiOptions {
  readonly url?: string;
  readonly directory?: string;
  readonly sessionFile?: string;
  readonly email?: string;
  readonly passwordFile?: string;
  readonly passwordStdin?: boolean;
  readonly json?: boolean;
  /** Begins without the session that was kept. */
  readonly isFresh?: boolean;
}

/** Adds the options that tell which region, as whom, and how to answer. */
export function withApiOptions(command: Command): Command {
  return command
    .option('--url <address>', 'the region’s address (default: the region that is up on this machine)')
    .addOption(inDirectory())
    .option('--session-file <path>', 'where the session is kept (default: session.json in the region’s directory)')
    .option('--email <address>', 'sign in for this command only, with one of the two password options')
    .option('--password-file <path>', 'read the password from a file')
    .option('--password-stdin', 'read the password from standard input')
    .addOption(asJson());
}

export interface ApiCommand {
  readonly console: Console;
  readonly client: ApiClient;
  /** Keeps the session for later commands. */
  save(): void;
}

/** Opens the region that the options mean, signed in when they say as whom, else with the session that was kept. */
export async function openApi(options: ApiOptions): Promise<ApiCommand> {
  const region = options.url && options.sessionFile ? undefined : regionOf(options);
  const file = options.sessionFile ?? region?.at('session.json');
  const kept = file ? Session.read(file) : undefined;
  const own = region && readRunRecord(region)?.gatewayUrl;
  const url = options.url ?? own ?? (region ? undefined : kept?.url);
  if (url === undefined) throw new Problem(cliProblems.notReachable);
  // A session goes to the region that it is of and nowhere else; this machine's region may have moved to another port.
  const isItsOwn = kept !== undefined && (kept.url === url || url === own);
  const usable = options.email === undefined && !options.isFresh && isItsOwn ? kept : undefined;
  const session = new Session(url, usable ? usable.toCookies() : {});
  const speaksItself = options.email !== undefined || options.isFresh;
  const client = new ApiClient(session, speaksItself ? undefined : process.env['MILLRACE_TOKEN']);
  if (options.email !== undefined)
    await client.call(signIn, { email: options.email, password: await readPassword(options) });
  return { console: createConsole(options.json ?? false), client, save: () => file && session.write(file) };
}

/** The region of this machine that is meant; with an address of its own a command needs none. */
function regionOf({ url, directory }: ApiOptions): RegionDirectory | undefined {
  try {
    return findRegion(directory);
  } catch (error) {
    if (url !== undefined && directory === undefined) return undefined;
    throw error;
  }
}

/**
 * The password, from where the options say. It is never an argument: those are seen by every user of the machine.
 * @throws Problem `cli.usage` without exactly one source
 */
export async function readPassword({ passwordFile, passwordStdin }: ApiOptions): Promise<string> {
  if ((passwordFile === undefined) === !passwordStdin) {
    throw new Problem(cliProblems.usage, {
      detail: 'Say where the password comes from: --password-file <path> or --password-stdin.',
    });
  }
  const text = passwordFile === undefined ? await textOf(process.stdin) : readFileSync(passwordFile, 'utf8');
  return text.replace(/\r?\n$/, '');
}
