import {
  type CustomerKeyPlace,
  type Input,
  kernelProblems,
  type OrganizationKey,
  type setOrganizationKey,
  vaultProblems,
} from '@millrace/contracts';
import { isCryptoError } from '@millrace/crypto';
import { newId, Problem } from '@millrace/kernel';
import type { Call } from '@millrace/messaging';
import type { Tx } from '@millrace/persistence';
import type { Runtime } from '@millrace/service';
import { assertOpen, isClosed } from '../organization/closed-organization.js';
import { envelopeContext } from '../organization/envelope-context.js';
import type { OrganizationKeys } from '../organization/organization-keys.js';
import type { KeyRotator } from '../rotation/key-rotator.js';
import { requestRotation } from '../rotation/request-rotation.js';
import { progressOf } from '../rotation/rotation-progress.js';
import type { CustomerEngine } from './customer-engine.js';
import { customerKeys } from './customer-key.table.js';
import { customerKeyOf, type CustomerKeyRow, type CustomerKeys, placeOf } from './customer-keys.js';

/** Brings a customer's engine in as the second holder of their organization's key, and out again. */
export class CustomerKeyDesk {
  constructor(
    private readonly runtime: Runtime,
    private readonly keys: OrganizationKeys,
    private readonly customers: CustomerKeys,
    private readonly rotator: KeyRotator,
  ) {}

  async read(call: Call): Promise<OrganizationKey> {
    const row = await call.tx((tx) => customerKeyOf(tx, call.user.orgId));
    return row ? this.view(row, call) : { state: 'operator' };
  }

  /**
   * The engine is tried first: one that does not wrap and unwrap is not set. Setting the same one again gives it another
   * role, and wraps everything anew under its key's newest version.
   * @throws Problem `vault.customer-key-away`, `vault.customer-key-refused`, `vault.customer-key-in-use`
   */
  async set({ roleId, secretId, ...place }: Input<typeof setOrganizationKey>, call: Call): Promise<OrganizationKey> {
    const { orgId } = call.user;
    const before = await call.tx((tx) => customerKeyOf(tx, orgId));
    const id = before?.id ?? newId(call.clock);
    await tried(() => this.customers.candidate(id, place, { roleId, secretId }));
    const secret = Buffer.from(JSON.stringify({ roleId, secretId }));
    const context = envelopeContext(customerKeys, 'role', { id, orgId });
    const role = await this.keys.seal(orgId, context, secret).finally(() => secret.fill(0));
    const { namespace = null, certificates = null } = place;
    const row = { ...place, namespace, certificates, id, orgId, role, isJoined: true, setAt: call.clock.now() };
    return this.change(
      async (tx) => {
        const now = await this.lock(tx, orgId);
        if (now?.id !== before?.id || (now && !(await isReplaceable(tx, now, place))))
          throw new Problem(vaultProblems.customerKeyInUse);
        return row;
      },
      { keyName: place.keyName },
      call,
    );
  }

  /** @throws Problem `kernel.not-found`, and those of {@link set}: what is left must be read with the engine once more */
  async remove(call: Call): Promise<OrganizationKey> {
    const { orgId } = call.user;
    const before = await call.tx((tx) => customerKeyOf(tx, orgId));
    if (!before) throw new Problem(kernelProblems.notFound);
    await tried(() => this.customers.engineOf(before));
    return this.change(
      async (tx) => {
        const now = await this.lock(tx, orgId);
        if (!now?.isJoined) throw new Problem(vaultProblems.customerKeyInUse);
        return { ...now, isJoined: false };
      },
      { keyName: before.keyName },
      call,
    );
  }

  /** Writes what `decide` gives, and has everything wrapped anew. */
  private async change(
    decide: (tx: Tx) => Promise<Omit<CustomerKeyRow, 'rotationId'>>,
    details: Record<string, string>,
    call: Call,
  ): Promise<OrganizationKey> {
    const { orgId } = call.user;
    const key = { ...(await this.keys.describe(orgId)), orgId };
    const work = call.act(async (tx, about) => {
      const decided = await decide(tx);
      const saved = { ...decided, rotationId: await requestRotation(tx, [key], this.runtime.clock) };
      await tx.table(customerKeys).save(saved as never);
      about({ target: { kind: 'organization', id: orgId }, details });
      return saved;
    });
    const row = await work.catch(async (error: unknown) => {
      // Sealing the role has made a key for an organization that ended meanwhile.
      if (isClosed(error)) await this.keys.destroy(orgId);
      throw error;
    });
    this.rotator.wake();
    return this.view(row, call);
  }

  private async lock(tx: Tx, orgId: string): Promise<CustomerKeyRow | null> {
    await assertOpen(tx, orgId);
    return tx.table(customerKeys).findOne({ where: { orgId }, lock: { mode: 'pessimistic_write' } });
  }

  private async view(row: CustomerKeyRow, call: Call): Promise<OrganizationKey> {
    const [health, { ended, incomplete, rewrapped, envelopes, unreadable }] = await Promise.all([
      this.health(row),
      call.tx((tx) => progressOf(tx, row.rotationId)),
    ]);
    const isDone = ended > 0 && incomplete === 0;
    return {
      state: !row.isJoined ? 'leaving' : isDone ? 'customer' : 'joining',
      engine: { ...placeOf(row), health, setAt: row.setAt.toISOString() },
      ...(isDone ? {} : { progress: { rewrapped, envelopes, unreadable } }),
    };
  }

  private async health(row: CustomerKeyRow): Promise<'working' | 'away' | 'refusing'> {
    try {
      await (await this.customers.engineOf(row)).check();
      return 'working';
    } catch (error) {
      return isCryptoError(error, 'key-provider-unavailable') ? 'away' : 'refusing';
    }
  }
}

/** Another role at the same engine, once the last change is through. */
async function isReplaceable(tx: Tx, row: CustomerKeyRow, place: CustomerKeyPlace): Promise<boolean> {
  const isSame = (['address', 'mount', 'keyName'] as const).every((one) => row[one] === place[one]);
  const isSameSpace = row.namespace === (place.namespace ?? null);
  return row.isJoined && isSame && isSameSpace && (await progressOf(tx, row.rotationId)).ended > 0;
}

/** @throws Problem saying what an engine does not do */
async function tried(open: () => CustomerEngine | Promise<CustomerEngine>): Promise<void> {
  try {
    await (await open()).check();
  } catch (cause) {
    if (!isCryptoError(cause)) throw cause;
    const isAway = cause.code === 'key-provider-unavailable';
    // Why it could not be reached: a refusal of the guard says what to do.
    const guard = cause.cause instanceof Problem ? cause.cause.kind.title : undefined;
    const kind = isAway ? vaultProblems.customerKeyAway : vaultProblems.customerKeyRefused;
    throw new Problem(kind, { detail: `${guard ?? cause.message}.`, cause });
  }
}
