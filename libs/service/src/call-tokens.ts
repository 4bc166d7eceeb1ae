import { type Caller, kernelProblems, type ServiceName } from '@millrace/contracts';
import { isCryptoError } from '@millrace/crypto';
import { Problem } from '@millrace/kernel';
import type { CallTokens } from '@millrace/messaging';
import type { RegionVerifier, ServiceSigner } from './region-tokens.js';

/** How long a call token lives (02-architecture: 60 seconds). */
const LIFETIME_SECONDS = 60;

export interface CallTokenOptions {
  readonly service: ServiceName;
  readonly region: string;
  readonly signer: ServiceSigner;
  readonly verifier: RegionVerifier;
}

/**
 * Call tokens of one service. The gateway alone may speak for users and visitors; every service speaks for itself only,
 * so a stolen service key cannot become a user.
 */
export function createCallTokens({ service, region, signer, verifier }: CallTokenOptions): CallTokens {
  return {
    sign: ({ caller, operation, requestId }) =>
      signer.sign(
        { cal: caller, op: operation, rid: requestId },
        { expiresInSeconds: LIFETIME_SECONDS, audience: region, issuer: service, type: 'call' },
      ),
    async verify(token, operation) {
      const { issuer, claims } = await verifier
        .verify(token, { audience: region, type: 'call', maxLifetimeSeconds: LIFETIME_SECONDS })
        .catch((cause: unknown) => {
          throw isCryptoError(cause) ? new Problem(kernelProblems.notSignedIn, { cause }) : cause;
        });
      const { cal, op, rid } = claims as { cal: Caller; op: string; rid: string };
      const mayName = cal.kind === 'service' ? cal.name === issuer : issuer === 'gateway';
      if (op !== operation || !mayName) throw new Problem(kernelProblems.notSignedIn);
      return { caller: cal, requestId: rid };
    },
  };
}
