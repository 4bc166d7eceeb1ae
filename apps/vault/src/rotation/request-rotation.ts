import { newId, type Clock } from '@millrace/kernel';
import type { Tx } from '@millrace/persistence';
import type { OrganizationKey } from '../organization/organization-keys.js';
import { keyRotations } from './key-rotation.table.js';

/** Rows that one statement writes. */
const INSERT_ROWS = 1_000;

/** Asks for a new version of the keys of organizations, and for everything to be wrapped anew under it. Answers the rotation's id. */
export async function requestRotation(
  tx: Tx,
  keys: readonly Pick<OrganizationKey, 'orgId' | 'currentVersion'>[],
  clock: Clock,
): Promise<string> {
  const [rotationId, now] = [newId(clock), clock.now()];
  const rows = keys.map(({ orgId, currentVersion }) => ({
    id: newId(clock),
    rotationId,
    orgId,
    state: 'requested' as const,
    fromVersion: currentVersion,
    requestedAt: now,
    passFrom: now,
    step: 0,
    field: 0,
    foundInPass: 0,
    envelopes: 0,
    rewrapped: 0,
    unreadable: 0,
  }));
  for (let at = 0; at < rows.length; at += INSERT_ROWS)
    await tx.table(keyRotations).insert(rows.slice(at, at + INSERT_ROWS));
  return rotationId;
}
