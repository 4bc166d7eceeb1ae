import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DATA_KEY_MEMORY_SECONDS, dataKeyInfo, openDataKey, renewDataKey } from '@millrace/contracts';
import { generateLeaseKeyPair, openSealed, Sealer } from '@millrace/crypto';
import { MovableClock, newId } from '@millrace/kernel';
import { code, startVaultRegion, type VaultRegion } from '../vault.fixture.js';

const clock = new MovableClock();
let vault: VaultRegion;
beforeAll(async () => {
  vault = await startVaultRegion({ clock });
}, 60_000);
afterAll(() => vault?.stop());

const purpose = 'sync-state' as const;

async function open(orgId: string): Promise<{ keyId: string; key: Buffer }> {
  const pair = await generateLeaseKeyPair();
  const { keys } = await vault.asSync(openDataKey, { orgId, purpose, publicKey: pair.publicKey });
  const { keyId, sealed } = keys[0]!;
  return {
    keyId,
    key: await openSealed(pair, Buffer.from(sealed, 'base64url'), dataKeyInfo({ orgId, purpose, keyId })),
  };
}

describe('a data key', () => {
  it('is made on first use and the same afterwards', async () => {
    const orgId = newId();
    const opened = await Promise.all([open(orgId), open(orgId), open(orgId)]);
    expect(new Set(opened.map(({ keyId, key }) => `${keyId} ${key.toString('hex')}`)).size).toBe(1);
    const [first, second] = [new Sealer(opened[0]!.key), new Sealer(opened[1]!.key)];
    expect(second.open(first.seal('bounds', { run: '1' }), { run: '1' }).toString()).toBe('bounds');
  });

  it('belongs to one organization', async () => {
    const [a, b] = [await open(newId()), await open(newId())];
    expect(a.key.equals(b.key)).toBe(false);
  });

  it('lies in the table as an envelope only', async () => {
    const { keyId, key } = await open(newId());
    const [row] = await vault.query<{ wrapped: Buffer }>('select wrapped from data_key where id = $1', [keyId]);
    expect(row!.wrapped.includes(key)).toBe(false);
    expect(row!.wrapped.subarray(0, 4).toString()).toBe('MLRE');
  });

  it('is sealed to no malformed key', async () => {
    expect(await code(vault.asSync(openDataKey, { orgId: newId(), purpose, publicKey: 'AAAA' }))).toBe(
      'kernel.invalid-input',
    );
  });

  it('cannot be moved to another organization by whoever can write the database', async () => {
    const [mine, other] = [newId(), newId()];
    await open(mine);
    await open(other);
    await vault.query(
      'update data_key set wrapped = (select wrapped from data_key where org_id = $1) where org_id = $2',
      [mine, other],
    );
    expect(await code(open(other))).toBe('kernel.internal');
  });

  it('that is renewed is handed out at once, and to seal with once every service must have it', async () => {
    const orgId = newId();
    expect(await code(vault.asOperator(renewDataKey, { orgId, purpose }))).toBe('kernel.not-found');
    const first = await open(orgId);
    const { keyId } = await vault.asOperator(renewDataKey, { orgId, purpose });
    const ids = async () => {
      const { publicKey } = await generateLeaseKeyPair();
      return (await vault.asSync(openDataKey, { orgId, purpose, publicKey })).keys.map((one) => one.keyId);
    };
    clock.advance(DATA_KEY_MEMORY_SECONDS * 1_000 - 1);
    expect(await ids()).toEqual([first.keyId, keyId]);
    clock.advance(1);
    expect(await ids()).toEqual([keyId, first.keyId]);
    const entries = await vault.query(
      `select details - 'requestId' as details from audit_outbox where event = 'data-key.renewed' and org_id = $1`,
      [orgId],
    );
    expect(entries).toEqual([{ details: { purpose, version: 2 } }]);
  });

  it('is renewed by one of several who want it at once', async () => {
    const orgId = newId();
    await open(orgId);
    const wanted = Array.from({ length: 4 }, () => code(vault.asOperator(renewDataKey, { orgId, purpose })));
    expect((await Promise.all(wanted)).sort()).toEqual(['no problem', ...Array(3).fill('vault.data-key-needed')]);
  });
});
