import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { contextOperations, type KeyRotation, listKeys, readKeyRotation, rotateKeys } from '@millrace/contracts';
import { parseEnvelopeHeader, type SealContext } from '@millrace/crypto';
import { type Clock, newId, systemClock, until } from '@millrace/kernel';
import { OrganizationKeys, organizationKeysOf } from '../organization/organization-keys.js';
import { code, lease, newUser, startVaultRegion, type User, type VaultRegion } from '../vault.fixture.js';
import { KeyRotator, SETTLE_MS } from './key-rotator.js';
import { fields } from './stored-envelopes.js';

const { eraseHoldings } = contextOperations('vault');

/** Runs like the system's clock, as far ahead of it as a test says. */
const clock: Clock & { aheadMs: number } = {
  aheadMs: 0,
  now: () => new Date(systemClock.now().getTime() + clock.aheadMs),
};

let vault: VaultRegion;
let user: User;
let connectionId: string;
beforeAll(async () => {
  vault = await startVaultRegion({ clock });
}, 60_000);
afterAll(() => vault?.stop());
beforeEach(async () => {
  clock.aheadMs = 0;
  user = newUser();
  connectionId = (await vault.create(user, 'shop')).connectionId;
  await lease(vault, user.orgId, connectionId);
});

/** Waits for the end of a rotation; the calls that may still be under way are taken to be over once all else is done. */
async function ended({ rotationId }: KeyRotation): Promise<KeyRotation> {
  const waiting = () =>
    vault.query('select 1 from key_rotation where rotation_id = $1 and ended_at is null and pass_from <= $2', [
      rotationId,
      clock.now(),
    ]);
  await until('the first pass to end', 20_000, async () => (await waiting()).length === 0);
  clock.aheadMs = SETTLE_MS + 1_000;
  let last!: KeyRotation;
  await until('the rotation to end', 20_000, async () => {
    last = await vault.asOperator(readKeyRotation, { rotationId });
    return last.ended === last.organizations;
  });
  return last;
}

const rotate = async (orgId?: string) => ended(await vault.asOperator(rotateKeys, { orgId }));
const keyOf = async (orgId: string) => (await vault.asOperator(listKeys, { orgId })).keys[0];

interface Stored {
  readonly id: string;
  readonly envelope: Buffer;
}
const envelopesOf = (orgId: string) =>
  vault.query<Stored>(
    `select id, ciphertext as envelope from credential where org_id = $1 and ciphertext is not null
      union all select id, wrapped from data_key where org_id = $1`,
    [orgId],
  );
const versionsOf = async (orgId: string) =>
  (await envelopesOf(orgId)).map(({ envelope }) => parseEnvelopeHeader(envelope).keyVersion);

