import type { Clock } from '@millrace/kernel';
import type { Token } from '@millrace/testing';

/** A good token that says something else. */
export const claiming =
  (claims: Record<string, unknown>) =>
  (good: Token): Token => ({ ...good, claims: { ...good.claims, ...claims } });

/** ID tokens that nobody may accept, by what is wrong with each (OpenID Connect Core §3.1.3.7). */
export function forgedTokens(
  clock: Clock,
  { clientId, secret }: { readonly clientId: string; readonly secret: string },
): readonly [string, (good: Token) => Token][] {
  const past = () => Math.floor(clock.now().getTime() / 1_000) - 600;
  return [
    ['another issuer', (good) => claiming({ iss: 'https://evil.example' })(good)],
    ['another audience', (good) => claiming({ aud: 'somebody-else' })(good)],
    ['several audiences and another authorized party', (good) => claiming({ aud: [clientId, 'x'], azp: 'x' })(good)],
    ['another nonce', (good) => claiming({ nonce: 'A'.repeat(43) })(good)],
    ['no nonce', ({ claims: { nonce: _, ...claims }, ...good }) => ({ ...good, claims })],
    ['an end that is past', (good) => claiming({ exp: past() })(good)],
    ['no end', ({ claims: { exp: _, ...claims }, ...good }) => ({ ...good, claims })],
    ['no subject', ({ claims: { sub: _, ...claims }, ...good }) => ({ ...good, claims })],
    ['a beginning that is still to come', (good) => claiming({ nbf: past() + 3_600 })(good)],
    ['the signature of a stranger', (good) => ({ ...good, signedBy: 'stranger' })],
    ['no signature', (good) => ({ ...good, signedBy: 'nobody' })],
    ['the algorithm "none"', (good) => ({ ...good, header: { alg: 'none' }, signedBy: 'nobody' })],
    ['the client’s secret as its key', (good) => ({ ...good, header: { alg: 'HS256' }, signedBy: { secret } })],
  ];
}
