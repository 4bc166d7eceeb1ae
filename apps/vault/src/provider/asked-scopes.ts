import type { Charter } from '@millrace/charter';
import { charterNameOf, factsOf, type Provider } from '@millrace/contracts';

/**
 * What a provider is asked for under a charter: the catalog's scopes, and what it takes to renew the grant where the
 * charter lists that. Empty for a provider without grants.
 */
export function askedScopes(provider: Provider, charter: Charter): readonly string[] {
  const { oauth } = factsOf(provider);
  if (!oauth) return [];
  const { scopes, renewalScope } = oauth;
  const listed = charter.document.connectors[charterNameOf(provider)]?.scopes ?? [];
  return renewalScope !== undefined && listed.includes(renewalScope) ? [...scopes, renewalScope] : scopes;
}
