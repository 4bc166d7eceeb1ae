import { z } from 'zod';
import { permission } from '../caller.js';
import { f } from '../field.js';
import { get, operation, post } from '../operation.js';
import { syncProblems, vaultProblems } from '../problems.js';

export const DiscoveredStream = z.strictObject({
  stream: f.label(200),
  key: z.array(f.label(100)),
  estimatedRows: f.count().optional(),
  fields: z.array(
    z.strictObject({
      name: f.label(100),
      type: f.label(100),
      nullable: f.boolean(),
      /** What the field probably holds, guessed from its name and type. */
      privacy: f.oneOf('personal', 'sensitive', 'none'),
    }),
  ),
});

const connectionById = z.strictObject({ connectionId: f.id('connection') });

export const checkConnection = operation({
  name: 'sync.connection.check',
  summary: 'Reach the other system with the stored credential and say what it allows',
  http: post('/api/v1/connections/{connectionId}/check'),
  input: connectionById,
  output: z.strictObject({ reachable: f.boolean(), serverVersion: f.machineText(100) }),
  access: permission('connections.read'),
  errors: [
    syncProblems.connectionFailed,
    syncProblems.noWorker,
    vaultProblems.connectionRevoked,
    vaultProblems.reconnectNeeded,
  ],
  deadlineMs: 20_000,
});

export const discoverConnection = operation({
  name: 'sync.connection.discover',
  summary: 'The streams and fields that a connection offers; names and types only, no record',
  http: get('/api/v1/connections/{connectionId}/schema'),
  input: connectionById,
  output: z.strictObject({ streams: z.array(DiscoveredStream) }),
  access: permission('connections.read'),
  errors: [
    syncProblems.connectionFailed,
    syncProblems.noWorker,
    vaultProblems.connectionRevoked,
    vaultProblems.reconnectNeeded,
  ],
  deadlineMs: 20_000,
});
