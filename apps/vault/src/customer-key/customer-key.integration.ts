import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  type OrganizationKey,
  readOrganizationKey,
  removeOrganizationKey,
  setOrganizationKey,
} from '@millrace/contracts';
import { isForTwo, parseEnvelopeHeader } from '@millrace/crypto';
import { type Clock, systemClock, until } from '@millrace/kernel';
import { TransitServer } from '../../../../libs/crypto/src/key-provider/transit/transit-server.fixture.js';
import { SETTLE_MS } from '../rotation/key-rotator.js';
import { code, lease, newUser, startVaultRegion, type User, type VaultRegion } from '../vault.fixture.js';

const clock: Clock & { aheadMs: number } = {
  aheadMs: 0,
  now: () => new Date(systemClock.now().getTime() + clock.aheadMs),
};
const server = new TransitServer();
/** More failures than one request is tried. */
const OUTAGE = [503, 503, 503];

let vault: VaultRegion;
let user: User;
let connectionId: string;
beforeAll(async () => {
  await server.start();
  // The policy of the guide gives the role no `create`, without which encrypting makes no keys.
  server.upsert = false;
  vault = await startVaultRegion({ clock });
}, 60_000);
afterAll(async () => {
  await vault?.stop();
  await server.stop();
});
beforeEach(async () => {
  user = { ...newUser(), confirmedAt: clock.now().toISOString() };
  server.makeKey('acme');
  connectionId = (await vault.create(user, 'shop')).connectionId;
  await use();
});
afterEach(() => {
  server.failures.length = 0;
  server.failing = '';
});

/** Has a worker lease the connection's credential. */
const use = () => lease(vault, user.orgId, connectionId, undefined, { clock });
const engine = (changes: object = {}) => ({
  address: server.address,
  mount: 'transit',
  keyName: 'acme',
  loginMount: 'approle',
  certificates: server.certificate.cert,
  ...server.role,
  ...changes,
});
const set = (changes?: object) => vault.region.gatewayCall(setOrganizationKey, engine(changes), user);
const read = () => vault.region.gatewayCall(readOrganizationKey, {}, user);
const remove = () => vault.region.gatewayCall(removeOrganizationKey, {}, user);

/** Waits for the first pass, then lets the time be over in which calls from before may still be under way. */
async function settled(state: OrganizationKey['state']): Promise<OrganizationKey> {
  const waiting = () =>
    vault.query('select 1 from key_rotation where org_id = $1 and ended_at is null and pass_from <= $2', [
      user.orgId,
      clock.now(),
    ]);
  await until('the first pass to end', 20_000, async () => (await waiting()).length === 0);
  clock.aheadMs += SETTLE_MS + 1_000;
  user = { ...user, confirmedAt: clock.now().toISOString() };
  return until(`the key to be ${state}`, 20_000, async () => {
    const now = await read();
    return now.state === state ? now : undefined;
  });
}

/** Of everything sealed for the organization but the way to its engine: how many parts its data key has. */
async function parts(): Promise<number[]> {
  const stored = await vault.query<{ envelope: Buffer }>(
    `select ciphertext as envelope from credential where org_id = $1 and ciphertext is not null
      union all select wrapped from data_key where org_id = $1`,
    [user.orgId],
  );
  return stored.map(({ envelope }) => (isForTwo(parseEnvelopeHeader(envelope).wrappedKey) ? 2 : 1));
}

