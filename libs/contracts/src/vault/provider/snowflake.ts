import { z } from 'zod';
import { f } from '../../field.js';
import { provider } from './provider.js';

const Config = z.strictObject({
  /** The account identifier, such as `acme-eu1`. */
  account: f.word(100),
  warehouse: f.label(),
  database: f.label(),
  /** A role with USAGE and SELECT on what is read, and nothing else. */
  role: f.label(),
});

/** Key-pair authentication: a JWT signed with the user's private key, at most an hour old, is the token itself. */
export const snowflake = provider(Config, {
  title: 'Snowflake',
  direct: {
    auth: 'service-account-key',
    /** The private key in PEM (PKCS #8, without a passphrase). */
    credential: z.strictObject({ username: f.label(255), privateKey: f.secret(16_384) }),
    token: { kind: 'key-pair', lifeSeconds: 3_600, subject: ({ account }) => account },
  },
});
