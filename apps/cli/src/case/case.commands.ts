import { type CaseSummary, caseStates, listCases, readCase } from '@millrace/contracts';
import { Problem } from '@millrace/kernel';
import type { Command } from 'commander';
import { asOperator } from '../region/operator.js';
import { cliProblems } from '../region/problems.js';
import { findRegion } from '../region/region-directory.js';
import { type Console, createConsole } from '../terminal/console.js';
import { asJson, inDirectory } from '../region/region-options.js';
import { addOffice } from './office.commands.js';

interface CaseOptions {
  readonly directory?: string;
  readonly json?: boolean;
  readonly state?: string;
}

export function addCases(program: Command): void {
  const cases = program.command('cases').description('requests of people: when they are due, and why');
  const here = (command: Command) => command.addOption(inDirectory()).addOption(asJson());
  here(cases.command('list').description('those that are not done, the most urgent first'))
    .option('--state <state>', `only those that are one of ${caseStates.join(', ')}`)
    .action((options: CaseOptions) => list(options));
  here(cases.command('show').description('every clock of a case, with its reason'))
    .argument('<case>', 'its id')
    .action((caseId: string, options: CaseOptions) => show(caseId, options));
  addOffice(cases);
}

async function list({ directory, json, state: wanted }: CaseOptions): Promise<void> {
  const console = createConsole(json ?? false);
  const state = caseStates.find((one) => one === wanted);
  if (wanted !== undefined && !state)
    throw new Problem(cliProblems.usage, { detail: `A case is one of ${caseStates.join(', ')}.` });
  const all: CaseSummary[] = [];
  await asOperator(findRegion(directory), async (operator) => {
    let after: string | undefined;
    do {
      const page = await operator.call(listCases, { ...(state ? { state } : {}), ...(after ? { after } : {}) });
      all.push(...page.cases);
      after = page.next;
    } while (after !== undefined);
  });
  if (all.length === 0) console.terminal.line(state ? `No case is ${state}.` : 'Every request is answered.');
  for (const one of all) tell(console, one);
  console.result({ cases: all });
}

async function show(caseId: string, { directory, json }: CaseOptions): Promise<void> {
  const console = createConsole(json ?? false);
  const found = await asOperator(findRegion(directory), (operator) => operator.call(readCase, { caseId }));
  tell(console, found);
  console.terminal.table(
    ['law', 'step', 'target', 'latest', 'why'],
    found.clocks.map(({ regime, step, targetOn, latestOn, why }) => [regime, step, targetOn, latestOn, why]),
  );
  console.terminal.fact('rules', found.ruleVersion);
  console.terminal.fact('calendars', found.calendarVersion);
  console.result(found);
}

function tell({ terminal }: Console, one: CaseSummary): void {
  terminal.mark(one.isOverdue ? 'warn' : 'dot', one.isOverdue ? `${one.type}, overdue` : one.type, one.state);
  terminal.fact('case', one.caseId);
  terminal.fact('received', one.receivedAt);
  terminal.fact('target', `${one.targetAt}: ${one.why}`);
  terminal.fact('latest', `${one.latestAt}: ${one.latestWhy}`);
  if (one.completedAt) terminal.fact('done', one.completedAt);
}
