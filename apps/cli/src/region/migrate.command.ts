import { readFileSync } from 'node:fs';
import { Problem, Secret } from '@millrace/kernel';
import type { Command } from 'commander';
import { createConsole } from '../terminal/console.js';
import { listens } from './operator.js';
import { cliProblems } from './problems.js';
import { loadDefinitions } from './service-packages.js';
import { asJson } from './region-options.js';

interface MigrateOptions {
  readonly config: string;
  readonly adminUrlFile?: string;
  readonly json?: boolean;
}

export function addMigrate(program: Command): void {
  program
    .command('migrate')
    .description('bring the databases and streams of a region to the present release; safe to repeat')
    .requiredOption('--config <path>', 'the region’s configuration file')
    .option(
      '--admin-url-file <path>',
      'a file with the address of an account that may create roles and databases, where they do not exist yet',
    )
    .addOption(asJson())
    .action((options: MigrateOptions) => migrate(options));
}

async function migrate({ config: file, adminUrlFile, json }: MigrateOptions): Promise<void> {
  const console = createConsole(json ?? false);
  const { loadRegionConfig, prepareRegion, SecretsDirectory } = await import('@millrace/service');
  const config = loadRegionConfig(file);
  const nats = new URL(config.nats.servers[0]!);
  for (const [what, host, port] of [
    ['Postgres', config.postgres.host, config.postgres.port],
    ['NATS', nats.hostname, Number(nats.port)],
  ] as const) {
    if (!(await listens(host, port)))
      throw new Problem(cliProblems.notReachable, { detail: `${what} does not answer at ${host}:${port}.` });
  }
  const adminUrl = adminUrlFile === undefined ? undefined : new Secret(readFileSync(adminUrlFile, 'utf8').trim());
  const prepared = await prepareRegion(config, new SecretsDirectory(config.secrets), await loadDefinitions(), adminUrl);
  for (const { service, applied } of prepared)
    console.terminal.tick(service, applied.length ? `applied ${applied.join(', ')}` : 'up to date');
  console.result({ region: config.region, prepared });
}
