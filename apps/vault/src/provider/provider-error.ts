import { isCryptoError } from '@millrace/crypto';
import { Problem } from '@millrace/kernel';
import * as oauth from 'oauth4webapi';

/**
 * What became of asking a provider:
 * - `unreachable`: there was no answer, or one that says to come back later; the same question may be asked again
 * - `refused`: it no longer takes this code, token or credential (RFC 6749 §5.2 `invalid_grant`)
 * - `client`: it does not take this region's client; that is the operator's to mend, not the customer's
 * - `unusable`: its answer is not what the protocol says
 */
export type ProviderFault = 'unreachable' | 'refused' | 'client' | 'unusable';

/** It repeats nothing of the answer, which could hold anything. */
export class ProviderError extends Error {
  override readonly name = 'ProviderError';

  constructor(
    readonly fault: ProviderFault,
    options?: ErrorOptions,
  ) {
    super(`The provider did not do what it was asked: ${fault}`, options);
  }
}

const LATER = new Set([408, 425, 429]);

export function faultOfStatus(status: number): ProviderFault {
  return status >= 500 || LATER.has(status) ? 'unreachable' : 'refused';
}

/** Sorts whatever asking a provider threw. */
export function providerErrorOf(error: unknown): ProviderError {
  if (error instanceof ProviderError) return error;
  if (error instanceof oauth.ResponseBodyError) return new ProviderError(faultOfBody(error), { cause: error });
  if (error instanceof oauth.WWWAuthenticateChallengeError) {
    return new ProviderError(error.status === 401 ? 'client' : faultOfStatus(error.status), { cause: error });
  }
  if (error instanceof oauth.OperationProcessingError) return new ProviderError(faultOfAnswer(error), { cause: error });
  // The egress guard: nobody there, no TLS, no answer in time.
  if (error instanceof Problem && error.code.startsWith('egress.')) {
    return new ProviderError('unreachable', { cause: error });
  }
  if (isCryptoError(error)) throw error;
  return new ProviderError('unusable', { cause: error });
}

/** Codes of RFC 6749 §5.2 that are about the client and not about what was given. */
const ABOUT_CLIENT = new Set(['invalid_client', 'unauthorized_client', 'unsupported_grant_type', 'invalid_scope']);

function faultOfBody({ error, status }: oauth.ResponseBodyError): ProviderFault {
  if (ABOUT_CLIENT.has(error)) return 'client';
  const fault = faultOfStatus(status);
  return fault === 'refused' && error !== 'invalid_grant' ? 'unusable' : fault;
}

/** An answer that is not of the protocol: a proxy's page while the provider is away, or nonsense. */
function faultOfAnswer({ cause }: oauth.OperationProcessingError): ProviderFault {
  return cause instanceof Response && faultOfStatus(cause.status) === 'unreachable' ? 'unreachable' : 'unusable';
}
