import path from 'node:path';
import { readKeyRotation, rotateKeys } from '@millrace/contracts';
import { LocalKeyring, organizationKeyName, sealEnvelope } from '@millrace/crypto';
import { newId, stopwatch, systemClock, until } from '@millrace/kernel';
import type { TestRegion } from '@millrace/testing';
import type { Contest, Figures } from '../contest.js';
import type { VaultArena } from './vault-arena.js';

/** Enough for several seconds. */
export const SECRETS = 50_000;
const INSERT_ROWS = 1_000;
const GIVE_UP_MS = 600_000;
const operator = { kind: 'service', name: 'operator' } as const;

export const rotation: Contest<VaultArena> = {
  name: 'rotation',
  figures: {
    rewrapped_per_min: {
      work: 'rotating the key of one organization: secrets wrapped anew in Postgres, from the request to the last of them',
      unit: '/min',
      atLeast: 100_000,
    },
  },
  measure,
};

async function measure({ region, note }: VaultArena): Promise<Figures> {
  const orgId = newId();
  await fill(region, orgId, SECRETS);
  note(`  ${SECRETS} secrets stored`);
  const client = await region.clientOf('operator');
  const elapsed = stopwatch();
  const { rotationId } = await client.call(rotateKeys, { orgId }, operator);
  await until('the last secret to be wrapped anew', GIVE_UP_MS, async () => {
    const { rewrapped } = await client.call(readKeyRotation, { rotationId }, operator);
    return rewrapped >= SECRETS;
  });
  const minutes = elapsed() / 60_000;
  const ended = await until('the end of the rotation', GIVE_UP_MS, async () => {
    const one = await client.call(readKeyRotation, { rotationId }, operator);
    return one.ended === one.organizations ? one : undefined;
  });
  if (ended.incomplete > 0) throw new Error('Secrets were not readable: the figure is void');
  return { rewrapped_per_min: Math.round(SECRETS / minutes) };
}

/** Stores connections with their credentials as the vault seals them; a wrong context would make the rotation incomplete. */
async function fill(region: TestRegion, orgId: string, count: number): Promise<void> {
  const provider = await LocalKeyring.open(path.join(region.secrets.keyring, 'organizations.json'));
  const keyName = organizationKeyName(orgId);
  await provider.createKey(keyName);
  const { database } = region.service('vault');
  const plaintext = Buffer.from(JSON.stringify({ username: 'reader', password: 'a database password' }));
  for (let stored = 0; stored < count; stored += INSERT_ROWS) {
    const ids = Array.from({ length: Math.min(INSERT_ROWS, count - stored) }, () => newId());
    const sealed = await Promise.all(
      ids.map((connectionId) => {
        const context = { field: 'credential.ciphertext', orgId, connectionId, version: '1' };
        return sealEnvelope(provider, { keyName, context, plaintext });
      }),
    );
    await database.region({ kind: 'service' }, async (tx) => {
      const now = systemClock.now();
      await tx.query(
        `insert into connection (id, org_id, name, provider, account, config, auth, state, health, scopes, created_at)
         select id, $2, id::text, 'postgres', 'bench', '{}', 'database-password', 'active', 'working', '[]', $3 from unnest($1::uuid[]) as one (id)`,
        [ids, orgId, now],
      );
      await tx.query(
        `insert into credential (id, org_id, connection_id, ciphertext, version, created_at)
         select gen_random_uuid(), $3, one.id, one.sealed, 1, $4 from unnest($1::uuid[], $2::bytea[]) as one (id, sealed)`,
        [ids, sealed, orgId, now],
      );
    });
  }
}
