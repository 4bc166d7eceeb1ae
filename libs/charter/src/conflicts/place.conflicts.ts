import type { Complaint } from '../finding.js';
import { countriesOfRegions, hasTransfer, isPlacedIn } from '../rules/place.rules.js';
import { authClasses, type Regime } from '../vocabulary.js';
import { conflict, when, type ConflictCheck } from './conflict.js';

const MARKET_OF = { gdpr: 'EEA', 'uk-gdpr': 'UK', fadp: 'CH' } as const satisfies Partial<Record<Regime, string>>;

const oauthOnly: ConflictCheck = ({ connectorRules, modules }) => {
  const refused = authClasses.filter((way) => !connectorRules.auth.includes(way));
  return when(
    modules.sync === 'on' && refused.length > 0,
    'C5',
    ['connectorRules', 'auth'],
    `Connectors that sign in by ${refused.join(', ')} exist and cannot be enabled here.`,
  );
};

const weakTransfers: ConflictCheck = ({ transfers }) =>
  transfers.flatMap(({ mechanism, fallback }, index) => {
    const path = ['transfers', index, 'mechanism'];
    if (mechanism === 'consent') {
      return [conflict('C13', path, 'Consent is an exception and no basis for systematic transfers (Art. 49 GDPR).')];
    }
    if (mechanism !== 'dpf') return [];
    const tail = fallback ? '' : ' Nothing takes its place here.';
    return [conflict('C13', path, `The Data Privacy Framework needs a yearly renewal and is under appeal.${tail}`)];
  });

/** European people served from elsewhere without a mechanism; the launch gate keeps their market closed meanwhile. */
const unnamedTransfers: ConflictCheck = (charter) => {
  const granted = charter.rights.regimes;
  const open = Object.entries(MARKET_OF).flatMap(([regime, market]): Complaint[] => {
    if (!granted[regime as keyof typeof MARKET_OF]) return [];
    const outside = countriesOfRegions(charter).filter((country) => !isPlacedIn(country, market));
    const uncovered = outside.some((country) => !hasTransfer(charter, market, country));
    const path = ['rights', 'regimes', regime];
    return when(uncovered, 'C19', path, `People of ${market} are served from outside and no mechanism is named.`);
  });
  const forgotten = Boolean(granted.gdpr) && !granted.fadp;
  return [
    ...open,
    ...when(forgotten, 'C19', ['rights', 'regimes'], 'Switzerland has a law of its own and is missing.'),
  ];
};

/** The only conflict that keeps a page from being published: people must be able to write by post. */
const postalAddress: ConflictCheck = ({ controller }) =>
  when(
    controller.postalAddress === 'placeholder',
    'C20',
    ['controller', 'postalAddress'],
    'The postal address is a placeholder.',
  ).map((complaint) => ({ ...complaint, blocks: 'publication' as const }));

const vendorsDiffer: ConflictCheck = ({ connectors }) =>
  Object.entries(connectors).flatMap(([id, { deviations = [] }]) =>
    deviations.map((deviation, index) => conflict('C25', ['connectors', id, 'deviations', index], deviation)),
  );

export const placeConflicts: readonly ConflictCheck[] = [
  oauthOnly,
  weakTransfers,
  unnamedTransfers,
  postalAddress,
  vendorsDiffer,
];
