/** Every operation of the identity context, a file per subject. */
export * from './account-operations.js';
export { IDENTITY_PROVIDER_SIGN_IN_MS, Profile, SignedIn } from './account-shapes.js';
export * from './appeal-operations.js';
export * from './invitation-operations.js';
export * from './one-time-operations.js';
export * from './organization-operations.js';
export * from './passkey-operations.js';
export * from './policy-operations.js';
export * from './preference-operations.js';
export * from './provider-operations.js';
export * from './report-operations.js';
export * from './second-factor-operations.js';
export * from './session-operations.js';
export * from './sign-in-operations.js';
export * from './token-operations.js';
export * from './staff-access-operations.js';
export * from './staff-operations.js';
