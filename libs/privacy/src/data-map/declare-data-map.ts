import type { PersonalMeaning } from '../column.js';
import { personErasure } from '../erase.js';
import { dataMap, type DataMapEntry, type Table, tenantColumn, toSnake } from '../table.js';
import { DATA_MAP_FORMAT, type DataMap, type MappedColumn, type MappedTable } from './data-map.schema.js';

/** The tables of one service, the ones that every service has among them. */
export interface DeclaredTables {
  readonly service: string;
  readonly tables: readonly Table[];
}

const NOT_LOOKED_FOR = 'An erasure does not look for it here: it ends with its row';

/**
 * The data map of what services declare, without a charter. In the order of names: where a declaration stands in the
 * code makes no difference.
 */
export function declareDataMap(services: readonly DeclaredTables[]): DataMap {
  return {
    formatVersion: DATA_MAP_FORMAT,
    services: services
      .map(({ service, tables }) => ({ service, tables: tables.map(mappedTable).sort(by(({ table }) => table)) }))
      .sort(by(({ service }) => service)),
  };
}

function mappedTable(table: Table): MappedTable {
  const { retention, onClosure } = table.options;
  const entries = dataMap([table]);
  const columns = entries.flatMap((entry) => mappedColumn(table, entry) ?? []);
  return {
    table: table.name,
    ends: 'rule' in retention ? { rule: retention.rule, from: toSnake(retention.from) } : { ...retention },
    ...(tenantColumn(table) && {
      closure: onClosure ? { does: 'keep' as const, because: onClosure.keep } : { does: 'delete' as const },
    }),
    columns: columns.sort(by(({ column }) => column)),
    impersonal: entries
      .filter(({ meaning }) => !meaning)
      .map(({ column }) => column)
      .sort(),
  };
}

function mappedColumn(table: Table, { column, classification, form, meaning }: DataMapEntry): MappedColumn | undefined {
  if (!meaning || classification === 'plain') return undefined;
  return {
    column,
    classification,
    ...(form && { form }),
    category: meaning.category,
    purposes: [...meaning.purposes].sort(),
    retention: meaning.retention,
    erasure: columnErasure(table, column, meaning),
  };
}

function columnErasure(table: Table, column: string, { onErase }: PersonalMeaning): MappedColumn['erasure'] {
  const plan = personErasure(table);
  if (plan?.does === 'delete') return { does: 'delete' };
  if (plan?.does === 'blank' && plan.columns.includes(column)) return { does: 'blank' };
  return { does: 'keep', because: typeof onErase === 'object' ? onErase.keep : NOT_LOOKED_FOR };
}

/** By code units, so that the order is the same on every machine. */
const by =
  <T>(read: (one: T) => string) =>
  (a: T, b: T): number =>
    read(a) < read(b) ? -1 : 1;
