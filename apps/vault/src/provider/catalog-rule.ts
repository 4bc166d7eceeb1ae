import type { Charter } from '@millrace/charter';
import { factsOf, type ProviderFacts, providerNames } from '@millrace/contracts';

/**
 * No provider is asked for more than a charter allows that lets people connect to it. Checked when the vault starts, so a
 * catalog that goes further keeps the region from opening.
 * @throws Error naming provider, charter and scopes
 */
export function assertCatalogAllowed(
  charters: readonly Charter[],
  catalog: Readonly<Record<string, ProviderFacts>> = shippedCatalog,
): void {
  for (const charter of charters) {
    for (const [name, { oauth, charter: listedAs = name }] of Object.entries(catalog)) {
      const granted = charter.document.connectors[listedAs];
      if (!oauth || !granted?.auth.includes(oauth.auth)) continue;
      const tooMuch = oauth.scopes.filter((scope) => !granted.scopes?.includes(scope));
      if (tooMuch.length > 0) {
        throw new Error(
          `The catalog asks ${name} for ${tooMuch.join(', ')}, which charter ${charter.name} ${charter.version} does not list`,
        );
      }
    }
  }
}

const shippedCatalog = Object.fromEntries(providerNames.map((name) => [name, factsOf(name)]));
