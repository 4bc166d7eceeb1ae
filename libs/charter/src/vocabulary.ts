/**
 * The closed vocabularies that table declarations, operations and charters share. A word that is not here does not
 * exist: a column cannot name an unknown retention key, and a charter cannot bind one.
 */

/** Parts of the product that a charter switches on or off. `core` is always on and is never listed in a charter. */
export const modules = ['core', 'sync', 'metrics', 'billing', 'leads', 'portal', 'staff-sso', 'residency'] as const;
export type Module = (typeof modules)[number];

/** What routes can depend on: a module, or that organizations may bring an identity provider of their own. */
export type Feature = Module | 'organization-providers';

/** What a piece of personal data is about. Every personal column names exactly one. */
export const categories = [
  'identity', // names, user names, titles
  'contact', // e-mail, telephone and postal addresses
  'credential', // password hashes, second factors, tokens and keys of connected systems
  'security-log', // sign-ins, lockouts, network addresses, devices, audit entries
  'usage', // page views and feature use
  'billing', // invoices and references to the payment provider
  'content', // documents, signatures and other things that a customer hands over
  'preference', // language, notification and consent choices
  'communication', // messages to and from a person
  'sync-statistics', // counters, timings and error codes of runs
  'sync-position', // sealed cursors, bounds and fingerprints that let a run continue
  'configuration', // connections' settings, mappings, schedules
  'metric', // aggregates computed while records stream past
  'case', // requests of people about their data and what proves them
] as const;
export type Category = (typeof categories)[number];

/** Why a piece of data is used. Each charter gives each purpose that it allows a lawful basis. */
export const purposes = [
  'account', // opening, showing and closing an account and its organization
  'security', // signing in, keeping intruders out, telling who did what
  'sync', // moving the records that a customer selected, and the metrics about them
  'support', // answering a question
  'billing', // charging, invoicing, tax
  'analytics', // aggregate use of the product
  'marketing', // the operator's own news, to people who asked for it
  'communication', // service messages: confirmations, alerts, notices
  'rights', // answering people's requests about their data
  'legal-obligation', // what a statute orders to keep or to tell
  'sales', // demo requests, contact forms and leads
  'client-work', // documents, signatures and vault items of an engagement
] as const;
export type Purpose = (typeof purposes)[number];

/** Purposes that have no route at all: no charter can allow them, and the egress guard refuses each call for them. */
export const forbiddenPurposes = ['marketing_third_party', 'ai_training', 'sale', 'targeted_advertising'] as const;
export type ForbiddenPurpose = (typeof forbiddenPurposes)[number];

/** Lawful bases of Article 6(1) GDPR (a, b, c, f) as a charter names them. */
export const lawfulBases = ['consent', 'contract', 'legal-obligation', 'legitimate-interest'] as const;
export type LawfulBasis = (typeof lawfulBases)[number];

/** Each retention key with the module whose tables use it. A charter binds every key of the modules it switches on. */
export const retentionKeyModules = {
  account: 'core', // the person's account and profile
  organization: 'core', // the customer, its memberships, invitations and settings
  session: 'core', // signed-in sessions with address and device
  'auth-token': 'core', // one-time codes, magic links, reset and verification tokens
  'security-log': 'core', // sign-in attempts, lockouts, known devices
  'audit-log': 'core', // ledger leaves and their personal fields
  'access-log': 'core', // the gateway's request log
  'operational-log': 'core', // what the services log about their own work
  'error-report': 'core', // scrubbed reports of failures
  'usage-analytics': 'core', // first-party, aggregate use of pages and features
  'rate-limit': 'core', // counters per keyed fingerprint of an address
  notification: 'core', // in-app inbox
  correspondence: 'core', // e-mail to and from people, and delivery records
  suppression: 'core', // keyed fingerprints of addresses that must not be mailed
  'consent-record': 'core', // who agreed to what, when, and to which words
  'notice-receipt': 'core', // who was told about a change
  'case-register': 'core', // minimal register of requests: id, type, dates, outcome, ground of denial
  'case-file': 'core', // the working file of a request
  'identity-proof': 'core', // what a person showed to be recognised in a case
  evidence: 'core', // answers of probes
  'egress-log': 'core', // each outbound call by purpose, recipient and category
  'contract-record': 'core', // agreements with customers and sub-processors, legal process
  'breach-record': 'core', // incidents and who was told
  'message-relay': 'core', // outbox and inbox rows: identifiers only
  connection: 'sync', // a connection's settings and health
  'connection-credential': 'sync', // the credential's ciphertext
  'pipeline-configuration': 'sync', // pipelines, mappings, schedules
  'sync-history': 'sync', // runs, receipts, rejects: counters and codes only
  'sync-position': 'sync', // sealed cursors, bounds and checkpoints
  'cached-metrics': 'metrics', // cached aggregates
  'query-approval': 'metrics', // estimates, budgets and who approved more
  billing: 'billing', // invoices and payment references
  lead: 'leads', // people who may become customers
  'demo-request': 'leads', // demo form
  'contact-message': 'leads', // contact form
  newsletter: 'leads', // subscribers
  engagement: 'portal', // a client's engagement and who takes part
  'client-document': 'portal', // documents, contracts, invoices shown to a client
  signature: 'portal', // signed envelopes
  'vault-item': 'portal', // a client's secrets kept on request
} as const satisfies Record<string, Module>;
export type RetentionKey = keyof typeof retentionKeyModules;
export const retentionKeys = Object.keys(retentionKeyModules) as [RetentionKey, ...RetentionKey[]];

