import {
  type Input,
  type KeyRotation,
  kernelProblems,
  KEYS_PER_PAGE,
  listKeys,
  readKeyRotation,
  rotateKeys,
} from '@millrace/contracts';
import { isCryptoError } from '@millrace/crypto';
import { Problem } from '@millrace/kernel';
import { type Call, Handles } from '@millrace/messaging';
import { Controller } from '@nestjs/common';
import { OrganizationKeys } from '../organization/organization-keys.js';
import { keyRotations } from './key-rotation.table.js';
import { KeyRotator } from './key-rotator.js';
import { progressOf } from './rotation-progress.js';
import { requestRotation } from './request-rotation.js';

@Controller()
export class KeyRotationOperations {
  constructor(
    private readonly keys: OrganizationKeys,
    private readonly rotator: KeyRotator,
  ) {}

  @Handles(rotateKeys)
  async rotate({ orgId }: Input<typeof rotateKeys>, call: Call): Promise<KeyRotation> {
    const chosen = orgId ? [{ ...(await this.keys.describe(orgId).catch(notFound)), orgId }] : await this.keys.list();
    const rotation = await call.act(async (tx, about) => {
      const rotationId = await requestRotation(tx, chosen, call.clock);
      const details = { organizations: chosen.length };
      about({ target: { kind: 'key-rotation', id: rotationId }, details, ...(orgId ? { orgId } : undefined) });
      return progressOf(tx, rotationId);
    }, 'region');
    this.rotator.wake();
    return rotation;
  }

  @Handles(readKeyRotation)
  read({ rotationId }: Input<typeof readKeyRotation>, call: Call): Promise<KeyRotation> {
    return call.tx(async (tx) => {
      if (!(await tx.table(keyRotations).existsBy({ rotationId }))) throw new Problem(kernelProblems.notFound);
      return progressOf(tx, rotationId);
    }, 'region');
  }

  @Handles(listKeys)
  async list({ orgId, after }: Input<typeof listKeys>, call: Call) {
    const listed = await this.keys.list();
    const wanted = listed.filter((key) => (orgId ? key.orgId === orgId : !after || key.orgId > after));
    const page = wanted.slice(0, KEYS_PER_PAGE);
    const latest = await call.tx(
      (tx) =>
        tx.query<{ org_id: string; state: (typeof keyRotations.columns.state)['type'] }>(
          `select distinct on (org_id) org_id, state from key_rotation where org_id = any($1) order by org_id, requested_at desc`,
          [page.map((key) => key.orgId)],
        ),
      'region',
    );
    const states = new Map(latest.map((row) => [row.org_id, row.state]));
    return {
      keys: page.map((key) => ({
        orgId: key.orgId,
        currentVersion: key.currentVersion,
        minimumDecryptionVersion: key.minimumDecryptionVersion,
        rotatedAt: key.rotatedAt.toISOString(),
        rotation: states.get(key.orgId),
      })),
      next: wanted.length > page.length ? page.at(-1)!.orgId : undefined,
    };
  }
}

function notFound(error: unknown): never {
  throw isCryptoError(error, 'key-not-found') ? new Problem(kernelProblems.notFound, { cause: error }) : error;
}
