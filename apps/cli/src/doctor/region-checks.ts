import { readBoard } from '@millrace/contracts';
import { Secret } from '@millrace/kernel';
import { rolesOf } from '@millrace/privacy';
import { loadRegionConfig, type RegionConfig, SecretsDirectory, type ServiceDefinition } from '@millrace/service';
import pg from 'pg';
import { verifyLedger } from '../ledger/ledger.commands.js';
import { countsLine } from '../promise/show-board.js';
import { asOperator } from '../region/operator.js';
import type { RegionDirectory } from '../region/region-directory.js';
import type { RunRecord } from '../region/run-record.js';
import { loadDefinitions } from '../region/service-packages.js';
import { isReady } from '../region/service-process.js';
import { grouped } from '../terminal/terminal.js';
import { attempt, type CheckResult, note, ok, wrong } from './check.js';

/** Messages that wait longer than this are stuck, in seconds; relays run within one. */
const STUCK_SECONDS = 60;

/** What a region that is up must answer. */
export async function checkRegion(directory: RegionDirectory, record: RunRecord): Promise<CheckResult[]> {
  const config = loadRegionConfig(directory.regionFile);
  const secrets = new SecretsDirectory(config.secrets);
  const definitions = await loadDefinitions();
  const services = await Promise.all(Object.entries(record.operations).map(([name, url]) => checkReady(name, url)));
  const databases = await Promise.all(definitions.map((definition) => checkDatabase({ definition, config, secrets })));
  return [
    ok(
      'region',
      `${config.region} is up at ${record.gatewayUrl}, process ${record.pid}, ${record.mode === 'separate' ? 'a process for each service' : 'one process'}`,
    ),
    ...services,
    ...databases.flat(),
    await attempt('ledger', 'See `millrace ledger verify`.', () => checkLedger(directory)),
    await attempt('promises', 'See `millrace promises board`.', () => checkPromises(directory)),
  ];
}

async function checkReady(name: string, url: string): Promise<CheckResult> {
  if (await isReady(url)) return ok(name, `ready (${url})`);
  return wrong(name, `does not say that it is ready (${url})`, `Read logs/${name}.log in the region’s directory.`);
}

interface DatabaseCheck {
  readonly definition: ServiceDefinition;
  readonly config: RegionConfig;
  readonly secrets: SecretsDirectory;
}

/** Whether a service's schema is that of this release, and whether what it has to send leaves. */
async function checkDatabase(check: DatabaseCheck): Promise<CheckResult[]> {
  const { name } = check.definition;
  return [
    await attempt(`${name} schema`, 'Type: millrace migrate --config <region.yaml>', () => checkMigrations(check)),
    await attempt(`${name} backlog`, `Read logs/${name}.log in the region’s directory.`, () => checkBacklog(check)),
  ];
}

async function checkMigrations(check: DatabaseCheck): Promise<CheckResult> {
  const { name, migrations } = check.definition;
  const label = `${name} schema`;
  const wanted = migrations.map((one) => new one().name ?? one.name);
  const applied = await queryAs<{ name: string }>(check, 'owner', 'select name from schema_migration');
  const missing = wanted.filter((one) => !applied.some((row) => row.name === one));
  if (missing.length)
    return wrong(label, `${missing.join(', ')} is not applied`, 'Type: millrace migrate --config <region.yaml>');
  return ok(label, `up to date (${applied.length} applied)`);
}

async function checkBacklog(check: DatabaseCheck): Promise<CheckResult> {
  const label = `${check.definition.name} backlog`;
  const [row] = await queryAs<{ events: number; entries: number; oldest: number | null }>(
    check,
    'region',
    `select (select count(*)::int from outbox) as events, (select count(*)::int from audit_outbox) as entries,
       extract(epoch from now() - least((select min(created_at) from outbox), (select min(at) from audit_outbox)))::int as oldest`,
  );
  const { events, entries, oldest } = row!;
  const detail = `${grouped(events)} events and ${grouped(entries)} ledger entries wait to be sent`;
  if (events + entries === 0) return ok(label, 'nothing waits to be sent');
  if ((oldest ?? 0) <= STUCK_SECONDS) return note(label, detail);
  return wrong(
    label,
    `${detail}, the oldest for ${grouped(oldest ?? 0)} s`,
    'See whether NATS and the compliance service are ready.',
  );
}

async function checkLedger(directory: RegionDirectory): Promise<CheckResult> {
  const { holds, treeSize, findings } = await verifyLedger(directory);
  const detail = `${grouped(treeSize)} entries`;
  return holds
    ? ok('ledger', `${detail}, whole and signed`)
    : wrong('ledger', `${detail}, ${findings.length} findings`, 'See `millrace ledger verify`.');
}

async function checkPromises(directory: RegionDirectory): Promise<CheckResult> {
  const board = await asOperator(directory, (operator) => operator.call(readBoard, {}));
  const detail = countsLine(board);
  return board.counts.broken ? wrong('promises', detail, 'See `millrace promises board`.') : ok('promises', detail);
}

async function queryAs<Row extends pg.QueryResultRow>(
  check: DatabaseCheck,
  role: 'owner' | 'region',
  sql: string,
): Promise<Row[]> {
  const { definition, config, secrets } = check;
  const password = await secrets.databasePassword(definition.name, role);
  const { host, port } = config.postgres;
  const url = new Secret(
    `postgres://${rolesOf(definition.name)[role]}:${encodeURIComponent(password.reveal())}@${host}:${port}/${definition.name}`,
  );
  const client = new pg.Client({ connectionString: url.reveal(), connectionTimeoutMillis: 5_000 });
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}
