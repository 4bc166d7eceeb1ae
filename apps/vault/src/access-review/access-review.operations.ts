import {
  type Input,
  LEASES_PER_PAGE,
  type LeaseRecord,
  type Output,
  reviewAccess,
  rolePermissions,
  roles,
  secretPermissions,
} from '@millrace/contracts';
import { type Call, Handles } from '@millrace/messaging';
import type { Tx } from '@millrace/persistence';
import { Runtime } from '@millrace/service';
import { Controller } from '@nestjs/common';
import { findConnection } from '../connection/connection.queries.js';

interface LeaseRow {
  readonly id: string;
  readonly at: Date;
  readonly purpose: LeaseRecord['purpose'];
  readonly run_id: string | null;
  readonly partition_id: string | null;
  readonly fence: string | null;
  readonly worker_key: string;
}

@Controller()
export class AccessReviewOperations {
  constructor(private readonly runtime: Runtime) {}

  @Handles(reviewAccess)
  async review({ connectionId, after }: Input<typeof reviewAccess>, call: Call): Promise<Output<typeof reviewAccess>> {
    const leases = await call.tx(async (tx) => {
      await findConnection(tx, connectionId);
      return leasesOf(tx, connectionId, after);
    });
    const shown = leases.slice(0, LEASES_PER_PAGE);
    return {
      connectionId,
      keyProvider: this.runtime.config.keys.provider,
      roles: able,
      services: ['vault', 'sync-worker'],
      leases: shown.map(recordOf),
      ...(leases.length > shown.length ? { next: shown.at(-1)!.id } : {}),
    };
  }
}

const able = roles
  .map((role) => ({ role, permissions: secretPermissions.filter((one) => rolePermissions[role].includes(one)) }))
  .filter(({ permissions }) => permissions.length > 0);

/** One more than a page shows, which says that there is another. Ids are in the order of time. */
function leasesOf(tx: Tx, connectionId: string, after: string | undefined): Promise<LeaseRow[]> {
  return tx.query<LeaseRow>(
    `select id, at, purpose, run_id, partition_id, fence, worker_key from lease_log
      where connection_id = $1 and ($2::uuid is null or id < $2) order by id desc limit $3`,
    [connectionId, after ?? null, LEASES_PER_PAGE + 1],
  );
}

function recordOf({ id, at, purpose, run_id, partition_id, fence, worker_key }: LeaseRow): LeaseRecord {
  return {
    leaseId: id,
    at: at.toISOString(),
    purpose,
    workerKey: worker_key,
    ...(run_id ? { runId: run_id } : {}),
    ...(partition_id ? { partitionId: partition_id } : {}),
    ...(fence === null ? {} : { fence: Number(fence) }),
  };
}
