import { z } from 'zod';
import { f } from '../../field.js';
import { Account, provider } from './provider.js';

/** Where a PostgreSQL server is and how to speak to it. */
export const PostgresConfig = z.strictObject({
  host: f.hostname(),
  port: f.integer(1, 65_535).default(5432),
  database: f.label(63),
  /** `verify-full` checks the certificate and its name; `require` encrypts only; `disable` is refused outside private addresses. */
  tls: f.oneOf('verify-full', 'require', 'disable').default('verify-full'),
});
export type PostgresConfig = z.output<typeof PostgresConfig>;

export const postgres = provider(PostgresConfig, {
  title: 'PostgreSQL',
  direct: { auth: 'database-password', credential: Account.extend({ username: f.label(63) }) },
});
