import { z } from 'zod';
import { f } from '../field.js';

/** Who signs lease grants, and for whom: the vault of the same region. */
export const leaseIssuer = 'sync';
export const leaseAudience = (region: string) => `vault:${region}`;

/** How long a grant may live. A worker asks for a lease right after it got its grant; 60 s is the life of every call token too. */
export const LEASE_GRANT_SECONDS = 60;

const everyGrant = {
  /** Each grant is good for one lease; the vault remembers it until it expires. */
  grantId: f.id('grant'),
  orgId: f.id('organization'),
  connectionId: f.id('connection'),
  /** RFC 7638 thumbprint of the worker's X25519 public key (`leaseKeyThumbprint` of crypto). */
  workerKey: f.sealed(32),
};

/**
 * The claims of a lease grant: a compact JWS of type `lease-grant`, signed by {@link leaseIssuer} for
 * {@link leaseAudience}, with at most {@link LEASE_GRANT_SECONDS} to live.
 */
export const LeaseGrant = z.discriminatedUnion('purpose', [
  z.strictObject({
    ...everyGrant,
    /** To move one partition of a run. */
    purpose: z.literal('run'),
    runId: f.id('run'),
    partitionId: f.id('partition'),
    /** The fence that the worker holds; sync alone judges it, the vault writes it down. */
    fence: f.count(),
  }),
  z.strictObject({
    ...everyGrant,
    /** To reach a connection once and say what it offers. */
    purpose: z.literal('inspect'),
  }),
]);
export type LeaseGrant = z.output<typeof LeaseGrant>;

/** What a lease seals to the worker's key, as JSON in UTF-8. */
export const LeasedCredential = z.strictObject({
  /** Absent for a provider that asks for no proof of who we are. */
  username: f.label(254).optional(),
  password: f.secret().optional(),
  /** A token of the provider's; never the one by which the vault renews it. */
  token: f.secret(8_192).optional(),
  /** 32 bytes, base64url: the organization's key for hashing fields and for fingerprints of records. */
  fieldKey: f.sealed(32),
});
export type LeasedCredential = z.output<typeof LeasedCredential>;

/** What a sealed lease is bound to: the `info` of `sealTo` and `openSealed` of crypto. Both sides must give the same. */
export function leaseInfo({
  orgId,
  connectionId,
  grantId,
}: Pick<LeaseGrant, 'orgId' | 'connectionId' | 'grantId'>): Record<string, string> {
  return { use: 'credential-lease', orgId, connectionId, grantId };
}

/**
 * What a grant says, without verifying it: for the worker, who got it from sync over a signed call and needs its id for
 * {@link leaseInfo}. The vault never uses this.
 * @throws Error when the text is not a grant; it repeats nothing of it
 */
export function readLeaseGrant(grant: string): LeaseGrant {
  try {
    const payload = JSON.parse(atob(grant.split('.')[1]!.replaceAll('-', '+').replaceAll('_', '/'))) as Record<
      string,
      unknown
    >;
    const claims = Object.fromEntries(
      Object.entries(payload).filter(([name]) => !['iss', 'aud', 'iat', 'exp'].includes(name)),
    );
    return LeaseGrant.parse(claims);
  } catch {
    throw new Error('Not a lease grant');
  }
}

/** What a sealed data key is bound to; the plaintext is the 32 bytes of the key, for a `Sealer` of crypto. */
export function dataKeyInfo({
  orgId,
  purpose,
  keyId,
}: {
  orgId: string;
  purpose: 'sync-state';
  keyId: string;
}): Record<string, string> {
  return { use: 'data-key', orgId, purpose, keyId };
}
