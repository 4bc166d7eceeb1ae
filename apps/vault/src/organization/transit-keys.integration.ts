import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readKeyRotation, rotateKeys } from '@millrace/contracts';
import { organizationKeyName } from '@millrace/crypto';
import { until } from '@millrace/kernel';
import { TransitServer } from '../../../../libs/crypto/src/key-provider/transit/transit-server.fixture.js';
import { code, lease, newUser, startVaultRegion, type VaultRegion } from '../vault.fixture.js';
import { organizationKeysOf } from './organization-keys.js';

const server = new TransitServer();
let folder: string;
let vault: VaultRegion;
beforeAll(async () => {
  await server.start();
  folder = await mkdtemp(path.join(tmpdir(), 'transit-keys-'));
  const [tokenFile, caFile] = [path.join(folder, 'token'), path.join(folder, 'ca.pem')];
  await writeFile(tokenFile, server.token, { mode: 0o600 });
  await writeFile(caFile, server.certificate.cert);
  vault = await startVaultRegion({
    config: { keys: { provider: 'transit', address: server.address, mount: 'transit', tokenFile, caFile } },
  });
}, 60_000);
afterAll(async () => {
  await vault?.stop();
  await server.stop();
  await rm(folder, { recursive: true });
});

/** More failures than one request is tried. */
const OUTAGE = [503, 503, 503];

describe('a region whose keys are in a transit engine', () => {
  it('seals and leases with keys that are there and nowhere else', async () => {
    const user = newUser();
    const { connectionId } = await vault.create(user, 'shop');
    expect(await lease(vault, user.orgId, connectionId)).toMatchObject({ username: 'reader' });
    expect(server.deletable(organizationKeyName(user.orgId))).toBe(false);
    expect(await readdir(vault.region.secrets.keyring)).toEqual([]);
  });

  it('destroys the key there when it is to be destroyed', async () => {
    const user = newUser();
    await vault.create(user, 'shop');
    await (await organizationKeysOf(vault.region.service('vault').runtime)).destroy(user.orgId);
    expect(server.deletable(organizationKeyName(user.orgId))).toBeUndefined();
  });

  it('says that the keys cannot be reached, and works again afterwards', async () => {
    const user = newUser();
    const { connectionId } = await vault.create(user, 'shop');
    server.failures.push(...OUTAGE);
    expect(await code(vault.create(user, 'second'))).toBe('kernel.unavailable');
    expect(await lease(vault, user.orgId, connectionId)).toMatchObject({ username: 'reader' });
  });

  it('takes no envelope for unreadable because the engine was away during a rotation', async () => {
    const user = newUser();
    await vault.create(user, 'shop');
    server.failing = 'decrypt/';
    server.failures.push(...OUTAGE);
    const { rotationId } = await vault.asOperator(rotateKeys, { orgId: user.orgId });
    const rotation = await until('the re-wrapping', 20_000, async () => {
      const now = await vault.asOperator(readKeyRotation, { rotationId });
      return now.rewrapped + now.unreadable > 0 && now;
    });
    expect(rotation).toMatchObject({ rewrapped: 1, unreadable: 0 });
    expect(server.failures).toEqual([]);
  });

  it('writes the token into no log', async () => {
    const logs = path.join(vault.region.directory, 'logs');
    for (const name of await readdir(logs))
      expect(await readFile(path.join(logs, name), 'utf8')).not.toContain(server.token);
  });
});
