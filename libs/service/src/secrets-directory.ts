import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { contextNames, type ContextName, sealedContexts, type ServiceName, serviceNames } from '@millrace/contracts';
import {
  ensurePrivateFolder,
  exportVerifyingKey,
  generateSealingKey,
  importSealingKey,
  importVerifyingKey,
  type LeaseKeyPair,
  leaseKeyThumbprint,
  loadOrCreateSigningKey,
  loadSigningKey,
  readPrivateFile,
  type SigningKey,
  TokenSigner,
  TokenVerifier,
  type VerifyingKey,
  writePrivateFile,
} from '@millrace/crypto';
import { type Clock, Secret } from '@millrace/kernel';
import { natsUsers } from '@millrace/messaging';
import { KeyVersions, newKeyVersion, writeKeyVersions } from './key-versions.js';
import { RegionVerifier, ServiceSigner } from './region-tokens.js';
import { WatchedFiles } from './watched-files.js';

export type DatabaseRole = 'owner' | 'app' | 'region';

/** Keys of 32 random bytes, by what they are for. */
export type RegionKey = 'lookup' | 'session' | 'evidence';
const regionKeys: readonly RegionKey[] = ['lookup', 'session', 'evidence'];
/** Keys that have versions. */
export type VersionedRegionKey = 'pepper';
const versionedRegionKeys: readonly VersionedRegionKey[] = ['pepper'];

/**
 * The secrets that a process may read, one file each. In a cluster every pod mounts only its own; on one machine
 * `createLocalSecrets` makes them all.
 */
export class SecretsDirectory {
  private readonly versions = new Map<VersionedRegionKey, KeyVersions>();

  constructor(readonly root: string) {}

  databasePassword(service: string, role: DatabaseRole): Promise<Secret> {
    return this.text(`database/${service}.${role}`);
  }

  natsPassword(user: string): Promise<Secret> {
    return this.text(`nats/${user}`);
  }

  /** The superuser of a one-machine region's own Postgres; in a cluster no service has it. */
  superuserPassword(): Promise<Secret> {
    return this.text('database/superuser');
  }

  /** The key of a purpose, 32 bytes. */
  async regionKey(name: RegionKey): Promise<Secret<Buffer>> {
    return new Secret(Buffer.from((await this.text(`keys/${name}`)).reveal(), 'base64url'));
  }

  /** The versions of a key that has several; the same object for all who ask, so that they see the same. */
  regionKeyVersions(name: VersionedRegionKey): KeyVersions {
    const known = this.versions.get(name) ?? new KeyVersions(path.join(this.root, versionedKeyFile(name)));
    this.versions.set(name, known);
    return known;
  }

  async signingKey(name: ServiceName | 'ledger'): Promise<SigningKey> {
    const key = await loadSigningKey(path.join(this.root, `signing/${name}.pem`));
    if (!key) throw missing(`signing/${name}.pem`);
    return key;
  }

  /** Signs as a service, with the key that its file has at the time. */
  signer(name: ServiceName, clock: Clock): ServiceSigner {
    const file = path.join(this.root, signingFiles(name).private);
    return new ServiceSigner(new WatchedFiles([file], async () => new TokenSigner(await this.signingKey(name), clock)));
  }

  /** The public keys of every service that signs calls; of one while its key is being replaced two. */
  verifyingKeys(names: readonly ServiceName[] = serviceNames): Map<string, VerifyingKey[]> {
    const known = names
      .map((name) => [name, path.join(this.root, signingFiles(name).public)] as const)
      .filter(([, file]) => existsSync(file));
    return new Map(
      known.map(([name, file]) => [name, readFileSync(file, 'utf8').trim().split('\n').map(importVerifyingKey)]),
    );
  }

  /** Verifies what the named services sign, with the keys that they publish at the time. */
  verifier(clock: Clock, names: readonly ServiceName[] = serviceNames): RegionVerifier {
    const files = names.map((name) => path.join(this.root, signingFiles(name).public));
    return new RegionVerifier(new WatchedFiles(files, async () => new TokenVerifier(this.verifyingKeys(names), clock)));
  }

