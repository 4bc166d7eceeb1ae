import { listTasks } from '@millrace/contracts';
import type { Command } from 'commander';
import { asOperator } from '../region/operator.js';
import { findRegion } from '../region/region-directory.js';
import { asJson, inDirectory } from '../region/region-options.js';
import { createConsole } from '../terminal/console.js';

interface TaskOptions {
  readonly directory?: string;
  readonly json?: boolean;
}

export function addTasks(program: Command): void {
  program
    .command('tasks')
    .description('what needs an officer now: broken promises, requests that are due, holds to be reviewed')
    .addOption(inDirectory())
    .addOption(asJson())
    .action((options: TaskOptions) => list(options));
}

async function list({ directory, json }: TaskOptions): Promise<void> {
  const console = createConsole(json ?? false);
  const answer = await asOperator(findRegion(directory), (operator) => operator.call(listTasks, {}));
  if (answer.tasks.length === 0) console.terminal.line('Nothing needs an officer.');
  for (const { kind, about, openedAt, why } of answer.tasks) {
    console.terminal.mark('warn', kind, about);
    console.terminal.fact('since', openedAt);
    console.terminal.fact('why', why);
  }
  console.result(answer);
}
