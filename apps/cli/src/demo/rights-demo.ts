import {
  createConnection,
  eraseMe,
  exportMe,
  listConnections,
  PersonalCopy,
  readProfile,
  signIn,
  updateProfile,
} from '@millrace/contracts';
import { Problem } from '@millrace/kernel';
import { ApiClient } from '../api/api-client.js';
import { Session } from '../api/session.js';
import { type DemoPerson, signUpPerson } from './demo-account.js';
import type { DemoStage } from './sync-demo.js';

/** Sign-up, settings, a connection that the charter refuses, export, erasure: the charter `fluxcascade`. */
export async function refusalDemo(stage: DemoStage): Promise<void> {
  const person = await meetNewPerson(stage);
  await rectify(stage, person, 'Settings', { company: 'Example Mills Ltd.' });
  await showRefusal(stage, person.client);
  await showExport(stage, person);
  await showErasure(stage, person);
}

/** Sign-up, export, rectification, erasure: the charter `fluxent`. */
export async function rightsDemo(stage: DemoStage): Promise<void> {
  const person = await meetNewPerson(stage);
  await showExport(stage, person);
  await rectify(stage, person, 'Rectification', { name: 'Ada Corrected' });
  await showErasure(stage, person);
}

async function meetNewPerson({ region, terminal, held }: DemoStage): Promise<DemoPerson> {
  terminal.section('Somebody signs up');
  const person = await signUpPerson(region.gatewayUrl, region.directory.mails);
  const profile = await person.client.call(readProfile, {});
  held.check(profile.email === person.email, `${person.email} has signed up and in`);
  terminal.fact('organization', person.orgId);
  terminal.fact('roles', profile.roles.join(', '));
  return person;
}

async function rectify(
  { terminal, held }: DemoStage,
  { client }: DemoPerson,
  title: string,
  change: { name?: string; company?: string },
): Promise<void> {
  terminal.section(title);
  await client.call(updateProfile, change);
  const after = await client.call(readProfile, {});
  for (const [field, value] of Object.entries(change))
    held.check(after[field as keyof typeof change] === value, `${field} is now ${value}`);
}

/** This charter promises OAuth only, so a password for a database has no place in it. */
async function showRefusal({ terminal, held }: DemoStage, client: ApiClient): Promise<void> {
  terminal.section('A PostgreSQL connection');
  const refusal = await refusalOf(() =>
    client.call(createConnection, {
      name: 'shop',
      provider: 'postgres',
      config: { host: '127.0.0.1', port: 5432, database: 'shop', tls: 'disable' },
      credential: { username: 'somebody', password: 'not a password of anything' },
    }),
  );
  const { connections } = await client.call(listConnections, {});
  held.check(
    refusal?.code === 'vault.provider-refused' && connections.length === 0,
    'the charter refuses it, and nothing was stored',
  );
  if (refusal) terminal.fact('reason', refusal.toDocument().detail);
}

async function showExport({ terminal, held }: DemoStage, { client, email }: DemoPerson): Promise<void> {
  terminal.section('A copy of everything that is held about them');
  const copy = PersonalCopy.parse(await client.call(exportMe, {}));
  const tables = copy.contexts.flatMap(({ context, tables }) =>
    tables.map(({ table, rows }) => ({ context, table, rows: rows.length })),
  );
  terminal.table(
    ['service', 'table', 'rows'],
    tables.filter(({ rows }) => rows > 0).map(({ context, table, rows }) => [context, table, String(rows)]),
  );
  held.check(JSON.stringify(copy.contexts).includes(email), 'their address is in it');
  terminal.fact('case', copy.caseId);
}

async function showErasure(
  { region, terminal, held }: DemoStage,
  { client, email, password }: DemoPerson,
): Promise<void> {
  terminal.section('Erasure');
  const { state, dueAt, explanation, kept, caseId } = await client.call(eraseMe, { password });
  held.check(
    state === 'erasing' || state === 'erased',
    `the account is ${state}`,
    `backups included by ${dueAt.slice(0, 10)}`,
  );
  terminal.fact('case', caseId);
  terminal.fact('why that day', explanation);
  for (const { context, table, rows, reason } of kept)
    terminal.mark('dot', `kept in ${context}: ${rows} of ${table}`, reason);
  const stranger = new ApiClient(new Session(region.gatewayUrl));
  const refusal = await refusalOf(() => stranger.call(signIn, { email, password }));
  held.check(refusal?.code === 'identity.wrong-credentials', 'nobody can sign in with that address any more');
}

async function refusalOf(attempt: () => Promise<unknown>): Promise<Problem | undefined> {
  try {
    await attempt();
    return undefined;
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
}
