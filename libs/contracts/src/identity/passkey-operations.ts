import { z } from 'zod';
import { public_, self } from '../caller.js';
import { f } from '../field.js';
import { del, get, Nothing, operation, post } from '../operation.js';
import { identityProblems } from '../problems.js';
import { device, SignedIn } from './account-shapes.js';

const Passkey = z.strictObject({
  passkeyId: f.id('passkey'),
  name: f.personalText(60),
  createdAt: f.instant(),
  lastUsedAt: f.instant().optional(),
});

/** What a page hands to `navigator.credentials`, after `PublicKeyCredential.parse…FromJSON` (WebAuthn Level 3 §5.1). */
const Options = z.strictObject({ options: f.machineJson() });

export const listPasskeys = operation({
  name: 'identity.passkey.list',
  summary: 'Your passkeys',
  http: get('/api/v1/auth/passkeys'),
  input: Nothing,
  output: z.strictObject({ passkeys: z.array(Passkey) }),
  access: self(),
});

export const offerPasskey = operation({
  name: 'identity.passkey.offer',
  summary: 'Options for making a passkey in the browser; good once, for five minutes',
  http: post('/api/v1/auth/passkeys/options'),
  input: Nothing,
  output: Options,
  access: self(),
  stepUp: true,
  errors: [identityProblems.passkeysUnavailable],
});

export const addPasskey = operation({
  name: 'identity.passkey.add',
  summary: 'Keep the passkey that the browser made',
  http: post('/api/v1/auth/passkeys', { status: 201 }),
  input: z.strictObject({ name: f.personalText(60), credential: f.publicKeyCredential() }),
  output: Passkey,
  access: self(),
  stepUp: true,
  audit: 'passkey.added',
  errors: [identityProblems.notValid, identityProblems.passkeysUnavailable],
});

export const removePasskey = operation({
  name: 'identity.passkey.remove',
  summary: 'Forget one of your passkeys; nobody signs in with it again',
  http: del('/api/v1/auth/passkeys/{passkeyId}'),
  input: z.strictObject({ passkeyId: f.id('passkey') }),
  output: Nothing,
  access: self(),
  stepUp: true,
  audit: 'passkey.removed',
});

export const offerPasskeySignIn = operation({
  name: 'identity.passkey-sign-in.offer',
  summary: 'Options for signing in with a passkey; good once, for five minutes, and the same for everybody',
  http: post('/api/v1/auth/sign-in/passkey/options'),
  input: Nothing,
  output: Options,
  access: public_(),
  errors: [identityProblems.passkeysUnavailable],
});

export const confirmPasskeySignIn = operation({
  name: 'identity.passkey-sign-in.confirm',
  summary: 'Start a session with a passkey, which is two factors in one',
  http: post('/api/v1/auth/sign-in/passkey', { session: 'start', device: true }),
  input: z.strictObject({ credential: f.publicKeyCredential(), device }),
  output: SignedIn,
  access: public_(),
  audit: 'session.started',
  errors: [identityProblems.notValid, identityProblems.passkeysUnavailable],
});