  /** What secrets for a context are sealed to: the newest of its public keys. */
  sealingPublicKey(context: ContextName): WatchedFiles<{ readonly publicKey: string; readonly keyId: string }> {
    const file = path.join(this.root, sealingFiles(context).public);
    return new WatchedFiles([file], async () => {
      const publicKey = (await readFile(file, 'utf8')).trim();
      return { publicKey, keyId: leaseKeyThumbprint(publicKey) };
    });
  }

  /** The context's own key pairs, the newest last; older ones open what was sealed to them until they are retired. */
  sealingKeys(context: ContextName): WatchedFiles<readonly LeaseKeyPair[]> {
    const { private: file } = sealingFiles(context);
    return new WatchedFiles([path.join(this.root, file)], async () => {
      const lines = (await this.text(file)).reveal().split('\n');
      return Promise.all(lines.map(importSealingKey));
    });
  }

  /** The folder of the local keyring. */
  get keyring(): string {
    return path.join(this.root, 'keyring');
  }

  private async text(name: string): Promise<Secret> {
    const content = await readPrivateFile(path.join(this.root, name));
    if (!content) throw missing(name);
    return new Secret(content.bytes.toString('utf8').trim());
  }
}

/** Where the versions of a region key lie. */
export const versionedKeyFile = (name: VersionedRegionKey) => `keys/${name}`;

/** Where the two halves of a service's signing key lie. */
export const signingFiles = (name: ServiceName) => ({ private: `signing/${name}.pem`, public: `public/${name}.pub` });

/** Where the two halves of what a context's secrets are sealed to lie in a secrets directory. */
export const sealingFiles = (context: ContextName) => ({
  private: `sealing/${context}`,
  public: `public/${context}.sealing`,
});

function missing(name: string): Error {
  return new Error(`The secret ${name} is missing from the region's secrets directory`);
}

/** Makes every secret of a one-machine region that does not exist yet. Existing ones are never changed. */
export async function createLocalSecrets(root: string): Promise<SecretsDirectory> {
  for (const folder of ['', 'database', 'nats', 'keys', 'signing', 'sealing', 'keyring'])
    await ensurePrivateFolder(path.join(root, folder));
  const passwords = [
    'database/superuser',
    ...contextNames.flatMap((service) =>
      (['owner', 'app', 'region'] as const).map((role) => `database/${service}.${role}`),
    ),
    ...natsUsers.map((user) => `nats/${user}`),
    ...regionKeys.map((name) => `keys/${name}`),
  ];
  for (const name of passwords) await createRandom(path.join(root, name));
  for (const name of versionedRegionKeys)
    await createNew(path.join(root, versionedKeyFile(name)), () => writeKeyVersions([newKeyVersion(1)]));
  await mkdir(path.join(root, 'public'), { recursive: true });
  for (const name of [...serviceNames, 'ledger'] as const) {
    const key = await loadOrCreateSigningKey(path.join(root, `signing/${name}.pem`));
    if (name !== 'ledger') await writeFile(path.join(root, `public/${name}.pub`), `${exportVerifyingKey(key)}\n`);
  }
  for (const context of sealedContexts) await createSealingKey(root, context);
  return new SecretsDirectory(root);
}

async function createSealingKey(root: string, context: ContextName): Promise<void> {
  const files = sealingFiles(context);
  if (existsSync(path.join(root, files.public))) return;
  const { line, publicKey } = generateSealingKey();
  await writePrivateFile(path.join(root, files.private), Buffer.from(line), { overwriteOld: true });
  // Last: while it is missing, making the pair begins anew.
  await writeFile(path.join(root, files.public), `${publicKey}\n`);
}

function createRandom(file: string): Promise<void> {
  return createNew(file, () => Buffer.from(randomBytes(32).toString('base64url')));
}

async function createNew(file: string, content: () => Buffer): Promise<void> {
  if (existsSync(file)) return;
  await writePrivateFile(file, content(), { mustBeNew: true });
}
