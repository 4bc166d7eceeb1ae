export type { BulkReader } from './bulk-reader.js';
export { Database, isUniqueViolation, type Scope } from './database.js';
export {
  createServiceDatabase,
  createServiceDatabases,
  type DatabasePasswords,
  declaredSchema,
  type MigrationClass,
  migrateService,
  sqlMigration,
} from './migrate.js';
export { egressRow, recordingEgress } from './record-egress.js';
export { PersistenceModule, type PersistenceOptions } from './persistence.module.js';
export {
  auditOutbox,
  auditSource,
  egressLog,
  inbox,
  legalHolds,
  outbox,
  regionIdentity,
  standardTables,
} from './standard-tables.js';
export { type Actor, type AuditFacts, type LeftToSend, Tx } from './tx.js';