/** The moment from which a period runs. A table says which of its columns holds it. */
export const retentionAnchors = [
  'event', // when the row's event happened
  'created', // when the row was made
  'submitted', // when a person sent it
  'last-activity', // the last time that the person did something
  'contract-end', // when the account or the organization was closed
  'engagement-close', // when the client's engagement ended
  'revoked', // when a connection was removed or its grant revoked
  'expired', // when a token or a session stopped being valid
  'closed', // when a case, an incident or an agreement was closed
  'withdrawn', // when a consent was withdrawn
] as const;
export type RetentionAnchor = (typeof retentionAnchors)[number];

/** What happens when a period is over. `blank` empties the personal columns and keeps the row. */
export const retentionEnds = ['delete', 'anonymise', 'blank', 'archive'] as const;
export type RetentionEnd = (typeof retentionEnds)[number];

/** Laws that give people rights, as the clocks know them. */
export const regimes = ['gdpr', 'uk-gdpr', 'fadp', 'ccpa', 'vcdpa'] as const;
export type Regime = (typeof regimes)[number];

/** What a person may ask for. */
export const rightTypes = [
  'access', // GDPR Art. 15, FADP Art. 25
  'rectification', // Art. 16
  'erasure', // Art. 17
  'restriction', // Art. 18
  'portability', // Art. 20
  'objection', // Art. 21
  'no-automated-decision', // Art. 22
  'complaint', // Art. 77
  'know', // Civ. 1798.110
  'delete', // Civ. 1798.105
  'correct', // Civ. 1798.106
  'opt-out', // Civ. 1798.120
  'limit-sensitive', // Civ. 1798.121
  'non-discrimination', // Civ. 1798.125
  'appeal', // Va. 59.1-577(C)
  'transfer-safeguards', // a copy of the standard clauses
  'named-recipients', // the full list of sub-processors
] as const;
export type RightType = (typeof rightTypes)[number];

/** What can show that a promise is kept. */
export const evidenceKinds = ['test', 'sql', 'wire', 'probe', 'proof', 'scan', 'doc'] as const;
export type EvidenceKind = (typeof evidenceKinds)[number];

/** Classes of cookies and browser storage. Only `necessary` may be set without a choice. */
export const cookieClasses = ['necessary', 'functional', 'analytics', 'marketing'] as const;
export type CookieClass = (typeof cookieClasses)[number];

/**
 * Ways in which a connection proves itself to a provider. A "service credential" is each of the three before the last;
 * `no-credential` is for what the region's operator opens to it, such as a directory of files.
 */
export const authClasses = [
  'oauth2',
  'oauth2-pkce',
  'api-token',
  'service-account-key',
  'database-password',
  'no-credential',
] as const;
export type AuthClass = (typeof authClasses)[number];

/** What a sub-processor may receive at most; `records-in-transit` is customers' data while it is being processed. */
export const dataCeilings = [...categories, 'records-in-transit', 'email-address', 'anonymous-usage'] as const;
export type DataCeiling = (typeof dataCeilings)[number];

/** Safeguards for moving personal data to a country without an adequate level of protection. */
export const transferMechanisms = ['scc', 'uk-idta', 'uk-addendum', 'swiss-scc', 'dpf', 'adequacy', 'consent'] as const;
export type TransferMechanism = (typeof transferMechanisms)[number];

/** What an account may hold about a person besides the password's hash. */
export const accountFields = ['email', 'name', 'company', 'jobTitle', 'phone', 'username'] as const;
export type AccountField = (typeof accountFields)[number];
