import { z } from 'zod';
import { permission, type Permission, permissions, roles } from '../caller.js';
import { f } from '../field.js';
import { get, operation } from '../operation.js';

/** At most this many leases on a page of {@link reviewAccess}. */
export const LEASES_PER_PAGE = 200;

/** What lets a member have a connection's secret used: nobody may read one. */
export const secretPermissions = ['connections.write', 'runs.start'] as const satisfies readonly Permission[];

/** Who keeps the key under which secrets are sealed. */
export const keyProviders = ['keyring', 'transit'] as const;

/** A secret that left the vault, sealed to one worker's key. */
export const LeaseRecord = z.strictObject({
  leaseId: f.id('lease'),
  at: f.instant(),
  purpose: f.oneOf('run', 'inspect'),
  /** The run that needed it; absent for a look at the connection that a person asked for. */
  runId: f.id('run').optional(),
  partitionId: f.id('partition').optional(),
  fence: f.count().optional(),
  /** Thumbprint of the key that it was sealed to. */
  workerKey: f.fingerprint(),
});
export type LeaseRecord = z.output<typeof LeaseRecord>;

export const reviewAccess = operation({
  name: 'vault.connection-access.read',
  summary: 'Who could have a connection’s secret used, and every use of it: what an access review asks',
  http: get('/api/v1/connections/{connectionId}/access'),
  input: z.strictObject({ connectionId: f.id('connection'), after: f.id('lease').optional() }),
  output: z.strictObject({
    connectionId: f.id('connection'),
    keyProvider: f.oneOf(...keyProviders),
    /** Roles whose members may start runs with the connection, or end it; no role may read its secret. */
    roles: z.array(
      z.strictObject({
        role: f.oneOf(...roles),
        permissions: z.array(f.oneOf(...permissions)).max(permissions.length),
      }),
    ),
    /** Services that hold the secret in memory for as long as they need it. */
    services: z.array(f.oneOf('vault', 'sync-worker')),
    /** The newest first, as far back as the charter keeps the history of runs. */
    leases: z.array(LeaseRecord).max(LEASES_PER_PAGE),
    /** Ask again with this as `after`; absent on the last page. */
    next: f.id('lease').optional(),
  }),
  access: permission('ledger.read'),
});
