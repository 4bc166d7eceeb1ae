/** Every operation of the identity context, a file per subject. */
export * from './account-operations.js';
export { Profile } from './account-shapes.js';
export * from './session-operations.js';
