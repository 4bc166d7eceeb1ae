import { readFileSync } from 'node:fs';
import path from 'node:path';
import { oauthProviderNames, staffRoles } from '@millrace/contracts';
import { isTransitAddress, isTransitMount } from '@millrace/crypto';
import { Problem, problem } from '@millrace/kernel';
import { parseDocument } from 'yaml';
import { z } from 'zod';

const port = z.int().min(0).max(65_535);
const address = z.string().min(1).max(253);

/** Who keeps the key-encryption keys of organizations: a file in the secrets directory, or a transit engine. */
const keys = z.discriminatedUnion('provider', [
  z.strictObject({ provider: z.literal('keyring') }),
  z.strictObject({
    provider: z.literal('transit'),
    address: z.string().refine(isTransitAddress, 'must be https://host[:port]; http is for loopback only'),
    mount: z.string().refine(isTransitMount, 'must be the path of a mount').default('transit'),
    namespace: z.string().min(1).max(256).optional(),
    /** The certificates that the server's must chain to; the system's when left out. */
    caFile: z.string().min(1).optional(),
    /** A file with the token, which only the vault may read. Whoever renews the token replaces the file. */
    tokenFile: z.string().min(1),
  }),
]);
type Keys = z.output<typeof keys>;

/** An address that secrets may be sent to: https, or a server on this machine. */
const endpoint = z.url({ protocol: /^https?$/ }).refine((text) => {
  const { protocol, hostname } = new URL(text);
  return protocol === 'https:' || ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
}, 'must be https; http is for loopback only');

/** The client that the operator registered with a provider, with the redirect address `<origin>/connections/callback/<provider>`. */
const providerClient = z.strictObject({
  clientId: z.string().min(1).max(400),
  /** A file with the client's secret, which only the vault may read. A client without one is public (RFC 6749 §2.1). */
  clientSecretFile: z.string().min(1).optional(),
  /** Other addresses than the catalog's, such as a sandbox's. */
  endpoints: z
    .strictObject({
      issuer: endpoint,
      authorizationUrl: endpoint,
      tokenUrl: endpoint,
      revocationUrl: endpoint,
      resourcesUrl: endpoint,
    })
    .partial()
    .default({}),
});
export type ProviderClient = z.output<typeof providerClient>;

/** The operator's identity provider, at which its staff sign in; the redirect address there is `<origin>/staff/callback`. */
const staffProvider = z.strictObject({
  issuer: endpoint,
  clientId: z.string().min(1).max(400),
  /** A file with the client's secret, which only identity may read. */
  clientSecretFile: z.string().min(1),
  /** Scopes besides `openid`, where the provider wants one for names or groups. */
  scopes: z.array(z.string().min(1).max(100)).default(['profile']),
  /** The claim of the ID token that lists a person's groups. */
  groupsClaim: z.string().min(1).max(100).default('groups'),
  /** Which role a group gives. Whoever is in none of them is refused. */
  groups: z.record(z.string().min(1).max(200), z.enum(staffRoles)),
  /** What shows that a second factor was used: one of these methods (`amr`, RFC 8176), or one of these classes (`acr`). */
  secondFactor: z
    .strictObject({ amr: z.array(z.string()).default([]), acr: z.array(z.string()).default([]) })
    .refine(({ amr, acr }) => amr.length + acr.length > 0, 'must name a method or a class'),
});
export type StaffProvider = z.output<typeof staffProvider>;

