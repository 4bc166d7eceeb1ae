import { z } from 'zod';
import { self } from '../caller.js';
import { f } from '../field.js';
import { del, get, Nothing, operation, post } from '../operation.js';
import { identityProblems } from '../problems.js';

const RecoveryCodes = z.strictObject({
  /** Ten codes, each good for one sign-in without the authenticator. Shown this once. */
  recoveryCodes: z.array(f.secret(32)),
});

export const readSecondFactor = operation({
  name: 'identity.second-factor.read',
  summary: 'Whether signing in asks for a second factor, and how many recovery codes are left',
  http: get('/api/v1/auth/second-factor'),
  input: Nothing,
  output: z.strictObject({ authenticator: f.boolean(), recoveryCodesLeft: f.count() }),
  access: self(),
});

export const addAuthenticator = operation({
  name: 'identity.authenticator.add',
  summary: 'Set up an authenticator app (TOTP); it counts once a code of it was confirmed',
  http: post('/api/v1/auth/second-factor/authenticator', { status: 201 }),
  input: Nothing,
  output: z.strictObject({
    /** For apps that read a QR code: `otpauth://totp/…`. */
    uri: f.secret(512),
    /** The same key to type, in base32. */
    key: f.secret(64),
  }),
  access: self(),
  stepUp: true,
  audit: 'authenticator.added',
  errors: [identityProblems.hasAuthenticator],
});

export const confirmAuthenticator = operation({
  name: 'identity.authenticator.confirm',
  summary: 'Switch the authenticator on with a code of it; from then on signing in asks for one',
  http: post('/api/v1/auth/second-factor/authenticator/confirm'),
  input: z.strictObject({ code: f.secret(16) }),
  output: RecoveryCodes,
  access: self(),
  stepUp: true,
  audit: 'authenticator.confirmed',
  errors: [identityProblems.wrongSecondFactor],
});

export const removeAuthenticator = operation({
  name: 'identity.authenticator.remove',
  summary: 'Switch the authenticator off and forget it with its recovery codes',
  http: del('/api/v1/auth/second-factor/authenticator'),
  input: Nothing,
  output: Nothing,
  access: self(),
  stepUp: true,
  audit: 'authenticator.removed',
});

export const renewRecoveryCodes = operation({
  name: 'identity.recovery-codes.renew',
  summary: 'Get new recovery codes; the old ones are void',
  http: post('/api/v1/auth/second-factor/recovery-codes'),
  input: Nothing,
  output: RecoveryCodes,
  access: self(),
  stepUp: true,
  audit: 'recovery-codes.renewed',
  errors: [identityProblems.noAuthenticator],
});