describe('a key that the customer keeps together with the region', () => {
  it('joins while work goes on, and everything needs it then', async () => {
    expect(await read()).toEqual({ state: 'operator' });
    expect(await set()).toMatchObject({ state: 'joining', engine: { keyName: 'acme', health: 'working' } });
    expect(await use()).toMatchObject({ username: 'reader' });
    const joined = await settled('customer');
    expect(joined).not.toHaveProperty('progress');
    expect(JSON.stringify(joined)).not.toContain(server.role.secretId);
    const found = await parts();
    expect(found.length).toBeGreaterThanOrEqual(2);
    expect(new Set(found)).toEqual(new Set([2]));
    const asked = server.requests.length;
    expect(await use()).toMatchObject({ username: 'reader' });
    expect(server.requests.slice(asked).map((one) => one.path)).toContain('/v1/transit/decrypt/acme');
  });

  it('is asked by the region’s own sealed role alone, which lies in no file in clear', async () => {
    await set();
    await settled('customer');
    const [row] = await vault.query<{ role: Buffer }>('select role from customer_key where org_id = $1', [user.orgId]);
    expect(isForTwo(parseEnvelopeHeader(row!.role).wrappedKey)).toBe(false);
    const logs = path.join(vault.region.directory, 'logs');
    for (const name of await readdir(logs))
      expect(await readFile(path.join(logs, name), 'utf8')).not.toContain(server.role.secretId);
  });

  it('leaves again, and the engine is needed no more', async () => {
    await set();
    await settled('customer');
    expect(await remove()).toMatchObject({ state: 'leaving' });
    expect(await code(remove())).toBe('vault.customer-key-in-use');
    expect(await settled('operator')).toEqual({ state: 'operator' });
    expect(new Set(await parts())).toEqual(new Set([1]));
    server.removeKey('acme');
    expect(await use()).toMatchObject({ username: 'reader' });
    expect(await code(remove())).toBe('kernel.not-found');
  });

  it('withdrawn by the customer, leaves nothing that can be read, at once', async () => {
    await set();
    await settled('customer');
    server.removeKey('acme');
    expect(await code(use())).toBe('vault.customer-key-refused');
    expect(await code(vault.create(user, 'second'))).toBe('vault.customer-key-refused');
    expect(await read()).toMatchObject({ engine: { health: 'refusing' } });
    expect(await code(remove())).toBe('vault.customer-key-refused');
  });

  it('that does not answer is said to be away, and works again afterwards', async () => {
    await set();
    await settled('customer');
    server.failing = 'decrypt/';
    server.failures.push(...OUTAGE);
    expect(await code(use())).toBe('vault.customer-key-away');
    expect(await use()).toMatchObject({ username: 'reader' });
  });

  it('gets a new token when the old one was ended', async () => {
    await set();
    await settled('customer');
    server.endTokens();
    expect(await use()).toMatchObject({ username: 'reader' });
  });

  it('that is away while it joins holds up nobody else, and joins later', async () => {
    await set();
    server.removeKey('acme');
    await until('the rotation to wait', 20_000, async () => {
      const waits = await vault.query('select 1 from key_rotation where org_id = $1 and pass_from > $2', [
        user.orgId,
        clock.now(),
      ]);
      return waits.length === 1;
    });
    const other = { ...newUser(), confirmedAt: clock.now().toISOString() };
    await vault.create(other, 'shop');
    expect(await use()).toMatchObject({ username: 'reader' });
    server.makeKey('acme');
    clock.aheadMs += 31_000;
    user = { ...user, confirmedAt: clock.now().toISOString() };
    await settled('customer');
    expect(new Set(await parts())).toEqual(new Set([2]));
  });

  it('set again, is wrapped with in its newest version, so that older ones may go', async () => {
    await set();
    await settled('customer');
    expect(await code(set({ keyName: 'other-key' }))).toBe('vault.customer-key-refused');
    server.makeKey('other-key');
    expect(await code(set({ keyName: 'other-key' }))).toBe('vault.customer-key-in-use');
    expect(await set()).toMatchObject({ state: 'joining' });
    await settled('customer');
    expect(await use()).toMatchObject({ username: 'reader' });
    // Retired without wrapping anew: what is under the older version stays shut, and is counted.
    server.replaceKey('acme');
    expect(await code(use())).toBe('vault.customer-key-refused');
    await set();
    await until('the pass that counts them', 20_000, async () => {
      clock.aheadMs += SETTLE_MS + 1_000;
      user = { ...user, confirmedAt: clock.now().toISOString() };
      return ((await read()).progress?.unreadable ?? 0) >= 2;
    });
  });

  it.each([
    ['a role that is not known there', { secretId: 'wrong' }, 'vault.customer-key-refused'],
    ['a key that is not there', { keyName: 'nowhere' }, 'vault.customer-key-refused'],
    ['an engine that is elsewhere', { mount: 'elsewhere' }, 'vault.customer-key-refused'],
    [
      'an address over which keys would travel in clear',
      { address: 'http://bao.acme.example' },
      'vault.customer-key-refused',
    ],
    ['a server whose certificate is not the expected one', { certificates: undefined }, 'vault.customer-key-away'],
    ['a server inside the region', { address: 'https://10.0.0.7:8200' }, 'vault.customer-key-away'],
  ])('is not set with %s', async (_, changes, expected) => {
    expect(await code(set(changes))).toBe(expected);
    expect(await read()).toEqual({ state: 'operator' });
  });

  it('that can be taken out is not set', async () => {
    server.makeExportableKey('loose');
    expect(await code(set({ keyName: 'loose' }))).toBe('vault.customer-key-refused');
  });

  it('is set by nobody who has not just shown who they are', async () => {
    user = { ...newUser(user.orgId) };
    expect(await code(set())).toBe('kernel.confirm-first');
  });
});
