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

/** Versions of one data key that there may be at once: one in use, and the one that comes or goes. */
export const MAX_DATA_KEY_VERSIONS = 2;

export const openDataKey = operation({
  name: 'vault.data-key.open',
  summary:
    'The versions of an organization’s data key for one purpose, sealed to the asking service; made on first use',
  input: z.strictObject({ orgId: f.id('organization'), purpose: f.oneOf('sync-state'), publicKey: f.sealed(64) }),
  output: z.strictObject({
    /** The one to seal with first; the others open what was sealed with them. Each is the HPKE ciphertext of 32 bytes. */
    keys: z
      .array(z.strictObject({ keyId: f.id('data-key'), sealed: f.sealed() }))
      .min(1)
      .max(MAX_DATA_KEY_VERSIONS),
  }),
  access: service('sync'),
});

/**
 * How long a service may keep a data key in memory. A new version is handed out for opening at once, and for sealing once
 * everybody must have it; an older one may be retired once nobody can seal with it any more.
 */
export const DATA_KEY_MEMORY_SECONDS = 300;
/** From a renewal until the older version may be retired: both waits, and a minute for what is under way. */
export const DATA_KEY_SETTLE_SECONDS = 2 * DATA_KEY_MEMORY_SECONDS + 60;

const stateKeyOf = z.strictObject({ orgId: f.id('organization'), purpose: f.oneOf('sync-state') });

/** Keys for hashing fields are not among the purposes: stored hashes and the joins over them depend on these. */
export const renewDataKey = operation({
  name: 'vault.data-key.renew',
  summary: 'Give an organization a new data key for one purpose; what lies under the old one stays readable',
  input: stateKeyOf,
  output: z.strictObject({ keyId: f.id('data-key') }),
  access: service('operator'),
  audit: 'data-key.renewed',
  errors: [vaultProblems.dataKeyNeeded],
});

export const retireDataKey = operation({
  name: 'vault.data-key.retire',
  summary: 'Have everything sealed anew that lies under an older data key, then destroy that key',
  input: stateKeyOf,
  output: z.strictObject({
    /** How many keys were destroyed; 0 where there was no older one. */
    retired: f.count(),
    resealed: f.count(),
  }),
  access: service('operator'),
  audit: 'data-key.retired',
  errors: [vaultProblems.dataKeyNeeded],
  deadlineMs: 60_000,
});
