export { type Batch, Slab } from './batch/slab.js';
export { type DiscardAttestation, SlabPool } from './batch/slab-pool.js';
export { castBetween } from './cell/cast.js';
export { CAST_RULES, type CastRule, type CellCast } from './cell/cast-rule.js';
export { cellText, hasText } from './cell/cell-text.js';
export {
  type AuthClass,
  connector,
  type ConnectorDefinition,
  type Dial,
  type HostPort,
  type SessionContext,
} from './connector.js';
export {
  ConnectorError,
  type ConnectorErrorCode,
  type ConnectorErrorDetails,
  type ConnectorErrorKind,
} from './connector-error.js';
export { delay, Secret } from '@millrace/kernel';
export { CELL_KINDS, type CellKind } from './schema/cell-kind.js';
export {
  type FieldSchema,
  findField,
  findStream,
  type PrivacyClass,
  type ReadMode,
  type StreamCapabilities,
  type StreamSchema,
  type SystemSchema,
  type WriteMode,
} from './schema/stream-schema.js';
export type {
  BatchCounts,
  CheckResult,
  Estimate,
  KeyBounds,
  KeyPosition,
  Partition,
  ProjectedField,
  ReadBatch,
  ReadLimits,
  ReadRequest,
  RefusedRecord,
  Session,
  TargetColumn,
  WriteRequest,
  Writer,
} from './session.js';
