import {
  categories,
  type Category,
  categoryTitles,
  endText,
  enumerate,
  humanDuration,
  humanWord,
  periodText,
  retentionKeys,
  retentionTitles,
} from '@millrace/charter';
import type { DataMap, MappedColumn } from '@millrace/privacy';
import type { Terminal } from '../terminal/terminal.js';

/** A column and where it stands: `identity.account`. */
interface Placed {
  readonly place: string;
  readonly column: MappedColumn;
}

type MappedCharter = NonNullable<DataMap['charter']>;

/** Shows a map under its charter: a table for each category, columns that have everything in common in one row. */
export function showDataMap({ charter, services }: DataMap, terminal: Terminal): void {
  const all = services.flatMap(({ service, tables }) =>
    tables.flatMap(({ table, columns }) => columns.map((column): Placed => ({ place: `${service}.${table}`, column }))),
  );
  if (charter) {
    terminal.line(`The data map under ${charter.name} of ${charter.version}: ${all.length} columns`);
    terminal.fact('held in', enumerate(charter.locations.map(({ region, place }) => `${place} (${region})`)));
  }
  for (const category of categories) {
    const placed = all.filter(({ column }) => column.category === category);
    if (placed.length > 0) showCategory(category, placed, charter, terminal);
  }
  showPeriods(all, terminal);
}

/** What the names of retention rules in the tables stand for. */
function showPeriods(all: readonly Placed[], terminal: Terminal): void {
  const periods = new Map(
    all.map(({ column: { retention, underCharter } }) => [retention, underCharter?.period] as const),
  );
  terminal.section('Retention rules');
  terminal.table(
    ['rule', 'what', 'how long', 'then'],
    [...periods]
      .toSorted(([a], [b]) => retentionKeys.indexOf(a) - retentionKeys.indexOf(b))
      .map(([rule, period]) => [
        rule,
        retentionTitles[rule],
        ...(period ? [periodText(period), endText(period)] : [NOT_HELD, '']),
      ]),
  );
}

function showCategory(
  category: Category,
  placed: readonly Placed[],
  charter: MappedCharter | undefined,
  terminal: Terminal,
): void {
  terminal.section(`${categoryTitles[category]}: ${placed.length}`);
  if (charter) {
    const mayHave = (ceiling: MappedCharter['recipients'][number]['ceiling'][number]) =>
      charter.recipients.filter((one) => one.ceiling.includes(ceiling));
    const named = (recipients: MappedCharter['recipients']) =>
      enumerate(recipients.map(({ title, location }) => `${title} (${location})`));
    terminal.fact('may be received by', named(mayHave(category)));
    if (placed.some(({ column }) => column.form === 'email-address'))
      terminal.fact('e-mail address also by', named(mayHave('email-address')));
  }
  const rows = Map.groupBy(placed, ({ place, column }) => JSON.stringify([place, ...factsOf(column)]));
  terminal.table(
    ['where', 'columns', 'kind', 'purposes (basis)', 'rule', 'kept', 'erasure'],
    [...rows.values()].map((row) => [
      row[0]!.place,
      row.map(({ column }) => column.column).join(', '),
      ...factsOf(row[0]!.column),
    ]),
  );
  showReasons(placed, terminal);
}

/** Why an erasure leaves some of them. */
function showReasons(placed: readonly Placed[], terminal: Terminal): void {
  const reasons = new Map<string, Set<string>>();
  for (const { place, column } of placed) {
    if (column.erasure.does !== 'keep') continue;
    const places = reasons.get(column.erasure.because) ?? new Set();
    reasons.set(column.erasure.because, places.add(place));
  }
  for (const [reason, places] of reasons)
    terminal.line(`    ${terminal.dim(`stays in ${enumerate([...places])}: ${reason}.`)}`);
}

const NOT_HELD = 'not held under this charter';

const factsOf = (column: MappedColumn): string[] => [
  column.classification,
  column.purposes.map((purpose) => `${humanWord(purpose)} (${basisText(column, purpose)})`).join(', '),
  column.retention,
  column.underCharter?.period ? humanDuration(column.underCharter.period.keep) : NOT_HELD,
  ERASURES[column.erasure.does],
];

const ERASURES: Readonly<Record<MappedColumn['erasure']['does'], string>> = {
  delete: 'row deleted',
  blank: 'value removed',
  keep: 'stays',
};

function basisText({ underCharter }: MappedColumn, purpose: MappedColumn['purposes'][number]): string {
  const base = underCharter?.bases.find((one) => one.purpose === purpose);
  return base ? humanWord(base.basis) : 'not allowed';
}
