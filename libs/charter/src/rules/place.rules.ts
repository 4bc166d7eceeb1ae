import type { CharterDocument } from '../schema/charter.schema.js';
import { duplicateIds, type Rule } from './rule.js';

/** Members of the European Economic Area. */
const EEA = new Set(
  'AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE IS LI NO'.split(' '),
);
const FOREIGN_MARKETS = ['EEA', 'UK', 'CH'] as const;
type ForeignMarket = (typeof FOREIGN_MARKETS)[number];

/** Selling into the EEA, the UK or Switzerland waits for a representative there (conflict C16, Art. 27 GDPR). */
const representativeFirst: Rule = ({ controller }) => {
  const { state, name, contact } = controller.representative;
  const abroad = FOREIGN_MARKETS.filter((market) => controller.markets.includes(market));
  if (abroad.length && !isPlacedIn(controller.country, 'EEA') && state !== 'appointed') {
    const message = `Market ${abroad[0]} stays closed until a representative is appointed.`;
    const path = ['controller', 'markets', controller.markets.indexOf(abroad[0]!)];
    return [{ path, rule: 'launch/representative-missing', message }];
  }
  if (state !== 'appointed' || (name && contact)) return [];
  const message = 'An appointed representative needs a name and a contact.';
  return [{ path: ['controller', 'representative'], rule: 'launch/representative-unnamed', message }];
};

const defaultRegionExists: Rule = ({ residency }) =>
  residency.regions[residency.default]
    ? []
    : [
        {
          path: ['residency', 'default'],
          rule: 'residency/default-unknown',
          message: 'The default is no region here.',
        },
      ];

/** A promise to stay in one country binds regions and providers alike (conflict C7). */
const withinCountries: Rule = ({ residency, subProcessors }) => {
  const { onlyIn } = residency;
  if (!onlyIn) return [];
  const regions = Object.entries(residency.regions)
    .filter(([, { country }]) => !onlyIn.includes(country))
    .map(([id]) => ({
      path: ['residency', 'regions', id],
      rule: 'residency/region-outside',
      message: `Region "${id}" stands outside the countries of "residency.onlyIn".`,
    }));
  const providers = subProcessors.flatMap(({ id, location }, index) =>
    onlyIn.includes(location)
      ? []
      : [
          {
            path: ['subProcessors', index, 'location'],
            rule: 'residency/sub-processor-outside',
            message: `Sub-processor "${id}" stands outside the countries of "residency.onlyIn".`,
          },
        ],
  );
  return [...regions, ...providers];
};

/** Data of a market may lie outside it only under a registered safeguard (conflict C19). */
const transfersCovered: Rule = (charter) =>
  charter.controller.markets.flatMap((market, index) => {
    if (market === 'US') return [];
    const uncovered = countriesOfRegions(charter).find(
      (country) => !isPlacedIn(country, market) && !hasTransfer(charter, market, country),
    );
    if (!uncovered) return [];
    const message = `Market ${market} is served from ${uncovered} without a registered transfer mechanism.`;
    return [{ path: ['controller', 'markets', index], rule: 'transfer/mechanism-missing', message }];
  });

const connectorAuth: Rule = ({ connectors, connectorRules }) =>
  Object.entries(connectors).flatMap(([id, { auth, scopes }]) => {
    const refused = auth.flatMap((way, index) =>
      connectorRules.auth.includes(way)
        ? []
        : [
            {
              path: ['connectors', id, 'auth', index],
              rule: 'connector/auth-refused',
              message: `Connector "${id}" signs in by ${way}, which "connectorRules.auth" does not allow (conflict C5).`,
            },
          ],
    );
    const needsScopes = auth.some((way) => way.startsWith('oauth2')) && !scopes?.length;
    const message = `Connector "${id}" uses OAuth and must list its scopes.`;
    return needsScopes
      ? [...refused, { path: ['connectors', id], rule: 'connector/scopes-missing', message }]
      : refused;
  });

const subProcessorsOnce: Rule = ({ subProcessors, transfers }) => [
  ...duplicateIds(subProcessors, 'subProcessors', 'sub-processor/duplicate-id'),
  ...duplicateIds(transfers, 'transfers', 'transfer/duplicate-id'),
];

const effectiveAfterVersion: Rule = ({ version, effective }) =>
  effective < version
    ? [
        {
          path: ['effective'],
          rule: 'version/effective-too-early',
          message: 'A version cannot take effect before its own date.',
        },
      ]
    : [];

/** Whether a country lies in a market. */
export function isPlacedIn(country: string, market: ForeignMarket): boolean {
  if (market === 'EEA') return EEA.has(country);
  return country === (market === 'UK' ? 'GB' : 'CH');
}

/** The countries in which the charter's regions stand. */
export function countriesOfRegions(charter: CharterDocument): string[] {
  return [...new Set(Object.values(charter.residency.regions).map(({ country }) => country))];
}

/** Whether a registered safeguard covers data of a market in a country. */
export function hasTransfer(charter: CharterDocument, market: ForeignMarket, country: string): boolean {
  return charter.transfers.some(
    ({ from, to, mechanism }) =>
      from.includes(market) && (to === 'any' || to.includes(country)) && mechanism !== 'consent',
  );
}

export const placeRules: readonly Rule[] = [
  representativeFirst,
  defaultRegionExists,
  withinCountries,
  transfersCovered,
  connectorAuth,
  subProcessorsOnce,
  effectiveAfterVersion,
];
