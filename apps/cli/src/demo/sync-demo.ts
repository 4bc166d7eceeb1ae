import {
  applyPipeline,
  type Connection,
  createConnection,
  discoverConnection,
  listConnections,
  listRuns,
  readReceipt,
  revokeConnection,
  type Run,
  startRun,
} from '@millrace/contracts';
import { digestOfReceipt, proveInLedger, type Receipt } from '../ledger/check-receipt.js';
import { showReceipt } from '../ledger/show-receipt.js';
import type { LocalRegion } from '../region/local-region.js';
import { followRun } from '../run/follow-run.js';
import { ProgressBar, rowsPerSecond } from '../run/progress-bar.js';
import { grouped, type Terminal } from '../terminal/terminal.js';
import { type Customer, type CustomerDatabase, PEOPLE } from './customer.js';
import { type DemoPerson, returningPerson } from './demo-account.js';
import { comparisons, demoDocument, type DemoField, demoPipeline, digestOf } from './demo-pipeline.js';
import type { Held } from './held.js';

/** The run takes a second or two; a machine that needs longer than this does not do it. */
const MAX_RUN_MS = 10 * 60_000;
const ZIP_CODE_ROWS = 42_049;

export interface DemoStage {
  readonly region: LocalRegion;
  readonly terminal: Terminal;
  readonly held: Held;
}

/** The main job: two databases, a pipeline between them, a run, and the proof of what it did. */
export async function syncDemo(stage: DemoStage, customer: Customer): Promise<void> {
  await showSource(stage, customer);
  const person = await meetPerson(stage);
  await connectBoth(stage, customer, person);
  await applyDemoPipeline(stage, person);
  const run = await runOnce(stage, person);
  await showTarget(stage, customer);
  const receipt = await person.client.call(readReceipt, { runId: run.runId });
  checkReceipt(stage, receipt, run);
  await showProof(stage, person, receipt);
}

async function showSource({ terminal, held }: DemoStage, customer: Customer): Promise<void> {
  terminal.section('The customer’s databases, on a server of their own');
  const [zips] = await customer.query<{ rows: number }>('shop', 'select count(*)::int as rows from zip_codes');
  const [people] = await customer.query<{ rows: number }>('shop', 'select count(*)::int as rows from people');
  terminal.fact('server', `${customer.host}:${customer.port}`);
  held.check(
    zips!.rows === ZIP_CODE_ROWS,
    `shop.zip_codes holds ${grouped(zips!.rows)} real zip codes`,
    'vega-datasets, BSD-3',
  );
  held.check(
    people!.rows === PEOPLE,
    `shop.people holds ${grouped(people!.rows)} people who do not exist`,
    'generated',
  );
}

async function meetPerson({ region, terminal, held }: DemoStage): Promise<DemoPerson> {
  terminal.section('An organization signs up');
  const person = await returningPerson(region.gatewayUrl, region.directory);
  held.check(
    true,
    person.isKnown ? `${person.email} is back and has signed in` : `${person.email} has signed up and in`,
  );
  terminal.fact('organization', person.orgId);
  return person;
}

async function connectBoth({ terminal, held }: DemoStage, customer: Customer, { client }: DemoPerson): Promise<void> {
  terminal.section('Two connections');
  for (const database of ['shop', 'warehouse'] as const) {
    const connection = await connectTo({ client, customer, database });
    held.check(
      connection.state === 'active',
      `${database} is connected as ${connection.account}`,
      'the credential is sealed and never shown again',
    );
  }
  const { connections } = await client.call(listConnections, {});
  const source = connections.find((one) => one.name === 'shop' && one.state === 'active')!;
  const { streams } = await client.call(discoverConnection, { connectionId: source.connectionId });
  const rows = streams.map(({ stream, key, fields }) => {
    const personal = fields.filter((field) => field.privacy !== 'none').map((field) => field.name);
    return [stream, key.join(', '), String(fields.length), personal.join(', ') || 'none'];
  });
  terminal.table(['stream', 'key', 'fields', 'probably personal'], rows);
}

interface ConnectionWish {
  readonly client: DemoPerson['client'];
  readonly customer: Customer;
  readonly database: CustomerDatabase;
}

/** The connection of an earlier demo where it still leads there, else a new one. */
async function connectTo({ client, customer, database }: ConnectionWish): Promise<Connection> {
  const { connections } = await client.call(listConnections, {});
  const known = connections.find((one) => one.name === database && one.state === 'active');
  if (known?.provider === 'postgres' && known.config.port === customer.port) return known;
  if (known) await client.call(revokeConnection, { connectionId: known.connectionId });
  return client.call(createConnection, {
    name: database,
    provider: 'postgres',
    config: { host: customer.host, port: customer.port, database, tls: 'disable' },
    credential: customer.account(database),
  });
}

async function applyDemoPipeline({ terminal, held }: DemoStage, { client }: DemoPerson): Promise<void> {
  terminal.section('A pipeline');
  const { pipeline, change } = await client.call(applyPipeline, { name: demoPipeline.name, document: demoDocument });
  held.check(true, `${pipeline.name} is ${change}, version ${pipeline.version}`);
  const rows = demoPipeline.streams.flatMap(({ from, to, fields }) =>
    fields.map((field) => [`${from}.${field.from}`, targetOf(to, field), treatmentOf(field)]),
  );
  terminal.table(['source', 'target', 'what happens'], rows);
}

