import { changeEffects, categoryTitles, enumerate, retentionTitles } from '@millrace/charter';
import { byRank, changed, columnDifferences, holdingWords } from './column-differences.js';
import { type DataMapChange, dataMapChangeKinds, type Difference } from './data-map-change.js';
import type { DataMap, MappedColumn, MappedTable } from './data-map.schema.js';

/** What changed for people from one data map to another. */
export interface DataMapDiff {
  /** Worst for people first, then by weight. */
  readonly changes: readonly DataMapChange[];
  /** False where one of the maps is without a charter: then only what services declare was compared. */
  readonly comparesCharters: boolean;
}

/** Places that a sentence names; more are counted. */
const MOST_NAMED = 4;

/** Compares what two maps mean for people. Columns that say nothing about a person in either are no matter of it. */
export function diffDataMaps(before: DataMap, after: DataMap): DataMapDiff {
  const comparesCharters = before.charter !== undefined && after.charter !== undefined;
  const [was, is] = comparesCharters ? [before, after] : [declaredOnly(before), declaredOnly(after)];
  const changes = told([
    ...categoryDifferences(was, is),
    ...tablesOf(was, is).flatMap((pair) => tableDifferences(pair, titles(was, is))),
    ...charterDifferences(was, is),
  ]);
  const rank = ({ effect, kind }: DataMapChange) =>
    changeEffects.indexOf(effect) * dataMapChangeKinds.length + dataMapChangeKinds.indexOf(kind);
  return { changes: changes.toSorted((a, b) => rank(a) - rank(b)), comparesCharters };
}

function declaredOnly({ formatVersion, services }: DataMap): DataMap {
  const bare = ({ underCharter: _, ...column }: MappedColumn): MappedColumn => column;
  return {
    formatVersion,
    services: services.map(({ service, tables }) => ({
      service,
      tables: tables.map((table) => ({ ...table, columns: table.columns.map(bare) })),
    })),
  };
}

/** One sentence for all places that it is true of. */
function told(differences: readonly Difference[]): DataMapChange[] {
  const groups = Map.groupBy(differences, ({ kind, effect, says }) => JSON.stringify([kind, effect, says]));
  return [...groups.values()].map((group) => {
    const { kind, effect, says } = group[0]!;
    const places = group.map(({ place }) => place);
    return { kind, effect, sentence: `${says}: ${placesText(places)}.`, places };
  });
}

function placesText(places: readonly string[]): string {
  if (places.length <= MOST_NAMED) return enumerate(places);
  return `${places.slice(0, MOST_NAMED - 1).join(', ')} and ${places.length - MOST_NAMED + 1} more`;
}

interface Pair {
  readonly path: string;
  readonly was?: MappedTable;
  readonly is?: MappedTable;
}

function tablesOf(before: DataMap, after: DataMap): Pair[] {
  const [was, is] = [before, after].map(
    ({ services }) =>
      new Map(
        services.flatMap(({ service, tables }) => tables.map((one) => [`${service}.${one.table}`, one] as const)),
      ),
  ) as [Map<string, MappedTable>, Map<string, MappedTable>];
  return [...new Set([...was.keys(), ...is.keys()])].map((path) => ({ path, was: was.get(path), is: is.get(path) }));
}

/** How recipients are called; one that both charters name as in the later of them. */
function titles(...maps: readonly DataMap[]): (id: string) => string {
  const named = new Map(
    maps.flatMap(({ charter }) => charter?.recipients.map(({ id, title }) => [id, title] as const) ?? []),
  );
  return (id) => named.get(id) ?? id;
}

function tableDifferences({ path, was, is }: Pair, titleOf: (id: string) => string): Difference[] {
  const names = new Set([...(was?.columns ?? []), ...(is?.columns ?? [])].map(({ column }) => column));
  const columns = [...names].flatMap((name) => {
    const [old, now] = [was, is].map((table) => table?.columns.find(({ column }) => column === name));
    const found = old && now ? columnDifferences(old, now, titleOf) : cameOrWent({ name, old, now }, was, is);
    return found.map((one) => ({ ...one, place: `${path}.${name}` }));
  });
  // Without a column about people, or on one side alone, how rows end is no matter of this.
  if (!was?.columns.length || !is?.columns.length) return columns;
  const rows = [
    ...changed('rule-changed', 'different', 'Rows end otherwise', endWords(was), endWords(is)),
    ...changed(
      'closure-changed',
      byRank(['delete', 'keep'], was.closure?.does, is.closure?.does),
      'The closing of an organization',
      closureWords(was),
      closureWords(is),
    ),
  ];
  return [...columns, ...rows.map((one) => ({ ...one, place: path }))];
}

