import { z } from 'zod';
import { any, breakGlass, permission, service } from '../caller.js';
import { f } from '../field.js';
import { del, get, operation, post } from '../operation.js';
import { vaultProblems } from '../problems.js';
import { Connection, ConnectionRequest } from './providers.js';

/** Milliseconds for an operation in which a provider is asked something. */
export const PROVIDER_DEADLINE_MS = 25_000;

const byId = z.strictObject({ connectionId: f.id('connection') });

export const createConnection = operation({
  name: 'vault.connection.create',
  summary: 'Authorise a link to another system. The credential is sealed at once and never shown again.',
  http: post('/api/v1/connections', { status: 201 }),
  input: ConnectionRequest,
  output: Connection,
  access: permission('connections.write'),
  audit: 'connection.created',
  errors: [
    vaultProblems.providerRefused,
    vaultProblems.nameTaken,
    vaultProblems.credentialRefused,
    vaultProblems.providerUnreachable,
  ],
  // Where a token is obtained with the credential, the provider is asked for one at once.
  deadlineMs: PROVIDER_DEADLINE_MS,
  sealedTo: 'vault',
});

export const listConnections = operation({
  name: 'vault.connection.list',
  summary: 'The connections of your organization',
  http: get('/api/v1/connections'),
  input: z.strictObject({}),
  output: z.strictObject({ connections: z.array(Connection) }),
  access: any(permission('connections.read'), breakGlass()),
});

export const readConnection = operation({
  name: 'vault.connection.read',
  summary: 'One connection',
  http: get('/api/v1/connections/{connectionId}'),
  input: byId,
  output: Connection,
  access: any(permission('connections.read'), breakGlass()),
});

export const revokeConnection = operation({
  name: 'vault.connection.revoke',
  summary: 'End a connection: its credential is destroyed at once and no run can use it again',
  http: del('/api/v1/connections/{connectionId}'),
  input: byId,
  output: Connection,
  access: permission('connections.write'),
  audit: 'connection.revoked',
});

/** What sync needs to know of a connection to plan with it; never the credential. */
export const describeConnection = operation({
  name: 'vault.connection.describe',
  summary: 'Find a connection of an organization by its id or its name',
  input: z.strictObject({ orgId: f.id('organization'), connection: f.label() }),
  output: Connection,
  access: service('sync'),
});
