import { z } from 'zod';

/**
 * How sensitive a field is. Inputs, audit entries, log lines, columns and events are all judged by this one scale.
 * - `plain`: says nothing about a person or a customer (an id of a thing, a count, an instant, a closed word)
 * - `pseudonymous`: a user's id; personal data, yet allowed in events inside a region, never between regions
 * - `configuration`: what an organization typed to configure its work (names, hosts, documents)
 * - `personal`: says something about a person
 * - `secret`: must never be shown again (passwords, tokens, keys)
 */
export type Classification = 'plain' | 'pseudonymous' | 'configuration' | 'personal' | 'secret';

export interface FieldKind {
  readonly kind: string;
  readonly classification: Classification;
}

/** What every field schema made by {@link f} is; schemas from elsewhere are refused by the operation builder. */
export const fieldKinds = z.registry<FieldKind>();

declare const impersonal: unique symbol;
/** A schema that may travel in an event: it has no room for a person. */
export type Impersonal<S> = S & { readonly [impersonal]: true };

function kind<S extends z.ZodType>(schema: S, name: string, classification: Classification): S {
  fieldKinds.add(schema, { kind: name, classification });
  return schema;
}

function plain<S extends z.ZodType>(schema: S, name: string): Impersonal<S> {
  return kind(schema, name, 'plain') as Impersonal<S>;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;
const uuid = () => z.string().regex(UUID, 'must be an id in UUID form');

/** The field kinds that operations, columns and events share. */
export const f = {
  /** A UUIDv7 naming a thing, not a person. */
  id: (entity: string) => plain(uuid(), `id:${entity}`),
  /** A user's id: pseudonymous personal data. */
  userId: () => kind(uuid(), 'user-id', 'pseudonymous') as Impersonal<z.ZodString>,
  /** One of a closed set of words. */
  oneOf: <const V extends [string, ...string[]]>(...values: V) => plain(z.enum(values), 'enum'),
  /** A whole number from 0 to 2^53 - 1. */
  count: () => plain(z.number().int().min(0).max(Number.MAX_SAFE_INTEGER), 'count'),
  /** A number between `min` and `max`, both included. */
  number: (min: number, max: number) => plain(z.number().min(min).max(max), 'number'),
  /** A whole number in a query string or body, between `min` and `max`. */
  integer: (min: number, max: number) => plain(z.coerce.number().int().min(min).max(max), 'integer'),
  boolean: () => plain(z.boolean(), 'boolean'),
  /** The literal `true`: a tick that must be set. */
  ticked: (message: string) => plain(z.literal(true, { error: message }), 'ticked'),
  /** UTC with milliseconds: `2026-04-22T09:30:00.000Z`. */
  instant: () => plain(z.string().regex(INSTANT, 'must be an instant such as 2026-04-22T09:30:00.000Z'), 'instant'),
  /** Hexadecimal SHA-256. */
  digest: () => plain(z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 hexadecimal digits'), 'digest'),
  /** A stable code of the product: `vault.connection-revoked`. */
  code: () =>
    plain(
      z
        .string()
        .regex(/^[a-z0-9]+([.-][a-z0-9]+)*$/)
        .max(100),
      'code',
    ),
  /** A word of a vocabulary that the charter or a connector owns, such as a provider or promise id. */
  word: (max = 64) =>
    plain(
      z
        .string()
        .regex(/^[A-Za-z0-9][A-Za-z0-9._:-]*$/)
        .max(max),
      'word',
    ),
  /** Impersonal machine text made by the product itself, such as a checkpoint note or a policy sentence. */
  machineText: (max = 65_536) => kind(z.string().max(max), 'machine-text', 'plain'),
  /** Impersonal JSON made by the product itself: evidence, statistics, a JSON Schema. */
  machineJson: () => kind(z.json(), 'machine-json', 'plain'),
  /** Base64url of bytes that mean nothing without a key: ciphertext, public keys, signatures. */
  sealed: (maxBytes = 65_536) =>
    plain(
      z
        .string()
        .regex(/^[A-Za-z0-9_-]*$/)
        .max(Math.ceil((maxBytes * 4) / 3) + 4),
      'sealed',
    ),

  /** A keyed fingerprint of a record's key: hexadecimal or base64url. */
  fingerprint: () => plain(z.string().regex(/^[A-Za-z0-9_-]{16,128}$/), 'fingerprint'),
  /** Which version of a key: a number, or the thumbprint of a public half, which begins with any letter of base64url. */
  keyVersion: () => plain(z.string().regex(/^[A-Za-z0-9_-]{1,64}$/), 'key-version'),
  /** A compact JWS that a service signed for another. */
  sealedToken: () =>
    plain(
      z
        .string()
        .regex(/^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/)
        .max(4096),
      'sealed-token',
    ),

  /** A short name that an organization gives to its own things. */
  label: (max = 100) => kind(z.string().trim().min(1).max(max), 'label', 'configuration'),
  /** Names of folders with slashes between them, none of them hidden: no way out, and no way that a file system could read otherwise. */
  folder: () =>
    kind(
      z
        .string()
        .max(500)
        .regex(/^[^/\\.\0][^/\\\0]*(\/[^/\\.\0][^/\\\0]*)*$/, 'must be names of folders with slashes between them'),
      'folder',
      'configuration',
    ),
  hostname: () =>
    kind(
      z
        .string()
        .trim()
        .min(1)
        .max(253)
        .regex(/^[A-Za-z0-9.:-]+$/, 'must be a host name or address'),
      'hostname',
      'configuration',
    ),
  /** A domain of mail addresses, in the form that DNS and comparisons use: lower case, no dot at the end, a dot within. */
  domainName: () =>
    kind(
      z
        .string()
        .trim()
        .toLowerCase()
        .max(253)
        .regex(
          /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$/,
          'must be a domain such as example.com',
        ),
      'hostname',
      'configuration',
    ),
  /** The address of a system of the organization's; what may be spoken to is the egress guard's to say. */
  providerUrl: () =>
    kind(z.url({ protocol: /^https?$/, error: 'must be an https address' }).max(500), 'provider-url', 'configuration'),
  /** What an organization measured of its records, of at least as many people as the charter asks for: a number, or what names a group. */
  measured: () => kind(z.union([z.string().max(200), z.number(), z.boolean(), z.null()]), 'measured', 'configuration'),
  /** The same as text of a format of its own. */
  measuredText: (max: number) => kind(z.string().max(max), 'measured-text', 'configuration'),
  /** A JSON document that an organization wrote. */
  document: () => kind(z.json(), 'document', 'configuration'),

  /** An e-mail address, at most 254 characters (RFC 5321 §4.5.3.1.3). */
  email: () => kind(z.email({ error: 'must be an e-mail address' }).max(254), 'email', 'personal'),
  personName: () => kind(z.string().trim().min(1).max(200), 'person-name', 'personal'),
  personalText: (max = 1000) => kind(z.string().trim().min(1).max(max), 'personal-text', 'personal'),
  /** What a browser says about a passkey as JSON (WebAuthn Level 3 §5.1): public keys, signatures, and whose it is. */
  publicKeyCredential: () => kind(z.json(), 'public-key-credential', 'personal'),
  /** Rows about a person in an access export. */
  personalJson: () => kind(z.json(), 'personal-json', 'personal'),

  /** A password or key that arrives; handlers wrap it in `Secret` before anything else. At most `max` characters. */
  secret: (max = 1024) => kind(z.string().min(1).max(max), 'secret', 'secret'),
};

/** The classification of a schema, looking through optional, nullable and default wrappers; undefined when it has none. */
export function classificationOf(schema: z.ZodType): FieldKind | undefined {
  let current: z.ZodType | undefined = schema;
  while (current) {
    const found = fieldKinds.get(current);
    if (found) return found;
    const inner: unknown = (current.def as { innerType?: unknown }).innerType;
    current = inner instanceof z.ZodType ? inner : undefined;
  }
  return undefined;
}

/** Every leaf of a schema with its JSON Pointer pattern (`/items/0/email`) and kind; a leaf without a kind is reported as undefined. */
export function leavesOf(schema: z.ZodType, path = ''): { path: string; kind: FieldKind | undefined }[] {
  const own = classificationOf(schema);
  if (own) return [{ path, kind: own }];
  const def = schema.def as {
    type: string;
    shape?: Record<string, z.ZodType>;
    element?: z.ZodType;
    innerType?: z.ZodType;
    valueType?: z.ZodType;
    options?: z.ZodType[];
  };
  if (def.shape) return Object.entries(def.shape).flatMap(([key, value]) => leavesOf(value, `${path}/${key}`));
  if (def.element) return leavesOf(def.element, `${path}/*`);
  if (def.valueType) return leavesOf(def.valueType, `${path}/*`);
  if (def.options) return def.options.flatMap((option) => leavesOf(option, path));
  if (def.innerType) return leavesOf(def.innerType, path);
  if (def.type === 'literal' || def.type === 'void' || def.type === 'null' || def.type === 'undefined') return [];
  return [{ path, kind: undefined }];
}

/** The JSON Pointer patterns of the secrets of a schema, `*` standing for every element or key. */
export function secretPaths(schema: z.ZodType): string[] {
  const secrets = leavesOf(schema).filter(({ kind: found }) => found?.classification === 'secret');
  return [...new Set(secrets.map(({ path }) => path))];
}
