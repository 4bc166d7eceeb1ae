import { readBoard, verifyPromises } from '@millrace/contracts';
import type { Command } from 'commander';
import { asOperator } from '../region/operator.js';
import { findRegion } from '../region/region-directory.js';
import { createConsole } from '../terminal/console.js';
import { CheckFailed } from '../terminal/failure.js';
import { type Board, countsLine, promiseStates, showPromises } from './show-board.js';
import { asJson, inDirectory } from '../region/region-options.js';

interface PromiseOptions {
  readonly directory?: string;
  readonly json?: boolean;
}

export function addPromises(program: Command): void {
  const promises = program
    .command('promises')
    .description('what the operator promised, and the evidence that it is so');
  promises
    .command('verify [promise...]')
    .description('run the probes now, of all promises or of those named; status 1 when one is broken')
    .addOption(inDirectory())
    .addOption(asJson())
    .action((ids: string[], options: PromiseOptions) => verify(ids, options));
  promises
    .command('board')
    .description('show the board as it stands, without running a probe; status 1 when a promise is broken')
    .addOption(inDirectory())
    .addOption(asJson())
    .action((options: PromiseOptions) => board(options));
}

async function verify(ids: readonly string[], options: PromiseOptions): Promise<void> {
  const named = ids.length ? { promises: [...ids] } : {};
  answer(await asOperator(findRegion(options.directory), (operator) => operator.call(verifyPromises, named)), options);
}

async function board(options: PromiseOptions): Promise<void> {
  answer(await asOperator(findRegion(options.directory), (operator) => operator.call(readBoard, {})), options);
}

function answer(answered: Board, { json }: PromiseOptions): void {
  const console = createConsole(json ?? false);
  const { terminal } = console;
  terminal.fact('charter', `${answered.charter} of ${answered.version}`);
  terminal.fact('promises', countsLine(answered));
  showPromises(terminal, answered, promiseStates);
  console.result(answered);
  if (answered.counts.broken > 0) throw new CheckFailed('A promise is broken');
}