function cameOrWent(
  { name, old, now }: { readonly name: string; readonly old?: MappedColumn; readonly now?: MappedColumn },
  was: MappedTable | undefined,
  is: MappedTable | undefined,
): Omit<Difference, 'place'>[] {
  if (now)
    return was?.impersonal.includes(name)
      ? [
          {
            kind: 'became-personal',
            effect: 'weaker',
            says: `Holds ${holdingWords(now)}, where it was declared to say nothing about a person`,
          },
        ]
      : [{ kind: 'column-added', effect: 'weaker', says: `Held in addition, ${holdingWords(now)}` }];
  return is?.impersonal.includes(name)
    ? [
        {
          kind: 'declared-impersonal',
          effect: 'weaker',
          says: `Declared to say nothing about a person, so neither exported nor erased any more, where it held ${holdingWords(old!)}`,
        },
      ]
    : [{ kind: 'column-removed', effect: 'stronger', says: `Not held any more, ${holdingWords(old!)}` }];
}

const endWords = ({ ends }: MappedTable): string =>
  'rule' in ends ? `by the rule “${retentionTitles[ends.rule]}” from ${ends.from}` : `with ${ends.livesWith}`;

const closureWords = ({ closure }: MappedTable): string => {
  if (!closure) return 'does not reach the rows';
  return closure.does === 'delete' ? 'deletes the rows' : `keeps the rows (${closure.because})`;
};

/** Categories that a service as a whole began or ceased to hold. */
function categoryDifferences(before: DataMap, after: DataMap): Difference[] {
  const [was, is] = [held(before), held(after)];
  const of = (pairs: ReturnType<typeof held>, others: ReturnType<typeof held>) =>
    [...pairs].filter(([key]) => !others.has(key)).map(([, pair]) => pair);
  return [
    ...of(is, was).map(({ service, category }): Difference => ({
      kind: 'category-added',
      effect: 'weaker',
      says: `A category that the service did not hold before, ${categoryTitles[category]}`,
      place: service,
    })),
    ...of(was, is).map(({ service, category }): Difference => ({
      kind: 'category-removed',
      effect: 'stronger',
      says: `A category that the service does not hold any more, ${categoryTitles[category]}`,
      place: service,
    })),
  ];
}

const held = ({ services }: DataMap) =>
  new Map(
    services.flatMap(({ service, tables }) =>
      tables.flatMap(({ columns }) =>
        columns.map(({ category }) => [`${service} ${category}`, { service, category }] as const),
      ),
    ),
  );

/** Where everything may be, and who and where the recipients are that both charters name. */
function charterDifferences({ charter: was }: DataMap, { charter: is }: DataMap): Difference[] {
  if (!was || !is) return [];
  const [oldPlaces, newPlaces] = [was, is].map(({ locations }) => new Map(locations.map((one) => [one.region, one])));
  const regions = [...new Set([...oldPlaces!.keys(), ...newPlaces!.keys()])].flatMap((region) => {
    const [old, now] = [oldPlaces!.get(region), newPlaces!.get(region)];
    return changed('location-changed', 'different', 'Where a region may be', placeWords(old), placeWords(now)).map(
      (one) => ({ ...one, place: region }),
    );
  });
  const recipients = is.recipients.flatMap((now) => {
    const old = was.recipients.find(({ id }) => id === now.id);
    if (!old) return [];
    return changed('location-changed', 'different', 'Which company it is', companyWords(old), companyWords(now)).map(
      (one) => ({ ...one, place: now.id }),
    );
  });
  return [...regions, ...recipients];
}

type MappedCharter = NonNullable<DataMap['charter']>;

const placeWords = (one: MappedCharter['locations'][number] | undefined): string =>
  one ? `${one.place} (${one.country})` : 'nowhere';

const companyWords = ({ name, location }: MappedCharter['recipients'][number]): string =>
  `${name ?? 'not yet named'} (${location})`;
