export * from './caller.js';
export { callableBy, events, operations, sealedContexts, servedBy } from './catalogue.js';
export * from './compliance/events.js';
export * from './compliance/operations.js';
export * from './context/context-operations.js';
export * from './context/key-files.js';
export * from './event.js';
export {
  type Classification,
  classificationOf,
  f,
  type FieldKind,
  fieldKinds,
  type Impersonal,
  leavesOf,
  secretPaths,
} from './field.js';
export * from './identity/events.js';
export * from './identity/operations.js';
export * from './identity/security-alerts.js';
export * from './notifications/operations.js';
export * from './operation.js';
export * from './problems.js';
export * from './sealed-call.js';
export * from './sync/events.js';
export * from './sync/operations.js';
export * from './topology.js';
export * from './vault/events.js';
export * from './vault/lease.js';
export * from './vault/operations.js';
export * from './vault/providers.js';
