import { LEASE_GRANT_SECONDS, leaseAudience, type LeaseGrant, leaseIssuer } from '@millrace/contracts';
import { leaseKeyThumbprint, type TokenSigner } from '@millrace/crypto';
import { newId } from '@millrace/kernel';
import type { Runtime } from '@millrace/service';

export interface RunGrantRequest {
  readonly orgId: string;
  readonly connectionId: string;
  readonly runId: string;
  readonly partitionId: string;
  readonly fence: number;
  /** The worker's X25519 public key, base64url. */
  readonly workerKey: string;
}

/** Signs lease grants: the vault gives a credential to no worker that sync has not named. */
export class LeaseGrants {
  constructor(
    private readonly runtime: Runtime,
    private readonly signer: TokenSigner,
  ) {}

  forRun({ workerKey, ...request }: RunGrantRequest): Promise<string> {
    return this.sign({
      grantId: newId(this.runtime.clock),
      ...request,
      purpose: 'run',
      workerKey: leaseKeyThumbprint(workerKey),
    });
  }

  forInspection({
    workerKey,
    ...request
  }: Pick<RunGrantRequest, 'orgId' | 'connectionId' | 'workerKey'>): Promise<string> {
    return this.sign({
      grantId: newId(this.runtime.clock),
      ...request,
      purpose: 'inspect',
      workerKey: leaseKeyThumbprint(workerKey),
    });
  }

  private sign(grant: LeaseGrant): Promise<string> {
    const audience = leaseAudience(this.runtime.config.region);
    return this.signer.sign(grant, {
      expiresInSeconds: LEASE_GRANT_SECONDS,
      audience,
      issuer: leaseIssuer,
      type: 'lease-grant',
    });
  }
}
