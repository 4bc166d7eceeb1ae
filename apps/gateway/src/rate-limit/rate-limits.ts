import {
  appealLockout,
  beginAuthorization,
  beginProviderSignIn,
  beginReauthorization,
  beginStaffSignIn,
  confirmEmailChange,
  confirmPasskeySignIn,
  confirmPasswordReset,
  confirmSignInCode,
  confirmSignInLink,
  confirmSignUp,
  finishAuthorization,
  finishProviderSignIn,
  finishStaffSignIn,
  inviteMember,
  kernelProblems,
  offerPasskeySignIn,
  requestPasswordReset,
  requestSignInCode,
  requestSignInLink,
  signIn,
  signUp,
  signUpInvited,
} from '@millrace/contracts';
import { Problem } from '@millrace/kernel';
import { type Database } from '@millrace/persistence';
import { type Runtime } from '@millrace/service';
import { type AddressFingerprint } from './address-fingerprint.js';

interface RateLimit {
  readonly bucket: string;
  readonly operations: readonly string[];
  /** Most requests of one address in a window. */
  readonly requests: number;
  readonly windowSeconds: number;
}

/**
 * Limits that hold over all gateways of a region. An office behind one address stays below them; a list of stolen
 * passwords does not. Per account, identity's lockout counts besides.
 */
const limits: readonly RateLimit[] = [
  { bucket: 'sign-in', operations: [signIn.name], requests: 30, windowSeconds: 600 },
  { bucket: 'sign-up', operations: [signUp.name], requests: 20, windowSeconds: 600 },
  {
    bucket: 'mail',
    operations: [requestSignInCode.name, requestSignInLink.name, requestPasswordReset.name, inviteMember.name],
    requests: 20,
    windowSeconds: 600,
  },
  {
    bucket: 'confirm',
    operations: [
      confirmSignUp.name,
      confirmSignInCode.name,
      confirmSignInLink.name,
      confirmPasswordReset.name,
      confirmEmailChange.name,
      signUpInvited.name,
    ],
    requests: 30,
    windowSeconds: 600,
  },
  // Each asks somebody else's provider.
  {
    bucket: 'organization-provider',
    operations: [beginProviderSignIn.name, finishProviderSignIn.name],
    requests: 120,
    windowSeconds: 600,
  },
  { bucket: 'staff', operations: [beginStaffSignIn.name, finishStaffSignIn.name], requests: 60, windowSeconds: 600 },
  { bucket: 'appeal', operations: [appealLockout.name], requests: 10, windowSeconds: 600 },
  {
    bucket: 'provider',
    operations: [beginAuthorization.name, beginReauthorization.name, finishAuthorization.name],
    requests: 120,
    windowSeconds: 600,
  },
  // Each sign-in asks twice.
  {
    bucket: 'passkey',
    operations: [offerPasskeySignIn.name, confirmPasskeySignIn.name],
    requests: 60,
    windowSeconds: 600,
  },
];

/** Counts what addresses do, in one small upsert for each request to a limited operation. */
export class RateLimits {
  private readonly limitOf = new Map(limits.flatMap((limit) => limit.operations.map((name) => [name, limit] as const)));

  constructor(
    private readonly runtime: Runtime,
    private readonly database: Database,
    private readonly fingerprints: AddressFingerprint,
  ) {}

  /** @throws Problem `kernel.too-many-requests` with the seconds until the window ends */
  async spend(operation: string, address: string): Promise<void> {
    const limit = this.limitOf.get(operation);
    if (!limit) return;
    const now = this.runtime.clock.now();
    const windowMs = limit.windowSeconds * 1000;
    const windowStart = new Date(Math.floor(now.getTime() / windowMs) * windowMs);
    const [row] = await this.database.region({ kind: 'service' }, (tx) =>
      tx.query<{ requests: number }>(
        `insert into rate_limit as known (bucket, fingerprint, window_start, requests) values ($1, $2, $3, 1)
         on conflict (bucket, fingerprint, window_start) do update set requests = known.requests + 1 returning requests`,
        [limit.bucket, this.fingerprints.of(address, now), windowStart],
      ),
    );
    if (row!.requests <= limit.requests) return;
    throw new Problem(kernelProblems.tooMany, {
      retryAfterSeconds: (windowStart.getTime() + windowMs - now.getTime()) / 1000,
    });
  }
}
