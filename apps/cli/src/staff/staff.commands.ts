import { inviteFirstStaff } from '@millrace/contracts';
import type { Command } from 'commander';
import { asOperator } from '../region/operator.js';
import { findRegion } from '../region/region-directory.js';
import { createConsole } from '../terminal/console.js';
import { asJson, inDirectory } from '../region/region-options.js';

interface StaffOptions {
  readonly directory?: string;
  readonly json?: boolean;
}

export function addStaff(program: Command): void {
  const staff = program.command('staff').description('the people who run this region');
  staff
    .command('invite-first')
    .description('print a link with which the first of them becomes an operator; it works once, for fifteen minutes')
    .addOption(inDirectory())
    .addOption(asJson())
    .action((options: StaffOptions) => inviteFirst(options));
}

async function inviteFirst({ directory, json }: StaffOptions): Promise<void> {
  const region = findRegion(directory);
  const console = createConsole(json ?? false);
  const { invitation, expiresAt } = await asOperator(region, (operator) => operator.call(inviteFirstStaff, {}));
  const { loadRegionConfig, portalLink } = await import('@millrace/service');
  const link = portalLink(loadRegionConfig(region.regionFile), '/staff/sign-in', { invitation });
  console.terminal.tick('whoever signs in by this link becomes an operator');
  console.terminal.fact('link', link);
  console.terminal.fact('until', expiresAt);
  console.result({ link, expiresAt });
}
