import { execFile } from 'node:child_process';
import { chmodSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type LocalRegion, startLocalRegion } from '@millrace/cli';
import { type PostgresServer, startPostgres, THROWAWAY } from '@millrace/embedded';
import { Secret } from '@millrace/kernel';
import { scratchDirectory } from '@millrace/testing';
import pg from 'pg';

const root = path.resolve(import.meta.dirname, '../..');
const scratch = scratchDirectory();
const at = (name: string) => path.join(scratch.path, name);
let region: LocalRegion;
let customer: PostgresServer;

beforeAll(async () => {
  region = await startLocalRegion({ directory: at('region') });
  customer = await startPostgres({
    dataDir: at('customer'),
    password: new Secret('guide'),
    settings: THROWAWAY,
    logFile: at('customer.log'),
  });
  await sql('postgres', 'create database shop', 'create database warehouse');
  await sql(
    'shop',
    'create table person (id bigint primary key, email text, born text, notes text)',
    `insert into person select i, 'p' || i || '@example.com', '1990-02-0' || (1 + i % 9), 'private' from generate_series(1, 500) i`,
  );
  // The guide says millrace; here it is the built command on the test's own region.
  writeFileSync(
    at('millrace'),
    `#!/bin/sh\ncase "$1" in charter|data-map|migrate|bundle) exec "${process.execPath}" "${root}/bin/millrace.js" "$@" ;; esac\nexec "${process.execPath}" "${root}/bin/millrace.js" "$@" --directory "${at('region')}"\n`,
  );
  chmodSync(at('millrace'), 0o755);
  symlinkSync(path.join(root, 'deploy'), at('deploy'));
  writeFileSync(at('reader.txt'), 'guide\n');
  writeFileSync(at('writer.txt'), 'guide\n');
}, 120_000);

afterAll(async () => {
  await region?.stop();
  await customer?.stop('immediate');
  scratch[Symbol.dispose]();
}, 60_000);

async function sql(database: string, ...statements: string[]): Promise<void> {
  const client = new pg.Client({ connectionString: customer.url(database).reveal() });
  await client.connect();
  for (const statement of statements) await client.query(statement);
  await client.end();
}

/** The commands of a guide that a reader types, in order: its plain `sh` blocks. */
function commandsOf(guide: string): string {
  const text = readFileSync(path.join(root, 'docs/guide', guide), 'utf8');
  return [...text.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map((match) => match[1]).join('\n');
}

describe('the guides', () => {
  it.each([
    'platform-teams.md',
    'moving-data.md',
    'metrics.md',
    'accounts.md',
    'organizations.md',
    'compliance-officers.md',
  ])(
    '%s can be followed word for word',
    async (guide) => {
      const commands = commandsOf(guide);
      expect(commands).toContain('millrace');
      const env = {
        ...process.env,
        PATH: `${scratch.path}:${process.env['PATH']}`,
        REGION: at('region'),
        SHOP_HOST: customer.host,
        SHOP_PORT: String(customer.port),
        SHOP_USER: customer.superuser,
        WAREHOUSE_USER: customer.superuser,
      };
      const run = promisify(execFile)('bash', ['-euo', 'pipefail', '-c', commands], {
        cwd: scratch.path,
        env,
        timeout: 120_000,
      });
      await expect(
        run.then(
          ({ stdout }) => stdout.length > 0,
          (error: { stderr?: string; stdout?: string }) => `${error.stdout}${error.stderr}`,
        ),
      ).resolves.toBe(true);
    },
    150_000,
  );
});
