import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { loadSigningKey, TokenSigner } from '@millrace/crypto';
import { systemClock } from '@millrace/kernel';
import { createCallSeals } from './call-seals.js';
import { keyFile } from './key-file.js';
import { createLocalSecrets, type SecretsDirectory } from './secrets-directory.js';

let root: string;
let secrets: SecretsDirectory;
beforeEach(async () => {
  root = mkdtempSync(path.join(os.tmpdir(), 'millrace-keys-'));
  secrets = await createLocalSecrets(path.join(root, 'secrets'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const token = { expiresInSeconds: 60, audience: 'us-east-1', issuer: 'sync', type: 'call' } as const;
const judged = { audience: 'us-east-1', type: 'call' } as const;
const info = { use: 'a test' };

describe('a signing key', () => {
  it('is accepted before it is used, and the old one until it is retired, by whoever runs', async () => {
    const file = keyFile(secrets.root, 'signing', 'sync');
    const [signer, verifier] = [secrets.signer('sync', systemClock), secrets.verifier(systemClock)];
    const before = await signer.keyId();
    const stolen = new TokenSigner((await loadSigningKey(path.join(secrets.root, 'signing/sync.pem')))!);
    const use = await file.add();
    expect(await signer.keyId()).toBe(before);
    expect(await verifier.keyIds('sync')).toHaveLength(2);
    await use!();
    expect(await signer.keyId()).not.toBe(before);
    await verifier.verify(await signer.sign({}, token), judged);
    await verifier.verify(await stolen.sign({}, token), judged);
    expect(await file.retire()).toBe(1);
    await verifier.verify(await signer.sign({}, token), judged);
    expect(await verifier.keyIds('sync')).toEqual([await signer.keyId()]);
    await expect(verifier.verify(await stolen.sign({}, token), judged)).rejects.toMatchObject({ code: 'token-forged' });
  });

  it('that is not known yet is looked for before a token is refused', async () => {
    const verifier = secrets.verifier(systemClock);
    await verifier.verify(await secrets.signer('sync', systemClock).sign({}, token), judged);
    const use = await keyFile(secrets.root, 'signing', 'sync').add();
    await use!();
    await verifier.verify(await secrets.signer('sync', systemClock).sign({}, token), judged);
  });
});

describe('a sealing key', () => {
  it('opens before it is sealed to, and the old one until it is retired, by whoever runs', async () => {
    const file = keyFile(secrets.root, 'sealing', 'vault');
    const [edge, vault] = await Promise.all([createCallSeals('gateway', secrets), createCallSeals('vault', secrets)]);
    const sealed = (seals: typeof edge) => seals.seal('vault', Buffer.from('a secret'), info);
    const opens = async ({ keyId, sealed: text }: Awaited<ReturnType<typeof sealed>>) =>
      (await vault.open(keyId, text, info)).toString();
    const old = await sealed(edge);
    const use = await file.add();
    expect((await vault.held())!.keyIds).toHaveLength(2);
    expect((await vault.held())!.inUse).toBe(old.keyId);
    await use!();
    const fresh = await sealed(await createCallSeals('gateway', secrets));
    expect(fresh.keyId).not.toBe(old.keyId);
    expect([await opens(old), await opens(fresh)]).toEqual(['a secret', 'a secret']);
    expect(await file.retire()).toBe(1);
    expect(await vault.held()).toEqual({ keyIds: [fresh.keyId], inUse: fresh.keyId });
    await expect(vault.open(old.keyId, old.sealed, info)).rejects.toMatchObject({ code: 'kernel.not-sealed' });
  });

  it('opens for nobody but its context', async () => {
    const gateway = await createCallSeals('gateway', secrets);
    const { keyId, sealed } = await gateway.seal('vault', Buffer.from('a secret'), info);
    await expect(gateway.open(keyId, sealed, info)).rejects.toMatchObject({ code: 'kernel.not-sealed' });
  });
});

describe('a pepper', () => {
  it('has versions, the highest in use', async () => {
    const file = keyFile(secrets.root, 'pepper', 'identity');
    const peppers = await secrets.regionKeyVersions('pepper').loaded();
    const first = (await peppers.newest()).key.reveal();
    await file.add();
    expect((await peppers.of(2))!.key.reveal()).not.toEqual(first);
    expect((await peppers.of(1))!.key.reveal()).toEqual(first);
    expect(await file.retire()).toBe(1);
    expect((await peppers.latest()).map(({ version }) => version)).toEqual([2]);
  });
});

describe('a file that cannot be read any more', () => {
  it('leaves what was read last in use, and keeps a service that starts from starting', async () => {
    const peppers = await secrets.regionKeyVersions('pepper').loaded();
    cpSync(path.join(secrets.root, 'keys/lookup'), path.join(secrets.root, 'keys/pepper'));
    expect((await peppers.latest()).map(({ version }) => version)).toEqual([1]);
    const other = await createLocalSecrets(secrets.root);
    await expect(other.regionKeyVersions('pepper').loaded()).rejects.toThrow('not "<version> <key>"');
  });
});
