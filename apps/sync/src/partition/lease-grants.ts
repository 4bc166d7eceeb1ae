import { kernelProblems, LEASE_GRANT_SECONDS, leaseAudience, type LeaseGrant, leaseIssuer } from '@millrace/contracts';
import { isCryptoError, leaseKeyThumbprint } from '@millrace/crypto';
import { newId, Problem } from '@millrace/kernel';
import type { RegionVerifier, Runtime, ServiceSigner } from '@millrace/service';

export interface RunGrantRequest {
  readonly orgId: string;
  readonly connectionId: string;
  readonly runId: string;
  readonly partitionId: string;
  readonly fence: number;
  /** The worker's X25519 public key, base64url. */
  readonly workerKey: string;
}

/** As long as an inspection may take. */
const TICKET_SECONDS = 20;
/** Nobody but sync itself accepts a ticket. */
const ticketAudience = (region: string) => `inspection:${region}`;

/** Signs lease grants: the vault gives a credential to no worker that sync has not named. */
export class LeaseGrants {
  constructor(
    private readonly runtime: Runtime,
    private readonly signer: ServiceSigner,
    private readonly verifier: RegionVerifier,
  ) {}

  forRun({ workerKey, ...request }: RunGrantRequest): Promise<string> {
    return this.sign({
      grantId: newId(this.runtime.clock),
      ...request,
      purpose: 'run',
      workerKey: leaseKeyThumbprint(workerKey),
    });
  }

  /** A ticket with which a worker that sync asked to look at a connection may ask for a grant. */
  ticketFor(orgId: string, connectionId: string): Promise<string> {
    const { region } = this.runtime.config;
    return this.signer.sign(
      { orgId, connectionId },
      { expiresInSeconds: TICKET_SECONDS, audience: ticketAudience(region), issuer: leaseIssuer, type: 'lease-grant' },
    );
  }

  /** @throws Problem `kernel.forbidden` for a ticket that sync did not sign or that has expired */
  async forInspection(ticket: string, workerKey: string): Promise<string> {
    const audience = ticketAudience(this.runtime.config.region);
    const verified = await this.verifier.verify(ticket, { audience, type: 'lease-grant' }).catch((cause: unknown) => {
      throw isCryptoError(cause) ? new Problem(kernelProblems.forbidden, { cause }) : cause;
    });
    const { orgId, connectionId } = verified.claims as { orgId: string; connectionId: string };
    const grantId = newId(this.runtime.clock);
    return this.sign({ grantId, orgId, connectionId, purpose: 'inspect', workerKey: leaseKeyThumbprint(workerKey) });
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
