import { existsSync, readFileSync } from 'node:fs';
import { Problem } from '@millrace/kernel';
import type { Command } from 'commander';
import { cliProblems } from '../region/problems.js';
import { asJson } from '../region/region-options.js';
import { createConsole } from '../terminal/console.js';
import { CheckFailed } from '../terminal/failure.js';
import { grouped, type Terminal } from '../terminal/terminal.js';
import { type BundleFault, type BundleVerdict, checkBundle } from './check-bundle.js';

interface CheckOptions {
  readonly key?: string;
  readonly json?: boolean;
}

export function addBundle(program: Command): void {
  program
    .command('bundle')
    .description('the signed ZIP of everything that is held about somebody')
    .command('check <file>')
    .description('check a bundle without a region: names every file that was changed, removed, added or oddly called')
    .option('--key <key>', 'the ledger’s verifier key (name+hash+key) or a file with it, not from the bundle')
    .addOption(asJson())
    .action((file: string, options: CheckOptions) => check(file, options));
}

async function check(file: string, { key, json }: CheckOptions): Promise<void> {
  if (!existsSync(file)) throw new Problem(cliProblems.usage, { detail: `There is no file ${file}.` });
  const console = createConsole(json ?? false);
  const verdict = await checkBundle(file, key !== undefined && existsSync(key) ? readFileSync(key, 'utf8') : key);
  tell(console.terminal, verdict);
  console.result(verdict);
  if (!verdict.holds) throw new CheckFailed('The bundle is not what was signed');
}

const SENTENCES: Readonly<Record<BundleFault, string>> = {
  unreadable: 'cannot be read as what it should be',
  'odd-name': 'is a name that no file of a bundle has: do not unpack it',
  duplicate: 'is there more than once',
  added: 'was added',
  removed: 'was removed',
  changed: 'was changed',
  signature: 'is not what this key signed',
};

function tell(terminal: Terminal, { holds, signature, faults, manifest }: BundleVerdict): void {
  if (manifest) {
    const { region, charter, exportedAt, caseId, files, rows } = manifest;
    terminal.fact('region', region);
    terminal.fact('charter', charter);
    terminal.fact('made', exportedAt);
    terminal.fact('case', caseId);
    terminal.fact('holds', `${grouped(rows)} rows in ${grouped(files)} files`);
  }
  for (const { kind, file } of faults) terminal.mark('cross', `${quoted(file)} ${SENTENCES[kind]}`);
  if (holds) terminal.tick('every file is there, and as the manifest names it');
  if (signature === 'valid' && holds) terminal.tick('signed by this key, and unchanged since');
  if (signature === 'not-checked')
    terminal.mark('warn', 'who made it was not checked', 'give the ledger’s key with --key');
}

/** A name that somebody else chose, without anything that a terminal would act on. */
function quoted(name: string): string {
  return JSON.stringify(name).replaceAll(
    /[^ -~]/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
