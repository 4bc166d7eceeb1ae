export { type Batch, Slab } from './batch/slab.js';
export { type DiscardAttestation, SlabPool } from './batch/slab-pool.js';
export {
  CHANGE_OPERATIONS,
  type ChangeBatch,
  type ChangeFeed,
  type ChangeLog,
  type ChangeOperation,
  type ChangesRequest,
  type FollowedStream,
  type LogPosition,
} from './changes.js';
export { type CalendarDay, dayAt, daysOf, isCalendarDay } from './cell/calendar.js';
export { castBetween } from './cell/cast.js';
export { CAST_RULES, type CastRule, type CellCast } from './cell/cast-rule.js';
export { cellText, hasText } from './cell/cell-text.js';
export { writeFloat } from './cell/float.js';
export { type IntegerKind, writeInt64, writeInteger } from './cell/integer.js';
export { writeNumeric } from './cell/numeric.js';
export { writeBoolean } from './cell/plain.js';
export {
  type AuthClass,
  type ConnectionShelf,
  connector,
  type ConnectorDefinition,
  type Dial,
  type HostPort,
  type IdleConnection,
  type SessionContext,
} from './connector.js';
export {
  ConnectorError,
  type ConnectorErrorCode,
  type ConnectorErrorDetails,
  type ConnectorErrorKind,
} from './connector-error.js';
export { connectorSpec, type ConnectorSpec } from './connector-spec.js';
export { ByteWriter } from './file/byte-writer.js';
export { fileConnector, fileSettings, NoCredential } from './file/file-connector.js';
export {
  FILE_TYPES,
  type FileDescription,
  type FileFormat,
  type FileStreamConfig,
  type FileType,
  type RecordParser,
  type RecordPrinter,
} from './file/file-format.js';
export { FileRoot } from './file/file-root.js';
export type { QuotaRule } from './http/quota.js';
export { type JsonCell, jsonCell, type JsonCellKind } from './json/json-cell.js';
export { eachMember, isNull, isString, NotJson, skipSpace, skipValue, stringAt } from './json/scan.js';
export { basic, bearerToken, oauth2, type RestAuth, secretText, tokenHeader } from './rest/auth.js';
export { cursorParameter, linkHeader, nextPageToken, offset, onePage, type Page, type Paging } from './rest/pages.js';
export { restConnector } from './rest/rest-connector.js';
export type { RestDefinition } from './rest/rest-definition.js';
export { type RestField, type RestStream, type RestStreamOptions, stream } from './rest/rest-stream.js';
export { delay, Secret } from '@millrace/kernel';
export type { ProjectedField, ReadLimits } from './projection.js';
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
  WRITE_MODES,
  type WriteMode,
} from './schema/stream-schema.js';
export { rounds, WIDER_KINDS, widens } from './schema/widening.js';
export {
  type AppliedChanges,
  FILTER_OPERATORS,
  type BatchCounts,
  type CheckResult,
  type DeletedRecords,
  type Estimate,
  type Evolution,
  type FieldFilter,
  type FilterOperator,
  type KeyBounds,
  type KeyPosition,
  type Partition,
  type ReadBatch,
  type ReadRequest,
  type RefusedRecord,
  type Session,
  type TargetColumn,
  type WriteRequest,
  type Writer,
} from './session.js';