/** The one file that configures a region. Paths in it are relative to the file. Secrets are never in it. */
export const RegionConfig = z.strictObject({
  /** The region's name, written into its databases at creation. */
  region: z.string().regex(/^[a-z][a-z0-9-]{1,38}[a-z0-9]$/),
  /** Every version of the operator's charter. */
  charters: z.array(z.string().min(1)).min(1),
  /** Directory of secrets: database passwords, NATS passwords, signing keys, keyring. Readable by its owner only. */
  secrets: z.string().min(1),
  keys: keys.default({ provider: 'keyring' }),
  postgres: z.strictObject({ host: address, port }),
  nats: z.strictObject({ servers: z.array(z.url()).min(1) }),
  http: z.strictObject({
    host: address,
    port,
    /** Other origins that people's browsers may use for this region, besides the address it listens on. */
    origins: z.array(z.url()).default([]),
    /** Whether cookies carry `Secure`: always, but on a loopback address without TLS. */
    secureCookies: z.boolean().default(true),
  }),
  /** Health and metrics, for the cluster only; port 0 takes a free one. */
  operations: z.strictObject({ host: address, ports: z.partialRecord(z.string(), port).default({}) }),
  egress: z.strictObject({ privateCidrs: z.array(z.string()).default([]) }).default({ privateCidrs: [] }),
  /** Where DNS records are looked up that show whose a domain is: addresses of name servers. Default: the system's. */
  dns: z
    .strictObject({
      nameServers: z
        .array(
          z
            .string()
            .regex(
              /^(\d{1,3}(\.\d{1,3}){3}|\[[0-9A-Fa-f:]+\])(:\d{1,5})?$/,
              'must be an address, such as 192.0.2.1:53',
            ),
        )
        .max(5)
        .default([]),
    })
    .default({ nameServers: [] }),
  /**
   * Directories of this machine in which the connectors of files may read and write, by the name that connections use.
   * Each organization is confined to the folder of its id in them. Default none: connections to files are refused.
   */
  files: z
    .strictObject({
      directories: z
        .array(z.strictObject({ name: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/), path: z.string().min(1) }))
        .default([]),
    })
    .default({ directories: [] }),
  mail: z.strictObject({ host: address, port, from: z.email() }).optional(),
  /** Without it, staff work on the region's machines and not in a browser. */
  staff: staffProvider.optional(),
  /** Providers at which connections are allowed; one that is not listed cannot be connected in this region. */
  providers: z.partialRecord(z.enum(oauthProviderNames), providerClient).default({}),
  logs: z
    .strictObject({
      level: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
      directory: z.string().optional(),
    })
    .default({ level: 'info' }),
  tracing: z.strictObject({ otlpUrl: z.url().optional() }).default({}),
});
export type RegionConfig = z.output<typeof RegionConfig>;

const invalidConfig = problem(
  'service.invalid-config',
  500,
  'The region’s configuration is not valid',
  'Correct the lines that are listed.',
);

/** Reads a region file. @throws Problem that names file and path of every fault at once */
export function loadRegionConfig(file: string): RegionConfig {
  const document = parseDocument(readFileSync(file, 'utf8'));
  if (document.errors.length)
    throw new Problem(invalidConfig, { detail: `${file}: ${document.errors[0]!.message.split('\n')[0]}` });
  const parsed = RegionConfig.safeParse(document.toJS());
  if (!parsed.success) {
    const errors = parsed.error.issues.map((issue) => ({ path: `/${issue.path.join('/')}`, message: issue.message }));
    throw new Problem(invalidConfig, {
      detail: `${file}: ${errors.map((one) => `${one.path} ${one.message}`).join('; ')}`,
      errors,
    });
  }
  const base = path.dirname(path.resolve(file));
  const { charters, secrets, logs, files, providers, staff } = parsed.data;
  return {
    ...parsed.data,
    charters: charters.map((one) => path.resolve(base, one)),
    secrets: path.resolve(base, secrets),
    keys: resolveKeys(base, parsed.data.keys),
    files: { directories: files.directories.map((one) => ({ ...one, path: path.resolve(base, one.path) })) },
    providers: resolveProviders(base, providers),
    ...(staff ? { staff: { ...staff, clientSecretFile: path.resolve(base, staff.clientSecretFile) } } : {}),
    logs: { ...logs, ...(logs.directory ? { directory: path.resolve(base, logs.directory) } : {}) },
  };
}

function resolveKeys(base: string, configured: Keys): Keys {
  if (configured.provider !== 'transit') return configured;
  const { caFile, tokenFile } = configured;
  return {
    ...configured,
    tokenFile: path.resolve(base, tokenFile),
    ...(caFile === undefined ? {} : { caFile: path.resolve(base, caFile) }),
  };
}

function resolveProviders(base: string, providers: RegionConfig['providers']): RegionConfig['providers'] {
  return Object.fromEntries(
    Object.entries(providers).map(([name, client]) => {
      const { clientSecretFile: file } = client;
      return [name, file === undefined ? client : { ...client, clientSecretFile: path.resolve(base, file) }];
    }),
  );
}
