import { eraseFrozen, freezeAccount, unfreezeAccount } from '@millrace/contracts';
import type { Command } from 'commander';
import { asOperator } from '../region/operator.js';
import { findRegion } from '../region/region-directory.js';
import { createConsole } from '../terminal/console.js';
import { asJson, inDirectory } from '../region/region-options.js';

interface ReportOptions {
  readonly directory?: string;
  readonly json?: boolean;
}

export function addReports(program: Command): void {
  const accounts = program.command('accounts').description('accounts that are reported to be a child’s');
  const on = (command: Command) =>
    command.argument('<address>', 'the account’s e-mail address').addOption(inDirectory()).addOption(asJson());
  on(accounts.command('freeze').description('nobody signs in to it, and nothing is done with its data')).action(freeze);
  on(accounts.command('unfreeze').description('free it again: the report was wrong')).action(unfreeze);
  on(accounts.command('erase').description('erase a frozen account: the report was right, or a guardian asks')).action(
    erase,
  );
}

async function freeze(email: string, { directory, json }: ReportOptions): Promise<void> {
  const console = createConsole(json ?? false);
  const answer = await asOperator(findRegion(directory), (operator) => operator.call(freezeAccount, { email }));
  console.terminal.tick('the account is frozen, its sessions and tokens have ended');
  console.result(answer);
}

async function unfreeze(email: string, { directory, json }: ReportOptions): Promise<void> {
  const console = createConsole(json ?? false);
  const answer = await asOperator(findRegion(directory), (operator) => operator.call(unfreezeAccount, { email }));
  console.terminal.tick('the account is free again');
  console.result(answer);
}

async function erase(email: string, { directory, json }: ReportOptions): Promise<void> {
  const console = createConsole(json ?? false);
  const answer = await asOperator(findRegion(directory), async (operator) => {
    // Freezing what is frozen changes nothing and answers whose it is.
    const { userId } = await operator.call(freezeAccount, { email });
    return operator.call(eraseFrozen, { userId });
  });
  console.terminal.tick(answer.state === 'erased' ? 'everything is erased' : 'the erasure goes on by itself');
  console.terminal.fact('case', answer.caseId);
  console.terminal.fact('gone everywhere by', answer.dueAt);
  console.terminal.fact('why then', answer.explanation);
  console.result(answer);
}
