import { isIP } from 'node:net';
import { identityProblems } from '@millrace/contracts';
import { Problem } from '@millrace/kernel';
import type { RegionConfig } from '@millrace/service';

export interface RelyingParty {
  /** The host name that passkeys are bound to for good. */
  readonly id: string;
  /** Pages that may use them. */
  readonly origins: string[];
}

/**
 * Who we are to passkeys: the host name of the first origin of the region's configuration that has one. Passkeys are
 * bound to it, so an address in numbers will not do (WebAuthn §5.1.2, "effective domain").
 * @throws Problem `identity.passkeys-unavailable` where the region has no host name
 */
export function relyingPartyOf({ http }: Pick<RegionConfig, 'http'>): RelyingParty {
  const named = http.origins.map((one) => new URL(one)).filter(({ hostname }) => isIP(bare(hostname)) === 0);
  const id = named[0]?.hostname;
  if (id === undefined) throw new Problem(identityProblems.passkeysUnavailable);
  return { id, origins: named.filter(({ hostname }) => hostname === id).map(({ origin }) => origin) };
}

const bare = (hostname: string) => hostname.replace(/^\[|\]$/g, '');
