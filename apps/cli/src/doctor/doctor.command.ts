import { Problem } from '@millrace/kernel';
import type { Command } from 'commander';
import { cliProblems } from '../region/problems.js';
import { defaultDirectory, findRegion, RegionDirectory } from '../region/region-directory.js';
import { DEFAULT_CHARTER } from '../region/charters.js';
import { readRunRecord } from '../region/run-record.js';
import { createConsole } from '../terminal/console.js';
import { CheckFailed } from '../terminal/failure.js';
import type { Mark } from '../terminal/terminal.js';
import type { CheckResult } from './check.js';
import { checkDirectory, checkMachine, notUp } from './machine-checks.js';
import { asJson, inDirectory } from '../region/region-options.js';

interface DoctorOptions {
  readonly directory?: string;
  readonly json?: boolean;
}

const MARKS: Record<CheckResult['state'], Mark> = { ok: 'tick', note: 'dot', wrong: 'cross' };

export function addDoctor(program: Command): void {
  program
    .command('doctor')
    .description('check this machine and the region on it, and say what to do about what is wrong')
    .addOption(inDirectory())
    .addOption(asJson())
    .action((options: DoctorOptions) => doctor(options));
}

async function doctor({ directory: named, json }: DoctorOptions): Promise<void> {
  const console = createConsole(json ?? false);
  const { terminal } = console;
  const directory = regionOrDefault(named);
  const checks = [...(await checkMachine()), ...(directory.exists ? checkDirectory(directory) : [])];
  const record = directory.exists ? readRunRecord(directory) : undefined;
  checks.push(
    ...(record ? await (await import('./region-checks.js')).checkRegion(directory, record) : [notUp(directory)]),
  );
  const width = Math.max(...checks.map(({ name }) => name.length));
  for (const { name, state, detail, todo } of checks) {
    terminal.mark(MARKS[state], `${name.padEnd(width)}  ${detail}`);
    if (todo) terminal.line(`    ${' '.repeat(width)}  → ${todo}`);
  }
  const failed = checks.filter(({ state }) => state === 'wrong').length;
  terminal.line();
  terminal.line(failed ? `${failed} of ${checks.length} checks failed.` : `All ${checks.length} checks passed.`);
  console.result({ healthy: failed === 0, directory: directory.path, checks });
  if (failed) throw new CheckFailed('Some checks failed');
}

/** Before the first `up` there is no region, which is worth a note and no failure. */
function regionOrDefault(named: string | undefined): RegionDirectory {
  try {
    return findRegion(named);
  } catch (error) {
    if (named === undefined && error instanceof Problem && error.code === cliProblems.noRegion.code)
      return new RegionDirectory(defaultDirectory(DEFAULT_CHARTER));
    throw error;
  }
}
