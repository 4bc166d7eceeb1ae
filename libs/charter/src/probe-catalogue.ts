import { z } from 'zod';
import { accountFields, forbiddenPurposes, retentionKeys } from './vocabulary.js';

/** A question that the running system can answer, as a charter names it. */
export interface ProbeDeclaration<Parameters extends z.ZodType = z.ZodType> {
  /** The question in one line, as the promise board shows it. */
  readonly question: string;
  /** What a promise must say under `with`. */
  readonly parameters: Parameters;
}

function ask<Parameters extends z.ZodType>(question: string, parameters: Parameters): ProbeDeclaration<Parameters> {
  return { question, parameters };
}

const nothing = z.strictObject({});

/**
 * Every live probe by name. A new probe is declared here first; `compliance` holds its definition under the same
 * name, and a charter that names any other is refused.
 */
export const probeCatalogue = {
  'schema.every-column-classified': ask(
    'Is every live column declared, and does every personal column name a retention key?',
    nothing,
  ),
  'identity.password-hashes': ask('Is every stored password hash bcrypt of cost 12 or more?', nothing),
  'identity.account-fields': ask(
    'Do sign-up and the account table hold exactly these fields besides the password?',
    z.strictObject({ fields: z.array(z.enum(accountFields)).min(1) }),
  ),
  'vault.ciphertexts-aes256': ask('Does every stored credential parse as an AES-256-GCM envelope?', nothing),
  'vault.use-after-revoke': ask(
    'Was no lease given after a revocation, and is no ciphertext of a revoked connection overdue?',
    nothing,
  ),
  'vault.connection-columns': ask(
    "Does the connection table say nothing about the provider's account but these fields?",
    z.strictObject({ allowed: z.array(z.enum(['provider', 'accountName'])) }),
  ),
  'vault.grant-scopes': ask(
    'Is the connector asked for no other scope, and does no grant carry one?',
    z.strictObject({ connector: z.string(), scopes: z.array(z.string()).min(1) }),
  ),
  'sync.completed-with-discard': ask('Did every completed run attest that it discarded what it read?', nothing),
  'sync.records-at-rest': ask(
    'Can no table of sync hold a record, do runs and receipts hold counters only, and metrics no group of too few people?',
    nothing,
  ),
  'ledger.append-only': ask(
    'May the application role only append to the ledger, and are the last checkpoints consistent?',
    nothing,
  ),
  'egress.purposes': ask(
    'Was no outbound call ever allowed for one of these purposes?',
    z.strictObject({ forbidden: z.array(z.enum(forbiddenPurposes)).min(1) }),
  ),
  'tenant.isolation': ask(
    'Is row-level security forced on every tenant table, and does a query without a tenant return nothing?',
    nothing,
  ),
  'region.pinned': ask(
    'Does every database carry the name of this region, and does the charter allow that region?',
    z.strictObject({ regions: z.array(z.string()).min(1) }),
  ),
  'browser.storage-before-choice': ask(
    'Does a first visit to the public pages set no cookie but these?',
    z.strictObject({ allowed: z.array(z.string()) }),
  ),
  'cookies.registry': ask(
    'Are the cookies that the gateway sets within, or exactly, those of the charter?',
    z.strictObject({ match: z.enum(['within', 'exactly']) }),
  ),
  'retention.ceiling': ask(
    'Is the oldest row under this rule within its period, and does the sweeper run?',
    z.strictObject({ rule: z.enum(retentionKeys) }),
  ),
  'http.security-headers': ask('Do live responses carry the security headers?', nothing),
  'rights.self-serve-endpoints': ask('Do the self-serve endpoints exist and answer 401 when signed out?', nothing),
  'erasure.deadline': ask('Is no erasure older than its deadline without a certificate?', nothing),
} as const satisfies Record<string, ProbeDeclaration>;

export type ProbeName = keyof typeof probeCatalogue;
export const probeNames = Object.keys(probeCatalogue) as [ProbeName, ...ProbeName[]];

/** The parameters that a probe's definition receives. */
export type ProbeParameters<Name extends ProbeName> = z.infer<(typeof probeCatalogue)[Name]['parameters']>;

/** What the loader checks promises against; tests and extensions may pass their own. */
export type ProbeCatalogue = Readonly<Record<string, ProbeDeclaration>>;
