import { z } from 'zod';
import { service } from '../caller.js';
import { f } from '../field.js';
import { operation } from '../operation.js';
import { vaultProblems } from '../problems.js';
import { PROVIDER_DEADLINE_MS } from './connection-operations.js';
import { Lease } from './providers.js';

export const leaseCredential = operation({
  name: 'vault.credential.lease',
  summary: 'Seal a credential to one worker’s key, against a grant that sync signed',
  input: z.strictObject({
    /** Compact JWS by sync: { orgId, connectionId, purpose, runId?, partitionId?, fence?, workerKey (thumbprint) }. */
    grant: f.sealedToken(),
    /** The worker's X25519 public key, base64url. */
    workerKey: f.sealed(64),
  }),
  /** `sealed` is the HPKE ciphertext of a {@link LeasedCredential}. */
  output: Lease,
  access: service('sync-worker'),
  audit: 'credential.leased',
  errors: [
    vaultProblems.leaseRefused,
    vaultProblems.connectionRevoked,
    vaultProblems.reconnectNeeded,
    vaultProblems.providerUnreachable,
  ],
  // A token that has just ended is renewed first.
  deadlineMs: PROVIDER_DEADLINE_MS,
});

export const openDataKey = operation({
  name: 'vault.data-key.open',
  summary: 'A data key of an organization for one purpose, sealed to the asking service; made on first use',
  input: z.strictObject({ orgId: f.id('organization'), purpose: f.oneOf('sync-state'), publicKey: f.sealed(64) }),
  output: z.strictObject({ keyId: f.id('data-key'), sealed: f.sealed() }),
  access: service('sync'),
});
