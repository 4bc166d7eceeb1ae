import { listKeys, renewDataKey, retireDataKey } from '@millrace/contracts';
import { Problem } from '@millrace/kernel';
import type { Command } from 'commander';
import { asOperator, type Operator } from '../region/operator.js';
import { cliProblems } from '../region/problems.js';
import { findRegion } from '../region/region-directory.js';
import { createConsole } from '../terminal/console.js';
import { grouped } from '../terminal/terminal.js';
import { asJson, inDirectory } from '../region/region-options.js';

interface StateKeyOptions {
  readonly directory?: string;
  readonly json?: boolean;
  readonly organization?: string;
  readonly all?: boolean;
}

/** A retirement waits for calls that are under way, so many are done at once. */
const AT_ONCE = 50;
const purpose = 'sync-state';

/** Adds the commands for the keys under which the positions of pipelines are sealed. */
export function addStateKeys(keys: Command): void {
  withOrganizations(keys.command('renew-state'))
    .description('give organizations a new key for the positions of their pipelines, which stay readable')
    .action((options: StateKeyOptions) => renew(options));
  withOrganizations(keys.command('retire-state'))
    .description('seal all positions with the new key, then destroy the old one; from 11 minutes after its renewal')
    .action((options: StateKeyOptions) => retire(options));
}

function withOrganizations(command: Command): Command {
  return command
    .option('--organization <id>', 'the key of one organization')
    .option('--all', 'the keys of all organizations')
    .addOption(inDirectory())
    .addOption(asJson());
}

async function renew(options: StateKeyOptions): Promise<void> {
  const console = createConsole(options.json ?? false);
  const renewed = await eachOrganization(options, (operator, orgId) =>
    operator.call(renewDataKey, { orgId, purpose }).then(({ keyId }) => ({ orgId, keyId })),
  );
  console.terminal.tick(
    `${grouped(renewed.length)} keys renewed; in 11 minutes "millrace keys retire-state" ends the old ones`,
  );
  console.result({ renewed });
}

async function retire(options: StateKeyOptions): Promise<void> {
  const console = createConsole(options.json ?? false);
  const retired = await eachOrganization(options, (operator, orgId) =>
    operator.call(retireDataKey, { orgId, purpose }).then((done) => ({ orgId, ...done })),
  );
  const resealed = retired.reduce((sum, one) => sum + one.resealed, 0);
  console.terminal.tick(`${grouped(resealed)} positions sealed anew, the old keys destroyed`);
  console.result({ retired });
}

async function eachOrganization<T>(
  { directory, organization, all }: StateKeyOptions,
  work: (operator: Operator, orgId: string) => Promise<T>,
): Promise<T[]> {
  if ((organization !== undefined) === (all ?? false))
    throw new Problem(cliProblems.usage, { detail: 'Say --organization <id> or --all.' });
  return asOperator(findRegion(directory), async (operator) => {
    if (organization !== undefined) return [await work(operator, organization)];
    const done: T[] = [];
    for (let rest = await organizationsWithKeys(operator); rest.length > 0; rest = rest.slice(AT_ONCE)) {
      const some = rest.slice(0, AT_ONCE).map((orgId) => work(operator, orgId).catch(withoutOne<T>));
      done.push(...(await Promise.all(some)).filter((one) => one !== undefined));
    }
    return done;
  });
}

/** An organization that has run nothing yet has no such key. */
function withoutOne<T>(error: unknown): T | undefined {
  if (error instanceof Problem && error.code === 'kernel.not-found') return undefined;
  throw error;
}

async function organizationsWithKeys(operator: Operator): Promise<string[]> {
  const found: string[] = [];
  for (let after: string | undefined; ;) {
    const page = await operator.call(listKeys, { after });
    found.push(...page.keys.map(({ orgId }) => orgId));
    if (!page.next) return found;
    after = page.next;
  }
}
