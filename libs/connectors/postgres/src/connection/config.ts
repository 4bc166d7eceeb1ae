import { z } from 'zod';

const MAX_NAME_BYTES = 63;

/** Where the server is. Nothing here is secret. */
export const PostgresConfig = z.strictObject({
  host: z.string().min(1).max(253).describe('Host name or address of the server'),
  port: z.number().int().min(1).max(65_535).default(5_432).describe('Port of the server'),
  database: z.string().min(1).max(MAX_NAME_BYTES).describe('Name of the database'),
  sslmode: z
    .enum(['disable', 'require', 'verify-ca', 'verify-full'])
    .default('require')
    .describe('require encrypts; verify-ca also checks the certificate, verify-full the host name too'),
  ca: z
    .string()
    .max(65_536)
    .optional()
    .describe('Certificate authority of the server, PEM; without it the usual public ones'),
});
export type PostgresConfig = z.infer<typeof PostgresConfig>;

export const PostgresCredential = z.strictObject({
  user: z.string().min(1).max(MAX_NAME_BYTES),
  password: z.string().max(1_024).meta({ writeOnly: true, format: 'password' }),
});
export type PostgresCredential = z.infer<typeof PostgresCredential>;
