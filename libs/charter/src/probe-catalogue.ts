import { z } from 'zod';
import { accountFields, authClasses, forbiddenPurposes, regimes, retentionKeys, rightTypes } from './vocabulary.js';

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
const words = z.array(z.string()).min(1);

/**
 * Every live probe by name. A new probe is declared here first; `compliance` holds its definition under the same
 * name, and a charter that names any other is refused.
 */
export const probeCatalogue = {
  'schema.every-column-classified': ask(
    'Is every live column declared, and does every personal column name a retention key?',
    nothing,
  ),
  'data.categories': ask('Do the live tables hold data of these categories only?', z.strictObject({ allowed: words })),
  'data.purposes': ask('Has every purpose that data is held or sent for a basis in the charter?', nothing),
  'secrets.one-way': ask('Is everything that is only compared stored as a one-way hash?', nothing),
  'identity.one-time-secrets': ask(
    'Does every code and link end within its time, and is it stored as a keyed hash only?',
    nothing,
  ),
  'identity.staff-access': ask(
    "Was every look at a customer's data agreed to by enough people, for a short time, and can the customer see it?",
    nothing,
  ),
  'identity.staff-fields': ask(
    'Are these fields held of staff alone?',
    z.strictObject({ fields: z.array(z.string()).min(1) }),
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
  'vault.ways-in': ask(
    'Is this connector, or are all of them, connected in no other way than these?',
    z.strictObject({ connector: z.string().optional(), ways: z.array(z.enum(authClasses)).min(1) }),
  ),
  'vault.grants-ended': ask('Was the grant of every revoked connection ended at its provider?', nothing),
  'connector.forgotten': ask(
    'Are tokens, keys and cached data of its removed connections gone in time?',
    z.strictObject({ connector: z.string() }),
  ),
  'sync.pinned-mapping': ask('Did every run go by the document whose digest it states?', nothing),
  'sync.results': ask('Has every run that ended its result, as its receipt states it?', nothing),
  'sync.selection': ask('Did every run read selected streams and write selected fields only?', nothing),
  'sync.completed-with-discard': ask('Did every completed run attest that it discarded what it read?', nothing),
  'sync.records-at-rest': ask(
    'Can no table of sync hold a record, do runs and receipts hold counters only, and metrics no group of too few people?',
    nothing,
  ),
  'ledger.append-only': ask(
    'May the application role only append to the ledger, and are the last checkpoints consistent?',
    nothing,
  ),
  'ledger.forgets': ask('Does the ledger hold no personal field about anybody who was erased?', nothing),
  'egress.purposes': ask(
    'Was no outbound call ever allowed for one of these purposes?',
    z.strictObject({ forbidden: z.array(z.enum(forbiddenPurposes)).min(1) }),
  ),
  'egress.recipients': ask(
    "Did every call go to a customer's own system, or to an enabled sub-processor with no more than its ceiling?",
    nothing,
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
  'retention.every-ceiling': ask('Is no row under any rule older than its period?', nothing),
  'mail.contents': ask(
    'Is no mail written but of the kinds that the charter lists, with a link and nothing personal?',
    nothing,
  ),
  'pages.published': ask(
    'Do these pages say what the charter in force says?',
    z.strictObject({ pages: z.array(z.string()).min(1) }),
  ),
  'http.own-host-only': ask(
    'Do the policies of live pages admit this host only, and refuse what trackers need?',
    nothing,
  ),
  'http.security-headers': ask('Do live responses carry the security headers?', nothing),
  'rights.self-serve-endpoints': ask('Do the self-serve endpoints exist and answer 401 when signed out?', nothing),
  'documents.in-date': ask(
    'Has the operator supplied this document of the charter, and does it hold?',
    z.strictObject({ document: z.string() }),
  ),
  'cases.clocks': ask(
    'Does a request get the clock of this law, and is no open one off its computed dates or late?',
    z.strictObject({ regime: z.enum(regimes) }),
  ),
  'rights.offered': ask(
    'Can a person have each of these rights, by a date within this period, and is no open request for one late?',
    z.strictObject({ rights: z.array(z.enum(rightTypes)).min(1), within: z.string().optional() }),
  ),
  'cases.extensions': ask(
    'Was every request extended once at most, in time, and with a reason that was told?',
    nothing,
  ),
  'cases.refusals': ask(
    'Was every refusal decided by a person, on a ground of the law, and does it name the authority to complain to?',
    nothing,
  ),
  'cases.free': ask('Have cases no field for a fee?', nothing),
  'export.reach': ask(
    'Is every table under these retention keys part of the copy that a person gets?',
    z.strictObject({ rules: z.array(z.enum(retentionKeys)).min(1) }),
  ),
  'erasure.reach': ask(
    'Can an erasure do its part in every table under these retention keys?',
    z.strictObject({ rules: z.array(z.enum(retentionKeys)).min(1) }),
  ),
  'erasure.certificates': ask('Has every completed erasure the certificate whose digest the ledger has?', nothing),
  'erasure.deadline': ask('Is no erasure older than its deadline without a certificate?', nothing),
} as const satisfies Record<string, ProbeDeclaration>;

export type ProbeName = keyof typeof probeCatalogue;
export const probeNames = Object.keys(probeCatalogue) as [ProbeName, ...ProbeName[]];

/** The parameters that a probe's definition receives. */
export type ProbeParameters<Name extends ProbeName> = z.infer<(typeof probeCatalogue)[Name]['parameters']>;

/** What the loader checks promises against; tests and extensions may pass their own. */
export type ProbeCatalogue = Readonly<Record<string, ProbeDeclaration>>;
