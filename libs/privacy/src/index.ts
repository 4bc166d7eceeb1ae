export {
  aggregate,
  type Column,
  configuration,
  type OnErase,
  personal,
  type PersonalMeaning,
  plain,
  secret,
  type WithLookup,
} from './column.js';
export {
  type DataMap,
  DATA_MAP_FORMAT,
  dataMapJsonSchemaText,
  DataMapSchema,
  type MappedColumn,
  type MappedTable,
} from './data-map/data-map.schema.js';
export { dataMapUnder } from './data-map/data-map-under-charter.js';
export { type DataMapChange, type DataMapChangeKind, dataMapChangeKinds } from './data-map/data-map-change.js';
export { type DataMapDiff, diffDataMaps } from './data-map/diff-data-maps.js';
export { declareDataMap, type DeclaredTables } from './data-map/declare-data-map.js';
export { recordedHoldings } from './data-map/recorded-holdings.js';
export { createTable, createTables, type Roles, rolesOf } from './ddl.js';
export { entityOf } from './entity.js';
export {
  ERASE_BATCH_ROWS,
  type ErasureAction,
  erasureActions,
  type ErasureOutcome,
  eraseHoldings,
  findHoldings,
} from './erase.js';
export { EXPORT_PAGE_ROWS, exportHoldings, type Holding, isExported } from './export.js';
export { HELD, HeldRows, type LegalHold, nothingHeld } from './hold.js';
export { type DayPartition, dropDay, dueDays, openDays, restOf } from './partition.js';
export {
  type Due,
  dueTables,
  oldestRows,
  type RetentionOf,
  SWEEP_BATCH_ROWS,
  sweepBatch,
  type SweepStep,
} from './retention.js';
export { type SqlRunner, type Subject } from './subject.js';
export {
  dataMap,
  type DataMapEntry,
  type Guard,
  lookupColumn,
  type Privilege,
  type Row,
  type EnvelopeColumn,
  envelopeColumns,
  table,
  type Table,
  type TableOptions,
  tenantColumn,
  toSnake,
} from './table.js';
