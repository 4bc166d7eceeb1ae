import {
  type Input,
  listPauses,
  type Pause,
  pauseRegion,
  pauseWork,
  resumeRegion,
  resumeWork,
} from '@millrace/contracts';
import { Problem } from '@millrace/kernel';
import type { Command } from 'commander';
import { type ApiOptions, openApi, withApiOptions } from '../api/api-command.js';
import { asOperator } from '../region/operator.js';
import { cliProblems } from '../region/problems.js';
import { findRegion } from '../region/region-directory.js';
import { createConsole } from '../terminal/console.js';

interface PauseOptions extends ApiOptions {
  readonly pipeline?: string;
  readonly connection?: string;
  readonly provider?: string;
  readonly region?: boolean;
}

const WHAT = 'all work of your organization, or of what an option names';

export function addPauses(program: Command): void {
  withPauseOptions(
    program.command('pause').description(`hold up ${WHAT}; what is under way stops at a checkpoint`),
  ).action((options: PauseOptions) => (isOperators(options) ? pauseAsOperator(options) : pause(options)));
  withPauseOptions(program.command('resume').description(`go on with ${WHAT}, from the last checkpoint`)).action(
    (options: PauseOptions) => (isOperators(options) ? resumeAsOperator(options) : resume(options)),
  );
  withApiOptions(program.command('pauses').description('what your organization holds up')).action(
    (options: ApiOptions) => list(options),
  );
}

function withPauseOptions(command: Command): Command {
  return withApiOptions(command)
    .option('--pipeline <name>', 'one pipeline')
    .option('--connection <id>', 'everything that touches a connection')
    .option('--provider <name>', 'everything in the region that touches a provider (operators only)')
    .option('--region', 'everything in the region (operators only)');
}

const isOperators = ({ provider, region }: PauseOptions): boolean => provider !== undefined || region === true;

/** What the options mean. @throws Problem `cli.usage` when they name more than one thing */
function targetOf({ pipeline, connection, provider, region }: PauseOptions): Input<typeof pauseWork> {
  const named = [pipeline, connection, provider, region || undefined].filter((one) => one !== undefined);
  if (named.length > 1) throw new Problem(cliProblems.usage, { detail: 'Name one thing at a time.' });
  if (pipeline !== undefined) return { scope: 'pipeline', target: pipeline };
  return connection === undefined ? { scope: 'organization' } : { scope: 'connection', target: connection };
}

async function pause(options: PauseOptions): Promise<void> {
  const target = targetOf(options);
  const { client, console } = await openApi(options);
  const paused = await client.call(pauseWork, target);
  console.terminal.tick(`${nameOf(paused)} is paused; say "millrace resume" with the same option to go on`);
  console.result(paused);
}

async function resume(options: PauseOptions): Promise<void> {
  const wanted = targetOf(options);
  const { client, console } = await openApi(options);
  const { pauses } = await client.call(listPauses, {});
  const found = pauses.filter(({ scope, target }) => scope === wanted.scope && target === wanted.target);
  for (const { pauseId } of found) await client.call(resumeWork, { pauseId });
  console.terminal.tick(found.length > 0 ? `${nameOf(found[0]!)} goes on` : 'that was not paused');
  console.result({ lifted: found.length });
}

async function list(options: ApiOptions): Promise<void> {
  const { client, console } = await openApi(options);
  const { pauses } = await client.call(listPauses, {});
  console.terminal.table(
    ['what', 'since'],
    pauses.map((one) => [nameOf(one), one.since]),
  );
  console.result({ pauses });
}

async function pauseAsOperator(options: PauseOptions): Promise<void> {
  targetOf(options);
  const console = createConsole(options.json ?? false);
  const { provider } = options;
  const paused = await asOperator(findRegion(options.directory), ({ call }) => call(pauseRegion, { provider }));
  console.terminal.tick(`${nameOf(paused)} is paused for every organization`);
  console.result(paused);
}

async function resumeAsOperator(options: PauseOptions): Promise<void> {
  targetOf(options);
  const console = createConsole(options.json ?? false);
  const { provider } = options;
  const { lifted } = await asOperator(findRegion(options.directory), ({ call }) => call(resumeRegion, { provider }));
  console.terminal.tick(lifted > 0 ? 'work goes on' : 'that was not paused');
  console.result({ lifted });
}

function nameOf({ scope, target }: Pause): string {
  return target === undefined ? `the ${scope}` : `${scope} ${target}`;
}
