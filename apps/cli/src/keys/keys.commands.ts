import { type KeyRotation, listKeys, type Output, readKeyRotation, rotateKeys } from '@millrace/contracts';
import { delay, Problem } from '@millrace/kernel';
import type { Command } from 'commander';
import { asOperator, type Operator } from '../region/operator.js';
import { cliProblems } from '../region/problems.js';
import { findRegion } from '../region/region-directory.js';
import { drawnBar } from '../run/progress-bar.js';
import { createConsole } from '../terminal/console.js';
import { CheckFailed } from '../terminal/failure.js';
import { grouped, type Terminal } from '../terminal/terminal.js';
import { addKeyFiles } from './key-files.commands.js';
import { addStateKeys } from './state-keys.commands.js';
import { asJson, inDirectory } from '../region/region-options.js';

interface KeysOptions {
  readonly directory?: string;
  readonly json?: boolean;
  readonly organization?: string;
}

interface RotateOptions extends KeysOptions {
  readonly all?: boolean;
  readonly wait?: boolean;
}

type Key = Output<typeof listKeys>['keys'][number];

const POLL_MS = 500;

export function addKeys(program: Command): void {
  const keys = program.command('keys').description('the keys of organizations and of the region');
  withRegion(keys.command('list').description('their versions, and how far the last rotation of each is')).action(
    (options: KeysOptions) => list(options),
  );
  withRegion(
    keys.command('rotate').description('give them a new version and wrap every secret anew, while work goes on'),
  )
    .option('--all', 'the keys of all organizations')
    .option('--wait', 'stay until the rotation has ended; status 1 when a secret could not be read')
    .action((options: RotateOptions) => rotate(options));
  addKeyFiles(keys);
  addStateKeys(keys);
}

function withRegion(command: Command): Command {
  return command
    .option('--organization <id>', 'the key of one organization')
    .addOption(inDirectory())
    .addOption(asJson());
}

async function list({ directory, json, organization: orgId }: KeysOptions): Promise<void> {
  const console = createConsole(json ?? false);
  const keys = await asOperator(findRegion(directory), (operator) => everyKey(operator, orgId));
  console.terminal.table(
    ['organization', 'version', 'decrypts from', 'since', 'last rotation'],
    keys.map((key) => [
      key.orgId,
      String(key.currentVersion),
      String(key.minimumDecryptionVersion),
      key.rotatedAt,
      key.rotation ?? '',
    ]),
  );
  console.result({ keys });
}

async function everyKey(operator: Operator, orgId: string | undefined): Promise<Key[]> {
  const keys: Key[] = [];
  for (let after: string | undefined; ;) {
    const page = await operator.call(listKeys, { orgId, after });
    keys.push(...page.keys);
    if (!page.next) return keys;
    after = page.next;
  }
}

async function rotate(options: RotateOptions): Promise<void> {
  const { directory, json, organization: orgId, all, wait } = options;
  if ((orgId !== undefined) === (all ?? false))
    throw new Problem(cliProblems.usage, { detail: 'Say --organization <id> or --all.' });
  const console = createConsole(json ?? false);
  const rotation = await asOperator(findRegion(directory), async (operator) => {
    const started = await operator.call(rotateKeys, { orgId });
    return wait ? followRotation(operator, started, console.terminal) : started;
  });
  const organizations = `${grouped(rotation.organizations)} organization${rotation.organizations === 1 ? '' : 's'}`;
  if (wait) console.terminal.tick(`${grouped(rotation.rewrapped)} secrets of ${organizations} wrapped anew`);
  else
    console.terminal.tick(`the keys of ${organizations} are being rotated; "millrace keys list" shows how far it is`);
  console.result(rotation);
  if (rotation.incomplete > 0)
    throw new CheckFailed(
      `${grouped(rotation.unreadable)} secrets could not be read; the old versions of their keys stay in use`,
    );
}

async function followRotation(operator: Operator, started: KeyRotation, terminal: Terminal): Promise<KeyRotation> {
  for (let rotation = started; ;) {
    if (rotation.ended === rotation.organizations) {
      terminal.clearTransient();
      return rotation;
    }
    terminal.transient(`    ${rotationLine(rotation)}`);
    await delay(POLL_MS);
    rotation = await operator.call(readKeyRotation, { rotationId: started.rotationId });
  }
}

/** The bar is of secrets while they are wrapped; then the old versions wait for the last calls under them to end. */
function rotationLine({ envelopes, rewrapped, organizations, ended }: KeyRotation): string {
  const part = envelopes > 0 ? Math.min(1, rewrapped / envelopes) : 0;
  const counts = `${grouped(rewrapped)} of ${grouped(Math.max(envelopes, rewrapped))} secrets`;
  return `${drawnBar(part)}  ${counts}  ${grouped(ended)} of ${grouped(organizations)} organizations done`;
}
