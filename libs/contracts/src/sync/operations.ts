/** Everything that sync and its workers answer. */
export * from './budget-operations.js';
export * from './connection-operations.js';
export * from './metric-operations.js';
export * from './metric-shapes.js';
export * from './pause-operations.js';
export * from './pipeline-operations.js';
export * from './run-operations.js';
export * from './run-shapes.js';
export * from './worker-operations.js';
