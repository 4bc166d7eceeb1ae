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
export { createTable, createTables, type Roles, rolesOf } from './ddl.js';
export {
  type ErasureOutcome,
  eraseHoldings,
  EXPORT_PAGE_ROWS,
  exportHoldings,
  type Holding,
  oldestRows,
  type RetentionOf,
  type SqlRunner,
  type Subject,
  SWEEP_BATCH_ROWS,
  sweepExpired,
} from './engine.js';
export { entityOf } from './entity.js';
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