describe('the rotation of an organization’s key', () => {
  it('knows every field that holds envelopes', () => {
    expect(fields.map(({ field }) => field)).toEqual([
      'credential.ciphertext',
      'credential.renewal',
      'authorization_request.verifier',
      'data_key.wrapped',
      'customer_key.role',
    ]);
  });

  it('wraps every envelope anew and retires the old version, while leases go on', async () => {
    const before = await envelopesOf(user.orgId);
    const started = await vault.asOperator(rotateKeys, { orgId: user.orgId });
    const finishing = ended(started);
    for (let count = 0; count < 5; count++)
      expect(await lease(vault, user.orgId, connectionId)).toMatchObject({ username: 'reader' });
    expect(await finishing).toMatchObject({ organizations: 1, ended: 1, incomplete: 0, envelopes: 2, rewrapped: 2 });
    expect(await versionsOf(user.orgId)).toEqual([2, 2]);
    expect(await keyOf(user.orgId)).toMatchObject({
      currentVersion: 2,
      minimumDecryptionVersion: 2,
      rotation: 'finished',
    });
    expect(await lease(vault, user.orgId, connectionId)).toMatchObject({ username: 'reader' });
    const [old] = before;
    await vault.query('update credential set ciphertext = $2 where id = $1', [old!.id, old!.envelope]);
    expect(await code(lease(vault, user.orgId, connectionId))).toBe('kernel.internal');
  });

  it('stands in the ledger when it is asked for and when it ends', async () => {
    await rotate(user.orgId);
    const entries = await vault.query<{ event: string; details: object }>(
      `select event, details - 'requestId' as details from audit_outbox where org_id = $1 and event like 'organization-key.%' order by entry_id`,
      [user.orgId],
    );
    expect(entries).toEqual([
      { event: 'organization-key.rotation-requested', details: { organizations: 1 } },
      { event: 'organization-key.rotated', details: { keyVersion: 2, rewrapped: 2, unreadable: 0 } },
    ]);
  });

  it('reaches every organization', async () => {
    const other = newUser();
    await vault.create(other, 'shop');
    expect((await rotate()).organizations).toBeGreaterThanOrEqual(2);
    expect(await versionsOf(user.orgId)).toEqual([2, 2]);
    expect(await versionsOf(other.orgId)).toEqual([2]);
  });

  it('keeps the old version in use when an envelope cannot be read', async () => {
    const [first] = await envelopesOf(user.orgId);
    await vault.query('update credential set ciphertext = $2 where id = $1', [first!.id, Buffer.from('no envelope')]);
    expect(await rotate(user.orgId)).toMatchObject({ ended: 1, incomplete: 1, rewrapped: 1, unreadable: 1 });
    expect(await keyOf(user.orgId)).toMatchObject({ minimumDecryptionVersion: 1, rotation: 'incomplete' });
  });

  it('meets an envelope that a slow call stored under the old version after the first pass', async () => {
    const [old] = await envelopesOf(user.orgId);
    const started = await vault.asOperator(rotateKeys, { orgId: user.orgId });
    await until('the first pass to end', 10_000, async () => {
      const rows = await vault.query('select 1 from key_rotation where org_id = $1 and pass_from > $2', [
        user.orgId,
        clock.now(),
      ]);
      return rows.length === 1;
    });
    await vault.query('update credential set ciphertext = $2 where id = $1', [old!.id, old!.envelope]);
    expect(await ended(started)).toMatchObject({ incomplete: 0, rewrapped: 3 });
    expect(await versionsOf(user.orgId)).toEqual([2, 2]);
  });

  it('is not asked for an organization that has no key', async () => {
    expect(await code(vault.asOperator(rotateKeys, { orgId: newId() }))).toBe('kernel.not-found');
    expect(await code(vault.asOperator(readKeyRotation, { rotationId: newId() }))).toBe('kernel.not-found');
  });

  it('goes with the organization', async () => {
    await rotate(user.orgId);
    const subject = { ids: [newId()], lookups: [], closingOrgIds: [user.orgId] };
    await vault.asCompliance(eraseHoldings, { caseId: newId(), subject });
    expect(await vault.query('select 1 from key_rotation where org_id = $1', [user.orgId])).toEqual([]);
  });
});

describe('a rotation that was interrupted', () => {
  /** Fails like a process that dies in the middle of a batch. */
  class Dying extends OrganizationKeys {
    left = 1;
    override async rewrap(orgId: string, context: SealContext, envelope: Uint8Array): Promise<Buffer> {
      if (this.left-- === 0) throw new Error('the process died');
      return super.rewrap(orgId, context, envelope);
    }
  }

  it('goes on where it was, without a second new version', async () => {
    await vault.create(user, 'second');
    const { database, runtime } = vault.region.service('vault');
    const keys = await organizationKeysOf(runtime);
    const ahead = { now: () => new Date(clock.now().getTime() + 3_600_000) };
    const id = newId();
    // Due for the rotators below only, whose clock is an hour ahead.
    await vault.query(
      `insert into key_rotation (id, rotation_id, org_id, state, from_version, requested_at, pass_from, step, field, found_in_pass, envelopes, rewrapped, unreadable)
       values ($1, $1, $2, 'requested', 1, $3, $3, 0, 0, 0, 0, 0, 0)`,
      [id, user.orgId, new Date(clock.now().getTime() + 1_800_000)],
    );
    const rotator = (these: OrganizationKeys) =>
      new KeyRotator({ log: runtime.log, clock: ahead }, database, these, { works: async () => true });
    const dying = rotator(new Dying(keys['provider']));
    await dying.pass();
    await expect(dying.pass()).rejects.toThrow('the process died');
    expect(await versionsOf(user.orgId)).toEqual([1, 1, 1]);
    const next = rotator(keys);
    while (await next.pass());
    expect(await versionsOf(user.orgId)).toEqual([2, 2, 2]);
    expect(await keys.describe(user.orgId)).toMatchObject({ currentVersion: 2, minimumDecryptionVersion: 1 });
  });
});
