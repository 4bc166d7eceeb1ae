import { Secret } from '@millrace/kernel';
import { type Proofs } from '../credential/sealed-credential.js';
import { type Grant } from '../provider/oauth-client.js';

/** A token is renewed once three quarters of its life are over, so that a lease has the last quarter at the least. */
const RENEWED_AFTER = 0.75;

/** When a token that lives for so long is to be renewed. */
export function renewalDue(now: Date, livesMs: number): Date {
  return new Date(now.getTime() + livesMs * RENEWED_AFTER);
}

/**
 * What is kept of a grant: workers get the access token and nothing else. A provider that does not rotate its refresh
 * tokens answers none when one is used; the former stays in force (RFC 6749 §6).
 */
export function proofsOfGrant(grant: Grant, now: Date, former?: string): Proofs {
  const token = grant.accessToken.reveal();
  const refreshToken = grant.refreshToken?.reveal() ?? former;
  return {
    leased: new Secret({ token }),
    renewal: new Secret({ token, ...(refreshToken === undefined ? {} : { refreshToken }) }),
    ...expiryOf(grant, now),
  };
}

/** What is kept of a token that was obtained with a credential, and of the credential. */
export function proofsOfToken(grant: Grant, credential: Readonly<Record<string, string>>, now: Date): Proofs {
  return {
    leased: new Secret({ token: grant.accessToken.reveal() }),
    renewal: new Secret(credential),
    ...expiryOf(grant, now),
  };
}

function expiryOf({ livesMs }: Grant, now: Date): { expiresAt?: Date } {
  return livesMs === undefined ? {} : { expiresAt: new Date(now.getTime() + livesMs) };
}

/** Where a grant's permissions stand to those that were agreed. A provider that names none gave what was asked for (RFC 6749 §5.1). */
export function scopesAgree(granted: readonly string[] | undefined, agreed: readonly string[]): boolean {
  if (granted === undefined) return true;
  return new Set(granted).size === new Set(agreed).size && granted.every((scope) => agreed.includes(scope));
}
