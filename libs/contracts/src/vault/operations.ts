/** Every operation of the vault context, a file per subject. */
export * from './access-operations.js';
export * from './authorization-operations.js';
export * from './connection-operations.js';
export * from './credential-operations.js';
export * from './customer-key-operations.js';
export * from './key-operations.js';
