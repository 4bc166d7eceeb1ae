import { connector } from '@millrace/connector-sdk';
import { PostgresConfig, PostgresCredential } from './connection/config.js';
import { PostgresSession } from './postgres-session.js';

/** PostgreSQL 12 and newer, as source and as target. */
export const postgres = connector<PostgresConfig, PostgresCredential>({
  id: 'postgres',
  title: 'PostgreSQL',
  config: PostgresConfig,
  credential: PostgresCredential,
  auth: [{ kind: 'password' }],
  roles: ['source', 'target'],
  hosts: ({ host, port }) => [{ host, port }],
  open: async (config, credential, context) => {
    context.signal.throwIfAborted();
    return new PostgresSession({ config, credential, context });
  },
});