function targetOf(table: string, { from, to = from, drop }: DemoField): string {
  return drop ? '—' : `${table}.${to}`;
}

function treatmentOf({ to, cast, hash, drop }: DemoField): string {
  if (drop) return 'dropped: never read';
  const parts = [to && 'renamed', cast && `cast to ${cast}`, hash && 'hashed with the organization’s key'];
  return parts.filter(Boolean).join(', ') || 'copied';
}

async function runOnce({ terminal, held }: DemoStage, { client }: DemoPerson): Promise<Run> {
  terminal.section('The run');
  await endOfEarlierRun(client);
  const started = await client.call(startRun, { name: demoPipeline.name });
  const bar = new ProgressBar(terminal);
  const run = await followRun(client, started.runId, (progress) => bar.show(progress), AbortSignal.timeout(MAX_RUN_MS));
  bar.end(run);
  const expected = ZIP_CODE_ROWS + PEOPLE;
  const { read, written, inserted, updated, unchanged, rejected } = run.counts;
  held.check(run.state === 'succeeded', `the run has ${run.state}`, run.failure?.detail);
  held.check(
    read === expected && written === expected && rejected === 0,
    `${grouped(written)} of ${grouped(expected)} rows are in the target`,
    `${grouped(rowsPerSecond(run))} rows/s`,
  );
  terminal.fact('new / changed / same', [inserted, updated, unchanged].map(grouped).join(' / '));
  return run;
}

/** A demo that was killed may have left its run behind: it goes on by itself as soon as there is a worker again. */
async function endOfEarlierRun(client: DemoPerson['client']): Promise<void> {
  const { runs } = await client.call(listRuns, { name: demoPipeline.name });
  const active = runs.find((run) => run.endedAt === undefined);
  if (active) await followRun(client, active.runId, () => undefined, AbortSignal.timeout(MAX_RUN_MS));
}

async function showTarget({ terminal, held }: DemoStage, customer: Customer): Promise<void> {
  terminal.section('What the target holds');
  for (const { table, source, target } of comparisons) {
    const [from] = await customer.query<{ rows: number; digest: string }>('shop', digestOf(source));
    const [to] = await customer.query<{ rows: number; digest: string }>('warehouse', digestOf(target));
    held.check(
      from!.rows === to!.rows && from!.digest === to!.digest,
      `${table}: ${grouped(to!.rows)} rows, the same as in the source`,
      `digest ${to!.digest.slice(0, 12)}…`,
    );
  }
  const zips = await customer.query<Record<string, unknown>>(
    'warehouse',
    'select zip, latitude, longitude, city, state from zip_codes order by zip limit 3',
  );
  showRows(terminal, zips);
  const people = await customer.query<Record<string, unknown>>(
    'warehouse',
    'select person_id, email_hash, born::text, city from people order by person_id limit 3',
  );
  showRows(terminal, people);
  const [hashes] = await customer.query<{ plain: number; distinct: number }>(
    'warehouse',
    `select count(*) filter (where email_hash like '%@%')::int as plain, count(distinct email_hash)::int as distinct from people`,
  );
  held.check(
    hashes!.plain === 0 && hashes!.distinct === PEOPLE,
    'no address among the people, and equal addresses would still be equal',
    `${grouped(hashes!.distinct)} hashes`,
  );
  const [columns] = await customer.query<{ names: string[] }>(
    'warehouse',
    `select array_agg(column_name::text) as names from information_schema.columns where table_schema = 'public'`,
  );
  const absent = ['county', 'notes', 'name', 'phone', 'email'].filter((name) => !columns!.names.includes(name));
  held.check(absent.length === 5, `never read: ${absent.join(', ')}`);
}

function showRows(terminal: Terminal, rows: readonly Record<string, unknown>[]): void {
  const head = Object.keys(rows[0] ?? {});
  terminal.table(
    head,
    rows.map((row) => head.map((name) => shorten(String(row[name])))),
  );
}

const shorten = (text: string): string => (text.length > 24 ? `${text.slice(0, 21)}…` : text);

function checkReceipt({ terminal, held }: DemoStage, receipt: Receipt, run: Run): void {
  terminal.section('The receipt');
  showReceipt(terminal, receipt);
  held.check(
    digestOfReceipt(receipt) === receipt.digest && receipt.runId === run.runId,
    'the receipt’s digest is that of its content',
  );
  const discarded = receipt.streams.every(({ discard }) => discard?.complete);
  held.check(discarded, 'the worker overwrote and released every buffer that held a record');
}

async function showProof({ terminal, held }: DemoStage, { client }: DemoPerson, receipt: Receipt): Promise<void> {
  terminal.section('The ledger');
  const { bundle, verdict } = await proveInLedger(client, receipt.ledgerEntryId);
  for (const line of bundle.checkpoint.trim().split('\n').filter(Boolean)) terminal.line(`    ${terminal.dim(line)}`);
  held.check(
    verdict.ok,
    `entry ${bundle.index} is in the signed tree`,
    `${bundle.proof.length} hashes lead to its root`,
  );
  const isThisRun =
    verdict.ok && verdict.entry.event === 'run.ended' && verdict.entry.details['receiptDigest'] === receipt.digest;
  held.check(isThisRun, 'the entry carries this receipt’s digest');
}
