import { z } from 'zod';
import { permission } from '../caller.js';
import { f } from '../field.js';
import { operation, post } from '../operation.js';
import { vaultProblems } from '../problems.js';
import { PROVIDER_DEADLINE_MS } from './connection-operations.js';
import { AuthorizationRequest, Connection, oauthProviderNames } from './providers.js';

/** Where the provider sends people back to; the page finishes the authorization in the session that began it. */
export const callbackPath = (provider: string) => `/connections/callback/${provider}`;

/** How long somebody may take at the provider: ten minutes, the life of a one-time code. */
export const AUTHORIZATION_MS = 600_000;

/** The address holds the `state`, by which the answer is recognised, so it is for this person only. */
const Begun = z.strictObject({
  authorizationId: f.id('authorization'),
  url: f.secret(8_192),
  expiresAt: f.instant(),
});

export const beginAuthorization = operation({
  name: 'vault.authorization.begin',
  summary: 'Begin to connect a provider at which connections are allowed: go to the address that is answered',
  http: post('/api/v1/connections/authorize', { status: 201 }),
  input: AuthorizationRequest,
  output: Begun,
  access: permission('connections.write'),
  audit: 'connection.authorization-begun',
  errors: [vaultProblems.providerRefused, vaultProblems.providerNotConfigured],
});

export const beginReauthorization = operation({
  name: 'vault.authorization.renew',
  summary: 'Begin to connect an existing connection again, after the provider stopped accepting it',
  http: post('/api/v1/connections/{connectionId}/authorize', { status: 201 }),
  input: z.strictObject({ connectionId: f.id('connection') }),
  output: Begun,
  access: permission('connections.write'),
  audit: 'connection.authorization-begun',
  errors: [vaultProblems.providerRefused, vaultProblems.providerNotConfigured, vaultProblems.connectionRevoked],
});

export const finishAuthorization = operation({
  name: 'vault.authorization.finish',
  summary: 'Finish an authorization with what the provider answered',
  http: post('/api/v1/connections/authorize/finish', { status: 201 }),
  input: z.strictObject({
    provider: f.oneOf(...oauthProviderNames),
    /** The query of the address that the provider sent the browser to: `code`, `state` and what else stands there. */
    answer: f.secret(8_192),
  }),
  output: Connection,
  access: permission('connections.write'),
  audit: 'connection.authorized',
  sealedTo: 'vault',
  errors: [
    vaultProblems.authorizationUnknown,
    vaultProblems.consentDenied,
    vaultProblems.authorizationFailed,
    vaultProblems.scopeRefused,
    vaultProblems.otherAccount,
    vaultProblems.nameTaken,
    vaultProblems.connectionRevoked,
    vaultProblems.providerNotConfigured,
    vaultProblems.providerUnreachable,
  ],
  deadlineMs: PROVIDER_DEADLINE_MS,
});
