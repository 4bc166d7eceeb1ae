import { LEASE_GRANT_SECONDS, leaseAudience, LeaseGrant, vaultProblems } from '@millrace/contracts';
import { type CryptoErrorCode, isCryptoError, leaseKeyThumbprint } from '@millrace/crypto';
import { Problem, type ProblemKind } from '@millrace/kernel';
import type { RegionVerifier } from '@millrace/service';

/** Reasons that lie with the connection; all others lie with the grant. */
const ofConnection = {
  'connection-revoked': vaultProblems.connectionRevoked,
  'reconnect-needed': vaultProblems.reconnectNeeded,
} as const;

function kindOf(reason: string): ProblemKind {
  return ofConnection[reason as keyof typeof ofConnection] ?? vaultProblems.leaseRefused;
}

/** A refused lease. The caller learns only whether the grant or the connection is at fault; the ledger learns the reason. */
export class LeaseRefusal extends Problem {
  constructor(
    /** A code of crypto, or one of ours. */
    readonly reason:
      CryptoErrorCode | 'grant-malformed' | 'grant-replayed' | 'wrong-worker-key' | keyof typeof ofConnection,
    /** The grant, when its signature held. */
    readonly grant?: LeaseGrant,
    cause?: unknown,
  ) {
    super(kindOf(reason), { cause });
  }
}

export interface VerifiedGrant {
  readonly grant: LeaseGrant;
  readonly expiresAt: Date;
}

/** Judges lease grants: signed by sync, for this region's vault, young, and for the worker key that is presented. */
export class LeaseGrantVerifier {
  private readonly audience: string;

  constructor(
    region: string,
    private readonly verifier: RegionVerifier,
  ) {
    this.audience = leaseAudience(region);
  }

  /** @throws LeaseRefusal (`vault.lease-refused`) whatever is wrong; the caller learns no more than that */
  async verify(token: string, workerKey: string): Promise<VerifiedGrant> {
    const options = { audience: this.audience, type: 'lease-grant', maxLifetimeSeconds: LEASE_GRANT_SECONDS } as const;
    const { claims, expiresAt } = await this.verifier.verify(token, options).catch(refuse);
    const parsed = LeaseGrant.safeParse(claims);
    if (!parsed.success) throw new LeaseRefusal('grant-malformed');
    if (thumbprintOf(workerKey) !== parsed.data.workerKey) throw new LeaseRefusal('wrong-worker-key', parsed.data);
    return { grant: parsed.data, expiresAt };
  }
}

function thumbprintOf(workerKey: string): string {
  try {
    return leaseKeyThumbprint(workerKey);
  } catch (error) {
    return refuse(error);
  }
}

function refuse(error: unknown): never {
  throw isCryptoError(error) ? new LeaseRefusal(error.code, undefined, error) : error;
}
