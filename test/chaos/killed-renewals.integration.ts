import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type LocalRegion, startLocalRegion } from '@millrace/cli';
import { beginAuthorization, type Connection, finishAuthorization, readConnection } from '@millrace/contracts';
import { mailedToken } from '@millrace/embedded';
import { until } from '@millrace/kernel';
import { scratchDirectory, startAuthorizationServer, type TestAuthorizationServer } from '@millrace/testing';
import pg from 'pg';
import { parse, stringify } from 'yaml';
import { signUpAndIn, Visitor } from '../e2e/journey.js';
import { RECOVERY_MS } from './chaos-region.js';

const scratch = scratchDirectory();
let region: LocalRegion;
let provider: TestAuthorizationServer;
let owner: Visitor;
let database: pg.Client;

beforeAll(async () => {
  region = await startLocalRegion({
    directory: path.join(scratch.path, 'region'),
    charter: 'fluxcascade',
    separate: true,
    services: ['compliance', 'identity', 'vault', 'notifications', 'gateway'],
  });
  provider = await startAuthorizationServer({
    clientId: 'millrace',
    clientSecret: 'a client secret of this test',
    redirectUris: [`${region.gatewayUrl}/connections/callback/jira`],
    scopes: ['read:jira-work', 'read:jira-user'],
    resources: [{ id: 'cloud-1', url: 'https://acme.atlassian.net' }],
  });
  await registerClient();
  database = new pg.Client({ connectionString: region.superuserUrl('vault') });
  await database.connect();
  owner = new Visitor(region.gatewayUrl);
  await signUpAndIn(owner, { mailedToken: (address) => mailedToken(region.directory.mails, address) });
}, 180_000);
afterAll(async () => {
  await database?.end();
  await region?.stop();
  await provider?.stop();
  scratch[Symbol.dispose]();
}, 60_000);

/** As an operator does: the client stands in the region's file, and the vault reads it when it starts. */
async function registerClient(): Promise<void> {
  const clientSecretFile = path.join(scratch.path, 'client-secret');
  writeFileSync(clientSecretFile, 'a client secret of this test');
  chmodSync(clientSecretFile, 0o600);
  const file = region.directory.regionFile;
  const providers = { jira: { clientId: 'millrace', clientSecretFile, endpoints: provider.endpoints } };
  writeFileSync(file, stringify({ ...parse(readFileSync(file, 'utf8')), providers }));
  await killVault();
}

async function killVault(): Promise<void> {
  const { restarts } = region.processes().get('vault')!;
  region.kill('vault', 'SIGKILL');
  await until('the vault’s return', RECOVERY_MS, () => region.processes().get('vault')!.restarts > restarts);
}

let connection: Connection;
beforeEach(async () => {
  provider.disturb(undefined);
  const begun = await until('the vault', RECOVERY_MS, async () => {
    const answer = await owner.send(beginAuthorization, {
      name: `jira ${Math.random()}`,
      provider: 'jira',
      config: {},
    });
    return answer.status === 201 ? answer.body : undefined;
  });
  const answer = (await provider.allow(begun.url)).search.slice(1);
  connection = await owner.call(finishAuthorization, { provider: 'jira', answer });
});

const read = () =>
  until('the connection', RECOVERY_MS, async () => {
    const answer = await owner.send(readConnection, { connectionId: connection.connectionId });
    return answer.status === 200 ? answer.body : undefined;
  });
const task = async () => {
  const { rows } = await database.query<{ attempts: number; claimed: boolean }>(
    'select attempts, claimed_until is not null as claimed from provider_task where connection_id = $1',
    [connection.connectionId],
  );
  return rows[0];
};
const version = async () => {
  const { rows } = await database.query<{ version: number }>(
    'select max(version) as version from credential where connection_id = $1',
    [connection.connectionId],
  );
  return rows[0]!.version;
};
const due = () =>
  database.query(`update provider_task set due_at = '2000-01-01' where connection_id = $1`, [connection.connectionId]);
/** A dead vault's claim runs out after a minute; the test does not wait for it. */
const claimRunsOut = () =>
  database.query(`update provider_task set claimed_until = '2000-01-01' where connection_id = $1`, [
    connection.connectionId,
  ]);
const refreshes = () => provider.posted('/token').filter((form) => form.get('grant_type') === 'refresh_token').length;

/** Whether the newest refresh token is one that the provider takes: the next renewal succeeds. */
async function renewsAgain(): Promise<void> {
  const before = await version();
  await until('somebody to take it', 10_000, async () => !(await task())?.claimed);
  await due();
  await until('the next renewal', 20_000, async () => (await version()) === before + 1);
  expect((await read()).health).toBe('working');
}

describe('a vault that is killed while it renews a token', () => {
  it('before the provider hears of it: whoever takes over renews', async () => {
    provider.disturb({ path: '/token', when: 'before', hold: true });
    await due();
    await until('the question that is held back', 20_000, () => provider.holding());
    await killVault();
    provider.disturb(undefined);
    await claimRunsOut();
    await due();
    await until('the renewal', 20_000, async () => (await version()) === 2);
    await renewsAgain();
  }, 180_000);

  it('after the provider has rotated the token, before the answer is read: the connection says “reconnect”', async () => {
    const asked = refreshes();
    provider.disturb({ path: '/token', when: 'after', hold: true });
    await due();
    await until('the answer that is held back', 20_000, () => refreshes() > asked && provider.holding());
    await killVault();
    provider.disturb(undefined);
    await claimRunsOut();
    await until('a clear state', 20_000, async () => (await read()).health !== 'working');
    expect((await read()).health).toBe('interrupted');
    expect(await task()).toBeUndefined();
  }, 180_000);

  it('after the answer is read, before it is stored: the connection says “reconnect”', async () => {
    const blocking = new pg.Client({ connectionString: region.superuserUrl('vault') });
    await blocking.connect();
    try {
      await blocking.query('begin');
      await blocking.query('select 1 from connection where id = $1 for update', [connection.connectionId]);
      const asked = refreshes();
      await due();
      await until('the commit that waits', 20_000, async () => {
        if (refreshes() === asked) return false;
        const { rows } = await database.query(`select 1 from pg_stat_activity where wait_event_type = 'Lock'`);
        return rows.length > 0;
      });
      await killVault();
    } finally {
      await blocking.query('rollback');
      await blocking.end();
    }
    await claimRunsOut();
    await until('a clear state', 20_000, async () => (await read()).health !== 'working' || (await version()) === 2);
    // The statement that waited may still be carried out by the database after its client died, but not committed.
    expect(await version()).toBe(1);
    expect((await read()).health).toBe('interrupted');
  }, 180_000);

  it('after it is stored: nothing is lost', async () => {
    await due();
    await until('the renewal', 20_000, async () => (await version()) === 2);
    await killVault();
    await renewsAgain();
  }, 180_000);
});
